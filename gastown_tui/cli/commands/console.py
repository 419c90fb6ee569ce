"""`gt console`, `gt attach` and `gt agent`: programs of other rooms, started as processes."""

from __future__ import annotations

import os
import sys

import click

from gastown_tui.cli.session import person, town_root
from gastown_tui.core.errors import UsageError

CONSOLE = "import sys; sys.argv[0] = 'gastown'; from gastown_tui.tui.main import main; main()"


def exec_console(*arguments: str) -> None:
    """Becomes the console. Does not return."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-c", CONSOLE, *arguments])


@click.command(epilog="Example: gt console")
def console() -> None:
    """Open the console. Closing it stops nothing."""
    root = town_root()
    if not sys.stdout.isatty():
        raise UsageError("the console needs a terminal", hint="for scripts: gt status --json")
    exec_console("--town", str(root))


@click.command(epilog="Example: gt attach mayor")
@click.argument("address")
@click.option("-r", "--read-only", is_flag=True, help="Look, but type nothing.")
def attach(address: str, read_only: bool) -> None:
    """Attach your terminal to an agent's session; F12 or Ctrl+Q comes back."""
    attach_to(address, read_only=read_only)


def attach_to(address: str, *, read_only: bool) -> None:
    """Becomes tmux, attached to the agent. Does not return."""
    from gastown_tui.services import panes

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("attaching needs a terminal", hint="to look without one: gt peek " + address)
    ctx = person("attach to an agent")
    argv = panes.attach_command(ctx, address, read_only=read_only)
    ctx.close()
    # tmux refuses to attach inside another tmux while it sees its variable; the two servers have nothing in common.
    environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}
    os.execve(argv[0], argv, environment)


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    add_help_option=False,
    epilog="Example: gt agent --prompt 'Hello'",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def agent(arguments: tuple[str, ...]) -> None:
    """The built-in agent; see gt agent --help."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "gastown_tui.agent", *arguments])
