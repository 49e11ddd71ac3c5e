"""``rightful new-source``: a source file, a saved answer and a test to start from."""

from __future__ import annotations

from pathlib import Path

import click

from rightful.cli.output import answer, emit, json_option, people, told

KINDS = ("rest", "podcast", "video", "crawl", "dump", "bucket", "oai_pmh", "feed", "repository", "synthetic", "module")


@click.command("new-source", short_help="Scaffold a source, a saved answer, a test.")
@click.argument("kind", metavar="KIND", type=click.Choice(KINDS))
@click.argument("source_id", metavar="ID")
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Write below this folder instead of the project's.",
)
@json_option
@told
def new_source(kind: str, source_id: str, project: Path | None, as_json: bool) -> None:
    """Write a source file of KIND, a saved answer and a test for it. Nothing that exists is overwritten."""
    import re

    from rightful.catalogue.load import RESERVED, load_source
    from rightful.cli.scaffold import files_of
    from rightful.errors import ConfigurationError
    from rightful.settings import PROJECT_ROOT

    if not re.fullmatch(r"[a-z][a-z0-9_]{1,62}", source_id) or source_id in RESERVED:
        raise click.BadParameter(
            f"`{source_id}` can't be an id: use 2 to 63 of a-z, 0-9 and _, a letter first, and none of "
            + ", ".join(RESERVED),
            param_hint="ID",
        )
    root = project or PROJECT_ROOT
    files = {root / name: text for name, text in files_of(kind, source_id).items()}
    there = [str(path) for path in files if path.exists()]
    if there:
        raise ConfigurationError(f"{', '.join(there)} exists already", source=source_id, remedy="choose another id")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    source_file, saved, test, *_ = files
    load_source(source_file)  # what we wrote must be valid
    if as_json:
        emit({"source": source_id, "kind": kind, "files": [str(path) for path in files]})
    else:
        for path in files:
            answer(str(path))
    people().print(
        f"Next: fill in {source_file.name} and {saved.name}, adapt {test.name}, then\n"
        f"  rightful check {source_id}\n  make test TESTS={test.relative_to(root)}\n"
        f"take out `enabled: false` and `refusal`, and try it on the real site:\n"
        f"  rightful acquire {source_id} --from DAY --to DAY --limit 10 --dry-run",
        markup=False,
        highlight=False,
    )
