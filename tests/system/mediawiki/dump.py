"""Pages in several scripts, dated over several days, as a MediaWiki XML dump (schema export-0.11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

WORDS = {
    "en": ["The harbour", "was rebuilt", "after", "the storm", "and", "the lighthouse keeper", "wrote", "letters"],
    "de": ["Der Hafen", "wurde", "nach", "dem Sturm", "neu gebaut", "und der Wärter", "schrieb", "einen langen Brief"],
    "ru": ["Гавань", "была", "восстановлена", "после бури", "и смотритель", "маяка", "написал", "длинное письмо"],
    "ar": ["أعيد", "بناء", "الميناء", "بعد", "العاصفة", "وكتب", "حارس المنارة", "رسالة طويلة"],
    "hi": ["तूफान", "के बाद", "बंदरगाह", "का", "पुनर्निर्माण", "हुआ", "और रखवाले ने", "पत्र लिखा"],
    "el": ["Το λιμάνι", "ξαναχτίστηκε", "μετά", "την καταιγίδα", "και", "ο φαροφύλακας", "έγραψε", "ένα γράμμα"],
    "zh": ["暴风雨过后", "港口", "得到", "重建", "灯塔", "看守人", "写了", "长信"],
    "ja": ["嵐の後", "港は", "再建され", "灯台守は", "石に", "ついて", "長い", "手紙を書いた"],
}
AUTHORS = ["Anna", "Βασίλης", "Chidi", "Дарья", "إيمان", "福田"]


@dataclass(frozen=True)
class Revision:
    """One state of a page."""

    moment: datetime
    author: str
    text: str


@dataclass(frozen=True)
class PageHistory:
    """A page with its revisions, oldest first."""

    title: str
    revisions: tuple[Revision, ...]


def wikitext(language: str, number: int, revision: int) -> str:
    """Markup of every kind that must not survive, around sentences that must."""
    words = WORDS[language]
    shift = number % len(words)
    sentence = " ".join(words[shift:] + words[:shift])
    return (
        f"{{{{Infobox harbour|name=Box{number}|depth={{{{convert|{number}|m}}}}}}}}\n"
        f"'''{sentence}''' ({number}.{revision}) [[Lighthouse|{words[0]}]]."
        f"<ref>{{{{cite|title=hidden{number}}}}}</ref>\n\n"
        f"== {words[1]} ==\n* {sentence} {revision}\n* [https://example.org/{number} {words[2]}]\n"
        f'{{| class="wikitable"\n! head{number}\n|-\n| cell\n|}}\n<!-- comment{number} -->\n[[Category:Harbours]]\n'
    )


def histories(days: list[datetime], pages: int) -> list[PageHistory]:
    """``pages`` pages: one in four has a second revision a day later, one in ten a third on the same day."""
    out = []
    languages = sorted(WORDS)
    for number in range(pages):
        language = languages[number % len(languages)]
        day = days[number % len(days)]
        at = day + timedelta(minutes=7 * number % 1430, seconds=number % 60)
        moments = [at]
        if number % 10 == 0:
            moments.append(at + timedelta(seconds=40))
        if number % 4 == 0 and day < days[-1]:
            moments.append(at + timedelta(days=1))
        title = f"{WORDS[language][number % len(WORDS[language])]} {number}"
        title = title[0].upper() + title[1:]
        revisions = tuple(
            Revision(moment, AUTHORS[(number + position) % len(AUTHORS)], wikitext(language, number, position))
            for position, moment in enumerate(moments)
        )
        out.append(PageHistory(title, revisions))
    return out


def write_dump(pages: Iterable[PageHistory], path: Path) -> None:
    """The XML that ``importDump.php`` reads."""
    with path.open("w", encoding="utf-8") as out:
        out.write('<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">\n')
        for page in pages:
            out.write(f"<page><title>{escape(page.title)}</title><ns>0</ns>\n")
            for revision in page.revisions:
                size = len(revision.text.encode())
                out.write(
                    f"<revision><timestamp>{revision.moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</timestamp>"
                    f"<contributor><username>{escape(revision.author)}</username></contributor>"
                    f"<model>wikitext</model><format>text/x-wiki</format>"
                    f'<text bytes={quoteattr(str(size))} xml:space="preserve">{escape(revision.text)}</text>'
                    "</revision>\n"
                )
            out.write("</page>\n")
        out.write("</mediawiki>\n")
