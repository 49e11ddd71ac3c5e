"""``python -m embedded up|demo|stop|status|clean``: what the Makefile calls.

The demo and the real catalogue have a stack each (``.rightful/demo``, ``.rightful/stack``), so that no demo row is ever
among the real ones. They use the same ports: one of them runs at a time.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from embedded import airflow, demo
from embedded.catalogue import set_up, sources_of
from embedded.damaged import Damaged
from embedded.ports import Ports
from embedded.stack import ROOT, Stack
from rightful.errors import ConfigurationError, RightfulError

PROFILES = ("demo", "stack")
FREE_BYTES = 10**9

console = Console(highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """One line for people."""
    console.print(f"[dim]→[/] {text}", markup=True)


def state_root() -> Path:
    """The folder of all that is made here: ``RIGHTFUL_STATE_DIR``, else ``.rightful``."""
    return Path(os.environ.get("RIGHTFUL_STATE_DIR") or ROOT / ".rightful").absolute()


def stack_of(profile: str, *, ports: Ports | None = None) -> Stack:
    """The stack of a profile."""
    folder = state_root() / profile
    if profile == "demo":
        return demo.make_stack(folder, ports=ports)
    return Stack(folder, port_numbers=ports)


def begin(profile: str) -> Stack:
    """Check what can be checked before anything starts, and start."""
    for other in PROFILES:
        if other != profile and (state_root() / other).exists() and stack_of(other).running():
            raise ConfigurationError(f"the {other} is running on the same ports", remedy="`make stop` ends it")
    root = state_root()
    root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(root).free
    if free < FREE_BYTES:
        raise ConfigurationError(f"only {free / 1e9:.1f} GB are free in {root}", remedy="make 1 GB free")
    stack = stack_of(profile, ports=Ports.from_environment())
    try:
        stack.start(say)
    except ConfigurationError:
        raise  # a busy port, or another command at work: nothing was started
    except BaseException:
        stack.stop(say)  # half a stack helps nobody; its logs stay
        raise
    link = root / "environment"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(profile) / "environment")
    return stack


def show_access(stack: Stack) -> None:
    """Where the UI is and how to get in."""
    console.print(
        f"\nAirflow   [bold]{stack.address}[/]   login [bold]{airflow.USER}[/] / {stack.secrets.admin_password}"
    )
    console.print(
        f"a shell   . {_shown(state_root() / 'environment')}   (then `airflow …` and `rightful …` know this stack)"
    )


def run_demo() -> int:
    """``make demo``."""
    stack = begin("demo")
    done = demo.run(stack, console, say)
    demo.show(done, console)
    demo.write(done, state_root() / "demo.json")
    show_access(stack)
    if line := demo.waiting(stack, sources_of(stack)):
        console.print(f"reviews   {line}")
    first, last = done.night - timedelta(days=3), done.night - timedelta(days=1)
    console.print(
        f"backfill  . {_shown(state_root() / 'environment')} && airflow backfill create --dag-id {done.example} "
        f"--from-date {first:%Y-%m-%d} --to-date {last:%Y-%m-%d} --max-active-runs 1 --reprocess-behavior completed"
    )
    console.print("the end   make stop")
    return 0 if done.good else 1


def run_up() -> int:
    """``make up``."""
    stack = begin("stack")
    sources = sources_of(stack)
    set_up(stack.api, sources, {})
    show_access(stack)
    console.print(f"\n{len(sources)} sources, each a DAG; new ones are paused until a person unpauses them:")
    for source in sources:
        needs = f"   needs the Airflow connection `{source.connection}`" if source.connection else ""
        console.print(f"  {source.dag_id}{needs}")
    return 0


def run_stop() -> int:
    """``make stop``."""
    lived = [name for profile in PROFILES if (state_root() / profile).exists() for name in stack_of(profile).stop(say)]
    say("stopped; the data stay (make demo or make up goes on with them)" if lived else "nothing was running")
    return 0


def run_status() -> int:
    """``make status``."""
    for profile in PROFILES:
        stack = stack_of(profile) if (state_root() / profile).exists() else None
        running = stack.running() if stack else []
        console.print(f"{profile}: {', '.join(running) if running else 'not running'}")
        if stack and running:
            show_access(stack)
    return 0


def run_clean() -> int:
    """The part of ``make clean`` that needs this environment: end everything and remove the state folder."""
    root = state_root()
    for profile in PROFILES:
        if (root / profile).exists():
            _stop_whatever_is_left(profile)
    if root.exists():
        # Only what is known to be ours: the variable may name a folder that holds more.
        for name in (*PROFILES, "demo.json", "environment", "models", "bench-peers"):
            path = root / name
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        if not any(root.iterdir()):
            root.rmdir()
    return 0


def _stop_whatever_is_left(profile: str) -> None:
    """``stop``, also of a stack whose files are damaged: this is the command that its messages send people to.

    Any other error stays one: what still runs, or is being started by another command, must not lose its files.
    """
    while True:
        try:
            stack_of(profile).stop(say)
            return
        except Damaged as error:
            say(f"{error}; taken away. If something of the {profile} still runs, end it by hand")
            error.file.unlink()


def _shown(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


COMMANDS: dict[str, Callable[[], int]] = {
    "demo": run_demo,
    "up": run_up,
    "stop": run_stop,
    "status": run_status,
    "clean": run_clean,
}


def main(arguments: Sequence[str]) -> int:
    """0 done, 1 failed (the cause is on standard error), 2 wrong use, 130 interrupted."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(f"usage: python -m embedded {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        return COMMANDS[arguments[0]]()
    except RightfulError as error:
        print(f"\n✗ {error}", file=sys.stderr)
    except OSError as error:
        print(f"\n✗ {error} — check space and rights in {state_root()}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\n✗ interrupted; what runs is ended by `make stop`", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
