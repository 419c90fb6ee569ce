"""The one table of commands: key bindings, footers, help, palette and the documents are made from it.

An id is never renamed: people's own keymaps refer to it. Keys are unique within the scopes of each screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from textual.binding import Binding, BindingType

from gastown_tui.tui.keys import key_name


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One thing that a person can do in the console."""

    id: str
    title: str
    """One or two words for the footer."""
    help: str
    """One sentence for the help and the palette."""
    keys: tuple[str, ...]
    """Textual's key names; () when it is only in the palette."""
    scope: str
    action: str
    in_footer: bool = False
    dangerous: bool = False
    """Asks before it acts."""


SCOPES: dict[str, str] = {
    "global": "everywhere",
    "agent": "on an agent",
    "request": "on a question",
    "town": "in the town",
    "wall": "on the wall",
    "list": "in a list",
    "focus": "in focus",
    "pane": "in a pane that is read back",
    "conversation": "in a conversation",
    "inbox": "in the inbox",
    "convoys": "in convoys",
    "beads": "on a bead",
    "beadlist": "in the list of beads",
    "merge": "in the merge queue",
    "diff": "in a diff",
    "feed": "in the feed",
    "mail": "in the mail",
    "doctor": "at the doctor's",
    "settings": "in the settings",
    "help": "in the help",
    "composer": "while writing",
    "typing": "while typing into an agent",
}
"""Scope → where its commands work, in the order of the help."""

_C = CommandSpec
COMMANDS: tuple[CommandSpec, ...] = (
    _C("request.next", "next", "Go to the next one that needs you, the oldest first", ("w",), "global", "next_need", True),
    _C("request.previous", "previous", "Go to the one before", ("W",), "global", "previous_need"),
    _C("request.allow", "allow", "Allow once, or approve", ("a",), "request", "allow", True),
    _C(
        "request.always",
        "always",
        "Allow always: as the agent offers it, or by a standing rule",
        ("A",),
        "request",
        "always",
        False,
        True,
    ),
    _C("request.refuse", "refuse", "Refuse, with a reason that the agent is told", ("r",), "request", "refuse", True),
    _C("request.options", "options", "Choose among the agent's own answers, or write one", ("o",), "request", "options", True),
    _C("agent.focus", "focus", "Show the selected agent in full", ("enter",), "agent", "open", True),
    _C("agent.attach", "attach", "Go into its tmux session; F12 or Ctrl+Q comes back", ("t",), "agent", "attach", True),
    _C("agent.say", "message", "Write to the selected agent; it gets it when it rests", ("space",), "agent", "say", True),
    _C(
        "agent.interrupt",
        "interrupt",
        "End what the selected agent does now, and tell it what you write",
        ("I",),
        "agent",
        "interrupt",
    ),
    _C("agent.nudge", "nudge", "Push the selected agent to go on", ("n",), "agent", "nudge"),
    _C("agent.stop", "stop", "End the selected agent's run; its work is kept", ("X",), "agent", "stop_agent", False, True),
    _C("agent.restart", "restart", "End its run and start a new one with the same work", (), "agent", "restart_agent", False, True),
    _C("agent.diff", "diff", "Show what its work changes", ("d",), "agent", "diff"),
    _C("agent.bead", "bead", "Open the bead that it works on", ("b",), "agent", "bead"),
    _C("agent.explain", "explain", "Say where its state comes from and how old that is", ("E",), "agent", "explain"),
    _C("agent.copy", "copy", "Copy: what is selected, its last answer, its screen, path, branch or bead", ("y",), "agent", "copy"),
    _C("focus.type", "type in", "Type straight into the agent; F12 or Ctrl+Q ends it", ("i",), "focus", "type", True),
    _C(
        "focus.conversation",
        "conversation",
        "What was said and done, from its transcript, and back to the pane",
        ("v",),
        "focus",
        "conversation",
        True,
    ),
    _C("conversation.pane", "pane", "Back to the pane", ("v",), "conversation", "pane", True),
    _C(
        "conversation.fold",
        "unfold",
        "Show a tool's input and output in full, or hide them",
        ("enter",),
        "conversation",
        "fold",
        True,
    ),
    _C(
        "conversation.fold_all",
        "unfold all",
        "Show or hide all tools' inputs and outputs",
        ("z",),
        "conversation",
        "fold_all",
        True,
    ),
    _C(
        "conversation.entry",
        "next entry",
        "The next thing that was said or done",
        ("right_square_bracket", "J"),
        "conversation",
        "entry(1)",
    ),
    _C("conversation.entry_before", "entry before", "The thing before", ("left_square_bracket", "K"), "conversation", "entry(-1)"),
    _C("conversation.next", "next match", "The next place with the words that were searched", ("n",), "conversation", "match(1)"),
    _C("conversation.previous", "match before", "The place before with those words", ("N",), "conversation", "match(-1)"),
    _C(
        "conversation.copy", "copy", "Copy what is selected: words, command, change or output", ("y",), "conversation", "copy", True
    ),
    _C("focus.next", "next agent", "Show the next agent", ("right_square_bracket",), "focus", "step(1)"),
    _C("focus.previous", "previous agent", "Show the agent before", ("left_square_bracket",), "focus", "step(-1)"),
    _C(
        "pane.page_up",
        "back",
        "A screen back in what its terminal has shown; the wheel does it too",
        ("pageup",),
        "pane",
        "page(-1)",
    ),
    _C("pane.page_down", "forth", "A screen towards the live end", ("pagedown",), "pane", "page(1)"),
    _C("pane.half_up", "half a screen back", "Half a screen back", ("ctrl+u",), "pane", "half(-1)"),
    _C("pane.half_down", "half a screen forth", "Half a screen towards the live end", ("ctrl+d",), "pane", "half(1)"),
    _C("pane.up", "line back", "A line back", ("k", "up"), "pane", "lines(-1)"),
    _C("pane.down", "line forth", "A line towards the live end", ("j", "down"), "pane", "lines(1)"),
    _C("pane.oldest", "oldest", "The oldest line that is kept", ("g", "home"), "pane", "oldest"),
    _C("pane.live", "live", "Back to the live end", ("G", "end"), "pane", "live", True),
    _C("pane.search", "search", "Search in everything that its terminal has kept", ("slash",), "pane", "search", True),
    _C("pane.older_hit", "older", "The place above", ("n",), "pane", "hit(-1)", True),
    _C("pane.newer_hit", "newer", "The place below", ("N",), "pane", "hit(1)", True),
    _C("typing.leave", "leave", "Stop typing into the agent", ("f12", "ctrl+q"), "typing", "leave_typing", True),
    _C(
        "town.filter",
        "filter",
        "Show only some agents: state:needs rig:NAME agent: role: convoy: bead: cli: words !not",
        ("slash",),
        "town",
        "filter",
        True,
    ),
    _C(
        "town.density",
        "density",
        "Small, middle or large: a row, a tile or a large tile for each agent",
        ("v",),
        "town",
        "cycle('density')",
        True,
    ),
    _C("town.zoom", "zoom", "One tile on the whole wall, and back", ("z",), "town", "zoom", True),
    _C("town.sort", "sort", "Who needs you first, or all by name", ("S",), "town", "cycle('sort')"),
    _C("town.group", "group", "Group by rig, role or convoy, or not at all", ("V",), "town", "cycle('group')"),
    _C("town.pin", "pin", "Keep the selected agent before all others, or no longer", ("asterisk",), "town", "pin"),
    _C(
        "town.mark",
        "mark",
        "Mark the selected agent for the next act, or no longer; Ctrl and a click, or the right button",
        ("x",),
        "town",
        "mark",
    ),
    _C("town.mark_all", "mark all", "Mark all running agents that are shown, or none of them", ("plus",), "town", "mark_all"),
    _C("wall.left", "left", "The tile to the left", ("h", "left"), "wall", "move(-1, 0)"),
    _C("wall.down", "down", "The tile below", ("j", "down"), "wall", "move(0, 1)"),
    _C("wall.up", "up", "The tile above", ("k", "up"), "wall", "move(0, -1)"),
    _C("wall.right", "right", "The tile to the right", ("l", "right"), "wall", "move(1, 0)"),
    _C("wall.next_page", "next page", "The next page of tiles", ("right_square_bracket", "pagedown", "ctrl+d"), "wall", "page(1)"),
    _C("wall.previous_page", "previous page", "The page before", ("left_square_bracket", "pageup", "ctrl+u"), "wall", "page(-1)"),
    _C("wall.first", "first", "The first tile", ("g", "home"), "wall", "edge(-1)"),
    _C("wall.last", "last", "The last tile", ("G", "end"), "wall", "edge(1)"),
    _C("list.down", "down", "The next row", ("j", "down"), "list", "step(1)"),
    _C("list.up", "up", "The row before", ("k", "up"), "list", "step(-1)"),
    _C("list.half_down", "half a page down", "Half a page down", ("ctrl+d", "pagedown"), "list", "half_page(1)"),
    _C("list.half_up", "half a page up", "Half a page up", ("ctrl+u", "pageup"), "list", "half_page(-1)"),
    _C("list.first", "first", "The first row", ("g", "home"), "list", "edge(-1)"),
    _C("list.last", "last", "The last row", ("G", "end"), "list", "edge(1)"),
    _C("inbox.seen", "seen", "Acknowledge the selected incident", ("full_stop",), "inbox", "seen", True),
    _C(
        "inbox.undo_rule",
        "undo",
        "Take back the standing rule behind the selected answer, or wake what was put off",
        ("u",),
        "inbox",
        "undo_rule",
        True,
        True,
    ),
    _C(
        "inbox.snooze",
        "put off",
        "Put it off for ten minutes; again for an hour, until it changes, not at all",
        ("s",),
        "inbox",
        "snooze",
        True,
    ),
    _C("inbox.card_down", "read on", "Move down in a long question", ("J",), "inbox", "scroll_card(5)"),
    _C("inbox.card_up", "read back", "Move up in a long question", ("K",), "inbox", "scroll_card(-5)"),
    _C("convoys.open", "open", "Open the bead, or fold the convoy", ("enter",), "convoys", "open", True),
    _C("convoys.fold", "fold", "Fold the convoy", ("h", "left"), "convoys", "fold(True)"),
    _C("convoys.unfold", "unfold", "Unfold the convoy", ("l", "right"), "convoys", "fold(False)"),
    _C("convoys.sling", "sling", "Sling the selected bead", ("N",), "convoys", "sling", True),
    _C("convoys.agent", "agent", "Focus the agent that has the bead", ("f",), "convoys", "agent", True),
    _C("beads.open", "open", "Show the bead in full; in it, what the row is about", ("enter",), "beads", "open", True),
    _C(
        "beads.sling", "sling", "Sling the bead: give it to an agent, the rig's polecats by default", ("N",), "beads", "sling", True
    ),
    _C("beads.new", "new", "File a new bead in a rig, by its title", ("plus",), "beadlist", "file", True),
    _C("beads.view", "view", "Group by state or by rig", ("v",), "beadlist", "view", True),
    _C("beads.agent", "agent", "Focus the agent that has it", ("f",), "beads", "agent", True),
    _C("merge.approve", "approve", "Let the selected merge land", ("a",), "merge", "allow", True),
    _C("merge.send_back", "send back", "Send it back to its agent, with a reason", ("r",), "merge", "refuse", True),
    _C("merge.diff", "diff", "Show what would land", ("d",), "merge", "diff", True),
    _C("merge.retry", "try again", "Put a merge that came back into the queue again", ("R",), "merge", "retry", True),
    _C("merge.log", "log", "Read the log of its gates", ("L",), "merge", "log", True),
    _C("merge.open", "bead", "Open its bead", ("enter",), "merge", "open", True),
    _C("diff.comment", "comment", "Draft a comment on the selected line", ("c",), "diff", "comment", True),
    _C("diff.send", "send", "Send all drafted comments to its agent", ("enter",), "diff", "send_comments", True),
    _C("diff.settle", "resolve", "Resolve the selected comment; a draft is dropped", ("x",), "diff", "settle_comment", True),
    _C("diff.change", "next change", "The next change", ("J",), "diff", "change(1)"),
    _C("diff.change_before", "change before", "The change before", ("K",), "diff", "change(-1)"),
    _C("diff.file", "next file", "The next file", ("right_square_bracket",), "diff", "file(1)", True),
    _C("diff.file_before", "file before", "The file before", ("left_square_bracket",), "diff", "file(-1)"),
    _C("diff.remark", "next comment", "The next comment", ("right_parenthesis",), "diff", "remark(1)"),
    _C("diff.remark_before", "comment before", "The comment before", ("left_parenthesis",), "diff", "remark(-1)"),
    _C("feed.open", "open", "Open the bead or agent that it is about", ("enter",), "feed", "open", True),
    _C("feed.agent", "agent", "Focus the agent that it is about or that did it", ("f",), "feed", "agent", True),
    _C("mail.open", "read", "Show the thread in full, and mark it as read", ("enter",), "mail", "open", True),
    _C("mail.reply", "reply", "Answer the thread's last writer", ("r",), "mail", "reply", True),
    _C("mail.write", "write", "Write a letter to agents", ("N",), "mail", "write", True),
    _C("mail.archive", "archive", "Put the thread away, or back; a new letter brings it back", ("e",), "mail", "archive", True),
    _C("mail.seen", "seen", "Mark the thread as read", ("full_stop",), "mail", "seen"),
    _C("mail.agent", "agent", "Focus the agent that it is with", ("f",), "mail", "agent", True),
    _C("mail.view", "view", "Your mail, all mail of the town, what was put away", ("v",), "mail", "view", True),
    _C("doctor.fix", "repair", "Do what the finding offers", ("F",), "doctor", "fix", True, True),
    _C("doctor.again", "look again", "Examine the town again", ("R",), "doctor", "again", True),
    _C("doctor.all", "all", "Show also what is in order, or only what is not", ("v",), "doctor", "all", True),
    _C(
        "settings.edit",
        "change",
        "Change the selected setting; it is checked before it is written",
        ("enter",),
        "settings",
        "edit",
        True,
    ),
    _C("settings.unset", "take out", "Take it out of its file: the default counts again", ("x",), "settings", "unset", True),
    _C("settings.add", "add", "Begin a new entry: a rule, a driver, a key, a variable", ("N",), "settings", "add", True),
    _C("settings.again", "read again", "Read the files anew", ("R",), "settings", "again"),
    _C("filter.set", "filter", "Show only rows that hold all these words; !word hides", ("slash",), "list", "filter", True),
    _C("screen.town", "Town", "The wall of agents", ("1",), "global", "app.show('town')"),
    _C("screen.inbox", "Inbox", "Everything that waits for you", ("2",), "global", "app.show('inbox')"),
    _C("screen.convoys", "Convoys", "Batches of beads and how far they are", ("3",), "global", "app.show('convoys')"),
    _C("screen.beads", "Beads", "All work, and why what waits is waiting", ("4",), "global", "app.show('beads')"),
    _C("screen.merge", "Merge", "The refinery: what is on its way to the target branch", ("5",), "global", "app.show('merge')"),
    _C("screen.feed", "Feed", "What happened", ("6",), "global", "app.show('feed')"),
    _C("screen.mail", "Mail", "Letters to and from agents, and how far each got", ("7",), "global", "app.show('mail')"),
    _C("screen.doctor", "Doctor", "What is wrong with the town, and how to put it right", ("8",), "global", "app.show('doctor')"),
    _C("screen.settings", "Settings", "Yours, the town's and each rig's", ("9",), "global", "app.show('settings')"),
    _C("screen.next", "next screen", "The screen with the next number", ("right_curly_bracket",), "global", "app.turn(1)"),
    _C("screen.previous", "screen before", "The screen with the number before", ("left_curly_bracket",), "global", "app.turn(-1)"),
    _C("region.next", "next part", "The next part of the screen: wall, rail, composer", ("tab",), "global", "app.focus_next"),
    _C("region.previous", "part before", "The part before", ("shift+tab",), "global", "app.focus_previous"),
    _C(
        "jump.labels",
        "jump",
        "Show a label on everything that can be selected; typing it selects that",
        ("comma",),
        "global",
        "jump",
    ),
    _C("screen.problems", "problems", "The inbox, and back", ("p",), "global", "app.problems"),
    _C("mayor.talk", "mayor", "Write to the mayor", ("m",), "global", "talk", True),
    _C("mayor.full", "Mayor", "The conversation with the mayor on the whole screen", ("M",), "global", "app.show('mayor')"),
    _C("composer.send", "send", "Send what is written", ("enter",), "composer", "send", True),
    _C("composer.newline", "new line", "A line break", ("ctrl+j", "shift+enter", "alt+enter"), "composer", "newline", True),
    _C("composer.leave", "leave, text stays", "Leave the composer; its text stays", ("escape",), "composer", "leave", True),
    _C(
        "app.palette",
        "command",
        "Every command, agent, bead, convoy and screen by name",
        ("colon", "ctrl+p"),
        "global",
        "app.palette",
        True,
    ),
    _C("app.help", "help", "The keys of this screen", ("question_mark",), "global", "app.help"),
    _C("help.glossary", "glossary", "Gas Town's words and the plain ones", ("v",), "help", "app.glossary", True),
    _C("app.glossary", "glossary", "Gas Town's words and the plain ones", (), "global", "app.glossary"),
    _C("app.tour", "tour", "The first visit's five cards again", (), "global", "app.tour"),
    _C("app.back", "back", "Back", ("escape",), "global", "back"),
    _C("app.refresh", "refresh", "Read everything anew", ("ctrl+r",), "global", "app.refresh_now"),
    _C(
        "app.theme", "theme", "The next theme: dark, light, high contrast, Mad-Max; it is remembered", ("T",), "global", "app.theme"
    ),
    _C("app.ascii", "ASCII", "Plain ASCII instead of shapes and lines, and back; it is remembered", (), "global", "app.ascii"),
    _C("app.quit", "quit", "Back; from a main screen leave the console, and the town goes on", ("q",), "global", "quit"),
    _C(
        "town.pause", "pause the town", "Start nothing new; what runs may finish", (), "global", "app.control('pause')", False, True
    ),
    _C("town.resume", "resume the town", "Start work again", (), "global", "app.control('resume')"),
    _C("town.up", "start the town", "Want the town up, and start the supervisor", (), "global", "app.control('up')"),
    _C("town.down", "stop the town", "Let every agent come to an end", (), "global", "app.control('down')", False, True),
    _C("town.estop", "E-STOP", "Stop every agent at once, proven", (), "global", "app.control('estop')", False, True),
    _C("town.release", "release the E-stop", "Let the frozen agents go on", (), "global", "app.control('release')", False, True),
)
BY_ID = {command.id: command for command in COMMANDS}

_remaps: dict[str, tuple[str, ...]] = {}
"""Command id → the keys that the person gave it. One console runs in a process, so that one table is enough."""


def use(remaps: Mapping[str, tuple[str, ...]]) -> None:
    """Takes a person's own keys, already checked (`keymap.check`); all others have those of the table again."""
    _remaps.clear()
    _remaps.update(remaps)


def present(command: CommandSpec) -> CommandSpec:
    """The command with the keys that it has now."""
    return replace(command, keys=_remaps[command.id]) if command.id in _remaps else command


def keys_of(command_id: str) -> tuple[str, ...]:
    """The keys that a command has now, by Textual's names."""
    return present(BY_ID[command_id]).keys


def key_of(command_id: str) -> str:
    """The first key of a command as people write it, for words on the screen; a nameless one is found with `:`."""
    found = keys_of(command_id)
    return key_name(found[0]) if found else f"{key_of('app.palette')} {BY_ID[command_id].title}"


def of_scopes(scopes: Iterable[str]) -> list[CommandSpec]:
    """The commands of these scopes, in the table's order."""
    wanted = set(scopes)
    return [present(command) for command in COMMANDS if command.scope in wanted]


def bindings(*scopes: str) -> list[BindingType]:
    """Textual's bindings for these scopes, with the table's own keys: a person's are laid over them by `App.set_keymap`."""
    return [
        Binding(",".join(command.keys), command.action, command.title, show=False, tooltip=command.help, id=command.id)
        for command in COMMANDS
        if command.keys and command.scope in scopes
    ]


def table() -> str:
    """All commands as Markdown, for the documents."""
    lines: list[str] = []
    for scope, where in SCOPES.items():
        lines += [f"### {where[0].upper()}{where[1:]}", "", "| Key | What it does | Name |", "| --- | --- | --- |"]
        for command in (command for command in COMMANDS if command.scope == scope):
            names = [key_name(key) for key in command.keys]
            keys = " ".join(f"`{name}`" for name in names) or f"`:` {command.title}"
            lines.append(f"| {keys} | {command.help}{' (asks first)' if command.dangerous else ''} | `{command.id}` |")
        lines.append("")
    return "\n".join(lines)
