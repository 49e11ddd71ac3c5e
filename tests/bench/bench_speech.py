"""Cost and word errors of our speech stage beside plain openai-whisper and plain faster-whisper, in one run.

``python tests/bench/bench_speech.py [--audio DIR] [--models tiny.en,base] [--rounds 1] [--device cuda --batches 8,16]
[--sides "ours;openai-whisper greedy"]``, or ``make bench``. DIR (default ``../shared/data/audio``, or
RIGHTFUL_BENCH_AUDIO) holds recordings and a ``manifest.json`` with the text of each: ``[{file, language, seconds,
text}]``. All English ones, four times in different orders with pauses between, make one long recording; each is also
heard by itself, where a loss can't hide in a mean.
Every side runs in a process of its own on one thread. Cost is core-seconds (user + system) per second of sound, after
loading and a first short file; on CUDA it is wall seconds, and hours of sound per hour of the device.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
AUDIO = Path(os.environ.get("RIGHTFUL_BENCH_AUDIO") or ROOT.parent / "shared/data/audio")
RATE = 16_000
TIMES, PAUSE_SECONDS = 4, 0.8
SIDES = (
    "openai-whisper greedy",
    "openai-whisper greedy, no context, no retry",
    "faster-whisper beam 5",
    "faster-whisper batched",
    "ours",
    "ours on openai-whisper",
)
PLAIN = SIDES[0]
LOST = 0.5
"""A recording of which so great a part of the words is missing counts as lost."""


def manifest(folder: Path) -> list[dict[str, Any]]:
    """What lies in the folder, with its text."""
    return list(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


def long_recording(folder: Path, english: list[dict[str, Any]], target: Path) -> dict[str, Any]:
    """The English recordings one after the other, several times; as an entry like the manifest's."""
    import numpy as np
    from faster_whisper.audio import decode_audio

    sounds = {entry["file"]: decode_audio(str(folder / entry["file"]), sampling_rate=RATE) for entry in english}
    pause, dice = np.zeros(int(PAUSE_SECONDS * RATE), dtype=np.float32), random.Random(1)
    parts, words = [], []
    for _ in range(TIMES):
        order = english.copy()
        dice.shuffle(order)
        for entry in order:
            parts += [sounds[entry["file"]], pause]
            words.append(entry["text"])
    samples = np.concatenate(parts)
    with wave.open(str(target), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((samples * 32767).clip(-32768, 32767).astype("<i2").tobytes())
    return {"file": str(target), "language": "en", "seconds": len(samples) / RATE, "text": " ".join(words)}


def words(text: str, language: str) -> list[str]:
    """Words as openai-whisper's own scores compare them."""
    from whisper.normalizers import BasicTextNormalizer, EnglishTextNormalizer

    plain = text.replace("’", "'")  # the English rules know only this apostrophe
    return (EnglishTextNormalizer() if language == "en" else BasicTextNormalizer())(plain).split()


def errors(wanted: list[str], heard: list[str]) -> tuple[int, int]:
    """Word errors (the least number of substitutions, deletions, insertions), and how many of them are deletions."""
    row = [(column, 0) for column in range(len(heard) + 1)]
    for word in wanted:
        above, row = row, [(row[0][0] + 1, row[0][1] + 1)]
        for column, other in enumerate(heard, 1):
            row.append(
                min(
                    (above[column - 1][0] + (word != other), above[column - 1][1]),
                    (above[column][0] + 1, above[column][1] + 1),
                    (row[column - 1][0] + 1, row[column - 1][1]),
                )
            )
    return row[-1]


def run(side: str, model: str, files: list[tuple[str, str]], warm: Path, device: str, batch: int) -> dict[str, Any]:
    """One side in a process of its own."""
    job = {"side": side, "model": model, "files": files, "warm": str(warm), "device": device, "batch": batch}
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/bench/speech_side.py"), json.dumps(job)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{side}, {model} failed:\n{done.stderr[-4000:]}")
    sys.stderr.write(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def compare(
    folder: Path, models: list[str], rounds: int, device: str, batches: list[int], sides: list[str]
) -> list[dict[str, Any]]:
    """A row for each model, side and batch size, printed as it is known."""
    entries = manifest(folder)
    english = [entry for entry in entries if entry["language"] == "en"]
    warm = folder / min(english, key=lambda entry: entry["seconds"])["file"]
    table = []
    with tempfile.TemporaryDirectory() as scratch:
        long = long_recording(folder, english, Path(scratch) / "long.wav")
        for model, batch in itertools.product(models, batches):
            each = english if model.endswith(".en") else entries
            files = [(str(folder / entry["file"]), entry["language"]) for entry in each]
            reference = None
            for side in sides:
                costs = []
                for _ in range(rounds):
                    found = run(side, model, [(long["file"], "en")], warm, device, batch)
                    costs.append(found["wall" if device == "cuda" else "cpu"] / long["seconds"])
                alone = run(side, model, files, warm, device, batch)
                line = row(side, model, batch, long, found, costs, each, alone["texts"])
                if device == "cuda":
                    line["hours_per_gpu_hour"] = round(1 / statistics.median(costs))
                line["hours_for_a_million"] = round(line["cost"] * 1_000_000)  # of a core, or of the GPU
                if side == PLAIN:
                    reference = line["cost"]
                if reference:
                    line["cheaper"] = round(reference / line["cost"], 2)
                print(json.dumps(line, ensure_ascii=False), flush=True)
                table.append(line)
    return table


def row(
    side: str,
    model: str,
    batch: int,
    long: dict[str, Any],
    found: dict[str, Any],
    costs: list[float],
    each: list[dict[str, Any]],
    texts: list[str],
) -> dict[str, Any]:
    """What one side cost and got wrong."""
    wanted = words(long["text"], "en")
    wrong, missing = errors(wanted, words(found["texts"][0], "en"))
    alone_wanted = alone_wrong = 0
    lost = []
    for entry, text in zip(each, texts, strict=True):
        reference = words(entry["text"], entry["language"])
        faults, gone = errors(reference, words(text, entry["language"]))
        alone_wanted, alone_wrong = alone_wanted + len(reference), alone_wrong + faults
        if gone >= LOST * len(reference):
            lost.append(entry["file"])
    return {
        "model": model,
        "side": side,
        "batch": batch or "default",
        "seconds": round(long["seconds"]),
        "words": len(wanted),
        "cost": round(statistics.median(costs), 4),
        "cold_core_seconds": round(found["cold_cpu"], 2),
        "peak_mib": round(found["peak_mib"]),
        "wer": round(100 * wrong / len(wanted), 2),
        "words_missing": missing,
        "wer_alone": round(100 * alone_wrong / alone_wanted, 2),
        "lost": lost,
    }


@pytest.mark.bench
@pytest.mark.skipif(not (AUDIO / "manifest.json").is_file(), reason=f"no recordings with their texts in {AUDIO}")
def test_speech_beside_the_plain_engines() -> None:
    """Prints the comparison; asserts what does not depend on the machine: nothing is lost, no more words are wrong."""
    table = compare(AUDIO, ["tiny.en", "base"], 1, "cpu", [0], list(SIDES))
    for line in table:
        if line["side"].startswith("ours"):
            plain = next(x for x in table if x["model"] == line["model"] and x["side"] == PLAIN)
            assert line["lost"] == []
            assert line["wer"] <= plain["wer"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--audio", type=Path, default=AUDIO)
    parser.add_argument("--models", default="tiny.en,base")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--batches", default="", help="e.g. 8,16,32; default: each side's own")
    parser.add_argument("--sides", default=";".join(SIDES))
    chosen = parser.parse_args()
    sizes = [int(size) for size in chosen.batches.split(",") if size] or [0]
    compare(chosen.audio, chosen.models.split(","), chosen.rounds, chosen.device, sizes, chosen.sides.split(";"))
