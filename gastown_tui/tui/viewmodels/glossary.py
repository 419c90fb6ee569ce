"""Gas Town's words and the plain ones, for those who meet them first."""

from __future__ import annotations

from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.viewmodels.common import BLANK, title

WORDS: tuple[tuple[str, str, str], ...] = (
    ("town", "workspace", "One directory with everything in it: the ledger, the rigs, the agents. It works on while nobody looks."),
    ("rig", "project", "A git repository that agents work on, as a clone of the town's own."),
    ("bead", "task", "A piece of work with an id. It outlives every session, and is done when it has landed."),
    ("convoy", "batch", "Beads that are watched together, with how many of them have landed."),
    ("sling", "assign", "Give a bead to an agent, or to any polecat of its rig."),
    ("hook", "in hand", "What an agent is working on hangs on its hook: one bead at a time."),
    ("polecat", "worker", "An agent that is made for one bead, in a worktree of its own, and goes when it has landed."),
    ("crew", "lasting worker", "An agent with a name and a worktree that stay, for work that you do together."),
    ("mayor", "planner", "The agent that you talk to. It files beads, builds convoys, slings, reports; it writes no code."),
    ("refinery", "merge queue", "Lands one branch after the other: rebase, gates, land. Code, not an agent."),
    ("witness", "watcher", "Sees who is stuck, lost or dead. Code, not an agent."),
    ("deacon", "health", "Keeps the town healthy: quotas, backups, what a crash has left. Code, not an agent."),
    ("dog", "chore", "A dated chore of the deacon."),
    ("gate", "check", "A command that must pass before work lands: setup, lint, test, build."),
    ("dial", "autonomy", "How far work goes without you: draft stops at a branch, ask waits for you, auto lands when green."),
    ("nudge", "push", "A word that makes an agent go on."),
    ("handoff", "fresh start", "An agent begins a new conversation with a note from its old one."),
    ("run", "session", "One life of an agent, from its start to its end."),
    ("ledger", "database", "What is true about all work, and everything that happened."),
    ("E-stop", "emergency stop", "Freezes every agent at once, and says of each whether it is proven."),
    ("rehearsal", "demo", "A town at real work with a scripted model instead of a real one."),
    ("overseer", "you", "The person at the console."),
)
"""Gas Town's word, the plain word, what it is."""


def glossary_rows() -> list[Row]:
    """One block for each word; both are found by the filter."""
    rows = [
        title("GLOSSARY · Gas Town's word, the plain word", f"{key_of('filter.set')} searches · {key_of('app.back')} back"),
        BLANK,
    ]
    for word, plain, sense in WORDS:
        rows.append(Row(((f"{word:<10} ", "b ink"), (f"{plain:<15} ", "brand"), (sense, "soft")), key=f"w:{word}"))
    return rows


def word_rows(word: str, width: int) -> list[Row]:
    """One word in full, for narrow terminals."""
    from gastown_tui.tui.text import wrap

    found = next((one for one in WORDS if one[0] == word), None)
    if found is None:
        return []
    return [
        Row(((found[0], "b ink"), (" · ", "faint"), (found[1], "brand"))),
        *(Row(((part, "ink"),)) for part in wrap(found[2], width)),
    ]
