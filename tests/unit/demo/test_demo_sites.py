"""The sites answer as the real ones do, and always the same (no sockets: requests are handed over directly)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from demo import news, open_news, questions, truth, wiki
from demo.web import Request, Response
from rightful.model import Slice

START, END = "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"
UNIX = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
NIGHT = Slice(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))


def ask(site: Any, path: str, params: dict[str, Any], *before: str, **headers: str) -> tuple[Any, Response]:
    """The answer to a request, decoded, and the answer itself."""
    texts = {name: str(value) for name, value in params.items()}
    response = site.answer(*before, Request(path, texts, headers))
    return msgspec.json.decode(response.body), response


def wiki_pages(site: wiki.WikiSite, **params: Any) -> tuple[list[Any], int]:
    """All pages of a listing by following `continue`, and the number of answers without batchcomplete."""
    base = {
        "action": "query", "format": "json", "formatversion": 2, "generator": "recentchanges", "grcdir": "newer",
        "grcstart": START, "grcend": "2026-03-01T23:59:59Z", "prop": "revisions|info", "rvprop": "ids|content",
        **params,
    }  # fmt: skip
    found: dict[int, Any] = {}
    more: dict[str, str] = {}
    incomplete = 0
    for _ in range(200):
        answer, _ = ask(site, "/wiki/w/api.php", {**base, **more})
        for page in answer.get("query", {}).get("pages", []):
            found[page["pageid"]] = {**found.get(page["pageid"], {}), **page}
        incomplete += "batchcomplete" not in answer
        more = answer.get("continue", {})
        if not more:
            return list(found.values()), incomplete
    raise AssertionError("the wiki never ends")


def test_wiki_pages_come_once_each_with_their_text() -> None:
    site = wiki.WikiSite(scale=20, calm=True)
    pages, incomplete = wiki_pages(site, wiki="ar", grclimit=50)
    assert len(pages) == wiki.stream_of(wiki.WIKIS["ar"], 20).count(6634)
    assert all("content" in page["revisions"][0]["slots"]["main"] for page in pages)
    assert incomplete > 0  # some batches need two answers
    stamps = [page["touched"] for page in pages]
    assert stamps == sorted(stamps)
    assert (stamps[0], stamps[-1]) == (START, "2026-03-01T23:59:59Z")


def test_wiki_lists_both_ways_the_same() -> None:
    site = wiki.WikiSite(calm=True)
    newer, _ = wiki_pages(site, grclimit=5)
    older, _ = wiki_pages(site, grclimit=5, grcdir="older", grcstart="2026-03-01T23:59:59Z", grcend=START)
    assert [page["pageid"] for page in older] == [page["pageid"] for page in newer][::-1]


def test_wiki_bounds_are_inclusive() -> None:
    site = wiki.WikiSite(calm=True)
    pages, _ = wiki_pages(site, grcstart=START, grcend=START)
    assert len(pages) == 1
    assert wiki_pages(site, grcstart="2026-03-01T00:00:01Z", grcend="2026-03-01T00:00:02Z") == ([], 0)


@pytest.mark.parametrize("name", sorted(wiki.WIKIS))
def test_wiki_says_its_rights(name: str) -> None:
    params = {"action": "query", "format": "json", "formatversion": 2, "meta": "siteinfo", "siprop": "rightsinfo"}
    answer, _ = ask(wiki.WikiSite(calm=True), "/", {**params, "wiki": name})
    rights = answer["query"]["rightsinfo"]
    assert rights == {"url": wiki.WIKIS[name].rights_url, "text": wiki.WIKIS[name].rights_text}
    assert (name == "bare") == (rights["url"] == "")


def test_wiki_lags_now_and_then_and_is_served_on_the_next_try() -> None:
    site = wiki.WikiSite()
    params = {"action": "query", "format": "json", "formatversion": 2, "maxlag": 5, "meta": "siteinfo"}
    answers = [ask(site, "/", params) for _ in range(20)]
    lagged = [number for number, (answer, _) in enumerate(answers) if "error" in answer]
    assert lagged == [9, 19]
    answer, response = answers[9]
    assert answer["error"]["code"] == "maxlag"
    assert (response.status, response.headers["Retry-After"]) == (200, "1")


def test_wiki_forgets_recent_changes_but_not_revisions() -> None:
    site = wiki.WikiSite(calm=True, retention_days=3)
    base = {"action": "query", "format": "json", "formatversion": 2}
    listed, _ = ask(site, "/", {**base, "list": "recentchanges", "rcdir": "newer", "rclimit": 1})
    oldest = datetime.fromisoformat(listed["query"]["recentchanges"][0]["timestamp"])
    assert timedelta(days=2) < datetime.now(UTC) - oldest <= timedelta(days=3)
    bounds = {"arvdir": "newer", "arvlimit": 1, "arvstart": START, "arvend": "2026-03-01T23:59:59Z"}
    revisions, _ = ask(site, "/", {**base, "list": "allrevisions", **bounds})
    assert revisions["query"]["allrevisions"][0]["revisions"][0]["timestamp"] == START
    assert wiki_pages(site) == ([], 0)


@pytest.mark.parametrize(
    "more",
    [
        {"grcdir": "sideways"},
        {"grclimit": 0},
        {"grccontinue": "x"},
        {"grccontinue": "20260301|99"},
        {"grcstart": "soon"},
    ],
)
def test_wiki_answers_nonsense_with_an_error_object(more: dict[str, Any]) -> None:
    base = {"action": "query", "format": "json", "formatversion": 2, "generator": "recentchanges", "grcdir": "newer"}
    answer, response = ask(wiki.WikiSite(calm=True), "/", {**base, **more})
    assert answer["error"]["code"] == "badvalue"
    assert response.status == 200


def all_questions(site: questions.QuestionSite, **params: Any) -> list[Any]:
    found: list[Any] = []
    base = {
        "site": "gardening",
        "sort": "creation",
        "order": "asc",
        "fromdate": UNIX,
        "todate": UNIX + 86_399,
        **params,
    }
    for page in range(1, 100):
        answer, _ = ask(site, "/", {**base, "page": page})
        found += answer["items"]
        if not answer["has_more"]:
            return found
    raise AssertionError("the questions never end")


def test_questions_have_pages_and_versions_by_date() -> None:
    found = all_questions(questions.QuestionSite(calm=True), pagesize=7)
    assert len({question["question_id"] for question in found}) == len(found) >= questions.QUESTIONS_A_DAY
    assert found == all_questions(questions.QuestionSite(calm=True), pagesize=100)
    posts = [post for question in found for post in (question, *question.get("answers", []))]
    tags = {post.get("content_license") for post in posts}
    assert tags == {None, "CC BY-SA 2.5", "CC BY-SA 3.0", "CC BY-SA 4.0"}
    assert all(
        p["content_license"] == questions.license_of(p["creation_date"]) for p in posts if "content_license" in p
    )


@pytest.mark.parametrize(
    ("second", "tag"),
    [
        (1_302_220_799, "CC BY-SA 2.5"),
        (1_302_220_800, "CC BY-SA 3.0"),
        (1_525_219_199, "CC BY-SA 3.0"),
        (1_525_219_200, "CC BY-SA 4.0"),
    ],
)
def test_question_licenses_change_on_the_day(second: int, tag: str) -> None:
    assert questions.license_of(second) == tag


def test_questions_ask_for_patience_now_and_then() -> None:
    site = questions.QuestionSite()
    answers = [ask(site, "/", {"site": "gardening", "page": 1})[0] for _ in range(10)]
    assert [answer.get("backoff") for answer in answers] == [*[None] * 4, 1, *[None] * 4, 1]
    assert answers[0]["quota_remaining"] - answers[1]["quota_remaining"] == 1


@pytest.mark.parametrize(
    "params", [{}, {"site": "nowhere"}, {"site": "gardening", "pagesize": 101}, {"site": "gardening", "page": 0}]
)
def test_questions_refuse_nonsense(params: dict[str, Any]) -> None:
    answer, response = ask(questions.QuestionSite(), "/", params)
    assert (response.status, answer["error_name"]) == (400, "bad_parameter")


def test_news_need_the_key() -> None:
    site = news.NewsSite(calm=True)
    for headers in ({}, {"x-api-key": "wrong"}, {"x-api-key": ""}):
        assert ask(site, "/", {}, "search", **headers)[1].status == 401


def test_news_have_pages_and_a_rate_limit() -> None:
    site = news.NewsSite(calm=True)
    key = {"x-api-key": news.NEWS_API_KEY}
    params = {"from": START, "to": END, "page-size": 10}
    first, _ = ask(site, "/", params, "search", **key)
    total, pages = first["response"]["total"], first["response"]["pages"]
    ids = []
    for page in range(1, pages + 1):
        ids += [
            found["id"] for found in ask(site, "/", {**params, "page": page}, "search", **key)[0]["response"]["results"]
        ]
    assert len(set(ids)) == total >= news.ARTICLES_A_DAY["search"]
    site = news.NewsSite()
    answers = [ask(site, "/", params, "search", **key)[1] for _ in range(10)]
    assert [response.status for response in answers] == [200, 200, 200, 200, 429] * 2
    assert answers[4].headers["Retry-After"] == "1"


def test_the_feed_leads_from_page_to_page() -> None:
    site = open_news.OpenNewsSite()
    answer, _ = ask(site, "/news/open/articles", {"since": START, "until": END, "limit": 50})
    assert len(answer["items"]) == 50
    query = dict(pair.split("=") for pair in answer["next_url"].partition("?")[2].split("&"))
    rest, _ = ask(site, "/news/open/articles", query)
    assert "next_url" not in rest
    ids = [item["id"] for item in (*answer["items"], *rest["items"])]
    assert ids == [open_news.article_id(open_news.stream_of(1).at(6634, n)) for n in range(len(ids))]


def test_the_feed_holds_every_kind_of_license_every_day() -> None:
    site = open_news.OpenNewsSite()
    items = ask(site, "/", {"since": START, "until": END, "limit": 500})[0]["items"]
    seen = {msgspec.json.encode([item.get("license", "-"), item.get("rights", "-")]) for item in items}
    said = {
        msgspec.json.encode(["-" if tag is open_news.ABSENT else tag for tag in (case.license, case.rights)])
        for case in open_news.CASES
    }
    assert seen == said


def test_answers_are_always_the_same_and_texts_never() -> None:
    def texts(day: str, after: str) -> list[str]:
        items = ask(open_news.OpenNewsSite(), "/", {"since": day, "until": after, "limit": 500})[0]["items"]
        return [item["content_html"] for item in items]

    first, again, other = texts(START, END), texts(START, END), texts(END, "2026-03-03T00:00:00Z")
    assert first == again
    assert len({*first, *other}) == len(first) + len(other)


@pytest.mark.parametrize("source", truth.SOURCES)
def test_the_truth_splits_at_a_boundary_without_loss(source: str) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    whole = truth.expected(source, NIGHT)
    parts = [
        truth.expected(source, Slice(start=NIGHT.start, end=noon)),
        truth.expected(source, Slice(start=noon, end=NIGHT.end)),
    ]
    assert whole.allowed == parts[0].allowed | parts[1].allowed
    assert whole.denied == parts[0].denied | parts[1].denied
    assert whole.quarantined == parts[0].quarantined | parts[1].quarantined
    assert whole.total == parts[0].total + parts[1].total > 0


def test_the_truth_of_the_feed_knows_a_name_that_was_given_up() -> None:
    old = Slice(start=datetime(2020, 12, 31, tzinfo=UTC), end=datetime(2021, 1, 1, tzinfo=UTC))
    new = Slice(start=old.end, end=old.end + timedelta(days=1))
    before, after = truth.expected("demo_open_news", old), truth.expected("demo_open_news", new)
    assert len(before.allowed) > len(after.allowed)
    assert sum(r == "unknown_id" for r in after.quarantined.values()) > sum(
        r == "unknown_id" for r in before.quarantined.values()
    )


def test_an_unknown_source_has_no_truth() -> None:
    with pytest.raises(KeyError):
        truth.expected("demo_nothing", NIGHT)
