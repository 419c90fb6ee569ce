"""`python -m gastown_tui.agent`: the built-in agent."""

from __future__ import annotations

import os
import sys

from gastown_tui.core.errors import ExitCode, GastownError


def main(arguments: list[str] | None = None) -> int:
    """Runs the agent, or `ask`; returns an exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        if words[:1] == ["ask"]:
            from gastown_tui.agent import ask

            return ask.run(words[1:], os.environ)
        from gastown_tui.agent import settings

        chosen = settings.read(words, os.environ, os.getcwd())  # noqa: PTH109 (a string, resolved by the reader)
        if chosen.is_once:
            from gastown_tui.agent import once

            return once.run(chosen)
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise GastownError("this is no terminal", hint="use --once --prompt TEXT")
        from gastown_tui.agent.ui.app import run

        return run(chosen)
    except GastownError as error:
        sys.stderr.write(f"gastown agent: {error.line()}\n")
        return error.code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


if __name__ == "__main__":
    raise SystemExit(main())
