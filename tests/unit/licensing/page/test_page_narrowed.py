"""What is said beside a licence narrows it, in any words; what only repeats what it permits does not."""

from __future__ import annotations

import pytest
from tests.unit.licensing.page.pages import BY, LINK, read, told

CONFLICT = ("quarantine", "conflict")
STATED = f"This article is licensed under {LINK}"

NARROWED = [
    # training and mining
    f"{STATED}, but use for machine learning is prohibited.",
    f"{STATED}. AI training rights are reserved.",
    f"{STATED}. We object to text and data mining under Article 4 of Directive 2019/790.",
    f"{STATED}. Please do not feed it to LLMs.",
    f"{STATED}. Scraping for AI datasets is forbidden.",
    f"Dieser Artikel steht unter {LINK}. Die Nutzung für Text und Data Mining behalten wir uns vor.",
    f"Dieser Artikel steht unter {LINK}. Das Training von KI-Modellen mit unseren Texten ist untersagt.",
    f"Cet article est sous licence {LINK}. L'entraînement de modèles d'IA est interdit.",
    f"Este artículo está bajo una licencia {LINK}. Prohibido su uso para entrenar inteligencia artificial.",
    f"本文采用 {LINK} 许可协议。禁止用于AI训练。",
    f"この記事は {LINK} の下でライセンスされています。AI学習への利用を禁じます。",
    # commerce, sale, permission
    f"{STATED}. Not for resale.",
    f"{STATED}. You may not sell it.",
    f"{STATED}. For-profit use is prohibited.",
    f"{STATED}. Companies must ask for permission.",
    f"{STATED}. Reproduction only by permission of the publisher.",
    f"{STATED} with the additional restriction that it may not be sold.",
    f"{STATED} for educational use.",
    f"{STATED} for non-profits.",
    f"本文采用 {LINK} 协议，禁止商业使用。",
    f"本文采用 {LINK} 许可协议。商业转载请联系作者获得授权。",
    f"本文采用 {LINK} 许可协议。未经授权不得转载。",
    f"この記事は {LINK} の下でライセンスされています。商用利用はご遠慮ください。",
    f"Ten artykuł jest dostępny na licencji {LINK}. Wykorzystanie komercyjne wymaga zgody autora.",
    f"Este artigo está licenciado sob {LINK}. Uso comercial só com autorização.",
    f"Questo articolo è distribuito con licenza {LINK}. Per usi commerciali contattare la redazione.",
    f"Dit artikel is gelicentieerd onder {LINK}. Voor commercieel gebruik is toestemming nodig.",
    f"Dieser Artikel steht unter der Lizenz {LINK}. Für gewerbliche Nutzung bitte anfragen.",
    f"Cet article est sous licence {LINK}. Toute utilisation commerciale est soumise à autorisation.",
    f"Este artículo está bajo una licencia {LINK}. Prohibida su venta.",
    f"{STATED}, which does not permit commercial use.",
    f"{STATED}, which permits use but not commercial use.",
    f"{STATED}. Commercial use is allowed for members.",
    f"{STATED}. Commercial and non-commercial use is prohibited.",
    f"{STATED}. It may not be featured without permission.",
    f"{STATED}, as long as you don't sell it and give credit.",
    # change
    f"{STATED}. It must be kept unaltered.",
    f"Dieser Artikel steht unter der Lizenz {LINK}. Veränderungen sind nicht gestattet.",
]
MARKED = f'<a rel="license" href="{BY}">CC BY</a>'
NARROWED_MARKED = [
    f"Denna artikel är licensierad under {MARKED} endast för personligt bruk.",
    f"Эта статья доступна по лицензии {MARKED}. Использование только с письменного согласия редакции.",
    f"Материалы сайта доступны по лицензии {MARKED}. Использовать в коммерческих целях нельзя.",
    f"이 글은 {MARKED} 라이선스입니다. 영리 목적 이용 불가.",
    f"Bu yazı {MARKED} ile lisanslıdır. İzinsiz kullanılamaz.",
    f"Tento článek {MARKED}. Šíření bez souhlasu redakce zakázáno.",
]

AT_THE_FOOT = [
    "All rights reserved, including rights for text and data mining and training of artificial intelligence.",
    "Use of this content for training AI is not permitted.",
    "We do not allow AI companies to use our content to train their models.",
    "No part of this site may be used for text and data mining.",
    "Das Training von KI mit unseren Texten ist untersagt.",
    "L'utilisation par des IA est interdite.",
    "禁止将本站内容用于人工智能训练。",
]

PUBLISHERS = {
    "plos": "This is an open access article distributed under the terms of the {}, which permits unrestricted use, "
    "distribution, and reproduction in any medium, provided the original author and source are credited.",
    "springer": "Open Access This article is licensed under a {}, which permits use, sharing, adaptation, distribution "
    "and reproduction in any medium or format, as long as you give appropriate credit to the original author(s) and "
    "the source, provide a link to the Creative Commons licence, and indicate if changes were made. The images or "
    "other third party material in this article are included in the article's Creative Commons licence, unless "
    "indicated "
    "otherwise in a credit line to the material. If material is not included in the article's Creative Commons "
    "licence and your "
    "intended use is not permitted by statutory regulation or exceeds the permitted use, you will need to obtain "
    "permission directly from the copyright holder.",
    "frontiers": "This is an open-access article distributed under the terms of the {}. The use, distribution or "
    "reproduction in other forums is permitted, provided the original author(s) and the copyright owner(s) are "
    "credited "
    "and that the original publication in this journal is cited, in accordance with accepted academic practice. No "
    "use, "
    "distribution or reproduction is permitted which does not comply with these terms.",
    "elife": "This article is distributed under the terms of the {}, which permits unrestricted use and redistribution "
    "provided that the original author and source are credited.",
    "wiley": "This is an open access article under the terms of the {} License, which permits use, distribution and "
    "reproduction in any medium, provided the original work is properly cited.",
    "sage": "This article is distributed under the terms of the {}, which permits any use, reproduction and "
    "distribution "
    "of the work without further permission provided the original work is attributed as specified on the Open Access "
    "page.",
    "hindawi": "This is an open access article distributed under the {}, which permits unrestricted use, distribution, "
    "and reproduction in any medium, provided the original work is properly cited.",
    "oxford": "This is an Open Access article distributed under the terms of the {}, which permits unrestricted reuse, "
    "distribution, and reproduction in any medium, provided the original work is properly cited.",
    "mdpi": "© 2023 by the authors. Licensee Somebody, Basel. This article is an open access article distributed under "
    "the terms and conditions of the {}.",
    "deed": "This work is licensed under {}. You are free to copy and redistribute the material in any medium or "
    "format "
    "for any purpose, even commercially, and to remix, transform, and build upon it. You must give appropriate credit. "
    "No additional restrictions: you may not apply legal terms or technological measures that legally restrict others "
    "from doing anything the license permits.",
    "allowed": "This article is licensed under {}. Commercial use is allowed.",
    "de": "Dieser Artikel steht unter der Lizenz {}. Die Nutzung ist auch zu kommerziellen Zwecken erlaubt.",
    "fr": "Cet article est sous licence {}. Vous pouvez le partager, y compris à des fins commerciales.",
    "es": "Este artículo está bajo una licencia {}. Puede compartirse, incluso con fines comerciales.",
    "pt": "Este artigo está licenciado sob {}. Pode ser partilhado, mesmo para fins comerciais.",
    "it": "Questo articolo è distribuito con licenza {}. Si può condividere, anche a fini commerciali.",
    "nl": "Dit artikel valt onder {}. Delen mag, zelfs voor commerciële doeleinden.",
    "pl": "Ten artykuł jest dostępny na licencji {}. Można go rozpowszechniać, nawet w celach komercyjnych.",
    "owid": "All visualizations, data, and articles produced by Example are open access under the {}. You have "
    "permission "
    "to use, distribute, and reproduce these in any medium, provided the source and authors are credited.",
}  # fmt: skip


@pytest.mark.parametrize("said", [*NARROWED, *NARROWED_MARKED])
def test_a_licence_that_is_narrowed_beside_it_is_for_a_person(said: str) -> None:
    found = read(f"<p>Once upon a time.</p><p>{said}</p>")
    assert found.decision.value == "quarantine", (found.decision, found.evidence)


@pytest.mark.parametrize("said", AT_THE_FOOT)
def test_a_reservation_against_machines_at_the_foot_is_heard(said: str) -> None:
    found = read(f"<p>Once upon a time.</p><p>{STATED}.</p><p>The end.</p><footer><p>{said}</p></footer>")
    assert told(found) == CONFLICT, found.evidence


def test_commercial_use_may_be_refused_at_the_end_of_a_long_neighbour() -> None:
    prose = "Much more is said of it here. " * 20
    found = read(f"<p>{STATED}.</p><p>{prose} Commercial use is not allowed.</p>")
    assert told(found) == CONFLICT
    assert told(read(f"<p>{STATED}.</p><p>{prose} Commercial fishing is not allowed.</p>"))[0] == "allow"


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_what_only_says_what_the_licence_permits_narrows_nothing(publisher: str) -> None:
    found = read(f"<p>Once upon a time.</p><p>{PUBLISHERS[publisher].replace('{}', LINK)}</p>")
    assert told(found) == ("allow", "allowed"), (found.conflicts, found.evidence)
