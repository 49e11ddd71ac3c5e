"""One side of ``bench_speech.py`` in a process of its own: loads a model, warms up, transcribes, says what it cost.

``python tests/bench/speech_side.py '{"side": "ours", "model": "tiny.en", "files": [["a.wav", "en"]], …}'``.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "include"))

Transcriber = Callable[[Path, str], str]


def ours(engine: str) -> Callable[[dict[str, Any]], Transcriber]:
    """The stage as the pipeline calls it, decoding of the file included."""

    def load(job: dict[str, Any]) -> Transcriber:
        from rightful.speech import SpeechOptions, load_engine, transcribe_file

        def options(language: str) -> SpeechOptions:
            return SpeechOptions(
                engine=engine,  # type: ignore[arg-type]
                model=job["model"],
                language=language,
                device=job["device"],
                threads=1,
                **({"batch_size": job["batch"]} if job["batch"] else {}),
            )

        loaded = load_engine(options("en"))

        def hear(path: Path, language: str) -> str:
            transcript = transcribe_file(path, options(language), loaded)
            if transcript.flags:
                print(f"{path.name}: {', '.join(transcript.flags)}", file=sys.stderr)
            return transcript.text

        return hear

    return load


def plain_openai(**options: Any) -> Callable[[dict[str, Any]], Transcriber]:
    """openai-whisper's ``transcribe`` with its defaults (greedy, warmer again where that failed), or as said."""

    def load(job: dict[str, Any]) -> Transcriber:
        import torch
        import whisper

        from rightful.speech import ct2
        from rightful.speech.weights import find

        torch.set_num_threads(1)
        torch.manual_seed(0)
        dims, state = ct2.to_openai(ct2.read(find(job["model"], "openai-whisper") / "model.bin"))
        model = whisper.Whisper(whisper.ModelDimensions(**dims))
        model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
        model = model.to(job["device"]).eval()
        half = job["device"] == "cuda"

        def hear(path: Path, language: str) -> str:
            return str(model.transcribe(decoded(path), language=language, fp16=half, **options)["text"])

        return hear

    return load


def plain_faster(job: dict[str, Any]) -> Transcriber:
    """faster-whisper as its own page shows it: beam 5, its defaults, int8 on a CPU."""
    model = faster_model(job)

    def hear(path: Path, language: str) -> str:
        segments, _ = model.transcribe(decoded(path), language=language, beam_size=5)
        return "".join(segment.text for segment in segments)

    return hear


def plain_batched(job: dict[str, Any]) -> Transcriber:
    """faster-whisper's batched pipeline, as its own page shows it."""
    from faster_whisper import BatchedInferencePipeline

    model = BatchedInferencePipeline(faster_model(job))

    def hear(path: Path, language: str) -> str:
        segments, _ = model.transcribe(decoded(path), language=language, beam_size=1, batch_size=job["batch"] or 8)
        return "".join(segment.text for segment in segments)

    return hear


def faster_model(job: dict[str, Any]) -> Any:
    from faster_whisper import WhisperModel

    from rightful.speech.weights import find

    kind = "float16" if job["device"] == "cuda" else "int8"
    folder = find(job["model"], "faster-whisper")
    return WhisperModel(str(folder), device=job["device"], compute_type=kind, cpu_threads=1, num_workers=1)


def decoded(path: Path) -> Any:
    """Samples, decoded outside of the measured time: the plain engines pay nothing for that."""
    return DECODED[path]


DECODED: dict[Path, Any] = {}
SIDES = {
    "ours": ours("faster-whisper"),
    "ours on openai-whisper": ours("openai-whisper"),
    "openai-whisper greedy": plain_openai(),
    "openai-whisper greedy, no context, no retry": plain_openai(temperature=0, condition_on_previous_text=False),
    "faster-whisper beam 5": plain_faster,
    "faster-whisper batched": plain_batched,
}


def cpu_seconds() -> float:
    """User and system time of this process and of those it has waited for (ours decodes in one of its own)."""
    mine, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


def main(job: dict[str, Any]) -> dict[str, Any]:
    """CPU and wall seconds of each file (after the cold start), peak memory, texts."""
    files = [(Path(name), language) for name, language in job["files"]]
    began = cpu_seconds()
    hear = SIDES[job["side"]](job)
    if not job["side"].startswith("ours"):
        from faster_whisper.audio import decode_audio

        DECODED.update({path: decode_audio(str(path)) for path in {*[path for path, _ in files], Path(job["warm"])}})
    hear(Path(job["warm"]), "en")
    cold = cpu_seconds() - began
    cpu, wall, texts = cpu_seconds(), time.monotonic(), []
    for path, language in files:
        texts.append(hear(path, language))
    return {
        "cold_cpu": cold,
        "cpu": cpu_seconds() - cpu,
        "wall": time.monotonic() - wall,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "texts": texts,
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
