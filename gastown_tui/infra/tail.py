"""Reading a file that grows, from where one was: cut, replaced and huge files included."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

_MARK = 256
"""Bytes before the place where one is that must still be the same."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one is in a file."""

    offset: int = 0
    inode: int = 0
    mark: str = ""
    """Hash of the last bytes before the offset: a file that was cut and has grown beyond it is no longer the same."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What was read."""

    data: bytes
    place: Place
    """After it."""
    began_again: bool = False
    """The file is not the one that was read before: `data` is its beginning."""
    is_at_end: bool = True


def read_on(path: Path, place: Place, limit: int) -> Chunk:
    """At most `limit` bytes from `place` on; nothing when the file is missing or cannot be read."""
    try:
        with open(path, "rb") as stream:
            found = os.fstat(stream.fileno())
            is_same = (
                place.inode == found.st_ino
                and found.st_size >= place.offset
                and mark_at(stream.fileno(), place.offset) == place.mark
            )
            start = place.offset if is_same else 0
            stream.seek(start)
            data = stream.read(limit)
            end = start + len(data)
            after = Place(end, found.st_ino, mark_at(stream.fileno(), end))
    except OSError:
        return Chunk(b"", place)
    began_again = not is_same and (place.inode != 0 or place.offset != 0)
    return Chunk(data, after, began_again, end >= found.st_size)


def place_at(path: Path, offset: int) -> Place:
    """The place at `offset` of a file as it is now; its beginning when it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return Place(offset, os.fstat(stream.fileno()).st_ino, mark_at(stream.fileno(), offset))
    except OSError:
        return Place()


def mark_at(descriptor: int, offset: int) -> str:
    """The hash of the bytes before `offset`."""
    start = max(0, offset - _MARK)
    return hashlib.blake2b(os.pread(descriptor, offset - start, start), digest_size=8).hexdigest()
