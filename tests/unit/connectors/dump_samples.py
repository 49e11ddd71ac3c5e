"""Files of the formats that dumps come in, as their publishers write them; names in braces are filled in."""

from __future__ import annotations

BY = "https://creativecommons.org/licenses/by/4.0/"

OPEN = f"""
<license license-type="open-access" xlink:href="{BY}">
  <ali:license_ref>{BY}</ali:license_ref>
  <license-p>CC BY.</license-p>
</license>"""

JATS = """\
<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ali="http://www.niso.org/schemas/ali/1.0/"
    article-type="research-article">
<front>
  <journal-meta>
    <journal-title-group><journal-title>J. Islands</journal-title></journal-title-group>
    <publisher><publisher-name>Open Press</publisher-name></publisher>
  </journal-meta>
  <article-meta>
    <article-id pub-id-type="pmc">PMC1</article-id>
    <article-id pub-id-type="doi">10.1/x</article-id>
    <title-group><article-title>On <italic>tides</italic></article-title></title-group>
    <contrib-group>
      <contrib contrib-type="author"><name><surname>Ångström</surname><given-names>A.</given-names></name></contrib>
      <contrib contrib-type="editor"><name><surname>No</surname></name></contrib>
    </contrib-group>
    <pub-date><year>2026</year><month>3</month><day>5</day></pub-date>
    <pub-date><year>2026</year><month>3</month></pub-date>
    <permissions><copyright-statement>© 2026 The Authors</copyright-statement>{license}</permissions>
  </article-meta>
</front>
<body><p>Tides rise.</p></body>
</article>"""

_FILE = """
    <dcterms:hasFormat><pgterms:file rdf:about="https://www.gutenberg.org/{path}">
      <dcterms:format><rdf:Description><rdf:value>{kind}</rdf:value></rdf:Description></dcterms:format>
      <dcterms:modified rdf:datatype="http://www.w3.org/2001/XMLSchema#dateTime">{changed}</dcterms:modified>
    </pgterms:file></dcterms:hasFormat>"""


def gutenberg(book: int, *, changed: str | None = "2026-03-02T01:02:03.5") -> bytes:
    """The RDF of a book; its text changed at ``changed``, its other files a month before."""
    plain = "text/plain; charset=utf-8"
    files = [
        _FILE.format(path=f"files/{book}/{book}-0.zip", kind=plain, changed="2025-02-01T00:00:00"),
        _FILE.format(path=f"ebooks/{book}.txt.utf-8", kind=plain, changed=changed or ""),
        _FILE.format(path=f"ebooks/{book}.epub3", kind="application/epub+zip", changed="2025-02-01T00:00:00"),
    ]
    if changed is None:
        files = [file.replace("2025-02-01T00:00:00", "") for file in files]
    return f"""\
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcterms="http://purl.org/dc/terms/"
    xmlns:pgterms="http://www.gutenberg.org/2009/pgterms/" xml:base="http://www.gutenberg.org/">
  <pgterms:ebook rdf:about="ebooks/{book}">
    <dcterms:title>Title &amp; more</dcterms:title>
    <dcterms:rights>Public domain in the USA.</dcterms:rights>
    <dcterms:creator><pgterms:agent><pgterms:name>Author, An</pgterms:name></pgterms:agent></dcterms:creator>
    <dcterms:language><rdf:Description><rdf:value>fr</rdf:value></rdf:Description></dcterms:language>{"".join(files)}
  </pgterms:ebook>
</rdf:RDF>""".encode()
