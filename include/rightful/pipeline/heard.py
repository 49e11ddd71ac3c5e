"""What was heard in a recording, remembered: its transcript by the hash of its bytes, its clips by that of its sound.

All of it lies in the work store for some weeks. A row that is made from memory is the same as one made anew: the keys
hold all that changes the text, options and weights.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

from rightful.catalogue.models import Source
from rightful.model import Record, Stored
from rightful.settings import Settings
from rightful.store.work import WorkStore

if TYPE_CHECKING:
    from rightful.speech import Engine, SpeechOptions, SpeechProgress, Transcript

log = logging.getLogger(__name__)

FOLDER = "asr"


def options_of(source: Source, settings: Settings) -> SpeechOptions:
    """How the sound of ``source`` becomes text: its block ``speech:``, with the model of the settings as default."""
    from rightful.speech import SpeechOptions

    block = source.speech_or_default
    return SpeechOptions(
        engine=block.engine,
        model=block.model or settings.speech_model,
        language=block.language,
        device=block.device,
        compute_type=block.compute_type,
        batch_size=block.batch_size,
        max_seconds=block.max_seconds,
    )


class Heard:
    """Transcribes files, and remembers. A context manager: leaving it frees the model, if it was loaded at all."""

    def __init__(self, store: WorkStore, options: SpeechOptions) -> None:
        self.store, self.options = store, options
        self._engine: Engine | None = None

    def recall(self, audio_sha256: str) -> Transcript | None:
        """The transcript of a recording with just these bytes, by the same weights and options; None when unknown."""
        from rightful.speech import Transcript

        blob = self.store.get(self._key(audio_sha256))
        if blob is None:
            return None
        try:
            found = msgspec.json.decode(blob, type=Transcript)
        except msgspec.DecodeError as error:
            log.warning("a remembered transcript can't be read (%s); listening again", error)
            return None
        return found

    def transcribe(self, file: Path, audio_sha256: str, report: Callable[[SpeechProgress], None]) -> Transcript:
        """Listen to a file, going on at the clip where an earlier attempt broke off.

        Raises:
            MediaError: When the file is broken, too long, or holds no sound.
        """
        from rightful.speech import transcribe_file

        transcript = transcribe_file(file, self.options, self.engine, resume=StoredClips(self.store), report=report)
        self.store.put(self._key(audio_sha256), msgspec.json.encode(transcript))
        return transcript

    def engine(self) -> Engine:
        """The engine with its model, loaded when it is first asked for."""
        if self._engine is None:
            from rightful.speech import load_engine

            self._engine = load_engine(self.options)
        return self._engine

    def _key(self, audio_sha256: str) -> str:
        return f"{FOLDER}/transcripts/{audio_sha256}/{self.options.options_sha256}-{self._weights}.json"

    @cached_property
    def _weights(self) -> str:
        """The hash of the model, which is not loaded for it."""
        from rightful.speech.weights import find, model_sha256

        return model_sha256(find(self.options.model, self.options.engine))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._engine is not None:
            self._engine.close()


class StoredClips:
    """A :class:`rightful.speech.ClipStore` in the work store: an object for each key and part."""

    def __init__(self, store: WorkStore) -> None:
        self._store = store

    def load(self, key: str) -> Iterator[bytes]:
        """See the protocol."""
        return self._store.under(f"{FOLDER}/clips/{key}/")

    def save(self, key: str, part: int, blob: bytes) -> None:
        """See the protocol."""
        self._store.put(f"{FOLDER}/clips/{key}/{part:08d}.json", blob)


def spoken(record: Record, transcript: Transcript, *, keep_audio: bool) -> Record:
    """The record with what was heard in it. Without ``keep_audio`` it names no recording any more, only its hash."""
    stored = record.stored
    if stored is None:
        raise ValueError("a record without a recording can't have been heard")
    flags = tuple(transcript.flags)
    params: dict[str, Any] = {
        "engine": transcript.engine,
        "engine_version": transcript.engine_version,
        "model": transcript.model,
        "model_sha256": transcript.model_sha256,
        "options_sha256": transcript.options_sha256,
        "pcm_sha256": transcript.pcm_sha256,
        "language_probability": transcript.language_probability,
        "speech_seconds": transcript.speech_seconds,
        "flags": flags,
        "audio": {"sha256": stored.sha256, "bytes": stored.bytes, "kept": keep_audio},
    }
    return msgspec.structs.replace(
        record,
        body=transcript.text,
        media_type="text/plain",
        segments=tuple(transcript.segments),
        asr_model=f"{transcript.engine}/{transcript.model}",
        asr_params=msgspec.json.encode(params).decode(),
        asr_flags=flags,
        media_seconds=transcript.seconds,
        language=transcript.language or record.language,
        stored=stored if keep_audio else Stored(uri=None, sha256=stored.sha256, bytes=stored.bytes),
    )


__all__ = ["Heard", "StoredClips", "options_of", "spoken"]
