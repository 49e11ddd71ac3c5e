"""Makes the virtual environment from the locked requirements: ``python tools/bootstrap.py base|dev``.

Runs on the system's Python, so it uses the standard library only. What can go wrong on a fresh machine (old Python, no
venv module, no disk, no network, a half-made environment) is said in one sentence with its remedy.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCKS = {"base": ROOT / "requirements" / "base.txt", "dev": ROOT / "requirements" / "dev.txt"}
LOG = VENV / "install.log"
FREE_BYTES = 3 * 10**9
"""What the environment and a demo's data take, with room to spare."""
SHOW_EVERY = 10.0  # seconds between two lines of progress where no terminal can rewrite one


class Stop(Exception):
    """What went wrong and what a person can do about it."""


def main(arguments: list[str]) -> int:
    """Make or complete the environment; 0 when it is ready, 1 with a message when it can't be made."""
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        print("usage: python tools/bootstrap.py base|dev", file=sys.stderr)
        return 2
    flavour = arguments[0]
    try:
        check_python()
        if not is_current(flavour):
            started = time.monotonic()
            check_machine()
            make_venv()
            install(flavour)
            say(f"environment ready after {time.monotonic() - started:.0f} s: {VENV.relative_to(ROOT)}")
        # Make compares times of files; the stamp's content (checked above) is what really counts.
        for name in ("base", flavour):
            stamp(name).touch()
    except Stop as problem:
        print(f"\n✗ {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"\n✗ the environment can't be written: {problem}. Check rights and space in {ROOT}.", file=sys.stderr)
        return 1
    return 0


def say(text: str) -> None:
    """One line for people."""
    print(f"→ {text}", flush=True)


def stamp(flavour: str) -> Path:
    """The file that says which lock the environment holds."""
    return VENV / f".{flavour}"


def fingerprint(flavour: str) -> str:
    """Changes whenever the environment has to."""
    import tomllib  # not in the Pythons that are refused before

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    installed = [project["build-system"], project["project"], project["tool"]["setuptools"]]
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}\n{json.dumps(installed)}\n".encode())
    digest.update(LOCKS[flavour].read_bytes())
    return digest.hexdigest()


def is_current(flavour: str) -> bool:
    """Whether the environment was completed from exactly this lock, here, by this Python."""
    mark = stamp(flavour)
    return VENV_PYTHON.exists() and mark.exists() and mark.read_text() == fingerprint(flavour)


def check_python() -> None:
    """Raise :class:`Stop` when the packages don't run on this Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs on whatever Python is there
        raise Stop(f"Python {version} is too old: install Python 3.11 or newer, then `make PYTHON=python3.11 …`.")
    if sys.version_info >= (3, 14):
        raise Stop(f"Python {version} is newer than the locked packages support: `make PYTHON=python3.13 …`.")


def check_machine() -> None:
    """Raise :class:`Stop` when the environment can't be made on this machine."""
    if ":" in str(ROOT):
        raise Stop(f"the folder's path has a colon in it, which no search path can hold: move {ROOT} elsewhere.")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        major, minor = sys.version_info[:2]
        raise Stop(
            f"this Python has no venv module: `apt install python{major}.{minor}-venv`, then try again."
        ) from None
    free = shutil.disk_usage(ROOT).free
    if free < FREE_BYTES:
        raise Stop(
            f"only {free / 1e9:.1f} GB are free in {ROOT}, {FREE_BYTES / 1e9:.0f} GB are needed: "
            "make room (`make clean` removes what an earlier run left), then try again."
        )
    if shutil.which("git") is None:
        say("no git on the path: rows will carry the package's version instead of the commit")


def make_venv() -> None:
    """A fresh environment, unless one with the same Python is there already."""
    if VENV_PYTHON.exists():
        probe = subprocess.run(
            [str(VENV_PYTHON), "-c", "import sys, pip; print(sys.version)"], capture_output=True, text=True, check=False
        )
        if probe.returncode == 0 and probe.stdout.strip() == sys.version.strip():
            return
        say("the environment is of another Python or broken: made anew")
        shutil.rmtree(VENV)
    say(f"making .venv with Python {'.'.join(map(str, sys.version_info[:3]))} ({sys.executable})")
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Stop(f"`python -m venv` failed: {(made.stdout + made.stderr).strip()[-800:]}")


def install(flavour: str) -> None:
    """Install the locked packages, then this project itself (editable), and write the stamp."""
    lock = LOCKS[flavour]
    total = sum(1 for line in lock.read_text().splitlines() if "==" in line and not line.startswith((" ", "#")))
    say(f"installing {total} locked packages from {lock.relative_to(ROOT)}, each checked against its hash")
    for old in LOCKS:
        stamp(old).unlink(missing_ok=True)
    pip = [
        str(VENV_PYTHON),
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
    ]
    with LOG.open("w") as log:
        run_pip([*pip, "--require-hashes", "-r", str(lock)], total, log)
        run_pip([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], 0, log)
    for name in ("base", "dev") if flavour == "dev" else ("base",):
        stamp(name).write_text(fingerprint(name))


def run_pip(command: list[str], total: int, log: object) -> None:
    """Run pip, show how far it is, and turn a failure into a sentence."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PIP_REQUIRE_VIRTUALENV", "PIP_USER")}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
        cwd=ROOT,
    )
    assert process.stdout is not None
    seen, shown, lines = 0, time.monotonic(), []
    rewrite = sys.stdout.isatty()
    for line in process.stdout:
        log.write(line)  # type: ignore[attr-defined]
        lines.append(line.rstrip())
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            seen += 1
        text = f"  {min(seen, total)}/{total} packages fetched"
        if line.startswith("Installing collected packages"):
            text = f"  unpacking {total} packages"
        if total and rewrite:
            print(f"\r{text:<40}", end="", flush=True)
        elif total and (time.monotonic() - shown > SHOW_EVERY or "unpacking" in text):
            print(text, flush=True)
            shown = time.monotonic()
    if total and rewrite:
        print("\r" + " " * 40 + "\r", end="")
    if process.wait() != 0:
        raise Stop(explain("\n".join(lines)))


NETWORK = re.compile(
    r"NewConnectionError|NameResolution|Temporary failure in name|Network is unreachable|Connection refused|"
    r"ConnectTimeout|ReadTimeout|Max retries exceeded|ProxyError|SSLError|connection broken|Could not fetch URL|"
    r"\(from versions: none\)"  # every locked version exists: whoever finds none has found no index
)


def explain(output: str) -> str:
    """A sentence with the remedy for pip's output."""
    where = f"The whole output: {LOG.relative_to(ROOT)}."
    if "No space left on device" in output:
        return f"the disk is full: make {FREE_BYTES / 1e9:.0f} GB free, then try again. {where}"
    if NETWORK.search(output):
        return (
            "the package index can't be reached: check the network (and HTTPS_PROXY, PIP_INDEX_URL if you use them), "
            f"then try again; what was fetched is kept. {where}"
        )
    if "DO NOT MATCH THE HASHES" in output:
        return f"a package is not the one that was locked; nothing was installed. Is a mirror altered? {where}"
    tail = "\n".join(line for line in output.splitlines()[-6:] if line.strip())
    return f"pip failed:\n{tail}\n{where} (`make clean-venv` starts over)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
