"""Reads a shell command without running it: which programs it calls, and what makes it more than plain.

Pure. When in doubt a command is *not* plain, which means that a person is asked. Reading shell exactly is not the aim;
never taking a dangerous command for a harmless one is.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

_OPERATORS = frozenset({"&&", "||", ";", "|"})
_REDIRECTS = frozenset({">", ">>", "<"})
_KEYWORDS = frozenset(
    {
        "if",
        "then",
        "else",
        "fi",
        "for",
        "while",
        "until",
        "do",
        "done",
        "case",
        "esac",
        "function",
        "select",
        "time",
        "!",
        "exec",
        "eval",
        "source",
        ".",
        "trap",
        "alias",
    }
)
_HARMLESS_VARIABLES = frozenset({"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "CI", "NO_COLOR", "TZ", "LC_ALL"})
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
GT_WORDS = frozenset({"gt", "$GT", "${GT}", "bd"})


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """One program call."""

    words: tuple[str, ...]
    writes: tuple[str, ...] = ()
    """Files that its redirections write."""

    @property
    def program(self) -> str:
        return self.words[0] if self.words else ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A command line, read."""

    commands: tuple[SimpleCommand, ...]
    oddity: str
    """Why it is not plain ("" when it is): substitution, background, comment …"""


def read(command: str) -> Reading:
    """Reads a command line."""
    flat, oddity = _scan(command)
    if oddity:
        return Reading((), oddity)
    lexer = shlex.shlex(flat, posix=True, punctuation_chars="();<>|&")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        tokens = list(lexer)
    except ValueError:
        return Reading((), "quotes that do not close")
    return _group(tokens)


def _scan(command: str) -> tuple[str, str]:
    """The command with line ends as `;`, and what in it only a real shell could read."""
    out: list[str] = []
    quote, previous, index = "", " ", 0
    while index < len(command):
        char = command[index]
        following = command[index + 1] if index + 1 < len(command) else ""
        if char == "\\" and quote != "'":
            if following in ("\n", ""):
                return "", "a continued line"
            out.append(char + following)
            index, previous = index + 2, following
            continue
        oddity = _odd(command, index, quote, previous)
        if oddity:
            return "", oddity
        if quote:
            quote = "" if char == quote else quote
            out.append(char)
        elif char in "'\"":
            quote = char
            out.append(char)
        else:
            out.append(" ; " if char == "\n" else char)
        index, previous = index + 1, char
    return "".join(out).strip().strip(";").strip(), ""


def _odd(command: str, index: int, quote: str, previous: str) -> str:
    """What is odd about the character at `index`, or ""."""
    char = command[index]
    if quote == "'":
        return ""
    if char == "`":
        return "a command substitution"
    if char == "$" and not re.match(r"\$\{?(GT\b\}?|\?)", command[index:]):
        return "a substitution"
    if quote:
        return ""
    if char == "#" and previous in " \t\n;&|":
        return "a comment"
    if char in "{}" and not command[index - 3 : index].startswith("$") and "${GT}" not in command[max(0, index - 5) : index + 5]:
        return "braces"
    if char == "~" and previous in " \t\n=:;&|<>":
        return "a home directory"
    return ""


def _group(tokens: list[str]) -> Reading:
    commands: list[SimpleCommand] = []
    words: list[str] = []
    writes: list[str] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token in _OPERATORS:
            commands.append(SimpleCommand(tuple(words), tuple(writes)))
            words, writes = [], []
        elif token in _REDIRECTS:
            target = tokens[position + 1] if position + 1 < len(tokens) else ""
            if not target:
                return Reading((), "a redirection to nowhere")
            if words and words[-1] in ("1", "2"):
                words.pop()
            if token != "<":
                writes.append(target)
            position += 1
        elif token == ">&":
            # `2>&1`: joins two streams, writes no file.
            if not (position + 1 < len(tokens) and tokens[position + 1] in ("1", "2")):
                return Reading((), "an unusual redirection")
            if words and words[-1] in ("1", "2"):
                words.pop()
            position += 1
        elif token and set(token) <= set("();<>|&"):
            return Reading((), f"the operator {token}")
        else:
            words.append(token)
        position += 1
    commands.append(SimpleCommand(tuple(words), tuple(writes)))
    return _checked(commands)


def _checked(commands: list[SimpleCommand]) -> Reading:
    """Takes harmless assignments off the front and refuses what is no program call."""
    plain: list[SimpleCommand] = []
    for command in commands:
        words = list(command.words)
        while words and (found := _ASSIGNMENT.match(words[0])):
            if found.group(1) not in _HARMLESS_VARIABLES:
                return Reading((), f"it sets {found.group(1)}")
            words.pop(0)
        if not words:
            return Reading((), "an empty command")
        if words[0] in _KEYWORDS:
            return Reading((), f"the shell word {words[0]}")
        plain.append(SimpleCommand(tuple(words), command.writes))
    return Reading(tuple(plain), "")
