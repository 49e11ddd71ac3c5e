"""The locks hold what the project asks for, with hashes and without any index's address."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
ASKED = {
    "base": PROJECT["dependencies"],
    "speech": PROJECT["dependencies"] + EXTRAS["speech"],
    "dev": PROJECT["dependencies"] + EXTRAS["dev"] + EXTRAS["speech"],
    "image": PROJECT["dependencies"] + EXTRAS["postgres"] + EXTRAS["celery"] + EXTRAS["speech"],
}
FILES = [*ASKED, "weights", "speech-openai"]
PIN = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", ASKED)
def test_lock_satisfies_the_project(name: str) -> None:
    pins = dict(PIN.findall(lock(name)))
    for text in [*ASKED[name], (ROOT / "requirements" / "build.in").read_text().strip()]:
        wanted = Requirement(text)
        pinned = pins.get(canonicalize_name(wanted.name))
        assert pinned is not None, f"{wanted.name} is not in requirements/{name}.txt: run `make lock`"
        assert wanted.specifier.contains(pinned, prereleases=True), f"{text}, locked {pinned}: run `make lock`"


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_a_hash_and_no_address(name: str) -> None:
    text = lock(name)
    assert "://" not in text
    assert "index" not in re.sub(r"#.*", "", text)
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_locks_agree() -> None:
    base, speech, dev = (set(PIN.findall(lock(name))) for name in ("base", "speech", "dev"))
    assert base <= speech <= dev
    assert speech <= set(PIN.findall(lock("image")))
    names = {name for name, _ in dev}
    shared = {pin for pin in PIN.findall(lock("speech-openai")) if pin[0] in names}
    assert shared, "openai-whisper shares numpy and tqdm with the library"
    assert shared <= dev


def test_torch_is_in_no_lock() -> None:
    for name in FILES:
        found = {pin for pin, _ in PIN.findall(lock(name)) if pin.startswith(("torch", "triton", "nvidia", "cuda"))}
        assert not found, f"requirements/{name}.txt would bring gigabytes: {sorted(found)}"


def test_openai_whisper_is_what_the_project_asks_for() -> None:
    pins = dict(PIN.findall(lock("speech-openai")))
    assert f"openai-whisper=={pins['openai-whisper']}" in EXTRAS["speech-openai"]
    spec = importlib.util.spec_from_file_location("bootstrap_torch", ROOT / "tools" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    bootstrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    assert bootstrap.TORCH in EXTRAS["speech-openai"]
    assert set(bootstrap.LOCKS) == {name for names in bootstrap.FLAVOURS.values() for name in names}
