"""What the containers of ``docker-compose.yaml`` run beside Airflow itself.

``python -m embedded.container`` makes everything ready (again, at every start: nothing changes when it is);
``python -m embedded.container healthy URL [COMPONENT]`` is the health check. That one runs every few seconds, so this
module imports the standard library only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path


def healthy(url: str, component: str | None = None) -> bool:
    """Whether the health page at ``url`` answers 200 and, when asked, says that ``component`` works."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:  # an answer other than 2xx raises
            if component is None:
                return True
            state = json.load(answer)
    except (OSError, ValueError) as error:
        print(f"{url}: {error}", file=sys.stderr)
        return False
    return bool((state.get(component) or {}).get("status") == "healthy")


def make_ready(environment: Mapping[str, str]) -> int:
    """Login file, demo sources (when ``DEMO_PUBLISHER_ADDRESS`` is set), database, pools, the demo's connection."""
    passwords = Path(environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    known = json.loads(passwords.read_text()) if passwords.exists() else {}
    draft = passwords.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({**known, "admin": environment["AIRFLOW_ADMIN_PASSWORD"]}))
    draft.replace(passwords)

    commands = [["-m", "airflow", "db", "migrate"], ["-m", "rightful_airflow.setup"]]
    if address := environment.get("DEMO_PUBLISHER_ADDRESS"):
        from demo.publisher import NEWS_API_KEY
        from embedded.demo import copy_sources

        copy_sources(Path("/demo-sources"), address)
        connection = json.dumps({"conn_type": "http", "password": NEWS_API_KEY})
        commands += [
            ["-m", "airflow", "connections", "delete", "demo_news_api"],
            ["-m", "airflow", "connections", "add", "demo_news_api", "--conn-json", connection],
        ]
    for command in commands:
        done = subprocess.run([sys.executable, *command], check=False)
        if done.returncode != 0 and "delete" not in command:
            print(f"✗ `{' '.join(command[:4])}` failed", file=sys.stderr)
            return done.returncode
    return 0


def main(arguments: Sequence[str]) -> int:
    """0 done or healthy, 1 not."""
    match list(arguments):
        case []:
            return make_ready(os.environ)
        case ["healthy", url, *component] if len(component) <= 1:
            return 0 if healthy(url, *component) else 1
        case _:
            print("usage: python -m embedded.container [healthy URL [COMPONENT]]", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
