"""`gastown demo`: watch a scripted town at work, or run it headless as a proof."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from gastown_tui.cli.output import emit, say
from gastown_tui.cli.session import json_option
from gastown_tui.core.errors import ExitCode, GastownError, UsageError
from gastown_tui.core.layout import TownLayout
from gastown_tui.services.context import TownContext


@click.command(epilog="Example: gastown demo   or   gastown demo --headless --json")
@click.option("--town", "place", metavar="DIR", help="Where the demo town lives; else in your cache directory.")
@click.option("--headless", is_flag=True, help="No console: file, answer, wait, prove, stop.")
@click.option("--agent", metavar="CLI", default="builtin", help="The CLI of the agents: builtin (default), claude, codex …")
@click.option("--pace", type=click.FloatRange(0, 100), help="Factor on the model's pauses; 0 is as fast as it goes.")
@click.option("--limit", type=click.FloatRange(1, 86_400), default=600.0, help="Seconds after which a headless demo is given up.")
@click.option("--new", "anew", is_flag=True, help="Throw an earlier demo town away first.")
@click.option("--stop", is_flag=True, help="Stop the demo town and throw it away.")
@json_option
def demo(
    place: str | None, headless: bool, agent: str, pace: float | None, limit: float, anew: bool, stop: bool, as_json: bool
) -> None:
    """Watch four polecats build a small Minesweeper: real tmux, git, merges and agents, only the model is scripted."""
    from gastown_tui.services import demo as service

    if headless:
        _headless(place, agent, 0.0 if pace is None else pace, limit, as_json=as_json)
        return
    root = Path(place).expanduser().resolve() if place else _default_place()
    if stop or anew:
        _discard(root)
    if stop:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the demo's console needs a terminal", hint="for machines: gastown demo --headless --json")
    if _is_over(root):
        _discard(root)
    ctx = service.prepare(root, agent, 1.0 if pace is None else pace)
    service.start_with_mayor(ctx)
    ctx.close()
    say("A rehearsal: everything is real but the model. Write to the mayor: build minesweeper")
    say("Quitting leaves the town at work; gastown demo shows it again, gastown demo --stop throws it away.")
    from gastown_tui.cli.commands.console import exec_console

    exec_console("--town", str(root))


def _default_place() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(cache) if cache.startswith("/") else Path.home() / ".cache") / "gastown" / "demo"


def _is_over(root: Path) -> bool:
    from gastown_tui.services import demo as service

    if not TownLayout(root).ledger.exists():
        return False
    ctx = TownContext(TownLayout(root))
    try:
        return service.is_over(ctx)
    finally:
        ctx.close()


def _discard(root: Path) -> None:
    from gastown_tui.services import demo as service

    if TownLayout(root).ledger.exists():
        ctx = TownContext(TownLayout(root))
        try:
            service.discard(ctx)
        finally:
            ctx.close()
        say(f"threw away the demo town {root}")


def _headless(place: str | None, agent: str, pace: float, limit: float, *, as_json: bool) -> None:
    from gastown_tui.services import demo as service

    if place and TownLayout(Path(place).expanduser().resolve()).ledger.exists():
        raise UsageError(f"there is a town at {place} already", hint="a headless demo needs a new directory")
    scratch = None if place else tempfile.mkdtemp(prefix="gastown-demo-")
    root = Path(place).expanduser().resolve() if place else Path(scratch or "").resolve() / "town"
    say(f"demo town {root}")
    # Told to end by whatever started it, the demo must still stop its town.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    ctx = None
    try:
        ctx = service.prepare(root, agent, pace)
        report = service.run_headless(ctx, say, limit)
    except BaseException:
        _end(root)
        raise
    finally:
        if ctx is not None:
            ctx.close()
    for problem in report.problems:
        say(f"problem: {problem}")
    fields = asdict(report)
    if scratch and report.ok:
        import shutil

        shutil.rmtree(scratch, ignore_errors=True)
    verdict = "landed and proven" if report.ok else "not proven"
    emit(fields, [f"{report.landed} of {len(report.beads)} beads {verdict} in {report.seconds:g} s"], as_json=as_json)
    click.get_current_context().exit(ExitCode.OK if report.ok else ExitCode.FAILED)


def _end(root: Path) -> None:
    """After an interruption or an error: nothing of the demo stays alive."""
    from gastown_tui.services import rehearsal, shutdown

    if not TownLayout(root).ledger.exists():
        return
    ctx = TownContext(TownLayout(root))
    try:
        shutdown.stop_town(ctx)
    except GastownError as error:
        say(f"the demo town was not stopped: {error.line()}")
    finally:
        rehearsal.stop_server(ctx.layout)
        ctx.close()
