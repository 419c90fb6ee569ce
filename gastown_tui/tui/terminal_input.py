"""What a terminal sends, cut into keys, sequences and pastes before Textual reads it.

A line decides where its packets end: a key after Esc can come in the same one, and a mouse report in two. Textual takes the first for
another key (`Esc 4` for `¢`), and the halves of the second for keys that were pressed, which would run commands. Here a sequence is
handed on when it is whole, a key behind Esc is that key with Alt, which the console takes apart where nobody asks for Alt
(`Console`), and what no person can have typed is never taken for keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

CUT_SECONDS = 2.0
"""The rest of a sequence may come this long after its beginning; then what came is dropped."""
_TAIL_SECONDS = 1.0
_ESC = "\x1b"
_BEGIN, _END = "\x1b[200~", "\x1b[201~"
_GIVE_UP = "\x03"
_WHOLE = re.compile(r"\x1b(?:\[\[[A-E]|\[M[\s\S]{3}|\[(?![\[M])[0-?]*[ -/]*[@-~]|O[A-DFHMPQRS])")
_PART = re.compile(r"\x1b(?:\[\[|\[M[\s\S]{0,2}|\[[0-?]*[ -/]*|O|\]\d+;[^\x07\x1b]*\x1b?)")
_REPLY = re.compile(r"\x1b(?:\]\d+;[^\x07\x1b]*(?:\x07|\x1b\\)|P[\d$>|!+][^\x1b]*\x1b\\)")
"""Answers of the terminal to a question of the program before."""
_TAIL = re.compile(r"\[(?:<?\d|[A-DFHIOZ]\Z)|O[A-DFHPQRS]\Z")
"""What stands behind Esc in a sequence whose first packet was taken for a key."""


@dataclass(frozen=True)
class Sequence:
    """An escape sequence, whole."""

    text: str


@dataclass(frozen=True)
class Typed:
    """Characters that were pressed one by one."""

    text: str


@dataclass(frozen=True)
class WithAlt:
    """One character directly behind Esc: with Alt, or after Esc by a quick hand or a slow line."""

    char: str


@dataclass(frozen=True)
class Pasted:
    """A paste, whole."""

    text: str


@dataclass(frozen=True)
class Escape:
    """Esc by itself."""


Piece = Sequence | Typed | WithAlt | Pasted | Escape


class TerminalInput:
    """Takes what comes in the order in which it comes; times are seconds of any steady clock.

    Args:
        delay: how long after an Esc, in seconds, its sequence may begin.
    """

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._held = ""
        self._since = 0.0
        self._let_go = ""
        self._let_go_at = 0.0
        self._paste: str | None = None

    def feed(self, data: str, now: float) -> list[Piece]:
        """What can be told with these characters."""
        pieces: list[Piece] = []
        if self._paste is not None:
            data = self._take_paste(data, now, pieces)
        if self._let_go and now - self._let_go_at < _TAIL_SECONDS and _TAIL.match(self._let_go[1:] + data):
            data = self._let_go + data
        text, self._held = self._held + data, ""
        self._let_go = ""
        self._since = now
        while text:
            text = self._cut(text, now, pieces)
        return pieces

    @property
    def is_waiting(self) -> bool:
        """Whether `tick` will tell something when nothing more comes."""
        return bool(self._held)

    def tick(self, now: float) -> list[Piece]:
        """What can be told because nothing more has come."""
        held = self._held
        is_key = len(held) <= 2
        if not held or now - self._since < (self._delay if is_key else CUT_SECONDS):
            return []
        self._held = ""
        if not is_key:
            return []
        self._let_go, self._let_go_at = held, now
        return [Escape() if held == _ESC else WithAlt(held[1])]

    def _cut(self, text: str, now: float, pieces: list[Piece]) -> str:
        """Takes the first piece; gives the rest."""
        if not text.startswith(_ESC):
            typed, found, rest = text.partition(_ESC)
            pieces.append(Typed(typed))
            return found + rest
        if text.startswith(_BEGIN):
            self._paste = ""
            return self._take_paste(text.removeprefix(_BEGIN), now, pieces)
        if whole := _WHOLE.match(text):
            pieces.append(Sequence(whole.group()))
            return text[whole.end() :]
        if reply := _REPLY.match(text):
            return text[reply.end() :]
        if text == _ESC or _PART.fullmatch(text):
            self._held = text
            return ""
        if text[1] == _ESC:
            pieces.append(Escape())
            return text[1:]
        pieces.append(WithAlt(text[1]))
        return text[2:]

    def _take_paste(self, data: str, now: float, pieces: list[Piece]) -> str:
        """Adds to the paste; gives what stands behind its end."""
        if data == _GIVE_UP and now - self._since > _TAIL_SECONDS:
            # The end was lost with the line or the terminal: without a way out every key would be part of it for ever.
            self._paste = None
            return ""
        before = self._paste or ""
        pasted = before + data
        self._since = now
        end = pasted.find(_END, max(0, len(before) - len(_END)))
        if end < 0:
            self._paste = pasted
            return ""
        self._paste = None
        pieces.append(Pasted(pasted[:end].replace("\x00", "")))
        return pasted[end + len(_END) :]
