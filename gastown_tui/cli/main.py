"""The command `gt`: a lazy tree of verbs. Naming a verb imports its module and nothing else."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from gastown_tui import __version__
from gastown_tui.cli.diagnostics import run

SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Town": {
        "init": ("town:init", "Make a town."),
        "start": ("start:start", "Make a town from a repository, with a few questions."),
        "demo": ("demo:demo", "Watch a scripted town at work."),
        "town": ("town:town", "Remove the town."),
        "rig": ("rig:rig", "Add, list, pull, park and remove rigs (projects)."),
        "up": ("control:up", "Start the supervisor, and let work begin."),
        "down": ("control:down", "Stop every agent and the supervisor."),
        "pause": ("control:pause", "Start nothing new."),
        "resume": ("control:resume", "Undo pause."),
        "estop": ("estop:estop", "Freeze every agent at once."),
        "doctor": ("doctor:doctor", "Look for what is wrong, and say how to put it right."),
        "console": ("console:console", "Open the console."),
        "attach": ("console:attach", "Attach to an agent's terminal."),
        "version": ("town:version", "Say which version this is."),
    },
    "Beads (work items)": {
        "create": ("create:create", "File a bead."),
        "show": ("show:show", "Show a bead with everything about it."),
        "list": ("list:list_beads", "List beads."),
        "ready": ("ready:ready", "List beads that can be worked on now."),
        "blocked": ("ready:blocked", "List beads that cannot, and why."),
        "update": ("update:update", "Change a bead."),
        "close": ("update:close", "Close a bead that needs no merge."),
        "reopen": ("update:reopen", "Open a closed or deferred bead again."),
        "defer": ("update:defer", "Put a bead aside."),
        "dep": ("dep:dep", "Say which bead needs which."),
        "label": ("dep:label", "Label beads."),
        "comment": ("dep:comment", "Remark on a bead."),
        "search": ("list:search", "Find beads by their text."),
        "trail": ("trail:trail", "What happened to a bead."),
        "why": ("trail:why", "Why a bead does not move, or what an agent does."),
        "import": ("interchange:import_beads", "Read beads from a JSONL file."),
        "export": ("interchange:export_beads", "Write beads as JSONL."),
    },
    "Dispatch": {
        "sling": ("sling:sling", "Give a bead to a rig's polecats or to an agent."),
        "unsling": ("sling:unsling", "Take it back before it has begun."),
        "convoy": ("convoy:convoy", "Watch beads as one batch."),
        "mq": ("mq:mq", "The merge queue."),
        "review": ("review:review", "Comment on handed-in work, line by line."),
        "approve": ("mq:approve", "Let a waiting merge land."),
        "crew": ("crew:crew", "Lasting agents of a rig."),
        "agents": ("agents:agents", "Who is there, and what they do."),
        "status": ("status:status", "The town in one page."),
        "feed": ("feed:feed", "What happens."),
        "answer": ("answer:answer", "Answer what an agent asks."),
        "rules": ("rules:rules", "Standing rules for what agents ask."),
        "costs": ("costs:costs", "Tokens and money, by bead, agent, convoy …"),
        "ack": ("answer:ack", "Acknowledge an incident."),
    },
    "For agents": {
        "prime": ("prime:prime", "Who you are and what to do."),
        "hook": ("prime:hook", "What is on your hook."),
        "done": ("done:done", "Hand in your work."),
        "mail": ("mail:mail", "Send and read mail."),
        "nudge": ("mail:nudge", "Say a word to an agent when it rests."),
        "broadcast": ("broadcast:broadcast", "Say the same to several agents."),
        "peek": ("peek:peek", "See an agent's screen."),
        "handoff": ("handoff:handoff", "Leave a note for whoever goes on."),
        "escalate": ("handoff:escalate", "Ask a person for help."),
        "agent": ("console:agent", "The built-in agent."),
    },
}
VERBS = {name: place for section in SECTIONS.values() for name, place in section.items()}


class LazyGroup(click.Group):
    """A group that knows its verbs by name and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = VERBS.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place[0].partition(":")
        command = getattr(import_module(f"gastown_tui.cli.commands.{module}"), attribute)
        return command if isinstance(command, click.Command) else None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], VERBS, 1)
            ctx.fail(f"no verb called {args[0]!r}" + (f"; did you mean {near[0]}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, verbs in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, text) for name, (_, text) in verbs.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog="Example: gt ready")
@click.version_option(__version__, prog_name="gastown-tui")
@click.option("--town", metavar="DIR", help="The town; else $GT_TOWN, else the one you are in, else ~/gt.")
def gt(town: str | None) -> None:
    """A town of coding agents: file beads, sling them, watch them land."""


def main() -> None:
    """Entry point of `gt`."""
    sys.exit(run(gt, "gt", sys.argv[1:]))
