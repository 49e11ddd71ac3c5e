"""The main text of pages: what is left out, and that no page and no accident takes more than its child process."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rightful.errors import FetchError, Malformed
from rightful.text import main_text as module
from rightful.text.batch import describe
from rightful.text.main_text import _Child, main_text, main_text_fast, main_text_thorough
from rightful.text.main_text_child import BALANCED, FAST, THOROUGH
from rightful.text.plain import MAIN, MAIN_FAST, MAIN_THOROUGH, to_text

PROSE = "The river rises in the hills and flows through the old town, past the mill, to the sea. "
PAGE = (
    "<html><head><title>River</title></head><body><nav><a href=/>Home</a> <a href=/a>About us</a></nav>"
    f"<article><h1>The river</h1><p>{PROSE * 5}</p>"
    "<p>Second&nbsp;paragraph, about the mill &amp; its wheel.</p></article>"
    "<section id=comments class=comments><h2>Comments</h2><div class=comment><p>I disagree with the author, says a "
    "reader, at some length and with many words.</p></div></section>"
    "<footer>All rights reserved by nobody</footer></body></html>"
)
ALL = pytest.mark.parametrize("media_type", [MAIN, MAIN_FAST, MAIN_THOROUGH])


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Child]:
    """A child of its own, with little time a page."""
    one = _Child(cpu_seconds=0.6)
    monkeypatch.setattr(module, "_child", one)
    yield one
    one.stop()


def _pid(child: _Child) -> int:
    assert child._process is not None
    return child._process.pid


@ALL
def test_the_article_without_navigation_and_reader_comments(media_type: str) -> None:
    text = to_text(PAGE, media_type)
    assert PROSE.strip() in text
    assert "Second paragraph, about the mill & its wheel." in text
    for gone in ("About us", "I disagree", "<"):
        assert gone not in text


@pytest.mark.parametrize(
    "media_type", ['text/html;charset=utf-8; Extract="MAIN"', "application/xhtml+xml; extract=main"]
)
def test_the_parameter_is_read_as_parameters_are(media_type: str) -> None:
    assert to_text(PAGE, media_type) == to_text(PAGE, MAIN)
    assert "About us" in to_text(PAGE, "text/html; charset=utf-8")


@pytest.mark.parametrize("media_type", ["text/html; extract=", "text/html; extract=all", "text/html; extract"])
def test_an_unknown_way_is_refused(media_type: str) -> None:
    with pytest.raises(Malformed, match="no way"):
        to_text(PAGE, media_type)


@ALL
@pytest.mark.parametrize("page", ["", " \n\x00", "<html><body></body></html>", "<!-- nothing -->"])
def test_a_page_without_text_has_none(page: str, media_type: str) -> None:
    assert to_text(page, media_type) == ""


def test_a_short_page_is_not_lost() -> None:
    assert main_text("<p>One sentence is a text.</p>") == "One sentence is a text."


def test_what_stands_beside_the_text_is_none_of_it() -> None:
    page = PAGE.replace(
        "<p>Second",
        "<figure><img src=a><figcaption>The mill at dusk</figcaption></figure><p class=byline>By A. Writer</p>"
        "<div class=related-posts><p>Ten more rivers that you should see</p></div><p>Second",
    )
    text = main_text(page)
    for gone in ("The mill at dusk", "A. Writer", "Ten more rivers", "The river\n"):
        assert gone not in text
    assert "Second paragraph" in text


@pytest.mark.parametrize("name", ["newsletter", "has-caption", "credit-cards", "single-related"])
def test_a_class_of_the_whole_page_does_not_cost_its_text(name: str) -> None:
    assert PROSE.strip() in main_text(PAGE.replace("<body>", f'<body class="{name}">'))
    assert PROSE.strip() in main_text_fast(PAGE.replace("<body>", f'<body class="{name}">'))


def test_posts_of_a_forum_are_its_text() -> None:
    posts = "".join(f'<div class="comment"><p>Post {n}: {PROSE * 2}</p></div>' for n in range(5))
    page = f'<html><body><nav><a href=/>Home</a></nav><div class="comments">{posts}</div></body></html>'
    marked = page.replace("<body>", '<body><div itemscope itemtype="https://schema.org/DiscussionForumPosting">')
    assert all(f"Post {n}" in main_text(marked) for n in range(5))


@pytest.mark.parametrize("kind", ["Article", "NewsArticle", "BlogPosting"])
def test_reader_comments_of_an_article_stay_out_whatever_else_its_page_says(kind: str) -> None:
    said = f'<script type="application/ld+json">{{"@type": "{kind}"}}</script><script>var a = "QAPage"</script>'
    assert "I disagree" not in main_text(PAGE.replace("<body>", f"<body>{said}<!-- DiscussionForumPosting -->"))


def test_reader_comments_stay_out_where_little_else_is_found() -> None:
    comment = f"<div class=comment><p>I disagree, says a reader. {PROSE * 9}</p></div>"
    page = f"<html><body><form><p>A short note.</p></form><section id=comments>{comment * 5}</section></body></html>"
    for text in (main_text(page), main_text_fast(page)):
        assert "I disagree" not in text
        assert "A short note." in text


def test_little_is_doubted_and_looked_for_again() -> None:
    hidden = f'<div class="hidden" id=app><div>{"".join(f"<p>{n}. {PROSE * 3}</p>" for n in range(9))}</div></div>'
    page = f"<html><body><main><p>Loading</p></main>{hidden}</body></html>"
    assert "8. The river" in main_text(page)
    assert "8. The river" in main_text_thorough(page)


def test_the_text_does_not_depend_on_the_pages_before() -> None:
    first = main_text(PAGE)
    assert [main_text(PAGE) for _ in range(4)] == [first] * 4  # trafilatura's own deduplication would drop the third


@pytest.mark.parametrize(
    "prose",
    [
        "这条河发源于山区，流经古老的城镇，经过磨坊，最终流入大海。" * 8,
        "تنبع النهر من التلال ويمر عبر المدينة القديمة. " * 8,
    ],
)
def test_languages_without_word_lists(prose: str) -> None:
    page = f"<html><body><nav><a href=/>Home</a></nav><article><h1>x</h1><p>{prose}</p></article></body></html>"
    assert prose.strip() in main_text(page)
    assert "Home" not in main_text(page)


def test_too_long_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CHARACTERS", 10)
    with pytest.raises(Malformed, match="more than 10"):
        main_text(PAGE)


HOSTILE = {
    "nested elements": "<div>" * 100_000 + "hello",
    "nested inline": "<b>" * 100_000 + PROSE,
    "nested tables": "<table><tr><td>" * 20_000 + "hello",
    "nested lists": "<ul><li>" * 50_000 + "hello",
    "attribute": f'<p title="{"a" * 10_000_000}">{PROSE}</p>',
    "cells": "<table><tr>" + "<td>x" * 1_000_000 + "</table>",
    "entities": "<p>" + "&amp;&#0;&#xD800;&bogus;" * 200_000,
    "an entity of its own": '<!DOCTYPE html [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><p>&c;' + PROSE,
    "NULs": f"<p>{PROSE}\x00</p>" * 50,
    "half characters": f"<p>{PROSE}\ud800</p>",
    "endless comment": f"<p>{PROSE}</p><!-- " + "- " * 4_000_000,
    "endless tag": f"<p>{PROSE}</p><a href=" + "x" * 4_000_000,
    "blanks": "<p>" + " " * 4_000_000 + "x",
    "links": "<a href=x>y</a>" * 200_000,
    "breaks": "<br>" * 500_000,
    "wrong bytes": bytes(range(256)).decode("latin-1") * 2_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_ends_and_the_next_one_is_read(name: str, child: _Child) -> None:
    bad, good = describe([HOSTILE[name], PAGE], [MAIN, MAIN])
    assert good.error is None
    assert PROSE.strip() in good.text
    assert bad.error is None or "processor time" in bad.error
    bad.text.encode()


def test_a_page_that_takes_too_long_gets_the_other_extractor(child: _Child) -> None:
    page = "<article>" + "<div><p>word, word</p></div>" * 10_000  # thorough: time by its square
    assert child.work(THOROUGH, page) is None
    fallback = child.work(FAST, page)
    assert fallback is not None
    assert fallback.count("word") == 20_000
    assert main_text_thorough(page).count("word") == 20_000


def test_time_is_processor_time(child: _Child) -> None:
    main_text(PAGE)
    os.kill(_pid(child), signal.SIGSTOP)
    pid = _pid(child)
    wake = threading.Timer(1.5, os.kill, (pid, signal.SIGCONT))  # longer than the limit, on the wall clock
    wake.start()
    text = main_text(PAGE)
    wake.join()
    assert "About us" not in text
    assert _pid(child) == pid  # it was neither killed nor replaced


def test_a_child_that_was_killed_is_replaced_and_the_page_keeps_its_text(child: _Child) -> None:
    text = main_text(PAGE)
    before = _pid(child)
    os.kill(before, signal.SIGSTOP)
    killer = threading.Timer(0.2, os.kill, (before, signal.SIGKILL))  # while it holds the page
    killer.start()
    assert main_text(PAGE) == text
    killer.join()
    assert _pid(child) != before


def test_a_child_that_is_killed_again_gives_the_fallback(child: _Child, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = _Child._ask

    def killed(self: _Child, process: subprocess.Popen[bytes], job: bytes) -> bytes | None:
        if job[:1] == BALANCED:
            process.kill()
        return ask(self, process, job)

    fast = main_text_fast(PAGE)
    monkeypatch.setattr(_Child, "_ask", killed)
    assert main_text(PAGE) == fast


def test_an_interrupted_page_leaves_no_answer_to_the_next(child: _Child, monkeypatch: pytest.MonkeyPatch) -> None:
    main_text(PAGE)
    pid = _pid(child)
    os.kill(pid, signal.SIGSTOP)
    with monkeypatch.context() as hasty:
        hasty.setattr(module, "STALLED_SECONDS", 0.0)
        with pytest.raises(FetchError, match="no progress"):
            main_text(PAGE.replace("river", "mountain"))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
    assert "mountain" not in main_text(PAGE)


def test_a_forked_copy_has_a_child_of_its_own(child: _Child) -> None:
    text, parents = main_text(PAGE), _pid(child)
    with module._lock:  # as another thread may hold it, which the copy does not have
        copy = os.fork()
        if not copy:
            right = False
            signal.alarm(30)
            try:
                right = main_text(PAGE) == text and _pid(module._child) != parents
                module._at_exit()
            finally:
                os._exit(0 if right else 1)
    assert os.waitpid(copy, 0)[1] == 0
    assert (main_text(PAGE), _pid(child)) == (text, parents)


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize("busy", [False, True])
def test_a_killed_parent_leaves_no_child(busy: bool) -> None:
    # Busy for some minutes, if nothing ended it.
    work = "child.work(b't', '<article>' + '<div><p>word, word</p></div>' * 60_000)" if busy else "time.sleep(600)"
    code = (
        "import time\nfrom rightful.text.main_text import _Child\nchild = _Child(cpu_seconds=600)\n"
        "child.work(b'm', '<p>One sentence is a text.</p>')\n"
        f"print(child._process.pid, flush=True)\n{work}"
    )
    path = os.pathsep.join(sys.path)
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert not _gone(pid)
    if busy:
        time.sleep(0.5)  # the page is on its way
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until = time.monotonic() + 60
    while not _gone(pid) and time.monotonic() < until:
        time.sleep(0.1)
    left = not _gone(pid)
    if left:
        os.kill(pid, signal.SIGKILL)
    assert not left
