"""The locks hold what the project asks for, with hashes and without any index's address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
ASKED = {
    "base": PROJECT["dependencies"],
    "dev": PROJECT["dependencies"] + EXTRAS["dev"],
    "image": PROJECT["dependencies"] + EXTRAS["postgres"],
}
PIN = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", ASKED)
def test_lock_satisfies_the_project(name: str) -> None:
    pins = dict(PIN.findall(lock(name)))
    for text in [*ASKED[name], (ROOT / "requirements" / "build.in").read_text().strip()]:
        wanted = Requirement(text)
        pinned = pins.get(wanted.name.lower())
        assert pinned is not None, f"{wanted.name} is not in requirements/{name}.txt: run `make lock`"
        assert wanted.specifier.contains(pinned, prereleases=True), f"{text}, locked {pinned}: run `make lock`"


@pytest.mark.parametrize("name", ASKED)
def test_every_pin_has_a_hash_and_no_address(name: str) -> None:
    text = lock(name)
    assert "://" not in text
    assert "index" not in re.sub(r"#.*", "", text)
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_locks_agree() -> None:
    base = set(PIN.findall(lock("base")))
    assert base <= set(PIN.findall(lock("dev")))
    assert base <= set(PIN.findall(lock("image")))
