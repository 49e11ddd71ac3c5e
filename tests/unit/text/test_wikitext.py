"""Wikitext in many scripts to plain text, and in bounded time."""

from __future__ import annotations

import random

import pytest

from rightful.errors import Malformed
from rightful.text import wiki_bounds
from rightful.text.wikitext import wikitext_to_text


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("'''Bold''' and ''italic'' and '''''both'''''.", "Bold and italic and both."),
        ("L''''eau'''", "L'eau"),
        ("A [[river]], a [[bank (river)|bank]], [[brown fox]]es.", "A river, a bank, brown foxes."),
        ("{{Infobox|a={{b|c}}|d=[[e]]}}Text{{cn}}.", "Text."),
        ("One<ref>Note {{cite}}</ref> two<ref name=a/> three<ref name='b'>x</ref>.", "One two three."),
        ("a [http://x.org the site] b [http://y.org] c http://z.org d", "a the site b c http://z.org d"),
        ("x &amp; y &lt;br&gt; &#65;&#x42; &nbsp;z", "x & y <br> AB z"),
        ("a<!-- hidden {{ -->b", "ab"),
        ("__NOTOC__\nText __БЕЗ_ОГЛАВЛЕНИЯ__ more", "Text more"),
        ("def __init__(self)", "def __init__(self)"),
        ("a <math>x^2</math> b <chem>H2O</chem> c", "a b c"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("* one\n** two\n# three\n: four\n; term", "- one\n- two\n- three\nfour\nterm"),
        ("<nowiki>[[not]] ''a'' {{link}} <b>x</b></nowiki>", "[[not]] ''a'' {{link}} <b>x</b>"),
        ("<pre>\nif a:\n    b()\n</pre>", "if a:\n    b()"),
        ("<gallery>\nFile:a.jpg|Caption\n</gallery>Text", "Text"),
        ("{{{1|default}}} text", "text"),
        ("Berlin ({{IPA|x}}; {{audio}}) ist", "Berlin ist"),
        ("a {{unclosed b", "a unclosed b"),
        ("a | b", "a | b"),
        ("|}\nend of a table that a template began", "end of a table that a template began"),
        ("<p>One<p>Two</p>", "One\n\nTwo"),
    ],
)
def test_markup(wikitext: str, expected: str) -> None:
    assert wikitext_to_text(wikitext) == expected


def test_headings_are_plain_lines_and_empty_sections_go() -> None:
    wikitext = (
        "Intro.\n\n== History ==\n=== Early ===\nOld.\n== See also ==\n{{links}}\n== References ==\n<references/>\n"
    )
    assert wikitext_to_text(wikitext) == "Intro.\n\nHistory\n\nEarly\n\nOld."


def test_tables_keep_the_text_of_their_cells() -> None:
    wikitext = 'x\n{| class="wikitable"\n|+ Caption\n! A !! B\n|-\n| style="c" | 1 || [[two|2]]\n|-\n|\n| 4\n|}\ny'
    assert wikitext_to_text(wikitext) == "x\n\nCaption\tA\tB\n1\t2\n4\n\ny"


@pytest.mark.parametrize(
    "link",
    [
        "[[File:x.jpg|thumb|a [[nested]] caption]]",
        "[[Datei:Foto.png|mini]]",
        "[[ملف:صورة.jpg|تصغير]]",
        "[[文件:图.jpg|缩略图]]",
        "[[Файл:Фото.jpg|мини|подпись]]",
        "[[चित्र:तस्वीर.jpg|अंगूठाकार]]",
        "[[UnknownNamespace:picture.svg|x]]",
        "[[Category:Rivers]]",
        "[[Kategorie:Fluss|Elbe]]",
        "[[تصنيف:أنهار]]",
        "[[分类:河流]]",
        "[[Категория:Реки]]",
        "[[श्रेणी:नदियाँ]]",
        "[[de:Elbe]]",
        "[[zh-min-nan:Elbe]]",
    ],
)
def test_links_that_show_nothing(link: str) -> None:
    assert wikitext_to_text(f"before {link} after") == "before after"


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("[[:Category:Rivers]]", "Category:Rivers"),
        ("[[:de:Elbe|die Elbe]]", "die Elbe"),
        ("[[wikt:river|river]]", "river"),
        ("[[Star Wars: A New Hope]]", "Star Wars: A New Hope"),
        ("[[#Section|below]]", "below"),
        ("[[A_b]]", "A b"),
    ],
)
def test_links_that_show_their_text(link: str, shown: str) -> None:
    assert wikitext_to_text(f"see {link}.") == f"see {shown}."


def test_a_category_in_an_unknown_language_goes_when_it_stands_alone() -> None:
    assert wikitext_to_text("Text.\n\n[[Zzkategoria:Rios]]\n[[Zzkategoria:Aqua]]") == "Text."


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("'''برلين''' هي [[عاصمة]] [[ألمانيا|ألمانيا الاتحادية]]{{مصدر}}.", "برلين هي عاصمة ألمانيا الاتحادية."),
        ("'''北京'''是[[中华人民共和国|中国]]的首都。<ref>来源</ref>", "北京是中国的首都。"),
        ("-{zh-hans:计算机;zh-hant:電腦}-很快。-{T|zh-hans:标题}-", "计算机很快。"),
        (
            "'''Москва''' — [[столица]] России.\n\n== История ==\nТекст.",
            "Москва — столица России.\n\nИстория\n\nТекст.",
        ),
        ("'''दिल्ली''' [[भारत]] की [[राजधानी]] है।{{स्रोत}}", "दिल्ली भारत की राजधानी है।"),
    ],
)
def test_scripts(wikitext: str, expected: str) -> None:
    assert wikitext_to_text(wikitext) == expected


@pytest.mark.parametrize(
    "page",
    [
        "#REDIRECT [[Elbe]]",
        "  #redirect: [[Elbe]]\n{{R from move}}",
        "#WEITERLEITUNG [[Elbe]]",
        "#تحويل [[نهر]]",
        "#重定向 [[河]]",
        "#ПЕРЕНАПРАВЛЕНИЕ [[Эльба]]",
        "#पुनर्प्रेषित [[नदी]]",
        "#YÖNLENDİRME [[Nehir]]",
        "#VALAMI [[Elba]]\n[[Zzkategoria:X]]",
    ],
)
def test_redirects_have_no_text(page: str) -> None:
    assert wikitext_to_text(page) == ""


@pytest.mark.parametrize("page", ["# See [[Elbe]] first", "#Anfang [[Elbe]] ist ein Fluss.", "# first\n# [[second]]"])
def test_ordered_lists_are_no_redirects(page: str) -> None:
    assert wikitext_to_text(page) != ""


@pytest.mark.parametrize(
    "mark", ["{{a|", "[[a|", "{|\n|a\n", "<ref>", "<b a='", "{{{a|", "[http://a ", "<!--x", "[[a|{{b|<i>"]
)
def test_unclosed_marks_by_the_hundred_thousand_are_malformed(mark: str) -> None:
    with pytest.raises(Malformed, match="unclosed"):
        wikitext_to_text(mark * 100_000)


@pytest.mark.parametrize(
    "mark", ["{{", "[[", "{|", "}}", "]]", "__", "''", "-{", "=", "* ", ":", "&", "<", "((", "\n|-"]
)
def test_long_runs_of_marks_end(mark: str) -> None:
    try:
        wikitext_to_text(mark * 100_000)
    except Malformed as error:
        assert "unclosed" in str(error)  # noqa: PT017


@pytest.mark.parametrize(("opening", "closing"), [("{{a|", "}}"), ("[[a|", "]]"), ("<b>", "</b>"), ("{|\n|", "\n|}\n")])
def test_deep_nesting_ends(opening: str, closing: str) -> None:
    text = wikitext_to_text(f"before {opening * 20_000}x{closing * 20_000} after")
    assert text.startswith("before")
    assert text.endswith("after")


def test_a_page_longer_than_the_bound_is_malformed() -> None:
    with pytest.raises(Malformed, match="characters"):
        wikitext_to_text("a" * (wiki_bounds.MAX_CHARACTERS + 1))


def test_a_few_unclosed_marks_on_a_long_page_are_no_matter() -> None:
    page = "{{open [[also <b>x" + "Word [[link]] {{t}} text. " * 4000
    assert wiki_bounds.wasted_work(page) > 0
    assert wikitext_to_text(page).endswith("Word link text.")


def test_closed_marks_cost_nothing() -> None:
    assert (
        wiki_bounds.wasted_work("{{a|[[b]]}} <ref name=x/> <ref>y</ref> <br> {|\n|a\n|} [http://x y] <!-- z -->") == 0
    )


WIKI_MARKS = (
    "{{ }} [[ ]] {| |} |- | ! = == <b> </b> <ref> </ref> <!-- --> <nowiki> </nowiki> "
    "* ' '' ''' &lt; # : a __B__ -{ }- http://x.y/"
)


def test_any_mixture_of_marks_gives_text_or_malformed() -> None:
    marks = [*WIKI_MARKS.split(), "\n", "text"]
    chance = random.Random(20260101)
    for _ in range(400):
        page = "".join(chance.choice(marks) + chance.choice(["", "\n", " "]) for _ in range(chance.randint(1, 60)))
        text = wikitext_to_text(page)
        assert not any(ord(c) < 32 and c not in "\n\t" for c in text), page
