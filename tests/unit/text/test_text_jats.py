"""Journal articles in JATS: what is read of them, and what is not."""

from __future__ import annotations

import pytest

from rightful.errors import Malformed
from rightful.text.plain import to_text

ARTICLE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving DTD v1.3//EN" "JATS-archivearticle1.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="research-article">
 <front><journal-meta><journal-title>Wind Letters</journal-title></journal-meta>
  <article-meta>
   <title-group><article-title>Wind on <italic>Skye</italic></article-title>
    <subtitle>Forty years</subtitle></title-group>
   <contrib-group><contrib><name><surname>MacLeod</surname></name></contrib></contrib-group>
   <permissions><license><license-p>CC BY 4.0</license-p></license></permissions>
   <abstract><title>Abstract</title><p>The wind was read.</p></abstract>
   <abstract abstract-type="graphical"><p>A picture.</p></abstract>
   <trans-abstract xml:lang="fr"><p>Le vent.</p></trans-abstract>
   <kwd-group><kwd>wind</kwd></kwd-group>
  </article-meta>
 </front>
 <body>
  <sec><label>1</label><title>Method</title>
   <p>We counted<sup><xref ref-type="bibr" rid="r1">1</xref>,<xref ref-type="bibr" rid="r2">2</xref></sup> storms
      [<xref ref-type="bibr" rid="r3">3</xref>], CO<sub>2</sub> &amp; rain&nbsp;too
      (<xref ref-type="fig">Fig. 1</xref>).</p>
   <fig><label>Figure 1</label><caption><p>Photo: somebody else.</p></caption></fig>
   <list><list-item><p>north</p></list-item><list-item><p>south</p></list-item></list>
   <disp-formula><alternatives><tex-math>\\documentclass{x}\\begin{document}$v = s/t$\\end{document}</tex-math>
      <math xmlns="http://www.w3.org/1998/Math/MathML"><mi>v</mi></math></alternatives></disp-formula>
   <preformat>a  b
  c</preformat>
  </sec>
  <table-wrap><table><tr><td>9</td></tr></table></table-wrap>
 </body>
 <back><ack><p>Thanks.</p></ack><app-group><app><title>Appendix</title><p>More wind.</p></app></app-group>
  <ref-list><ref><mixed-citation>Somebody, 1999.</mixed-citation></ref></ref-list></back>
 <sub-article><body><p>A review.</p></body></sub-article>
</article>"""

TEXT = """Wind on Skye

Forty years

Abstract

The wind was read.

1

Method

We counted storms [3], CO2 & rain too (Fig. 1).

• north

• south

$v = s/t$

a  b
  c

Appendix

More wind."""


def read(xml: str) -> str:
    return to_text(xml, "application/jats+xml")


def test_an_article_is_its_title_abstract_body_and_appendices() -> None:
    assert read(ARTICLE) == TEXT


def test_one_in_an_envelope_with_a_namespace_is_found() -> None:
    # Without a document type there are no names for characters.
    inner = ARTICLE[ARTICLE.index("<article ") :].replace("&nbsp;", "\u00a0")
    inner = inner.replace("<article ", '<article xmlns="https://jats.nlm.nih.gov" ', 1)
    assert read(f"<record><metadata>{inner}</metadata></record>") == TEXT


def test_other_scripts_stay() -> None:
    text = "शीतल हवा 風と海 ריחות הים"
    assert read(f"<article><body><p>{text}</p></body></article>") == text


@pytest.mark.parametrize("xml", ["<article><body><p>cut", "no XML", "<html><body>x</body></html>", "<article", "<a/>"])
def test_what_is_no_article_is_said_so(xml: str) -> None:
    with pytest.raises(Malformed):
        read(xml)


@pytest.mark.parametrize("xml", ["", "<article/>", "<article><front/><body/></article>"])
def test_nothing_in_it_is_no_text(xml: str) -> None:
    assert read(xml) == ""


def test_entities_neither_explode_nor_fetch() -> None:
    outside = '<!DOCTYPE article [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    assert "root:" not in read(f"{outside}<article><body><p>Wind and &f; sea.</p></body></article>")
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    with pytest.raises(Malformed, match="amplification"):
        read(f'<!DOCTYPE article [<!ENTITY l0 "ha">{levels}]><article><body><p>&l11;</p></body></article>')


def test_depth_is_bounded_by_an_error() -> None:
    deep = "<sec>" * 100_000 + "</sec>" * 100_000
    with pytest.raises(Malformed):
        read(f"<article><body>{deep}</body></article>")
