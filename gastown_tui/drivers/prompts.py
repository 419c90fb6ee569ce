"""A dialog on an agent's screen as a question with its own choices: what is asked, about what, and which keys answer it.

The choices keep the agent's labels; their keys are found by label, because numbers are not stable from dialog to
dialog. What cannot be read safely (several choices at once, an open text field) offers no keys.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from gastown_tui.core.evidence import AgentState
from gastown_tui.core.requests import ALLOW, ALWAYS, DENY, DIALOGS, Choice
from gastown_tui.core.screen import Dialog
from gastown_tui.drivers.rules.catalogue import RULE_SETS
from gastown_tui.drivers.screens import Screen, classify

KINDS = {AgentState(kind): kind for kind in DIALOGS}
MAX_CHOICES = 9
_DIGITS_ACT = frozenset({("claude", "permission"), ("claude", "plan")})
"""Dialogs in which a digit alone answers (tried on Claude Code 2.1.197 and 2.1.330); all others get arrows and Enter."""
_NO = re.compile(r"(?i)^(?:no\b|reject|deny|decline|cancel|don't|do not|skip|keep planning|back\b|continue without|abort)")
_ALWAYS = re.compile(
    r"(?i)don't ask again|do not ask again|\balways\b|for (?:this|the rest of the) session|\bremember\b|allow all|all edits"
    r"|every session|don't show again"
)
_YES = re.compile(r"(?i)^(?:yes\b|allow|approve|accept|proceed|ok\b|trust|continue$|continue and|run\b|apply|confirm)")
_TYPED = re.compile(r"(?i)^(?:type something|chat about this|other\b|something else|enter (?:a|your) )")
_MANY = re.compile(r"^\s*(?:\[[ x✓✔]?\]|[☐☑☒◻◼◯◉] )")
_SHORTCUT = re.compile(r"\((\w|esc)\)\s*$", re.IGNORECASE)
_NOISE = re.compile(r"^(?:Tip: |This command requires approval$|Environment: |Reason: )")
_TIMER = re.compile(r"\b\d+(?:\.\d+)? ?(?:s|sec|secs|seconds|m|min|h)\b")
_COMMAND_HEAD = re.compile(r"(?i)^\W*(?:bash command|shell command|shell|run(?:ning)? command|execute)\b:?\s*")
_FILE_HEAD = re.compile(r"(?i)^(create|edit|write|overwrite|update|apply changes to|make edits to)\b(?: file)?")
_SHORT_WORD = 60
"""A longer line above the choices is no title."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One dialog as it stands on a screen. All strings are foreign text."""

    kind: str
    """permission | question | plan | trust"""
    title: str
    body: str
    """All that stands above the choices."""
    choices: tuple[Choice, ...]
    selected: int
    """Index of the choice under the selector, -1 when that cannot be seen."""
    tool: str
    """Bash, Write, Edit, or "" when it cannot be told."""
    given: tuple[tuple[str, str], ...]
    """The tool's input as far as the screen shows it."""
    fingerprint: str
    """Of kind, body and labels without timers: equal as long as the same dialog stands there."""


def read(driver: str, text: str) -> Prompt | None:
    """The dialog on a captured screen, or None when none is recognised. Pure.

    Args:
        driver: name of the CLI; one without rules has no dialogs.
        text: what the pane shows, plain or with escapes.
    """
    rules = RULE_SETS.get(driver)
    if rules is None:
        return None
    screen = Screen.of(text, "", rules.shape)
    found = classify(screen, rules.rules, 0.0)
    kind = KINDS.get(found.state) if found is not None else None
    if found is None or kind is None:
        return None
    dialog = screen.view.dialog
    if dialog is not None:
        return _numbered(driver, kind, dialog)
    if driver == "opencode":
        return _opencode(kind, screen.view.lines, text)
    special = _SPECIAL.get(driver)
    return special(kind, screen.view.lines) if special else None


def _numbered(driver: str, kind: str, dialog: Dialog) -> Prompt:
    labels = []
    for index, label in enumerate(dialog.options):
        more = dialog.below[index] if index < len(dialog.below) else ()
        # Below a question's answer stands what is said about it, below others the rest of a long label.
        if kind == "question":
            said, _, beside = label.partition("  ")  # Codex puts it beside the answer, in a column
            labels.append((said, " ".join(filter(None, (beside.strip(), *more)))))
        else:
            labels.append((" ".join((label, *more)), ""))
    is_open = any(_MANY.match(label) for label, _ in labels)
    keys = _keys(kind, [label for label, _ in labels])
    choices: list[Choice] = []
    for index, (label, about) in enumerate(labels[:MAX_CHOICES]):
        if is_open or _TYPED.match(label):
            continue
        press = _press(driver, kind, label, index, dialog.selected)
        choices.append(Choice(keys[index], _SHORTCUT.sub("", label).strip(), press, about))
    return _prompt(kind, dialog.head, dialog.question, choices, dialog.selected)


def _keys(kind: str, labels: Sequence[str]) -> list[str]:
    """allow, always and deny for the first label that means it, else the number."""
    keys: list[str] = []
    for number, label in enumerate(labels, 1):
        meant = str(number)
        if kind != "question":
            if _NO.match(label):
                meant = DENY
            elif _ALWAYS.search(label):
                meant = ALWAYS
            elif _YES.match(label):
                meant = ALLOW
        keys.append(meant if meant not in keys else str(number))
    return keys


def _press(driver: str, kind: str, label: str, index: int, selected: int) -> tuple[str, ...]:
    """One key that acts by itself where there is one, else arrows and Enter."""
    shortcut = _SHORTCUT.search(label)
    if shortcut and driver == "codex":
        return ("Escape",) if shortcut[1].lower() == "esc" else (shortcut[1],)
    if (driver, kind) in _DIGITS_ACT:
        return (str(index + 1),)
    step = "Down" if index > selected else "Up"
    return (*[step] * abs(index - selected), "Enter")


def _prompt(kind: str, head: Sequence[str], question: str, choices: Sequence[Choice], selected: int) -> Prompt:
    body = "\n".join(line for line in head if not line.startswith("Tip: "))
    tool, given = _call(head, question) if kind == "permission" else ("", ())
    same = "\n".join((kind, _TIMER.sub("", body), *(one.label for one in choices)))
    return Prompt(
        kind,
        _title(kind, head, question, tool, given),
        body,
        tuple(choices),
        selected,
        tool,
        given,
        sha256(same.encode()).hexdigest(),
    )


def _title(kind: str, head: Sequence[str], question: str, tool: str, given: tuple[tuple[str, str], ...]) -> str:
    if kind == "trust":
        places = [line for line in head if line.startswith(("/", "~/"))]
        return f"trust {places[0]}?" if places else question
    if tool and given:
        return f"{tool}: {given[0][1].splitlines()[0]}"
    return question or next(iter(head), "")


def _call(head: Sequence[str], question: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """(tool, input) of a permission, as far as its lines tell it."""
    lines = [line for line in head if line != question and not _NOISE.match(line)]
    dollar = next((index for index, line in enumerate(lines) if line.startswith("$ ")), -1)
    if dollar >= 0:
        return "Bash", (("command", " ".join([lines[dollar][2:], *lines[dollar + 1 :]])),)
    if not lines:
        return "", ()
    if (found := _COMMAND_HEAD.match(lines[0])) is not None:
        rest = _once(lines[0][found.end() :].strip(), lines[1:])
        return ("Bash", (("command", _command(rest)),)) if rest else ("", ())
    if len(lines[0]) < _SHORT_WORD and (written := _FILE_HEAD.match(lines[0])) is not None:
        path = next((line for line in lines[1:2] if " " not in line.strip() or "/" in line), "")
        named = re.search(r"\b(?:to|of|create|edit|overwrite) (\S+)\?$", question)
        path = path or (named[1] if named else "")
        tool = "Edit" if written[1].lower() in ("edit", "update", "apply changes to", "make edits to") else "Write"
        return (tool, (("file_path", path),)) if path else ("", ())
    return "", ()


def _once(head: str, rest: Sequence[str]) -> list[str]:
    """Gemini CLI says the command twice: in its heading, cut where it is long, and in full below."""
    body, start = " ".join(rest), head.rstrip("…. ")
    return list(rest) if not head or (body and " ".join(body.split()).startswith(" ".join(start.split()))) else [head, *rest]


def _command(lines: Sequence[str]) -> str:
    """The command among the lines of a dialog. A short sentence without anything of a shell is its description."""
    told = [line for line in lines if not re.fullmatch(r"[A-Z][\w ,'-]* [\w ,'-]+", line)]
    return " ".join(told or lines)


def _opencode(kind: str, lines: Sequence[str], raw: str) -> Prompt | None:
    """Buttons in one row; the chosen one stands on a ground of its own, so that a screen without escapes offers no keys."""
    inner = [re.sub(r"^\s*┃ ?", "", line).strip() for line in lines if re.match(r"^\s*┃", line)]
    row = next((line for line in reversed(inner) if re.search(r"\benter\b", line)), "")
    labels = re.findall(r"Allow once|Allow always|Reject|Confirm|Cancel", row)
    if len(labels) < 2:
        return None
    start = next((index for index in range(len(inner) - 1, -1, -1) if inner[index].startswith("△")), -1)
    head = [line for line in inner[start + 1 : inner.index(row)] if line] if start >= 0 else []
    keys = {"Allow once": ALLOW, "Confirm": ALLOW, "Allow always": ALWAYS, "Reject": DENY, "Cancel": DENY}
    chosen = [index for index, label in enumerate(labels) if re.search(rf"\x1b\[[\d;]*48;[\d;]*m \x1b\[[\d;]*m{label}\b", raw)]
    selected = chosen[0] if len(chosen) == 1 else -1

    def press(index: int) -> tuple[str, ...]:
        return (*["Right" if index > selected else "Left"] * abs(index - selected), "Enter") if selected >= 0 else ()

    choices = [Choice(keys[label], label, press(index)) for index, label in enumerate(labels)]
    return _prompt(kind, [line.removeprefix("# ") for line in head], "", choices, selected)


def _aider(kind: str, lines: Sequence[str]) -> Prompt | None:
    """One line that ends in letters for its answers; a letter and Enter."""
    found = re.search(r"^(.*?) ?\(Y\)es/\(N\)o(.*?)(?:\[\w+\])?: ?$", lines[-1]) if lines else None
    if found is None:
        return None
    choices = [Choice(ALLOW, "Yes", ("y", "Enter")), Choice(DENY, "No", ("n", "Enter"))]
    choices += [Choice(ALWAYS, "All", ("a", "Enter"))] if "(A)ll" in found[2] else []
    choices += [Choice("4", "Don't ask again", ("d", "Enter"))] if "(D)on't" in found[2] else []
    return _prompt(kind, (*lines[-6:-1], found[1]), found[1], choices, -1)


def _cursor(kind: str, lines: Sequence[str]) -> Prompt | None:
    """Rows that end in the key that chooses them."""
    choices: list[Choice] = []
    rows = [(line, match) for line in lines[-12:] if (match := re.search(r"^\W*(\S.*?) \((y|n|esc or n|enter|tab|p)\)\s*$", line))]
    for _, match in rows:
        key = {"esc or n": "n", "enter": "Enter", "tab": "Tab"}.get(match[2], match[2])
        meant = DENY if _NO.match(match[1]) or match[1].startswith("Keep") else ALWAYS if _ALWAYS.search(match[1]) else ALLOW
        taken = {one.key for one in choices}
        choices.append(Choice(meant if meant not in taken else str(len(choices) + 1), match[1], (key,)))
    if len(choices) < 2:
        return None
    first = lines.index(rows[0][0])
    head = [re.sub(r"^[\s│]+|[\s│]+$", "", line) for line in lines[max(0, first - 10) : first]]
    question = next((line for line in reversed(head) if line.endswith("?")), "")
    return _prompt(kind, head, question, choices, -1)


_SPECIAL = {"aider": _aider, "cursor": _cursor}
