"""Captured screens of every CLI, their state and detail, and how they stand up to being cropped, redrawn and quoted."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gastown_tui.core.errors import NotFound
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.screen import clean
from gastown_tui.drivers.rules.catalogue import RULE_SETS, classify_screen

SCREENS = Path(__file__).parent / "screens"
NAMES = sorted(path.stem for path in SCREENS.glob("*.txt"))
BY_WORD = {
    "credit": "limit",
    "exited": "dead",
    "killed": "dead",
    "login": "login",
    "picker": "unknown",
    "apikey": "login",
    "onboarding": "login",
    "trust": "trust",
    "permission": "permission",
    "plan": "plan",
    "ask": "question",
    "retrying": "retrying",
    "dead": "dead",
    "finished": "idle",
    "ready": "idle",
    "resumed": "idle",
    "interrupted": "idle",
    "context": "idle",
    "starting": "starting",
    "working": "working",
    "busy": "working",
    "usage": "limit",
    "rate": "limit",
    "final": "error",
    "prompt": "error",
}
DETAILS = {
    "claude-dead-sigkill": "signal 9",
    "claude-conn-drop-retrying": "attempt 4/10",
    "claude-permission-bash2": "git log --oneline | head -1",
    "claude-rate-limit-final": "429",
    "claude-server-error-final": "500",
    "claude-trust-dialog": "/home/toast/repos/r1",
    "claude-working-tool-queued": "7s",
    "claude330-ask-question": "Which colour should the button be?",
    "claude330-permission-write": "Create file: notes.md",
    "claude330-usage-limit-subscription": "10:06am",
    "codex-auth-error-final": "401",
    "codex-conn-drop-retrying": "2/5",
    "codex-permission": "git init -q /home/toast/outside",
    "codex-usage-limit": "try again at 9:47 AM",
    "codex-trust-dialog": "Trust this folder?",
    "codex-working-hung": "9s",
    "copilot-trust-dialog": "/home/toast/repos/cp",
    "opencode-permission": "echo 'hello from scripted model' > hello.txt",
}
QUOTES = """● The log said:

  ❯ 1. Yes
    2. No, and tell the agent what to do differently (esc)
  Esc to cancel · Tab to amend
  API Error: 500 Internal server error
  ✻ API error · Retrying in 3s · attempt 4/10
  Do you want to proceed?
  Pane is dead (status 1, Mon Nov 23 06:43:07 2026)
  esc to interrupt
"""


def expected(name: str) -> str:
    words = name.split("-")[1:]
    return next(state for word, state in BY_WORD.items() if word in words)


def read(name: str, kind: str = "txt") -> str:
    return (SCREENS / f"{name}.{kind}").read_text(encoding="utf-8")


def state(name: str, text: str) -> str:
    found = classify_screen(re.sub(r"\d+", "", name.split("-")[0]), text, 5.0)
    return found.state.value if found else "unknown"


@pytest.mark.parametrize("name", NAMES)
def test_every_captured_screen_with_and_without_escapes(name: str) -> None:
    assert state(name, read(name)) == expected(name)
    if (SCREENS / f"{name}.ansi").exists():
        assert state(name, read(name, "ansi")) == expected(name)


@pytest.mark.parametrize(("name", "part"), sorted(DETAILS.items()))
def test_the_detail_says_what_it_is_about(name: str, part: str) -> None:
    found = classify_screen(re.sub(r"\d+", "", name.split("-")[0]), read(name), 5.0)
    assert found is not None
    assert part in found.detail


def _bottom(text: str, rows: int) -> str:
    """The last rows, as a smaller terminal shows them: without the blank rows of a larger one."""
    return "\n".join(re.sub(r"\n{3,}", "\n\n", text).rstrip("\n ").split("\n")[-rows:])


def _wide(text: str) -> str:
    return re.sub(r"─{40,}", lambda rule: rule[0] + "─" * 60, text)


def _new_version(text: str) -> str:
    return re.sub(r"\d+\.\d+\.\d+", "9.8.7", text)


FOREIGN = """❯ please show me the log
● Here is what stands in the file:

   Do you want to proceed?
   ❯ 1. Yes
     2. Yes, and don't ask again
     3. No, and tell Claude what to do differently (esc)
   Press enter to confirm or esc to cancel · Tab to amend
  ⎿  API Error: 500 {"type":"error"}
     Pane is dead (status 1, Mon Nov 23 06:43:07 2026)
     ✻ Thinking… (3s · esc to interrupt)
  me@host:~/code$ claude
  zsh: command not found: claude
  Resume this session with:
  claude --resume 11111111-2222-4333-8444-555555555555
  Killed
  [exited]

"""


def _new_spinner(text: str) -> str:
    text = re.sub(r"(?m)^[·✢✳✶✻✽*] \w+…", "✦ Überraschungsfunkeln…", text)
    return re.sub(r"\(\d+s · ↓ \d+ tokens\)", "(1h 12m 6s · ↑ 4.1k tokens · thought for 3s)", text)


def _another_mode(text: str) -> str:
    for mode in ("? for shortcuts", "⏸ manual mode on"):
        text = text.replace(mode, "⏵⏵ accept edits on (shift+tab to cycle)")
    return text


def _after_quotes(text: str) -> str:
    return QUOTES * 20 + "\n" + text


VARIANTS: dict[str, Callable[[str], str]] = {
    "cropped": lambda text: _bottom(text, 24),
    "wide": _wide,
    "version": _new_version,
    "history": _after_quotes,
    "foreign": lambda text: FOREIGN * 4 + text,
    "spinner": _new_spinner,
    "mode": _another_mode,
    "padded": lambda text: "\n".join(f"{line}   " for line in text.split("\n")) + "\n\n\n",
    "crlf": lambda text: text.replace("\n", "\r\n"),
}
FULL = [name for name in NAMES if "starting" not in name]


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_a_variant_of_a_screen_says_the_same(name: str, variant: str) -> None:
    if variant in ("history", "foreign") and "onboarding-theme" in name:
        pytest.skip("the first start has no history above it")
    assert state(name, VARIANTS[variant](read(name))) == expected(name)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name.startswith("claude") and expected(name) in ("permission", "question")]
)
def test_options_in_another_language_keep_the_kind_of_a_dialog(name: str) -> None:
    text = re.sub(r"(\d\.) (Yes|No)\b", lambda found: f"{found[1]} {'Да' if found[2] == 'Yes' else 'Нет'}", read(name))
    assert state(name, text) == expected(name)


@pytest.mark.parametrize("name", [name for name in NAMES if expected(name) in ("permission", "question", "trust")])
def test_a_half_drawn_dialog_is_never_rest_death_or_error(name: str) -> None:
    lines = read(name).rstrip("\n ").split("\n")
    for rows in range(1, 12):
        assert state(name, "\n".join(lines[:-rows])) in ("unknown", "starting", expected(name), "working")


IDLE = [name for name in NAMES if expected(name) == "idle" and name.startswith(("claude", "codex")) and "shellmode" not in name]


@pytest.mark.parametrize("name", IDLE)
@pytest.mark.parametrize(
    "quote",
    [
        "❯ 1. Yes\n  2. No\nEsc to cancel · Tab to amend",
        "API Error: 500 Internal server error",
        "Pane is dead (status 1, Mon Nov 23 06:43:07 2026)",
        "✻ API error · Retrying in 3s · attempt 4/10",
        "• Working (9s • esc to interrupt)",
        "You've hit your usage limit. Try again at 9:47 AM.",
    ],
)
def test_what_an_agent_quotes_decides_nothing(name: str, quote: str) -> None:
    """As part of its answer, indented as every answer is."""
    text = read(name)
    mark = "•" if name.startswith("codex") else "●"
    answer = f"{mark} I found this:\n\n" + "\n".join(f"  {line}" for line in quote.split("\n")) + "\n\n"
    end = "  Worked for 2s • 06:46\n\n" if name.startswith("codex") else "✻ Baked for 8s\n\n"
    place = text.rindex("›") if name.startswith("codex") else _composer_start(text)
    assert state(name, text[:place] + answer + end + text[place:]) == "idle"


def _composer_start(text: str) -> int:
    return text.rindex("\n─", 0, text.rindex("❯")) + 1


def test_an_error_in_history_is_over_after_the_next_answer() -> None:
    text = read("claude-rate-limit-final")
    place = _composer_start(text)
    assert state("claude-x", text[:place] + "❯ again\n\n● done.\n\n✻ Baked for 8s\n\n" + text[place:]) == "idle"


def test_what_a_tool_printed_is_no_error_of_the_agent() -> None:
    text = read("claude330-ready")
    place = _composer_start(text)
    assert state("claude-x", text[:place] + "❯ look\n\n● Bash(cat log)\n  ⎿  API Error: 500\n\n" + text[place:]) == "idle"


@pytest.mark.parametrize("status", ["status 0", "status 127", "signal 15"])
@pytest.mark.parametrize("name", FULL)
def test_every_screen_is_dead_once_tmux_says_so(name: str, status: str) -> None:
    text = read(name).rstrip("\n ") + f"\n\nPane is dead ({status}, Mon Nov 23 06:43:07 2026)\n"
    assert state(name, text) == "dead"


@pytest.mark.parametrize("driver", sorted(RULE_SETS))
def test_no_garbage_raises_and_none_is_dead(driver: str) -> None:
    chance = random.Random(4)
    pieces = [*"❯›>●⎿■•│┃╭╰─▔1.2 \n\n\x1b[\u00a0…()?", "─" * 40, "Esc to cancel", "❯ 1. Yes\n", "  2. No\n", "\x1b[31m", "(9s"]
    alive = [name for name in NAMES if expected(name) != "dead"]
    lines = [line for name in alive for line in read(name).split("\n") if line.strip()]
    for _ in range(150):
        noise = "".join(chance.choices(pieces, k=chance.randrange(200)))
        mixed = "\n".join(chance.choices(lines, k=chance.randrange(40)))
        for text in (noise, mixed, noise + mixed):
            found = classify_screen(driver, text, 5.0)
            assert found is None or found.state is not AgentState.DEAD


def test_an_unknown_cli_is_said_to_be_unknown() -> None:
    with pytest.raises(NotFound, match="screen rules"):
        classify_screen("nobody", "", 0.0)


@pytest.mark.parametrize("name", [name for name in FULL if not name.startswith("opencode-permission")])
@pytest.mark.parametrize("width", [80, 100])
def test_lines_that_were_cut_hard_say_the_same(name: str, width: int) -> None:
    """opencode's frame at the left does not survive it: then nothing is known."""
    cut = [line[at : at + width] for line in read(name).split("\n") for at in range(0, max(1, len(line)), width)]
    assert state(name, "\n".join(cut)) == expected(name)


RULE = "─" * 80
COMPOSER = f"\n\n{RULE}\n❯\u00a0\n{RULE}\n  ? for shortcuts"
CODEX = "\n\n› Ask Codex to do anything\n\n  gpt-5 default · /x"
KNOWN_SHAPES = [
    ("claude", "● Please run /login · API Error: 401 {}" + COMPOSER, "login"),
    ("claude", "● API Error: 500 is what the log shows, so I retried." + COMPOSER, "idle"),
    ("claude", "  ⎿  API Error (Overloaded) · Retrying in 5 seconds… (attempt 2/10)\n\n✻ Forming… (4s)" + COMPOSER, "retrying"),
    ("claude", "✻ Waiting for 2 background agents to finish" + COMPOSER, "working"),
    ("claude", "✻ Forming… (4s · ↑ 1.2k tokens)\n  ⎿  ☐ one\n     ☒ two" + COMPOSER, "working"),
    ("claude", f"{RULE}\n Would you like to proceed?\n ❯ 1. Yes\n   2. Yes, manually approve edits\n\n ctrl-g to edit", "plan"),
    ("claude", f"● ok\n\n{RULE}\n❯ 1. Yes\n  2. No\n{RULE}\n  ? for shortcuts", "idle"),
    ("claude", f"{RULE}\n New MCP server found\n\n ❯ 1. Use this MCP server\n   2. No\n\n Enter to confirm", "trust"),
    ("codex", "› a\n\n  Which?\n\n  › 1. Red\n    2. Blue\n\n  enter to submit answer | esc to interrupt", "question"),
    ("codex", "› a\n\n• The row:\n  • Working (9s • esc to interrupt)\n\n  Worked for 2s" + CODEX, "idle"),
    ("gemini", f" ⠏ Thinking (esc to cancel, 12s)\n\n{RULE}\n *   Type your message\n x /model", "working"),
    ("gemini", "│ Allow execution of: 'ls'? │\n│ ● 1. Allow once │\n│   2. No, suggest changes (esc) │", "permission"),
    ("pi", f" ⠋ Working...\n\n{RULE}\n\n{RULE}\n~/x", "working"),
    ("aider", "Run shell command? (Y)es/(N)o [Yes]: ", "permission"),
    ("cursor", "  Run this command?\n  → Run (once) (y)\n    Skip (esc or n)", "permission"),
    ("amp", f"hi\n╭{RULE}╮\n│   │\n╰ Streaming {RULE}╯", "working"),
]


@pytest.mark.parametrize(("driver", "text", "wanted"), KNOWN_SHAPES)
def test_shapes_without_a_capture(driver: str, text: str, wanted: str) -> None:
    """As their CLIs are known to draw them."""
    assert state(driver, text) == wanted


def test_endless_lines_and_screens_are_cut() -> None:
    assert [len(line) for line in clean("─" * 20_000 + "\n" + "x\n" * 9_000)][-1] == 1
    assert max(map(len, clean("─" * 20_000))) == 1000
    assert len(clean("x\n" * 9_000)) < 2001
