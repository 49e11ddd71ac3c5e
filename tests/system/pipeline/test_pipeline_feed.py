"""A blog as WordPress serves it, from its feed to the rows: listing, gate, linked page, and both places' claims."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.system.pipeline.support import Nights, new_run, night, written

from rightful.connectors.linked import parts_of
from rightful.errors import FetchError, RetentionGap
from rightful.model import Progress, Slice
from rightful.settings import Settings
from rightful.store.raw import PackReader, RawStore

pytestmark = pytest.mark.system

BY, NC = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-nc/4.0/"
PER_PAGE = 3
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule"'
)


class Post(NamedTuple):
    """A post: its number, when it was published, the licence in its feed item and on its page, and whether the feed has
    all of it."""

    number: int
    at: datetime
    item: str = ""
    page: str = ""
    whole: bool = False

    @property
    def path(self) -> str:
        return f"/{self.at:%Y/%m/%d}/post-{self.number}/"

    @property
    def text(self) -> str:
        words = " ".join(f"stone {self.number * 100 + n}" for n in range(12))
        return f"<p>Post {self.number} tells of the old bridge and how it was built: {words}.</p>" * 2


class Handler(BaseHTTPRequestHandler):
    """``/feed/?paged=N`` with three posts a document and 404 behind the last, pages, and robots.txt."""

    protocol_version = "HTTP/1.1"
    server: Blog

    def do_GET(self) -> None:
        """Answer, and note what was asked."""
        parts = urlsplit(self.path)
        self.server.asked.append(self.path)
        status, kind, body = self.answer(parts.path, int(parse_qs(parts.query).get("paged", ["1"])[0]))
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def answer(self, path: str, number: int) -> tuple[int, str, str]:
        if self.path in self.server.broken:
            return 503, "text/plain", "later"
        if path == "/feed/":
            feed = self.server.feed(number)
            return (200, "application/rss+xml; charset=UTF-8", feed) if feed else (404, "text/html", "<h1>404</h1>")
        if path == "/robots.txt":
            return 200, "text/plain", "User-agent: *\nDisallow: /wp-admin/\nDisallow: /*/post-6/\n"
        post = next((post for post in self.server.posts if post.path == path), None)
        return (200, "text/html; charset=UTF-8", self.server.page(post)) if post else (404, "text/html", "<h1>404</h1>")

    def log_message(self, *args: Any) -> None:
        """Be quiet."""


class Blog(ThreadingHTTPServer):
    """A blog on a free port of this machine. ``kept``: how many posts its feed goes back, at most."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.posts: list[Post] = []
        self.asked: list[str] = []
        self.broken: set[str] = set()
        self.kept = 1_000

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def feed(self, number: int) -> str:
        newest = sorted(self.posts, key=lambda post: post.at, reverse=True)[: self.kept]
        posts = newest[(number - 1) * PER_PAGE : number * PER_PAGE]
        if not posts:
            return ""
        items = "".join(
            f"<item><title>Post {post.number}</title><link>{self.address}{post.path}</link>"
            f"<dc:creator><![CDATA[Ada]]></dc:creator><pubDate>{post.at:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
            f'<guid isPermaLink="false">{self.address}/?p={post.number}</guid>'
            f"<description><![CDATA[Post {post.number} tells of [&#8230;]]]></description>"
            + (f"<content:encoded><![CDATA[{post.text}]]></content:encoded>" if post.whole else "")
            + (f"<creativeCommons:license>{post.item}</creativeCommons:license>" if post.item else "")
            + "</item>"
            for post in posts
        )
        head = f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {SPACES}><channel><title>The Bridge</title>'
        return f"{head}<link>{self.address}</link><language>en-GB</language>{items}</channel></rss>"

    def page(self, post: Post) -> str:
        link = f'<a rel="license" href="{post.page}">Creative Commons</a>' if post.page else ""
        foot = f"<p>This work is licensed under a {link} licence.</p>" if link else "<p>The Bridge</p>"
        return (
            f"<!DOCTYPE html><html lang='en-GB'><head><title>Post {post.number}</title></head><body>"
            f"<nav><a href='/'>Home</a></nav><article><h1>Post {post.number}</h1>{post.text}{foot}</article>"
            "</body></html>"
        )


@pytest.fixture
def blog(monkeypatch: pytest.MonkeyPatch) -> Iterator[Blog]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Blog() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


SOURCE = """
id: {id}
title: The Bridge, a blog
kind: feed
channel: other
owner: test@example.org
homepage: https://bridge.example
start_date: 2026-01-01
license:
  scope: record
  claims: [{{from: record.license}}, {{from: page, strength: page_metadata}}]
pace: {{requests_per_second: 1000}}
limits: {{retries: 0}}
failure_threshold: 0.9
fetch:
  base_url: {address}
  allow_private: true
  feeds: [/feed/]
  paginate: {{style: page}}
  linked: {{url: full_text_at, optional: true}}
"""


def filled(blog: Blog, slice: Slice) -> None:
    """A night with every kind of post, and posts of the nights around it."""
    hour = timedelta(hours=1)
    blog.posts = [
        Post(1, slice.start + hour, item=BY, whole=True),
        Post(2, slice.start + 2 * hour, item=BY, page=BY),
        Post(3, slice.start + 3 * hour, item=BY, page=NC),
        Post(4, slice.start + 4 * hour, page=BY),
        Post(5, slice.start + 5 * hour),
        Post(6, slice.start + 6 * hour, item=BY, page=BY),  # robots.txt keeps out
        Post(7, slice.start + 7 * hour, item=NC, page=BY),
        Post(8, slice.start + 8 * hour, item=BY),
        Post(9, slice.end, item=BY, whole=True),
        *(Post(20 + n, slice.start - n * hour - hour, item=BY, whole=True) for n in range(5)),
    ]


def test_from_the_feed_to_the_rows(blog: Blog, settings: Settings, tmp_path: Path, source_id: str) -> None:
    slice = night(2)
    filled(blog, slice)
    nights = Nights(written(tmp_path, source_id, SOURCE.format(id=source_id, address=blog.address)), settings)
    nights.run(slice)
    number = {f"{blog.address}/?p={post.number}": post.number for post in blog.posts}
    ruled = {
        number[row["id"].removeprefix(f"{source_id}:").rpartition("@")[0]]: (row["outcome"], row["reason"])
        for row in nights.ledger(slice)
    }
    assert ruled == {
        1: ("allow", "allowed"),
        2: ("allow", "allowed"),
        3: ("deny", "nc"),
        4: ("allow", "allowed"),
        5: ("deny", "no_tag"),
        6: ("deny", "robots"),
        7: ("deny", "nc"),
        8: ("allow", "allowed"),
    }
    nights.assert_balanced(slice)
    nights.assert_lawful()
    rows = {row["title"]: row for row in nights.corpus(slice).iter_rows(named=True)}
    assert sorted(rows) == ["Post 1", "Post 2", "Post 4", "Post 8"]
    assert all(row["text"].count("the old bridge") == 2 for row in rows.values())

    # The licence of feed and page, each with its place; the page that is denied by its item was never asked for.
    feed, page = sorted((claim["place"], claim["raw"]) for claim in rows["Post 2"]["claims"])[::-1]
    assert feed == (f"{blog.address}/feed/ item {blog.address}/?p=2 creativeCommons:license", BY)
    assert (page[0][0], page[1]) == ("T", BY)
    assert [claim["place"][0] for claim in rows["Post 4"]["claims"]] == ["T"]
    asked = [urlsplit(path).path for path in blog.asked]
    post = {one.number: one.path for one in blog.posts}
    assert [asked.count(post[n]) for n in range(1, 10)] == [0, 1, 1, 1, 1, 0, 0, 1, 0]
    assert asked.count("/robots.txt") == 1

    # Bytes: feed and page lie in the raw store as they came.
    row = rows["Post 2"]
    parts = parts_of(PackReader(RawStore(settings)).read(row["raw_uri"], row["raw_offset"], row["raw_length"]) or b"")
    assert parts is not None
    assert parts.body.decode() == blog.page(blog.posts[1])

    # The same again: what is known is not asked for, and nothing changes.
    before = nights.ids(slice)
    nights.run(slice)
    assert nights.ids(slice) == before


def test_a_document_that_fails_is_read_by_the_next_try(
    blog: Blog, settings: Settings, tmp_path: Path, source_id: str
) -> None:
    """What came before it is kept, with its pages."""
    slice = night(2)
    blog.posts = [Post(10 + n, slice.start + timedelta(hours=n), item=BY) for n in range(1, 8)]
    blog.posts.append(Post(30, slice.start - timedelta(hours=1), item=BY))
    nights = Nights(written(tmp_path, source_id, SOURCE.format(id=source_id, address=blog.address)), settings)
    run, saved = new_run(), list[Progress]()
    (shard,) = nights.plan(slice)
    blog.broken = {"/feed/?paged=2"}
    with pytest.raises(FetchError):
        nights.acquire(shard, run, saved=saved)
    blog.broken = set()
    result = nights.acquire(shard, run, saved=saved, resume=saved[-1])
    nights.finish(slice, [result], run)
    assert len(nights.ids(slice)) == 7
    assert [blog.asked.count(post.path) for post in blog.posts] == [1] * 7 + [0]
    nights.assert_balanced(slice)


def test_a_feed_that_forgets_publishes_no_hole(blog: Blog, settings: Settings, tmp_path: Path, source_id: str) -> None:
    slice = night(2)
    filled(blog, slice)
    blog.kept = 4
    text = SOURCE.format(id=source_id, address=blog.address).replace("{style: page}", "{style: none}")
    nights = Nights(written(tmp_path, source_id, text), settings)
    with pytest.raises(RetentionGap):
        nights.run(slice)
    assert nights.ids() == []
