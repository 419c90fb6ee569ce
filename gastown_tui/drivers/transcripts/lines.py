"""A growing file's bytes as whole lines, however they are cut, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

LINE_LIMIT = 16_000_000
"""Bytes of one line; a longer one is skipped. Claude Code writes pictures and whole files into one line (seen: a few MB)."""


class Lines:
    """Give it bytes as they come; it gives whole lines and keeps the rest."""

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self.limit = limit
        self.too_long = 0
        """Lines that were skipped because of their length."""
        self._parts: list[bytes] = []
        self._held = 0
        self._is_skipping = False

    @property
    def pending(self) -> int:
        """Bytes of the last, unfinished line that are held or were passed over."""
        return self._held

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The lines that `data` completes, without their ends and without blank ones."""
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            line = self._take(data[start:end])
            if line.strip():
                yield line
            start = end + 1
        rest = data[start:]
        if rest:
            self._held += len(rest)
            if self._is_skipping or self._held > self.limit:
                self._is_skipping = True
                self._parts.clear()
            else:
                self._parts.append(rest)

    def _take(self, end: bytes) -> bytes:
        is_too_long = self._is_skipping or self._held + len(end) > self.limit
        line = b"" if is_too_long else b"".join((*self._parts, end))
        self.too_long += is_too_long
        self._parts.clear()
        self._held = 0
        self._is_skipping = False
        return line
