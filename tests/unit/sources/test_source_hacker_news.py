"""Source `hacker_news`: refused, for no record has a licence. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import DAY, connector, first_page, requests_of, rulings, shards, source_of

from rightful.model import Record


def test_it_is_switched_off_with_a_reason() -> None:
    source = source_of("hacker_news")
    assert not source.enabled
    assert "No content licence" in (source.refusal or "")


def test_stories_and_comments_are_read() -> None:
    story, comment, _ = first_page("hacker_news").records
    assert isinstance(story, Record)
    assert isinstance(comment, Record)
    assert (story.title, story.creators) == ("Show HN: A lighthouse", ("keeper",))
    assert story.url == "https://news.ycombinator.com/item?id=46460001"
    assert (comment.title, comment.body) == (None, "潮 &gt; tide")


def test_nothing_is_licensed_unless_the_record_says_so() -> None:
    # The last one is what would open the source; no record of today has such a member.
    assert rulings("hacker_news") == [
        ("46460001", "deny", "no_tag", None),
        ("46460002", "deny", "no_tag", None),
        ("46460003", "allow", "allowed", "CC-BY-4.0"),
    ]


def test_both_ends_of_the_time_stand_in_one_parameter() -> None:
    (request,) = requests_of("hacker_news")
    query = request.url.params
    assert query["numericFilters"] == "created_at_i>=1767225600,created_at_i<1767227400"
    assert (query["tags"], query["page"], "from" in query, "until" in query) == ("story", "0", False, False)
    with connector(source_of("hacker_news")) as (found, _):
        assert len(shards(found, DAY)) == 2 * 48  # a search shows 1,000 hits at the most
