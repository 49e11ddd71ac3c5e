"""What the client sends, what it tries again, and what it makes of failures."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.unit.http.site import Clock, Site, client_of, json_response, source_of

import rightful
from rightful.errors import ConfigurationError, FetchError, Malformed, RateLimited, Refused

OK = json_response({"items": []})


def test_it_says_who_asks() -> None:
    site = Site([OK])
    client_of(source_of({"headers": {"X-Extra": "1"}}), site).get("items")
    headers = site.requests[0].headers
    assert headers["user-agent"] == f"Rightful/{rightful.__version__} (+https://example.org/bot)"
    assert headers["accept-encoding"] == "gzip, deflate"
    assert headers["x-extra"] == "1"
    assert headers["host"] == "api.example.org"


def test_without_contact_the_owner_stands_there() -> None:
    from rightful.http.client import Client

    site = Site([OK])
    Client(source_of(), transport=httpx.MockTransport(site)).get("items")
    assert "(owner@example.org)" in site.requests[0].headers["user-agent"]


def test_urls_are_made_from_base_path_and_params() -> None:
    site = Site([OK])
    client = client_of(source_of({"base_url": "https://api.example.org/v1?fixed=1"}), site)
    client.get("", {"a": "x y", "b": 2, "c": True})
    assert site.queries == [{"fixed": "1", "a": "x y", "b": "2", "c": "true"}]
    client = client_of(source_of(), site)
    client.get("/items")
    client.get("https://api.example.org/other?x=1", {"x": 2})
    assert site.asked[1:] == ["https://api.example.org/v1/items", "https://api.example.org/other?x=2"]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 410, 422, 451])
def test_a_no_is_a_no(status: int) -> None:
    site = Site([httpx.Response(status)])
    with pytest.raises(Refused, match=str(status)) as caught:
        client_of(source_of(), site).get("items")
    assert len(site.requests) == 1
    assert caught.value.remedy
    assert "https://api.example.org/v1/items" in str(caught.value)


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(408),
        httpx.ReadTimeout("x"),
        httpx.ConnectError("x"),
        httpx.RemoteProtocolError("x"),
    ],
)
def test_trouble_is_tried_again_with_growing_pauses(trouble: httpx.Response | Exception) -> None:
    clock = Clock()
    site = Site([trouble, trouble, trouble, OK])
    assert client_of(source_of(), site, clock).get("items").status == 200
    assert len(site.requests) == 4
    assert 7 <= sum(clock.slept) <= 10.1  # 1 + 2 + 4 and up to a second of jitter each


def test_trouble_that_stays_is_an_error() -> None:
    site = Site([httpx.Response(502)])
    with pytest.raises(FetchError, match="502"):
        client_of(source_of(limits={"retries": 2}), site).get("items")
    assert len(site.requests) == 3


@pytest.mark.parametrize("status", [429, 503, 500])
def test_retry_after_comes_before_backoff(status: int) -> None:
    clock = Clock()
    site = Site([httpx.Response(status, headers={"retry-after": "17"}), OK])
    client_of(source_of(), site, clock).get("items")
    assert sum(clock.slept) == pytest.approx(17, abs=0.01)


def test_retry_after_as_a_date_counts_from_the_sources_own_clock() -> None:
    clock = Clock()
    far = datetime(2031, 5, 1, 12, 0, 0, tzinfo=UTC)  # wherever our clock stands
    dates = {
        "date": far.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "retry-after": (far + timedelta(seconds=30)).strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    client_of(source_of(), Site([httpx.Response(429, headers=dates), OK]), clock).get("items")
    assert sum(clock.slept) == pytest.approx(30, abs=0.01)


@pytest.mark.parametrize("value", ["soon", "-5", "", "1e5", "nan", "inf", "٣", "99999999 Foo"])
def test_nonsense_in_retry_after_means_backoff(value: str) -> None:
    clock = Clock()
    site = Site([httpx.Response(429, headers={"retry-after": value.encode()}), OK])  # type: ignore[dict-item]
    client_of(source_of(), site, clock).get("items")
    assert 1 <= sum(clock.slept) <= 2.01


def test_a_long_wait_is_the_schedulers() -> None:
    clock = Clock()
    site = Site([httpx.Response(429, headers={"retry-after": "3600"})])
    with pytest.raises(RateLimited) as caught:
        client_of(source_of(), site, clock).get("items")
    assert caught.value.retry_after == 3600
    assert len(site.requests) == 1
    assert not clock.slept


def test_429_for_ever_stays_a_rate_limit() -> None:
    site = Site([httpx.Response(429)])
    with pytest.raises(RateLimited) as caught:
        client_of(source_of(limits={"retries": 1}), site).get("items")
    assert caught.value.retry_after == 0
    assert len(site.requests) == 2


def test_a_wait_ends_when_the_task_is_told_to_stop() -> None:
    clock = Clock()
    site = Site([httpx.Response(429, headers={"retry-after": "100"}), OK])
    with pytest.raises(FetchError, match="stop"):
        client_of(source_of(), site, clock, stop=lambda: len(clock.slept) >= 3).get("items")
    assert len(clock.slept) == 3


def test_requests_keep_their_distance() -> None:
    clock = Clock()
    client = client_of(source_of(pace={"requests_per_second": 4, "max_connections": 2}), Site([OK]), clock)
    for _ in range(5):
        client.get("items")
    # A task has one of two slots, so it may send 2 requests a second.
    assert clock.now == pytest.approx(1000 + 4 * 0.5)


def test_backoff_of_the_body_is_obeyed_and_a_long_one_is_the_schedulers() -> None:
    clock = Clock()
    client = client_of(source_of(), Site([OK]), clock)
    answer = client.get("items")
    client.hold(answer.url, 10)
    client.hold(answer.url, 5)
    client.get("items")
    assert clock.now >= 1010
    client.hold(answer.url, 86_400)
    with pytest.raises(RateLimited) as caught:
        client.get("items")
    assert caught.value.retry_after == pytest.approx(86_400, abs=1)


def test_opt_outs_in_headers() -> None:
    headers = [
        ("tdm-reservation", "1"),
        ("x-robots-tag", "noindex, noai"),
        ("x-robots-tag", "somebot: noai, noimageai"),
        ("content-usage", "search=y, train-ai=n"),
    ]
    answer = client_of(source_of(), Site([httpx.Response(200, headers=headers, content=b"{}")])).get("items")
    assert [(optout.signal, optout.value, optout.place) for optout in answer.optouts] == [
        ("tdm-reservation", "1", "header"),
        ("noai", "noai", "header"),
        ("noai", "somebot: noai", "header"),
        ("noimageai", "noimageai", "header"),
        ("content-usage", "train-ai=n", "header"),
    ]
    assert {optout.seen for optout in answer.optouts} == {answer.fetched_at}


def test_headers_of_the_source_file_must_be_sendable() -> None:
    for value in ("a\r\nX: y", "ü"):
        with pytest.raises(ConfigurationError, match="header"):
            client_of(source_of({"headers": {"X-A": value}}), Site([OK]))


@pytest.mark.parametrize("status", [201, 202, 204, 206, 304])
def test_other_statuses_are_no_answer(status: int) -> None:
    with pytest.raises(Malformed, match=str(status)):
        client_of(source_of(limits={"retries": 0}), Site([httpx.Response(status)])).get("items")
