"""``rightful check`` tells what only yt-dlp knows to be wrong with a source file of kind ``video``."""

from __future__ import annotations

import pytest
from tests.unit.sources.replay import source_of

from rightful.connectors.video.check import problems


@pytest.mark.parametrize("name", ["peertube", "internet_archive_audio", "commons_video", "youtube_cc_by"])
def test_the_sources_of_the_catalogue_can_be_read(name: str) -> None:
    assert list(problems(source_of(name))) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"extractors": ("PeerTub",)}, "no extractor `PeerTub`"),
        ({"pages": ("https://vimeo.com/1",)}, "reads https://vimeo.com/1"),
        ({"format": "ba[acodec"}, "no format selector"),
        ({"allow_hosts": ("*.org",)}, "too wide"),
    ],
)
def test_what_is_wrong_is_told(change: dict[str, object], said: str) -> None:
    source = source_of("peertube")
    broken = source.model_copy(update={"fetch": source.video.model_copy(update=change)})
    (problem,) = problems(broken)
    assert said in problem[0]
    assert problem[1]


def test_paths_that_can_never_be_read_are_told() -> None:
    source = source_of("peertube")
    assert source.video.list_ is not None
    listing = source.video.list_.model_copy(update={"records": "data[]", "id": "a[0]"})
    broken = source.model_copy(update={"fetch": source.video.model_copy(update={"list_": listing})})
    assert ["[]" in message or "a[0]" in message for message, _ in problems(broken)] == [True, True]
