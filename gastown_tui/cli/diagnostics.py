"""The one place that turns errors into a line on stderr and an exit code."""

from __future__ import annotations

import os
import sys

import click

from gastown_tui.cli.output import one_line, say
from gastown_tui.core.errors import ExitCode, GastownError


def run(command: click.Command, program: str, arguments: list[str]) -> int:
    """Runs a click command and returns the exit code; nothing but a line goes to stderr."""
    try:
        result = command.main(args=arguments, prog_name=program, standalone_mode=False)
        sys.stdout.flush()
    except GastownError as error:
        say(f"{program}: {one_line(error.line())}")
        return error.code
    except click.ClickException as error:
        say(f"{program}: {one_line(_click_message(error))}")
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        say(f"{program}: interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader has gone; Python must not complain about the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    except Exception as error:  # noqa: BLE001  the last door: a person gets a line, never a traceback
        return _unexpected(program, error)
    return result if isinstance(result, int) else ExitCode.OK


def _click_message(error: click.ClickException) -> str:
    text = error.format_message()
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{text} (see {error.ctx.command_path} --help)"
    return text


def _unexpected(program: str, error: Exception) -> int:
    if os.environ.get("GT_DEBUG"):
        raise error
    # The ledger's library is known by name, so that this room need not import it.
    is_ledger = type(error).__module__ == "sqlite3"
    what = "the ledger cannot be used" if is_ledger else f"unexpected {type(error).__name__}"
    say(f"{program}: {what}: {one_line(str(error))} (run it again with GT_DEBUG=1 to see where)")
    return ExitCode.UNAVAILABLE if is_ledger or isinstance(error, OSError) else ExitCode.FAILED
