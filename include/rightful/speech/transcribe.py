"""A file of sound becomes a transcript: decoded → clips of speech → heard in batches → checked, and heard again where a
check fails.

What was heard is kept by clip, so that a process that dies in the sixth hour goes on at its clip.
"""

from __future__ import annotations

import logging
import statistics
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rightful.model import Segment
from rightful.speech import checks
from rightful.speech.clip_store import ClipPart, ClipResult, ClipStore
from rightful.speech.clips import Clip, joined, speech_in
from rightful.speech.decode import Sound, decode
from rightful.speech.languages import check_language
from rightful.speech.options import RATE, SpeechOptions, SpeechProgress, Transcript, media_error

if TYPE_CHECKING:
    from rightful.speech.engines.base import Engine, Samples
    from rightful.speech.language import Spoken

log = logging.getLogger(__name__)

WINDOW_SECONDS = 20 * 60
"""Sound that is in memory at once: 77 MB as float32, and about three times that while speech is looked for."""
EDGE_SECONDS = 1.0
"""Speech that ends so near to the end of a window goes on behind it, and is left for the next one."""
SAVE_SECONDS = 10.0
"""A kill costs at most about so much work."""
BATCHES_A_STEP = 2
SLOW_SHARE = 0.75
"""Of the usual words a second: a clip below it is heard again."""
USUAL_AFTER = 3
"""So many clips tell what is usual."""

Report = Callable[[SpeechProgress], None]


def transcribe_file(
    path: Path,
    options: SpeechOptions,
    engine: Engine | Callable[[], Engine],
    *,
    resume: ClipStore | None = None,
    report: Report | None = None,
) -> Transcript:
    """Transcribe one file.

    Args:
        path: Sound or video, of any container and codec that FFmpeg knows.
        options: How.
        engine: Loaded, or a function that loads it; asked for only if there is speech that was not heard before.
        resume: Where clips are kept that were heard.
        report: Told every few clips how far it is.

    Raises:
        MediaError: The file can't be heard; ``reason`` says in a word why.
        ConfigurationError: Engine or model can't be had.
    """
    with tempfile.TemporaryDirectory(prefix="rightful-sound-") as folder:
        sound = decode(path, Path(folder) / "pcm", max_seconds=options.max_seconds)
        return _Hearing(path.name, sound, options, engine, resume, report).go()


class _Hearing:
    """The state of one recording while it is being heard."""

    def __init__(
        self,
        name: str,
        sound: Sound,
        options: SpeechOptions,
        engine: Engine | Callable[[], Engine],
        store: ClipStore | None,
        report: Report | None,
    ) -> None:
        self.name, self.sound, self.options, self.store, self.report = name, sound, options, store, report
        self.engine: Engine = engine() if callable(engine) else engine
        check_language(options.language, self.engine)
        self.key = f"{sound.sha256}/{options.options_sha256[:32]}-{self.engine.model_sha256[:32]}"
        self.known: dict[int, ClipResult] = {}
        self.language = options.language
        self.probability: float | None = None
        self.flags: Counter[str] = Counter()
        self.segments: list[Segment] = []
        self.speech = self.resumed = 0.0
        self.number = self.unsaved_from = 0
        self.rates: deque[float] = deque(maxlen=100)
        self.unsaved: list[ClipResult] = []
        self.saved = time.monotonic()

    def go(self) -> Transcript:
        self._recall()
        for first, pcm, clips in self._windows():
            self.speech += sum(clip.speech for clip in clips)
            if clips:
                self._identify(pcm, clips)
            step = self.options.batch_size * BATCHES_A_STEP
            for at in range(0, len(clips), step):
                group = clips[at : at + step]
                self._take(group, self._known(group, first) or self._heard(pcm, group, first))
                self._say(first + group[-1].end)
        self._save()
        self._say(self.sound.seconds)
        return self._transcript()

    # ------------------------------------------------------------------ windows and clips

    def _windows(self) -> Iterator[tuple[float, Samples, list[Clip]]]:
        """(start in seconds, samples, clips on the window's own timeline), one window after the other.

        Clips depend on the sound alone, so that another attempt finds the same ones under the same numbers.
        """
        start, total, length = 0, self.sound.samples, WINDOW_SECONDS * RATE
        while start < total:
            end = min(start + length, total)
            pcm = self.sound.window(start, end)
            pieces = speech_in(pcm, self.engine.clip_seconds)
            following = end
            if end < total:
                edge = (end - start) / RATE - EDGE_SECONDS
                rest = [piece for piece in pieces if piece.end > edge]
                if rest and rest[0].start > 0:
                    pieces = pieces[: -len(rest)]
                    following = start + int(rest[0].start * RATE)
            yield start / RATE, pcm, list(joined(pieces, self.engine.clip_seconds))
            start = following

    def _identify(self, pcm: Samples, clips: Sequence[Clip]) -> None:
        """The language, once: by the first window in which somebody speaks."""
        if self.language is not None:
            return
        spoken = self._spoken(pcm, clips)
        if spoken is None:
            self.language = "en"  # an English-only model, and nobody to ask
            self.flags["language_unverified"] = 1
            return
        self.language, self.probability = spoken.language, spoken.probability
        if not spoken.agreed:
            self.flags["languages_differ"] = 1
        if not spoken.sure:
            self.flags["language_unsure"] = 1
        if not self.engine.multilingual and spoken.language != "en":
            raise media_error(
                f"{self.name}: it speaks {spoken.language} (probability {spoken.probability:.2f}), and the model "
                f"{self.engine.model} knows English only",
                "language",
                remedy="take a multilingual model for this source (`speech.model`)",
            )

    def _spoken(self, pcm: Samples, clips: Sequence[Clip]) -> Spoken | None:
        from rightful.speech.language import identify
        from rightful.speech.languages import listener

        who = self.engine if self.engine.multilingual else listener(self.options)
        return identify(who, pcm, clips) if who is not None else None

    # ------------------------------------------------------------------ hearing

    def _heard(self, pcm: Samples, clips: Sequence[Clip], first: float) -> list[ClipResult]:
        results = []
        for clip, segment in zip(clips, self.engine.hear(pcm, clips, self.language), strict=True):
            segments, flags = self._checked(pcm, clip, segment)
            moved = tuple(
                msgspec.structs.replace(part, start=round(first + part.start, 3), end=round(first + part.end, 3))
                for part in segments
            )
            results.append(ClipResult(start=first + clip.start, end=first + clip.end, segments=moved, flags=flags))
        if not self.unsaved:
            self.unsaved_from = self.number
        self.unsaved.extend(results)
        return results

    def _checked(self, pcm: Samples, clip: Clip, segment: Segment) -> tuple[list[Segment], tuple[str, ...]]:
        """What counts of a clip, and what is to be said of it. Whatever is left out is counted."""
        flags: list[str] = []
        rate = checks.words_in(segment.text, self.language) / max(clip.speech, 0.1)
        lost = checks.passed_over(segment.text, clip.speech, self.language) or self._slow(rate, clip)
        segments = [segment] if segment.text else []
        if lost or checks.circles(segment.text):
            again = self.engine.hear_again(pcm, clip, self.language)
            text = " ".join(part.text for part in again)
            if checks.circles(segment.text) or _more(text, segment.text, self.language):
                segments = again
                flags.append("heard_again")
            if checks.passed_over(text, clip.speech, self.language):
                flags.append("few_words")
        kept = []
        for part in segments:
            if checks.silent(part):
                flags.append("silence_left_out")
            elif checks.circles(part.text):
                flags.append("repetition_left_out")
            else:
                kept.append(part)
        if kept and len(kept) == 1 and checks.stock_phrase(kept[0].text) and _doubtful(kept[0], clip):
            flags.append("stock_phrase_left_out")
            kept = []
        return kept, tuple(flags)

    def _slow(self, rate: float, clip: Clip) -> bool:
        """Whether a clip has far fewer words a second than this recording's usual: then a sentence was passed over."""
        usual = statistics.median(self.rates) if len(self.rates) >= USUAL_AFTER else None
        if clip.speech > checks.LONG_SECONDS:
            self.rates.append(rate)
        return usual is not None and clip.speech > checks.LONG_SECONDS and rate < SLOW_SHARE * usual

    # ------------------------------------------------------------------ what earlier attempts heard

    def _recall(self) -> None:
        if self.store is None:
            return
        for blob in self.store.load(self.key):
            try:
                part = msgspec.json.decode(blob, type=ClipPart)
            except msgspec.DecodeError as error:
                log.warning("%s: saved clips can't be read (%s); hearing them again", self.name, error)
                continue
            self.known.update(enumerate(part.results, part.first))
            if self.language is None and part.language is not None:
                self.language, self.probability = part.language, part.language_probability
                self.flags.update(dict.fromkeys(part.flags, 1))
        if self.known:
            log.info("%s: going on after %d clips", self.name, len(self.known))

    def _known(self, clips: Sequence[Clip], first: float) -> list[ClipResult] | None:
        """Results of an earlier attempt for these very clips, or None."""
        found = [self.known.get(self.number + place) for place in range(len(clips))]
        fitting = [
            result
            for result, clip in zip(found, clips, strict=True)
            if result is not None and abs(result.start - first - clip.start) < 0.01
        ]
        if len(fitting) < len(clips):
            return None
        self._save()  # a part holds clips in a row, and these ones are kept already
        self.resumed += sum(clip.seconds for clip in clips)
        return fitting

    def _take(self, clips: Sequence[Clip], results: Sequence[ClipResult]) -> None:
        for result in results:
            self.segments.extend(result.segments)
            self.flags.update(result.flags)
        self.number += len(clips)
        if time.monotonic() - self.saved >= SAVE_SECONDS:
            self._save()

    def _save(self) -> None:
        if self.store is not None and self.unsaved:
            part = ClipPart(
                first=self.unsaved_from,
                results=tuple(self.unsaved),
                language=self.language,
                language_probability=self.probability,
                flags=tuple(flag for flag in self.flags if flag.startswith("language")),
            )
            self.store.save(self.key, self.unsaved_from, msgspec.json.encode(part))
        if self.unsaved:
            self.unsaved, self.saved = [], time.monotonic()

    def _say(self, done: float) -> None:
        if self.report is not None:
            self.report(
                SpeechProgress(done_seconds=done, total_seconds=self.sound.seconds, resumed_seconds=self.resumed)
            )

    # ------------------------------------------------------------------ the end

    def _transcript(self) -> Transcript:
        if self.sound.bad_packets:
            self.flags["damaged_packets"] = self.sound.bad_packets
        text = " ".join(segment.text.strip() for segment in self.segments)
        return Transcript(
            text=text,
            segments=tuple(self.segments),
            language=self.language if text else None,
            language_probability=self.probability,
            seconds=self.sound.seconds,
            speech_seconds=round(self.speech, 3),
            pcm_sha256=self.sound.sha256,
            engine=self.engine.name,
            engine_version=self.engine.version,
            model=self.engine.model,
            model_sha256=self.engine.model_sha256,
            options_sha256=self.options.options_sha256,
            flags=tuple(f"{name}:{count}" if count > 1 else name for name, count in sorted(self.flags.items())),
        )


def _more(text: str, before: str, language: str | None) -> bool:
    return checks.words_in(text, language) > checks.words_in(before, language)


def _doubtful(segment: Segment, clip: Clip) -> bool:
    """Whether a stock phrase may be nobody's: little speech for it, or Whisper itself is unsure."""
    unsure = (segment.avg_logprob or 0.0) < -0.5 or (segment.no_speech_prob or 0.0) > 0.3
    return unsure or clip.speech < 0.6 or clip.speech > 4.0
