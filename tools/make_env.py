"""Makes ``.env`` for docker-compose.yaml out of ``.env.example``, every empty secret filled in. Never overwrites."""

from __future__ import annotations

import base64
import os
import re
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECRET = re.compile(r"^([A-Z0-9_]*(?:PASSWORD|SECRET|KEY|SECRET_ACCESS_KEY))=$", re.MULTILINE)


def fill(template: str) -> str:
    """The template with a random value for every empty secret."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name.endswith("FERNET_KEY"):
            return f"{name}={base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}"
        return f"{name}={secrets.token_hex(12 if name.endswith('PASSWORD') else 40)}"

    return SECRET.sub(value, template)


def main(arguments: list[str]) -> int:
    """Write ``.env`` (or the file given); 0 also when it is there already."""
    target = Path(arguments[0]) if arguments else ROOT / ".env"
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"→ {target.name} is there already; it stays as it is")
        return 0
    with os.fdopen(handle, "w") as out:
        out.write(fill((ROOT / ".env.example").read_text()))
    print(f"→ {target.name} made, with new secrets")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
