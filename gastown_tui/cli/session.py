"""What verbs share: the town that is meant, options, waiting, and short forms of times."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gastown_tui.cli.output import say
from gastown_tui.core.errors import GastownError, UsageError
from gastown_tui.services.context import TownContext, find_town, open_context

Function = TypeVar("Function", bound=Callable[..., Any])
TEXT_FROM_STDIN = "-"


def json_option(function: Function) -> Function:
    """`--json`: the result as one JSON document on stdout."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(function)


def wait_option(function: Function) -> Function:
    """`--wait [SECONDS]`: return only when the supervisor has acted."""
    return click.option(
        "--wait",
        "wait",
        type=click.FloatRange(0.1, 86_400),
        is_flag=False,
        flag_value=60.0,
        default=None,
        metavar="[SECONDS]",
        help="Wait until it is done, 60 seconds or as long as you say.",
    )(function)


def town_root() -> Path:
    """The town of this call: --town, else GT_TOWN, else by directory."""
    named = click.get_current_context().find_root().params.get("town")
    if named:
        return find_town(Path(named), {"GT_TOWN": str(named)})
    return find_town(here())


def here() -> Path:
    """The working directory; a deleted one is an error of ours."""
    try:
        return Path.cwd()
    except OSError as error:
        raise UsageError("the working directory is gone", hint="cd to another one, or name the town with --town") from error


def open_town() -> TownContext:
    """The context of this call, closed when the call ends."""
    ctx = open_context(town_root())
    click.get_current_context().call_on_close(ctx.close)
    return ctx


def person(act: str) -> TownContext:
    """The context of a call that only a person may make: refused inside a run, also when its variables were unset."""
    from gastown_tui.services import authority

    ctx = open_town()
    authority.require_person(ctx, act)
    return ctx


def wake(ctx: TownContext) -> None:
    """Starts the supervisor when it should run and does not. Its absence never stops a verb: the wish is in the ledger."""
    if os.environ.get("GT_BOOT") == "0":
        return
    from gastown_tui.services import boot

    try:
        boot.ensure_supervisor(ctx)
    except GastownError as error:
        say(f"the supervisor was not started: {error.line()}")


def read_text(value: str) -> str:
    """A text argument; `-` reads standard input."""
    if value != TEXT_FROM_STDIN:
        return value
    return sys.stdin.buffer.read().decode("utf-8", "replace").rstrip("\n")


def age(now: float, then: float | None) -> str:
    """A short age: `12s`, `5m`, `3h`, `2d`; "" for None."""
    if then is None:
        return ""
    seconds = max(0, int(now - then))
    for limit, size, unit in ((60, 1, "s"), (3600, 60, "m"), (86_400, 3600, "h")):
        if seconds < limit:
            return f"{seconds // size}{unit}"
    return f"{seconds // 86_400}d"


def clock(moment: float | None) -> str:
    """A moment in local time, to the second."""
    import time

    return "" if moment is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
