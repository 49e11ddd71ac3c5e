"""``rightful transcribe``: what is said in a file, by the same engine, clips and checks as in the pipeline."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from rightful.cli.output import emit, json_option, people, printable, told

if TYPE_CHECKING:
    from rightful.speech import Engine, SpeechOptions, SpeechProgress, Transcript


@click.command(short_help="What is said in a file of sound or video.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--engine", type=click.Choice(["faster-whisper", "openai-whisper"]), default="faster-whisper")
@click.option("--model", metavar="M", help="Name or local folder of the weights; default: RIGHTFUL_SPEECH_MODEL.")
@click.option("--language", metavar="L", help="ISO 639-1; default: identified from the sound.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto")
@click.option(
    "--resume",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Keep there what was heard, and go on from it after a break.",
)
@click.option(
    "--batch",
    type=click.File("rb"),
    metavar="LIST",
    help="JSON lines {file, language} to transcribe as well; - is standard input.",
)
@json_option
@told
def transcribe(
    files: tuple[Path, ...],
    engine: str,
    model: str | None,
    language: str | None,
    device: str,
    resume: Path | None,
    batch: BinaryIO | None,
    as_json: bool,
) -> None:
    """Say what is said in each FILE. Exit status 1 when one of them can't be heard."""
    import msgspec

    from rightful.settings import get_settings
    from rightful.speech import FolderClips, MediaError, SpeechOptions, transcribe_file
    from rightful.speech.languages import LANGUAGES

    if not files and batch is None:
        raise click.UsageError("give at least one FILE, or --batch LIST")
    if language is not None and language not in LANGUAGES:
        raise click.BadParameter(f"{language!r} is no ISO 639-1 code, such as en or de", param_hint="--language")
    options = msgspec.convert(
        {
            "engine": engine,
            "model": model or get_settings().speech_model,
            "language": language,
            "device": device,
        },
        SpeechOptions,
    )
    load = _Once(options)
    failed = 0
    for name, own in _jobs(files, batch):
        try:
            if isinstance(own, str):
                raise ValueError(own)
            file = Path(name)
            if not file.is_file():
                raise ValueError("it is a folder: name its files" if file.is_dir() else "there is no such file")
            if (own.get("language") or "en") not in LANGUAGES:
                raise ValueError(f"Whisper knows no language {own['language']!r}: give an ISO 639-1 code, such as en")
            these = msgspec.structs.replace(options, language=own.get("language") or language)
            with _bar(file.name, quiet=as_json) as report:
                transcript = transcribe_file(
                    file, these, load, resume=FolderClips(resume) if resume else None, report=report
                )
        except (ValueError, OSError, MediaError) as error:
            failed += 1
            people().print(printable(f"✗ {name}: {error}"), style="red", markup=False, highlight=False)
            if as_json:
                emit({"file": name, "error": str(error), "reason": getattr(error, "reason", "malformed")})
            continue
        emit(_row(name, transcript)) if as_json else _tell(name, transcript, many=len(files) > 1 or batch is not None)
    if failed:
        sys.exit(1)


class _Once:
    """Loads the engine when the first file needs it, and keeps it for the others."""

    def __init__(self, options: SpeechOptions) -> None:
        self._options = options
        self._engine: Engine | None = None

    def __call__(self) -> Engine:
        from rightful.speech import load_engine

        if self._engine is None:
            self._engine = load_engine(self._options)
        return self._engine


def _jobs(files: tuple[Path, ...], batch: BinaryIO | None) -> Iterator[tuple[str, dict[str, Any] | str]]:
    """File names with their own settings; a string in place of these says what is wrong with the line."""
    for file in files:
        yield str(file), {}
    for number, line in enumerate(batch or (), start=1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            job = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield where, f"is not JSON: {error}"
            continue
        if not isinstance(job, dict) or not isinstance(job.get("file"), str) or not job["file"]:
            yield where, 'must be an object with "file"'
        elif not isinstance(job.get("language"), str | None):
            yield where, '"language" must be text'
        else:
            yield job["file"], job


class _bar:  # noqa: N801  # a context manager, read like a function
    """A bar of sound heard, on standard error where that is a terminal."""

    def __init__(self, name: str, *, quiet: bool) -> None:
        self._name, self._quiet = name, quiet or not people().is_terminal

    def __enter__(self) -> Callable[[SpeechProgress], None] | None:
        if self._quiet:
            return None
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[sound]}"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=people(), transient=True)
        self._progress.start()
        self._task = self._progress.add_task(printable(self._name), total=None, sound="decoding")
        return self._told

    def _told(self, progress: SpeechProgress) -> None:
        done, total = progress.done_seconds / 60, progress.total_seconds / 60
        speed = ""
        task = self._progress.tasks[0]
        if task.elapsed:
            speed = f", {(progress.done_seconds - progress.resumed_seconds) / task.elapsed:.1f} × real time"
        self._progress.update(
            self._task,
            completed=progress.done_seconds,
            total=progress.total_seconds,
            sound=f"{done:.1f} of {total:.1f} min{speed}",
        )

    def __exit__(self, *failure: object) -> None:
        if not self._quiet:
            self._progress.stop()


def _row(name: str, transcript: Transcript) -> dict[str, Any]:
    import msgspec

    row: dict[str, Any] = msgspec.to_builtins(transcript)
    first = ("text", "language", "seconds", "engine", "model", "segments", "flags")
    return {"file": name, **{key: row.pop(key) for key in first}, **row}


def _tell(name: str, transcript: Transcript, *, many: bool) -> None:
    if many:
        click.echo(printable(f"== {name}"))
    click.echo(printable(transcript.text or "(nobody speaks)"))
    notes = ", ".join(
        part
        for part in (
            f"{transcript.seconds:.1f} s",
            transcript.language or "",
            f"{transcript.engine} {transcript.model}",
            *transcript.flags,
        )
        if part
    )
    people().print(f"  {notes}", style="dim", markup=False, highlight=False)
