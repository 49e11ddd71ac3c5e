"""A real MediaWiki on php and SQLite, from Debian's packages, in a folder of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

PACKAGE = Path("/usr/share/mediawiki")
NEEDS = "apt-get install --no-install-recommends mediawiki php-cli php-sqlite3 php-mbstring php-intl php-xml php-curl"


def missing() -> str | None:
    """Why there can be no wiki here; None when there can."""
    if shutil.which("php") is None or not (PACKAGE / "maintenance/install.php").exists():
        return f"MediaWiki is not installed: {NEEDS}"
    return None


class Wiki:
    """Install, fill with MediaWiki's own maintenance scripts, serve with php's web server."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.root, self.data = folder / "wiki", folder / "data"
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def install(self) -> None:
        """A fresh wiki without rights; see :meth:`configure`."""
        shutil.copytree(PACKAGE, self.root, symlinks=False, ignore=shutil.ignore_patterns("LocalSettings.php"))
        self.data.mkdir(parents=True)
        self._php(
            "install.php",
            *("--dbtype", "sqlite", "--dbpath", str(self.data), "--server", self.url, "--scriptpath", ""),
            *("--pass", "a-long-enough-password", "Testwiki", "admin"),
        )
        self._settings = (self.root / "LocalSettings.php").read_text()

    def configure(self, php: str) -> None:
        """Lines appended to the installer's LocalSettings.php; replaces those of an earlier call."""
        (self.root / "LocalSettings.php").write_text(f"{self._settings}\n{php}\n")

    def load_dump(self, dump: Path) -> None:
        """MediaWiki's XML import: keeps the revisions' timestamps and authors."""
        self._php("importDump.php", "--quiet", str(dump))

    def rebuild_recent_changes(self, start: datetime, end: datetime) -> None:
        """The import leaves the list of recent changes alone; this makes it from the revisions."""
        stamps = [f"--{name}={moment:%Y%m%d%H%M%S}" for name, moment in (("from", start), ("to", end))]
        self._php("rebuildrecentchanges.php", *stamps)

    def edit(self, title: str, text: str, summary: str = "edit") -> None:
        """An edit dated now."""
        self._php("edit.php", "-u", "admin", "-s", summary, title, stdin=text)

    def move(self, old: str, new: str) -> None:
        """Rename a page, dated now."""
        listing = self.folder / "moves.txt"
        listing.write_text(f"{old}|{new}\n")
        self._php("moveBatch.php", "-u", "admin", str(listing))

    def delete(self, title: str) -> None:
        """Delete a page, dated now."""
        listing = self.folder / "deletes.txt"
        listing.write_text(f"{title}\n")
        self._php("deleteBatch.php", "-u", "admin", str(listing))

    def start(self) -> None:
        """Serve on 127.0.0.1."""
        log = (self.folder / "php.log").open("ab")
        environment = {**os.environ, "PHP_CLI_SERVER_WORKERS": "2"}
        self._server = subprocess.Popen(
            ["php", "-S", f"127.0.0.1:{self.port}"],
            cwd=self.root,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        for _ in range(200):
            try:
                with urlopen(f"{self.url}/api.php?action=query&meta=siteinfo&format=json", timeout=5):
                    return
            except (URLError, ConnectionError):
                time.sleep(0.1)
        raise RuntimeError(f"MediaWiki does not answer; see {self.folder / 'php.log'}")

    def stop(self) -> None:
        """End the server and its workers."""
        if self._server is not None:
            os.killpg(self._server.pid, 15)
            self._server.wait(10)

    def _php(self, script: str, *arguments: str, stdin: str = "") -> str:
        done = subprocess.run(
            ["php", f"maintenance/{script}", *arguments],
            cwd=self.root,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{script} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout
