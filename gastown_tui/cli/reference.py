"""The page `docs/commands.md`, made from the commands themselves: `python -m gastown_tui.cli.reference`."""

from __future__ import annotations

import sys

import click

from gastown_tui.cli.main import SECTIONS, gt
from gastown_tui.core.errors import ExitCode

_HEAD = """\
# Commands

`gt` is for agents and scripts, `gastown` for people; they share one tree: `gastown VERB` is `gt VERB`. This page is made from
the commands (`python -m gastown_tui.cli.reference > docs/commands.md`).

Results go to stdout, words to people to stderr. `--json` gives one JSON document; `gt feed --follow --json` one object per
line. `--wait [SECONDS]` returns when the supervisor has acted. The town is `--town DIR`, else `$GT_TOWN`, else the one that you
are in, else `~/gt`.

| exit code | meaning |
| --- | --- |
"""
_CODES = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "failed; for `gt doctor` and `gt estop`: something is wrong, something still runs",
    ExitCode.USAGE: "the words of the call, or a file that people edit, are wrong",
    ExitCode.NOT_FOUND: "no such rig, bead, agent …; for `gt mail check`: no mail",
    ExitCode.CONFLICT: "somebody was faster, the state does not allow it, or you may not",
    ExitCode.UNAVAILABLE: "something outside does not answer: tmux, git, the ledger; or not within `--wait`",
    ExitCode.INTERRUPTED: "interrupted",
}


def page() -> str:
    """The whole page."""
    lines = [_HEAD + "\n".join(f"| {code.value} | {text} |" for code, text in _CODES.items())]
    for title, verbs in SECTIONS.items():
        lines += ["", f"## {title}", ""]
        for name, (_, summary) in verbs.items():
            command = gt.get_command(click.Context(gt), name)
            assert command is not None
            lines += _verb(f"gt {name}", command, summary)
    return "\n".join(lines) + "\n"


def _verb(path: str, command: click.Command, summary: str) -> list[str]:
    if isinstance(command, click.Group):
        lines = [f"- **`{path}`** {summary}"]
        for name, inner in sorted(command.commands.items()):
            text = (inner.help or "").partition("\n")[0]
            lines.append(f"  - `{path} {_usage(name, inner)}` {text}")
        return lines
    prefix, _, name = path.rpartition(" ")
    return [f"- **`{prefix} {_usage(name, command)}`** {summary}"]


def _usage(name: str, command: click.Command) -> str:
    context = click.Context(command)
    words = [name]
    words += [one.make_metavar(context) for one in command.params if isinstance(one, click.Argument)]
    shown = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    # The long name: it says what it means.
    words += [f"[{max(one.opts, key=len)}]" for one in shown]
    return " ".join(words)


if __name__ == "__main__":
    sys.stdout.write(page())
