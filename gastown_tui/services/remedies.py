"""What can be done about a finding of the doctor, and why a person should care."""

from __future__ import annotations

from gastown_tui.core.errors import Unavailable, UsageError
from gastown_tui.services import control, estop
from gastown_tui.services.authority import require_person
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import write_commands

WHY = {
    "ledger": "The ledger is the truth about all work. A damaged one loses or repeats some.",
    "host": "Two hosts on one ledger would both start and stop the same agents.",
    "filesystem": "A network filesystem breaks the locks that keep the ledger whole.",
    "disk": "A full disk stops commits, gates and the ledger; agents then fail in the middle.",
    "permissions": "Logs and messages may hold what only you should read.",
    "commands": "Agents report through these commands. Without them nothing is ever handed in.",
    "git": "Worktrees, the merge lane and its proofs are made with git.",
    "tmux": "Every agent lives in a tmux session.",
    "tmux server": "A server that hangs shows no agent and takes no key.",
    "supervisor": "It starts, watches and lands. Without it agents go on, but nothing new starts and nothing lands.",
    "estop": "Every agent is frozen until it is released.",
    "journal": "An act that was begun and never proven done: something outside does not answer.",
    "spool": "Agents reported something that was not understood; it is kept there.",
    "incident": "Something went wrong that nobody has looked at yet.",
    "town.toml": "While it is broken the town keeps what it read last.",
    "agent": "A bead that is slung to an agent CLI that is not ready waits.",
    "gemini hooks": "Without them the town knows the agent's state from its screen alone.",
    "agents": "Without one ready agent CLI no work can be done.",
    "rig": "Work lands in it only as far as its gates prove it.",
    "logout": "Every agent would end when you log out.",
    "tmp": "A cleaner of /tmp would cut the console off from its agents.",
}
"""Kind of finding (the first word of its name, or all of it) → why it matters."""
_LABELS = {
    "modes": "let only you read them",
    "commands": "write the commands anew",
    "up": "start it",
    "release": "release the E-stop",
    "ack": "mark it as seen",
}


def why(name: str) -> str:
    """Why a finding of that name matters, "" when nobody wrote it down."""
    return WHY.get(name) or WHY.get(name.partition(" ")[0], "")


def label(fix: str) -> str:
    """What a fix does, in a few words; "" for none."""
    return _LABELS.get(fix.partition(" ")[0], "")


def apply(ctx: TownContext, fix: str) -> str:
    """Does what a finding's `fix` names; returns what became of it.

    Raises:
        UsageError: there is no such fix.
        GastownError: it could not be done.
    """
    require_person(ctx, "repair the town")
    verb, _, argument = fix.partition(" ")
    match verb:
        case "modes":
            _close_modes(ctx)
            return "only you can read the town now"
        case "commands":
            write_commands(ctx.layout)
            return "the commands are written anew"
        case "up":
            return "the supervisor is up" if control.up(ctx) else "the supervisor is starting"
        case "release":
            still = estop.release(ctx)
            return f"released, still stopped: {', '.join(still)}" if still else "released: the agents go on"
        case "ack":
            control.acknowledge(ctx, int(argument))
            return "marked as seen"
    raise UsageError(f'nothing repairs "{fix}"')


def _close_modes(ctx: TownContext) -> None:
    """Takes what others may do away from the town's private files; links are not followed."""
    layout = ctx.layout
    try:
        for path in (layout.private, layout.ledger, layout.telemetry, layout.logs):
            if path.exists() and not path.is_symlink():
                path.chmod(path.stat().st_mode & 0o700)
    except OSError as error:
        raise Unavailable(f"cannot change {error.filename}: {error.strerror}") from error
