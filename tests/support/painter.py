"""An agent CLI that only paints: a captured dialog whose selector follows the arrows, then the screen after its answer.

`python painter.py DIRECTORY`: paints DIRECTORY/screen. Every key goes into DIRECTORY/keys. An answer (a digit that names
an option, Enter, Escape, y, n, p) paints DIRECTORY/after, unless DIRECTORY/deaf is there. SIGUSR1 paints `screen` anew.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import termios
import tty
from pathlib import Path

OPTION = re.compile(r"^(?P<before>[\s│]*)(?P<mark>[❯›●] )?(?P<rest>\d[.)] .*)$")
ARROWS = {b"\x1b[A": -1, b"\x1b[B": 1, b"\x1bOA": -1, b"\x1bOB": 1}


def paint(text: str) -> None:
    lines = text.rstrip("\n").split("\n")[-40:]
    os.write(1, ("\x1b[H\x1b[2J" + "\r\n".join(lines)).encode())


def moved(text: str, step: int) -> str:
    """The screen with its selector `step` options further."""
    lines = text.split("\n")
    options = [index for index, line in enumerate(lines) if OPTION.match(line)]
    if not options:
        return text
    now = next((place for place, index in enumerate(options) if OPTION.match(lines[index])["mark"]), 0)  # type: ignore[index]
    mark = OPTION.match(lines[options[now]])["mark"]  # type: ignore[index]
    wanted = max(0, min(now + step, len(options) - 1))
    for place, index in enumerate(options):
        found = OPTION.match(lines[index])
        assert found is not None
        width = len(found["before"]) + len(found["mark"] or "")
        lines[index] = (found["before"] + mark if place == wanted else " " * width).ljust(width) + found["rest"]
    return "\n".join(lines)


def main() -> None:
    place = Path(sys.argv[1])
    tty.setraw(0, termios.TCSANOW)
    text = (place / "screen").read_text()

    def again(number: int, frame: object) -> None:
        nonlocal text
        text = (place / "screen").read_text()
        paint(text)

    signal.signal(signal.SIGUSR1, again)
    paint(text)
    (place / "pid").write_text(str(os.getpid()))
    while True:
        key = os.read(0, 16)
        if not key:
            return
        with (place / "keys").open("ab") as file:
            file.write(key + b"\n")
        if key in ARROWS:
            text = moved(text, ARROWS[key])
            paint(text)
        elif (key in (b"\r", b"\x1b", b"y", b"n", b"p") or key.isdigit()) and not (place / "deaf").exists():
            paint((place / "after").read_text())


if __name__ == "__main__":
    main()
