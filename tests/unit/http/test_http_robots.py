"""robots.txt before every page: what is asked, what is not, and what is recorded."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from tests.unit.http.site import Clock, Site, client_of, source_of

from rightful.errors import FetchError, Forbidden, RateLimited, Refused
from rightful.http.client import Client
from rightful.http.retry import user_agent
from rightful.http.robots import GOOD_FOR, ORIGINS_KEPT, TRIED_AGAIN_AFTER, KeptOut
from rightful.licensing.optouts.agents import OWN_AGENT
from rightful.licensing.optouts.robots import MOST_BYTES
from rightful.model import Credentials

HOME = "https://api.example.org"
PAGE = httpx.Response(200, headers={"content-type": "text/html"}, content=b"<p>text</p>")
Pages = dict[str, httpx.Response | Exception]


def site_of(robots: str | httpx.Response | Exception | None = None, **pages: httpx.Response | Exception) -> Site:
    """A site with a robots.txt (None: 404), and pages by path with ``_`` for ``/``; every other address is a page."""
    first = httpx.Response(404) if robots is None else robots
    first = httpx.Response(200, content=first.encode()) if isinstance(first, str) else first
    known: Pages = {"/robots.txt": first, "/.well-known/tdmrep.json": httpx.Response(404)}
    known |= {name.replace("_", "/"): page for name, page in pages.items()}

    def answer(request: httpx.Request) -> httpx.Response:
        found = known.get(request.url.path, PAGE)
        if isinstance(found, Exception):
            raise found
        return found

    return Site(answer)


def client(site: Site, clock: Clock | None = None, **more: object) -> Client:
    limits = {"retries": 1}
    return client_of(source_of({"base_url": f"{HOME}/v1"}, limits=limits), site, clock, **more)  # type: ignore[arg-type]


def paths(site: Site) -> list[str]:
    return [request.url.path for request in site.requests]


def test_robots_comes_first_and_once() -> None:
    site = site_of("User-agent: *\nDisallow: /private/\n")
    asker = client(site)
    answer = asker.page(f"{HOME}/a")
    asker.page(f"{HOME}/b")
    assert paths(site) == ["/robots.txt", "/a", "/.well-known/tdmrep.json", "/b"]
    assert [(o.signal, o.value, o.place) for o in answer.optouts] == [("robots", "allow", "robots.txt *")]
    assert all(optout.seen for optout in answer.optouts)
    assert "html" in site.requests[1].headers["accept"]


def test_what_is_disallowed_is_not_asked_for() -> None:
    site = site_of("User-agent: *\nDisallow: /private/\nUser-agent: GPTBot\nDisallow: /\n")
    with pytest.raises(KeptOut, match=r"/private/x: robots\.txt \* says disallow") as caught:
        client(site).page(f"{HOME}/private/x")
    assert paths(site) == ["/robots.txt"]
    assert [(o.signal, o.value) for o in caught.value.optouts] == [
        ("robots", "disallow"),
        ("robots-training", "disallow"),
    ]
    assert isinstance(caught.value, Refused)


def test_every_address_on_the_way_is_checked() -> None:
    site = site_of(
        "User-agent: *\nDisallow: /private/\n",
        _a=httpx.Response(302, headers={"location": "/private/a"}),
    )
    with pytest.raises(KeptOut, match="/private/a"):
        client(site).page(f"{HOME}/a")
    assert paths(site) == ["/robots.txt", "/a"]


@pytest.mark.parametrize("trouble", [httpx.Response(500), httpx.ConnectError("x"), httpx.Response(302)])
def test_a_robots_that_cant_be_reached_disallows_everything(trouble: httpx.Response | Exception) -> None:
    site, clock = site_of(trouble), Clock()
    asker = client(site, clock)
    for _ in range(2):
        with pytest.raises(KeptOut, match="unreachable"):
            asker.page(f"{HOME}/a")
    assert set(paths(site)) == {"/robots.txt"}
    asked = len(site.requests)
    clock.now += TRIED_AGAIN_AFTER + 1
    with pytest.raises(KeptOut):
        asker.page(f"{HOME}/a")
    assert len(site.requests) > asked


def test_a_robots_behind_redirects_is_read_and_an_endless_chain_is_not() -> None:
    moved = httpx.Response(301, headers={"location": "/real"})
    site = site_of(moved, _real=httpx.Response(200, content=b"User-agent: *\nDisallow: /a"))
    with pytest.raises(KeptOut, match="disallow"):
        client(site).page(f"{HOME}/a")
    site = site_of(httpx.Response(301, headers={"location": "/robots.txt"}))
    with pytest.raises(KeptOut, match="unreachable"):
        client(site).page(f"{HOME}/a")
    site = site_of(httpx.Response(301, headers={"location": "https://elsewhere.example/robots.txt"}))
    with pytest.raises(KeptOut, match="unreachable"):
        client(site).page(f"{HOME}/a")
    assert len(site.requests) == 1, "the other host was not asked"


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_closed_door_is_not_knocked_at_again(status: int) -> None:
    site = site_of(httpx.Response(status))
    with pytest.raises(Forbidden, match=f"status {status}") as caught:
        client(site).page(f"{HOME}/a")
    assert caught.value.status == status
    assert caught.value.remedy
    assert paths(site) == ["/robots.txt"]
    site = site_of(None, _a=httpx.Response(status, headers={"retry-after": "1"}))
    with pytest.raises(Forbidden, match=f"status {status}"):
        client(site).page(f"{HOME}/a")
    assert paths(site) == ["/robots.txt", "/a"]


@pytest.mark.parametrize("status", [401, 402, 403])
def test_no_text_in_the_answer_makes_a_refusal_a_wait(status: int) -> None:
    site = Site([httpx.Response(status, content=b"slow down")])
    asker = client(site)

    def explain(answer: object) -> None:
        raise asker.rate_limited(HOME, "please wait", 5)

    with pytest.raises(Forbidden, match="please wait"):
        asker.read("x", None, lambda answer: answer, explain)
    assert len(site.requests) == 1


@pytest.mark.parametrize("status", [400, 404, 405, 410, 451])
def test_other_refusals_mean_that_there_are_no_rules(status: int) -> None:
    site = site_of(httpx.Response(status))
    (optout,) = client(site).page(f"{HOME}/a").optouts
    assert (optout.value, optout.place) == ("allow", f"robots.txt (status {status})")


def test_patience_asked_for_is_the_schedulers() -> None:
    site = site_of(httpx.Response(429, headers={"retry-after": "3600"}))
    with pytest.raises(RateLimited):
        client(site).page(f"{HOME}/a")


def test_a_task_that_is_told_to_stop_does_not_call_the_site_unreachable() -> None:
    site, clock = site_of(httpx.Response(503)), Clock()
    with pytest.raises(FetchError, match="stop"):
        client(site, clock, stop=lambda: len(clock.slept) >= 1).page(f"{HOME}/a")


def test_a_long_robots_is_cut_not_refused() -> None:
    text = "User-agent: *\nDisallow: /a\n" + "# padding\n" * (MOST_BYTES // 10)
    site = site_of(text)
    with pytest.raises(KeptOut, match="first 500 KiB"):
        client(site).page(f"{HOME}/a")


def test_a_file_is_good_for_a_day_and_few_sites_are_remembered() -> None:
    site, clock = site_of(), Clock()
    asker = client(site, clock)
    asker.page(f"{HOME}/a")
    clock.now += GOOD_FOR - 10
    asker.page(f"{HOME}/a")
    assert paths(site).count("/robots.txt") == 1
    clock.now += 20
    asker.page(f"{HOME}/a")
    assert paths(site).count("/robots.txt") == 2
    assert ORIGINS_KEPT < 10_000


def test_every_origin_has_its_own() -> None:
    site = site_of("User-agent: *\nDisallow: /a")
    fetch = {"base_url": f"{HOME}/v1", "allow_hosts": ["other.example.org:8443"]}
    asker = client_of(source_of(fetch), site)
    for url in (f"{HOME}/a", "https://other.example.org:8443/a"):
        with pytest.raises(KeptOut):
            asker.page(url)
    assert site.asked == [f"{HOME}/robots.txt", "https://other.example.org:8443/robots.txt"]


def test_all_that_a_site_says_is_recorded() -> None:
    terms = b"<rsl><content url='/'><license><prohibits type='usage'>ai-train</prohibits></license></content></rsl>"
    site = site_of(
        "License: /terms.xml\nLicense: https://elsewhere.example/t.xml\nUser-agent: *\nContent-Signal: ai-train=no\n",
        **{
            "/terms.xml": httpx.Response(200, content=terms),
            "/.well-known/tdmrep.json": httpx.Response(200, content=b'[{"location": "/", "tdm-reservation": 1}]'),
            "/a": httpx.Response(200, headers={"tdm-reservation": "0", "x-robots-tag": "noai"}, content=b"x"),
        },
    )
    answer = client(site).page(f"{HOME}/a")
    assert [(o.signal, o.value, o.place) for o in answer.optouts] == [
        ("robots", "allow", "robots.txt *"),
        ("content-signal", "ai-train=no", "robots.txt *"),
        ("rsl", "prohibits", "robots.txt License /terms.xml (read)"),
        ("rsl", "declared", "robots.txt License https://elsewhere.example/t.xml"),
        ("tdm-reservation-overridden", "1", "tdmrep.json /"),
        ("tdm-reservation", "0", "header"),
        ("noai", "noai", "header"),
    ]
    assert all(optout.seen is not None for optout in answer.optouts)


def test_the_sources_key_is_not_shown_for_files_that_are_for_everybody() -> None:
    site = site_of()
    source = source_of({"base_url": f"{HOME}/v1", "auth": {"type": "bearer"}}, connection="keys")
    client_of(source, site, credentials=Credentials(password="s3cret")).page(f"{HOME}/a")
    keys = {request.url.path: request.headers.get("authorization") for request in site.requests}
    assert keys == {"/robots.txt": None, "/a": "Bearer s3cret", "/.well-known/tdmrep.json": None}


@pytest.mark.parametrize("ask", [Client.get, Client.page])
def test_a_source_obeys_unless_it_is_an_api(ask: Callable[[Client, str], object]) -> None:
    rules = "User-agent: *\nDisallow: /"
    obeying = source_of({"base_url": f"{HOME}/v1", "robots": "obey"})
    with pytest.raises(KeptOut):
        ask(client_of(obeying, site_of(rules)), f"{HOME}/v1/x")
    assert source_of().fetch.robots == "api"
    site = site_of(rules)
    client_of(source_of({"base_url": f"{HOME}/v1"}), site).get("x")
    assert paths(site) == ["/v1/x"]


def test_a_kind_whose_settings_say_nothing_of_robots_obeys() -> None:
    source = source_of({"base_url": f"{HOME}/v1"})
    silent = source.fetch.model_copy()
    del silent.__dict__["robots"]
    with pytest.raises(KeptOut):
        client_of(source.model_copy(update={"fetch": silent}), site_of("User-agent: *\nDisallow: /")).get("x")


def test_we_answer_to_the_name_we_give() -> None:
    assert user_agent("").partition("/")[0].lower() == OWN_AGENT
