"""Statements in ten languages: which speak of the main text, and which of something else, or of nothing yet."""

from __future__ import annotations

import pytest
from tests.unit.licensing.page.pages import LINK, NC, read, told

from rightful.licensing.identify import identify
from rightful.licensing.page.languages import LANGUAGES
from rightful.model import Decision

ABOUT_THE_TEXT = [
    "This work is licensed under a {} license.",
    "Except where otherwise noted, content on this site is licensed under a {} license.",
    "Dieser Artikel steht unter der Lizenz {}.",
    "Sofern nicht anders angegeben, stehen die Inhalte dieser Website unter der Lizenz {}.",
    "Dieses Werk ist lizenziert unter einer {} Lizenz.",
    "Cet article est mis à disposition selon les termes de la licence {}.",
    "Sauf mention contraire, le contenu de ce site est sous licence {}.",
    "Este obra está bajo una licencia de {}.",
    "Salvo indicación contraria, el contenido de este sitio está bajo una licencia {}.",
    "Todos los contenidos se publican bajo licencia {}.",
    "Quest'opera è distribuita con licenza {}.",
    "Salvo diversa indicazione, i contenuti di questo sito sono rilasciati sotto licenza {}.",
    "Este trabalho está licenciado sob uma licença {}.",
    "Exceto onde indicado de outra forma, o conteúdo deste site está licenciado sob {}.",
    "Dit werk valt onder een {} licentie.",
    "Tenzij anders vermeld is de inhoud van deze website beschikbaar onder {}.",
    "Ten utwór jest dostępny na licencji {}.",
    "O ile nie zaznaczono inaczej, treści na tej stronie są dostępne na licencji {}.",
    "この作品は{}ライセンスの下に提供されています。",
    "特に記載のない限り、このサイトのコンテンツは{}ライセンスの下で利用可能です。",
    "本作品采用{}进行许可。",
    "除非另有说明，本站内容采用{}授权。",
    "本站文章除特别声明外，均采用{}许可协议。",
    (
        "This is an open access article distributed under the terms of the {}, which permits unrestricted use, even"
        " commercially."
    ),
    (
        "Except as otherwise noted, the content of this page is licensed under the {}, and code samples are licensed"
        ' under the <a href="https://www.apache.org/licenses/LICENSE-2.0">Apache 2.0 License</a>.'
    ),
    (
        "All content is available under the <a"
        ' href="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/">Open Government Licence'
        " v3.0</a>, except where otherwise stated"
    ),
    "All text and images on this site are licensed under {}.",
    "All content except photos is licensed under {}.",
    "Content is available under {} unless otherwise noted.",
    "Text is available under {}; additional terms may apply.",
    "The text of this article is licensed under {}.",
]

NOT_ABOUT_THE_TEXT = [
    "Photos on this site are licensed under {}.",
    "Photo by Jane Doe, {}",
    "Alle Fotos auf diesem Blog stehen unter {}.",
    "We aspire to publish this site under a {} license.",
    "This article is not licensed under {}.",
    "If you publish this work, it should be licensed under {}.",
    "By submitting, you agree that your contributions are licensed under {}.",
    "User contributions are licensed under {}.",
    "The brochure is published under {}.",
    "Icons are licensed under {}.",
    "The source code of this site is licensed under {}.",
    "This theme is licensed under {}.",
    "All rights reserved. This work is licensed under {}.",
    "This work is licensed under {} for non-commercial use only.",
    "Read about {} here.",
    "This work was previously licensed under {}.",
    "Les photos de ce site sont sous licence {}.",
    "Las fotos de este sitio están bajo licencia {}.",
    "Le foto di questo sito sono sotto licenza {}.",
    "As fotos deste site estão sob licença {}.",
    "De foto's op deze site vallen onder {}.",
    "Zdjęcia na tej stronie są dostępne na licencji {}.",
    "このサイトの画像は{}ライセンスの下に提供されています。",
    "本站图片采用{}许可。",
    "Map data © OpenStreetMap contributors, {}",
    "Music by Foo is licensed under {}.",
    "In this article, photos are licensed under {}.",
    "Photos in this article are licensed under {}.",
    "Dieser Artikel steht nicht unter {}.",
    "Cet article n'est pas sous licence {}.",
    "Este artículo no está bajo licencia {}.",
    "Questo articolo non è distribuito sotto licenza {}.",
    "Este artigo não está licenciado sob {}.",
    "Dit artikel valt niet onder {}.",
    "Ten artykuł nie jest dostępny na licencji {}.",
    "この記事は{}ライセンスの下で提供されていません。",
    "本文不采用{}许可。",
    'This work is licensed under <a href="https://creativecommons.org.evil.com/licenses/by/4.0/">CC</a>',
    'This work is licensed under <a href="https://example.org/standby/4.0/">this</a>',
    "You can license your own work under {}.",
    "The dataset used in this article is licensed under {}.",
    "This image is licensed under {}.",
    "This video is licensed under {}.",
    "Is this article licensed under {}?",
    'This work is licensed under <a href="https://creativecommons.org/licenses/by-nc-xx/4.0/">CC BY-NC</a> and {}',
    "This work is licensed under {} (CC BY-NC 4.0).",
    "Each of these books is available under {}.",
    "Adapted from Foo, licensed under {}.",
    "This article contains text from Wikipedia, licensed under {}.",
    "Some content on this site is licensed under {}.",
    "Wikipedia content is licensed under {}.",
    "Most of this site is licensed under {}.",
    "Parts of this article are licensed under {}.",
    'This article, except this page, cites "work licensed under {}".',
    "An earlier version of this article was published under {}.",
    "This work is based on a work licensed under {}.",
    "Our sister site is licensed under {}.",
    "Slides of this talk are licensed under {}.",
    "The PDF is released under {}.",
    "Nur der Text des Wikipedia-Artikels steht unter {}.",
    "Dieser Artikel basiert auf dem Artikel X aus Wikipedia und steht unter {}.",
]


@pytest.mark.parametrize("sentence", ABOUT_THE_TEXT)
def test_a_statement_about_the_text_is_accepted_by_itself(sentence: str) -> None:
    found = read(f"<p>Once upon a time.</p><p>{sentence.replace('{}', LINK)}</p>")
    assert told(found) == ("allow", "allowed"), found.evidence
    assert found.tier == "T3"
    assert found.confidence >= 0.85


@pytest.mark.parametrize("sentence", NOT_ABOUT_THE_TEXT)
def test_anything_else_is_not(sentence: str) -> None:
    found = read(f"<p>Once upon a time.</p><p>{sentence.replace('{}', LINK)}</p>")
    assert found.decision is not Decision.ALLOW, found.evidence


@pytest.mark.parametrize("sentence", [s for s in ABOUT_THE_TEXT if "{}" in s])
def test_the_same_statement_with_a_restrictive_licence_denies(sentence: str) -> None:
    found = read(f"<p>{sentence.replace('{}', f'<a href={chr(34)}{NC}{chr(34)}>CC BY-NC 4.0</a>')}</p>")
    assert told(found) == ("deny", "nc"), found.evidence


NAMES = {
    "en": ("This work is licensed under the {}.", "Creative Commons Attribution-ShareAlike 4.0 International License"),
    "de": ("Dieses Werk steht unter der Lizenz {}.", ("Creative Commons Namensnennung - Weitergabe unter gleichen"
        " Bedingungen 4.0")),
    "fr": ("Cet article est sous licence {}.", "Creative Commons Attribution - Partage dans les Mêmes Conditions 4.0"),
    "es": ("Este artículo está bajo una licencia {}.", ("Creative Commons Reconocimiento-CompartirIgual 4.0"
        " Internacional")),
    "it": ("Questo articolo è distribuito con licenza {}.", ("Creative Commons Attribuzione - Condividi allo stesso"
        " modo 4.0")),
    "pt": ("Este artigo está licenciado sob uma licença {}.", "Creative Commons Atribuição-CompartilhaIgual 4.0"),
    "nl": ("Dit artikel valt onder {}.", "Creative Commons Naamsvermelding-GelijkDelen 4.0"),
    "pl": ("Ten artykuł jest dostępny na licencji {}.", ("Creative Commons Uznanie autorstwa-Na tych samych"
        " warunkach 4.0")),
    "ja": ("この記事は{}ライセンスの下に提供されています。", "クリエイティブ・コモンズ 表示-継承 4.0 国際"),
    "zh": ("本文采用{}许可协议进行许可。", "知识共享署名-相同方式共享 4.0 国际"),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_in_words_alone_are_read_in_each_language(language: str) -> None:
    sentence, name = NAMES[language]
    found = read(f"<p>{sentence.replace('{}', name)}</p>")
    assert (told(found), found.expression) == (("allow", "allowed"), "CC-BY-SA-4.0"), found.evidence
    assert {identify(claim.raw).expression for claim in found.claims} == {"CC-BY-SA-4.0"}


RESERVED = {
    "en": "All rights reserved.", "de": "Alle Rechte vorbehalten.", "fr": "Tous droits réservés.",
    "es": "Todos los derechos reservados.",
    "it": "Tutti i diritti riservati.", "pt": "Todos os direitos reservados.", "nl": "Alle rechten voorbehouden.",
    "pl": "Wszelkie prawa zastrzeżone.", "ja": "無断転載を禁じます。", "zh": "版权所有。",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_rights_reserved_beside_a_licence_is_for_a_person(language: str) -> None:
    found = read(f"<p>This article is licensed under {LINK}. {RESERVED[language]}</p>")
    assert told(found) == ("quarantine", "conflict")
    assert found.conflicts


def test_parts_that_are_left_out_are_kept() -> None:
    found = read(f"<p>All content on this site, except photos and source code, is licensed under {LINK}.</p>")
    assert (told(found), found.excludes) == (("allow", "allowed"), ("code", "images"))


def test_the_version_is_never_guessed() -> None:
    found = read("<p>This article is licensed under CC BY-SA.</p>")
    assert (told(found), found.expression) == (("quarantine", "unversioned"), "LicenseRef-CC-BY-SA-unversioned")
    found = read("<p>This article is licensed under a Creative Commons license.</p>")
    assert (told(found), found.rule, found.expression) == (("quarantine", "weak_evidence"), "page:unnamed", None)


# How known sites and journals put it, in their own words.
SITES = {
    "journal": "This is an open access article distributed under the terms of the {}, which permits unrestricted use, "
    "distribution, and reproduction in any medium, provided the original author and source are credited.",
    "publisher": "© 2020 by the authors. Licensee Someone, Basel. This article is an open access article distributed "
    "under the terms and conditions of the {} license.",
    "developers": "Except as otherwise noted, the content of this page is licensed under the {}, and code samples are "
    'licensed under the <a href="https://www.apache.org/licenses/LICENSE-2.0">Apache 2.0 License</a>.',
    "government": "With the exception of the Coat of Arms and where otherwise noted, all material presented on this "
    "website is provided under a {} licence.",
    "wiki de": "Der Text ist unter der Lizenz {} verfügbar; Informationen zu den Urhebern eingebundener Mediendateien "
    "können abgerufen werden.",
    "wiki fr": "Les textes sont disponibles sous {} ; d’autres termes peuvent s’appliquer.",
    "wiki es": "El texto está disponible bajo la {}; pueden aplicarse cláusulas adicionales.",
    "wiki it": "Il testo è disponibile secondo la {}; possono applicarsi condizioni ulteriori.",
    "wiki pt": "Este texto é disponibilizado nos termos da licença {}; pode estar sujeito a condições adicionais.",
    "wiki nl": "De tekst is beschikbaar onder de licentie {}, er kunnen aanvullende voorwaarden van toepassing zijn.",
    "wiki pl": "Tekst udostępniany na {}, z możliwością obowiązywania dodatkowych ograniczeń.",
    "wiki ja": "テキストは{}のもとで利用できます。追加の条件が適用される場合があります。",
    "wiki zh": "本站的全部文字在{}之条款下提供，附加条款亦可能应用。",
    "blog zh": "本博客所有文章除特别声明外，均采用 {} 许可协议。转载请注明出处！",
    "teaching de": "Weiternutzung ausdrücklich erlaubt: Dieses Werk und dessen Inhalte sind - sofern nicht anders "
    "angegeben - lizenziert unter {}.",
}


@pytest.mark.parametrize("site", SITES)
def test_known_wordings(site: str) -> None:
    found = read(f"<p>Text.</p><footer><p>{SITES[site].replace('{}', LINK)}</p></footer>")
    assert told(found) == ("allow", "allowed"), found.evidence
