"""Licences of other things on a page: photos, themes, maps, quoted and listed works, policies. None is the text's."""

from __future__ import annotations

import pytest
from tests.unit.licensing.page.pages import read

from rightful.model import Decision

OTHERS = {
    "flickr photo": '<div class="photo-license-info"><a rel="license"'
    ' href="https://creativecommons.org/licenses/by/4.0/">Some rights reserved</a></div>',
    "imageinject": '<p><small>by <a  href="https://www.flickr.com/p">x</a> <a rel="license"'
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY</a></small><br/><img'
    ' src="https://farm1.static.flickr.com/x.jpg" width=500></p>',
    "list of photos": '<ul><li><img src="/p0.jpg" width=200><a rel="license"'
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY</a></li><li><img src="/p1.jpg" width=200><a'
    ' rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY</a></li><li><img src="/p2.jpg"'
    ' width=200><a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY</a></li></ul>',
    "github": '<p>This project is licensed under the <a href="https://opensource.org/licenses/MIT">MIT'
    " License</a>.</p>",
    "npm": "<h3>License</h3><p>MIT</p>",
    "dataset": '<p>This dataset is licensed under <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY'
    " 4.0</a>.</p>",
    "dataset2": '<p>Data and code are available under <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY'
    " 4.0</a>.</p>",
    "zenodo": '<h4>License (for files):</h4><p><a  href="https://creativecommons.org/licenses/by/4.0/">Creative'
    " Commons Attribution 4.0 International</a></p>",
    "icons": '<footer>Icons by FontAwesome, <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY'
    " 4.0</a>.</footer>",
    "icons2": '<footer>Icons made by <a href="x">Freepik</a> from flaticon is licensed by <a '
    ' href="http://creativecommons.org/licenses/by/3.0/">CC 3.0 BY</a></footer>',
    "theme": "<footer>WordPress theme by Foo, licensed under <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</footer>',
    "theme2": '<footer>Design: <a href="x">Foo</a> – <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY'
    " 4.0</a> © 2012</footer>",
    "template html5up": '<footer>© Untitled. Design: HTML5 UP, <a  href="http://html5up.net/license">CCA 3.0</a>'
    " </footer>",
    "music": '<p>"Carefree" Kevin MacLeod (incompetech.com) Licensed under Creative Commons: By Attribution 3.0'
    ' License <a  href="https://creativecommons.org/licenses/by/4.0/">x</a></p>',
    "wp material": "<p>This article uses material from the Wikipedia article Foo, which is released under the <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "wp de": "<p>Dieser Artikel basiert auf dem Artikel Foo aus der freien Enzyklopädie Wikipedia und steht unter"
    ' der <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "maps": '<div id="map">© OpenStreetMap contributors, <a '
    ' href="https://creativecommons.org/licenses/by-sa/2.0/">CC-BY-SA</a></div>',
    "maps2": "<footer>Map data © OpenStreetMap contributors 2020 <a "
    ' href="https://creativecommons.org/licenses/by-sa/2.0/">CC-BY-SA</a></footer>',
    "post about": '<p>Today we released our book "Foo". It is licensed under <a '
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "post about2": "<p>The photographs in this exhibition are available under <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "upload terms": "<p>By uploading, you agree that your work is licensed under <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "forum": "<p>All user contributions on this site are licensed under <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "comment": '<div class="comment"><p>This comment text is licensed under <a '
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p></div>',
    "quote": '<blockquote><p>This work is licensed under <a  href="https://creativecommons.org/licenses/by/4.0/">CC'
    " BY 4.0</a>.</p></blockquote>",
    "podcast music": "<p>Intro music: Foo – Bar, licensed under <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p>',
    "video": '<p>Video: Foo (2019), <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p>',
    "cover": '<p>Cover image: Foo 2019, <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p>',
    "header foto": '<footer>Headerfoto: Foo, 2019, <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY'
    " 4.0</a></footer>",
    "bild2": '<footer>Bild: Foo / <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a> ©'
    " 2019</footer>",
    "titelbild": '<p>Titelbild: „Foo" von Bar, <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY'
    " 4.0</a></p>",
    "beitragsbild": "<p>Beitragsbild: Foo, lizenziert unter <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "grafik": '<p>Diese Grafik ist lizenziert unter <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY'
    " 4.0</a>.</p>",
    "img fr": '<p>Crédit photo : Foo / <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p>',
    "img es": '<p>Foto de Juan bajo licencia <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY'
    " 4.0</a>.</p>",
    "img es2": '<p>Imagen: Juan, <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p>',
    "img it": '<p>Foto di Mario, licenza <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p>',
    "img pl": '<p>Zdjęcie: Jan, licencja <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p>',
    "img nl": '<p>Foto: Jan, beschikbaar onder <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY'
    " 4.0</a></p>",
    "img ja": '<p>写真：太郎、<a  href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p>',
    "img zh": '<p>图片来源：某人，采用<a  href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>许可</p>',
    "slides": '<p>The slides are available under <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY'
    " 4.0</a>.</p>",
    "recording": "<p>The recording of this talk is available under <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "attrib sentence": '<p>"Lion" by Foo is licensed under <a rel="license"'
    ' href="https://creativecommons.org/licenses/by/2.0/">CC BY 2.0</a></p>',
    "attrib sentence img": '<p><img src="/x.jpg" width=400>"Lion" by Foo is licensed under <a rel="license"'
    ' href="https://creativecommons.org/licenses/by/2.0/">CC BY 2.0</a></p>',
    "attrib openverse": '<p class="attribution">"<a rel="noopener" href="https://www.flickr.com/photos/1">Lion</a>"'
    ' by <a href="https://www.flickr.com/photos/2">Foo</a> is licensed under <a rel="license"'
    ' href="https://creativecommons.org/licenses/by/2.0/?ref=openverse">CC BY 2.0 <img src=x></a>.</p>',
    "stock": '<p>Our materials use works licensed under <a  href="https://creativecommons.org/licenses/by/4.0/">CC'
    " BY 4.0</a>.</p>",
    "faq": '<h3>What does "licensed under <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>"'
    " mean?</h3>",
    "faq2": '<p>Articles licensed under <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a> may'
    " be reused.</p>",
    "policy": "<p>Authors retain copyright and articles are published under <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "policy2": "<p>All articles published by the journal after 2020 are licensed under <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "policy3": "<p>We recommend that all content be licensed under <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "until": "<p>Content on this site up to 2015 was licensed under <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>; since then all rights are reserved.</p>',
    "abstract": "<p>The abstract of this article is available under <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "figure4": "<p>Figure 4 in this article is licensed under <a "
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>',
    "references": '<p>Reprinted from Smith 2019 under <a  href="https://creativecommons.org/licenses/by/4.0/">CC BY'
    " 4.0</a>.</p>",
    "rel in list": '<ul class="results"><li><h3><a href="/b1">Book one</a></h3><a rel="license"'
    ' href="https://creativecommons.org/licenses/by/4.0/">CC BY</a></li></ul>',
}


@pytest.mark.parametrize("kind", OTHERS)
def test_the_licence_of_something_else_is_not_the_texts(kind: str) -> None:
    html = OTHERS[kind]
    found = read(f"<p>Text.</p>{html}" if "<footer" in html else f"<main><p>Text.</p>{html}<p>More.</p></main>")
    assert found.decision is not Decision.ALLOW, found.evidence
