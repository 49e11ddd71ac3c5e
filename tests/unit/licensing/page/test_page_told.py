"""Sentences that name a licence for later, for some, or of others, and reservations in more languages than statements
are read in: no page is accepted by them, marked link or not, in the text or at its foot."""

from __future__ import annotations

import pytest
from tests.unit.licensing.page.pages import BY, LINK, NC, read, told

from rightful.licensing.page.statements import NONCOMMERCIAL, RESERVED
from rightful.model import Decision

MARKED = f'<a rel="license" href="{BY}">CC BY 4.0</a>'
T1 = f'<link rel="license" href="{BY}">'

LATER = """\
This article will be licensed under {} after 12 months.
This article is licensed under {} from 2031.
This article is licensed under {} after an embargo of six months.
After 12 months, this article is licensed under {}.
Dieser Artikel steht ab 2031 unter {}.
Dieser Artikel steht unter {}, sobald die Sperrfrist endet.
Cet article est disponible sous licence {} après 12 mois.
Este artículo está bajo licencia {} a partir de 2031.
Questo articolo è distribuito con licenza {} dopo 12 mesi.
Este artigo está licenciado sob {} após 12 meses.
Dit artikel is beschikbaar onder {} vanaf 2031.
Ten artykuł jest dostępny na licencji {} po 12 miesiącach.
この記事は2031年から{}ライセンスの下で提供されます。
本文12个月后采用{}许可协议。"""
JOURNALS = """\
Authors retain copyright and grant the journal right of first publication with the work licensed under {}.
Die Autoren räumen der Zeitschrift das Recht der Erstveröffentlichung ein, und das Werk steht unter {}.
Les auteurs accordent à la revue le droit de première publication, l'article étant sous licence {}.
Los autores garantizan a la revista el derecho de primera publicación; la obra está bajo licencia {}.
Gli autori concedono alla rivista il diritto di prima pubblicazione; l'opera è distribuita con licenza {}.
Os autores concedem à revista o direito de primeira publicação, com o trabalho licenciado sob {}.
Auteurs verlenen het tijdschrift het recht van eerste publicatie; het werk is gelicentieerd onder {}.
Autorzy udzielają czasopismu prawa do pierwszej publikacji, a utwór jest dostępny na licencji {}.
著者は論文を{}ライセンスの下で提供することに同意する。
作者同意将作品以{}许可协议发布。
Articles published after May are licensed under {}.
Nach 2020 erschienene Artikel stehen unter {}.
Les articles publiés après 2020 sont sous licence {}.
Los artículos publicados después de 2020 están bajo licencia {}.
Gli articoli pubblicati dopo il 2020 sono distribuiti con licenza {}.
Os artigos publicados após 2020 estão licenciados sob {}.
Artikelen gepubliceerd na 2020 zijn beschikbaar onder {}.
Artykuły opublikowane po 2020 są dostępne na licencji {}.
2020年以降に公開された記事は{}の下で提供されます。
2020年之后发表的文章采用{}许可。"""
REPORTS = """\
The agency announced that this report is published under {}.
ACME said its report is published under {}.
According to Bob, this text is licensed under {}.
Laut ACME steht dieser Bericht unter {}.
Selon ACME, ce texte est sous licence {}.
Según ACME, este texto está bajo licencia {}.
Secondo ACME, questo testo è distribuito con licenza {}.
Segundo a ACME, este texto está licenciado sob {}.
Volgens ACME is deze tekst beschikbaar onder {}.
Według ACME ten tekst jest dostępny na licencji {}.
ACMEによると、この記事は{}の下で提供されています。
据新华社报道，本文采用{}许可协议。
This article is about texts licensed under {}.
Their website content is licensed under {}.
The old site was under {}.
All articles on this site except this one are licensed under {}."""
SOME = """\
This article is licensed under {} for subscribers.
This article is licensed under {} in Germany only.
The first chapter of this book is licensed under {}.
The Spanish version of this article is licensed under {}.
This work is licensed under {} with additional restrictions.
This work is licensed under {} unless you are a company."""
BESIDE = """\
This work is licensed under {} or, for commercial use, a paid license.
This work is licensed under {}. It may not be used for AI training.
This work is licensed under {}. TDM rights are reserved.
This work is licensed under {}. Republication requires written permission.
This work is licensed under {}. Weitergabe nur mit Genehmigung.
This work is licensed under {}. All rights re\u00adserved.
This work is licensed under {}. All-rights\u200b reserved.
This work is licensed under {}. Ａｌｌ ｒｉｇｈｔｓ ｒｅｓｅｒｖｅｄ
This work is licensed under {}. Non\u2011commercial use only.
This work is licensed under {}. Tous droits re\u0301serve\u0301s
This work is licensed under {}. For commercial use please contact us.
This work is licensed under {}. Free for private use.
This work is licensed under {}. You may not alter or transform it.
This work is licensed under {}. Nachdruck, auch auszugsweise, verboten.
This work is licensed under {}. Niets uit deze uitgave mag worden verveelvoudigd.
This work is licensed under {}. Kopiowanie zabronione.
This work is licensed under {}. 謝絕轉載
This work is licensed under {}. Nutzungsvorbehalt nach § 44b UrhG.
This work is licensed under {}. Все права защищены.
This work is licensed under {}. Только для некоммерческого использования.
This work is licensed under {}. Alla rättigheter förbehållna.
This work is licensed under {}. Endast för icke-kommersiellt bruk.
This work is licensed under {}. Får ej användas kommersiellt.
This work is licensed under {}. 무단 전재 및 재배포 금지
This work is licensed under {}. 비영리 목적으로만 사용
This work is licensed under {}. Ei-kaupallinen käyttö.
This work is licensed under {}. Všechna práva vyhrazena.
This work is licensed under {}. Tüm hakları saklıdır.
This work is licensed under {}. جميع الحقوق محفوظة
This work is licensed under {}. © ავტორი, ყველა უფლება დაცულია"""
CREDITS = """\
Фото: Иван, лицензия {}
사진: 김, {}
Bild: Sven, licens {}
Fotograf: Hans, {}
Obrázek: Jan, {}
Kuva: Matti, {}
Fotoğraf: Ali, {}
الصورة: علي، {}"""

SENTENCES = [line for lines in (LATER, JOURNALS, REPORTS, SOME, BESIDE, CREDITS) for line in lines.splitlines()]


@pytest.mark.parametrize("link", [MARKED, LINK], ids=["marked", "plain"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_page_is_accepted_by_them(sentence: str, link: str) -> None:
    said = f"<p>{sentence.replace('{}', link)}</p>"
    assert read(f"<p>Text.</p>{said}").decision is not Decision.ALLOW
    assert read(f"<p>Text.</p><footer>{said}</footer>").decision is not Decision.ALLOW


@pytest.mark.parametrize(
    "value", ["CC BY 4.0 from 2031-01-01", "CC BY 4.0 after 12 months", "In 2031 released as CC BY 4.0 after embargo"]
)
def test_metadata_of_a_day_to_come_are_not_accepted(value: str) -> None:
    assert read("<p>Text.</p>", f'<meta name="dc.rights" content="{value}">').decision is not Decision.ALLOW


def test_a_restriction_that_is_only_told_still_counts() -> None:
    told_of = f'<p>After 12 months, this article is licensed under <a href="{NC}">CC BY-NC 4.0</a>.</p>'
    assert told(read(told_of, T1)) == ("quarantine", "conflict")
    assert told(read(told_of)) == ("deny", "nc")


KEPT = """\
© 2020 by the authors. Licensee MDPI, Basel. This article is an open access article distributed under {}.
Originally published in JMIR, 12.03.2020. This is an open-access article distributed under the terms of the {}.
This article is licensed under {}, which permits use and reproduction in any medium, as long as you give credit.
Text is available under the {}; additional terms may apply. By using this site, you agree to the Terms of Use.
This work is licensed under {}. You may use it for any purpose, even commercially.
This website and all of its pages are licensed under {}.
Published on 3 May 2020. This article is licensed under {}.
This tutorial was written by Jane in 2019 and is licensed under {}.
© 2010–2020 Jane Doe. This blog is licensed under {}.
Ce site est mis à disposition selon les termes de la {}.
Il testo è disponibile secondo la {}; possono applicarsi condizioni ulteriori.
Содержание этого сайта: this work is licensed under {}."""


@pytest.mark.parametrize("sentence", KEPT.splitlines())
def test_what_merely_sounds_like_it_is_accepted(sentence: str) -> None:
    assert told(read(f"<p>Text.</p><p>{sentence.replace('{}', MARKED)}</p>")) == ("allow", "allowed")


def test_the_names_of_licences_are_no_conditions() -> None:
    for words in ("Creative Commons Attribution 4.0", "free, also for commercial use", "коммерческое использование"):
        assert not NONCOMMERCIAL.search(words)
        assert not RESERVED.search(words)
