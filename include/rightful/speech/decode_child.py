"""Decodes recordings in a process of its own: a file that crashes, hangs or swells a decoder takes down nothing else.

One JSON line on standard input is a job, one on standard output a step or its end (:mod:`rightful.speech.decode`).
"""

from __future__ import annotations

import errno
import hashlib
import json
import resource
import sys
from pathlib import Path
from typing import Any

RATE = 16_000
MEMORY_BYTES = 3 * 2**30
STEP_SECONDS = 60.0
"""So much decoded sound apart are the signs of life."""

FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,eac3,flac,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mp3,mpeg,mpegts,ogg,opus,"
    "wav,w64,wv"
)
"""Demuxers that read one file and nothing else: none of playlists and concatenations, which name further files."""

STATED = frozenset({"mov", "mp4", "matroska", "webm", "wav", "w64", "flac", "aiff", "caf", "asf", "avi"})
"""Containers whose header states the length of their sound."""
OGG_PAGE_BYTES = 27 + 255 + 255 * 255

_TEXT = (b"<", b"{", b"[", b"#EXTM3U", b"%PDF", b"WEBVTT")


class Unfit(Exception):
    """The file is no recording that can be heard; carries (reason, what)."""


def main() -> None:
    """Work on jobs until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import av

    av.logging.set_level(av.logging.PANIC)
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = decode(Path(job["source"]), Path(job["target"]), float(job["max_seconds"]))
        except Unfit as problem:
            answer = {"reason": problem.args[0], "what": problem.args[1]}
        except OSError as error:
            # Not the recording's fault, if it is what writing came to: whoever asked says more.
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            answer = {"full": error.errno}
        except MemoryError:
            answer = {"reason": "malformed", "what": f"decoding it takes more than {MEMORY_BYTES >> 30} GiB of memory"}
        say(answer)


def say(answer: dict[str, Any]) -> None:
    """One line to whoever gave the job."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def decode(source: Path, target: Path, max_seconds: float) -> dict[str, Any]:
    """Write the best sound track of ``source`` as 16-bit mono samples, 16,000 a second; tells what it was."""
    import av

    head = source.open("rb").read(512)
    if not head:
        raise Unfit("empty", "the file has no bytes")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(_TEXT) and b"\0" not in head:
        raise Unfit(
            "malformed", f"it is no recording but text that begins with {start[:24].decode('utf-8', 'replace')!r}"
        )
    _whole_wave(source, head)
    _whole_ogg(source, head)
    options = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
    try:
        with av.open(str(source), options=options, metadata_errors="ignore") as container:
            return _decoded(container, source, target, max_seconds)
    except av.error.FFmpegError as error:
        cut = "moov atom not found" in str(error)
        raise Unfit("truncated" if cut else "malformed", f"it can't be decoded: {_told(error)}") from None


def _whole_wave(source: Path, head: bytes) -> None:
    """FFmpeg takes the rest of a WAV file for all of it; its header says how much sound there should be."""
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return
    size, place = source.stat().st_size, 12
    while place + 8 <= len(head):
        name, length = head[place : place + 4], int.from_bytes(head[place + 4 : place + 8], "little")
        if name == b"data":
            # Writers to a pipe, who can't go back, leave 0 or the largest number there.
            stated = length if 0 < length < 0x7FFF_FFFF else 0
            if stated > (size - place - 8) * 1.02 + 4096:
                raise Unfit("truncated", f"it says {stated:,} bytes of sound and holds {size - place - 8:,}")
            return
        place += 8 + length + length % 2


def _whole_ogg(source: Path, head: bytes) -> None:
    """Ogg states no length, but each of its pages does: the last one must be whole."""
    if head[:4] != b"OggS":
        return
    with source.open("rb") as file:
        file.seek(max(source.stat().st_size - 2 * OGG_PAGE_BYTES, 0))
        tail = file.read()
    start = tail.rfind(b"OggS")
    page = tail[start:]
    if start < 0 or len(page) < 27:
        raise Unfit("truncated", "it ends within a page")
    size = 27 + page[26] + sum(page[27 : 27 + page[26]])
    if len(page) < size:
        raise Unfit("truncated", f"it ends within a page: {len(page):,} of {size:,} bytes")


def _decoded(container: Any, source: Path, target: Path, max_seconds: float) -> dict[str, Any]:
    import av

    stream = container.streams.best("audio")
    if stream is None:
        raise Unfit("malformed", "there is no sound track in it")
    announced = _announced(container, stream, source)
    most, digest = int(max_seconds * RATE), hashlib.sha256()
    samples = bad = good = 0
    told = 0.0
    resampler = _resampler()
    with target.open("wb") as file:

        def write(frame: Any) -> None:
            nonlocal samples, resampler
            try:
                parts = resampler.resample(frame)
            except ValueError:  # rate or layout changed in the middle of the stream
                resampler = _resampler()
                parts = resampler.resample(frame)
            for part in parts:
                block = part.to_ndarray().tobytes()
                file.write(block)
                digest.update(block)
                samples += len(block) // 2

        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                bad += 1
                continue
            good += 1
            for frame in frames:
                frame.pts = None
                write(frame)
            if samples > most:
                raise Unfit("too_large", f"it is longer than {max_seconds:,.0f} s")
            if samples / RATE - told >= STEP_SECONDS:
                told = samples / RATE
                say({"decoded": told})
        write(None)
    if bad > good:
        raise Unfit("malformed", f"{bad} of its {bad + good} packets can't be decoded")
    if not samples:
        raise Unfit("empty", "there is no sound in it")
    seconds = samples / RATE
    # A second or two are lost to padding; more is missing sound.
    if announced is not None and seconds < announced - max(2.0, 0.02 * announced):
        raise Unfit("truncated", f"it says {announced:,.1f} s and holds {seconds:,.1f} s")
    return {"samples": samples, "seconds": seconds, "sha256": digest.hexdigest(), "bad_packets": bad}


def _resampler() -> Any:
    import av

    return av.AudioResampler(format="s16", layout="mono", rate=RATE)


def _announced(container: Any, stream: Any, source: Path) -> float | None:
    """The length that the file states for its sound, in seconds; None when it states none."""
    import av

    kind = container.format.name
    if kind == "mp3":
        return _first_frame_states(source)
    # What FFmpeg tells of others is worked out of bit rate and file size, and is wrong where the rate varies.
    if not STATED.intersection(kind.split(",")):
        return None
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration and len(container.streams) == 1:
        return float(container.duration) / float(av.time_base)
    return None


def _first_frame_states(source: Path) -> float | None:
    """Seconds that an MP3's first frame, behind its tags, states by its number of frames; None when it states none.

    Read here, for FFmpeg estimates the length of a file that has something appended, such as another recording.
    """
    with source.open("rb") as file:
        start = file.read(10)
        while start[:3] == b"ID3" and len(start) == 10:
            a, b, c, d = start[6:10]
            file.seek((a << 21) + (b << 14) + (c << 7) + d, 1)
            start = file.read(10)
        frame = start + file.read(2048)
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE6 != 0xE2:  # not the header of a frame of layer III
        return None
    version, rates = (frame[1] >> 3) & 3, (44_100, 48_000, 32_000)
    if version == 1 or (frame[2] >> 2) & 3 == 3:  # reserved values
        return None
    rate = rates[(frame[2] >> 2) & 3] / {3: 1, 2: 2, 0: 4}[version]
    for mark, place in ((b"Xing", 8), (b"Info", 8), (b"VBRI", 14)):
        at = frame.find(mark, 4, 64)
        told = frame[at + place : at + place + 4]
        if at < 0 or len(told) < 4 or (mark != b"VBRI" and not frame[at + 7] & 1):
            continue
        return int.from_bytes(told, "big") * (1152 if version == 3 else 576) / rate
    return None


def _told(error: Exception) -> str:
    """FFmpeg's words, without the path."""
    return str(getattr(error, "strerror", "") or type(error).__name__)[:200]


if __name__ == "__main__":
    main()
