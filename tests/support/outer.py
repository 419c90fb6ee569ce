"""A terminal of its own for the real console: keys go in, the picture comes out, its title and clipboard can be asked for."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Callable

import psutil


class Outer:
    """A terminal: its title and its clipboard can be asked for."""

    def __init__(self, name: str, argv: list[str], environment: dict[str, str], size: tuple[int, int] = (110, 36)) -> None:
        self._socket = f"gt-{name}-{os.getpid()}"
        self._environment = {key: value for key, value in os.environ.items() if not key.startswith("TMUX")} | environment
        line = f"{shlex.join(argv)}; echo HAS ENDED; sleep 1000"
        create = ("new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), line)
        self.tmux("-f", "/dev/null", *create, ";", "set", "-s", "set-clipboard", "on", ";", "set", "-g", "allow-rename", "on")

    def tmux(self, *words: str) -> str:
        """A command of the outer tmux."""
        done = subprocess.run(
            ["tmux", "-L", self._socket, *words], env=self._environment, capture_output=True, text=True, timeout=30, check=False
        )
        return done.stdout

    def screen(self) -> str:
        """What stands on it."""
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys: str) -> None:
        """Keys by tmux's names; a word that is none is typed."""
        self.tmux("send-keys", *keys)

    def press(self, key: str, is_done: Callable[[str], object], seconds: float = 30.0) -> str:
        """Presses a key until it is taken: a selection that has just moved takes no answer."""
        again = 0.0

        def look(seen: str) -> object:
            nonlocal again
            if not (done := is_done(seen)) and time.monotonic() > again:
                again = time.monotonic() + 3
                self.keys(key)
            return done

        return self.until(look, seconds)

    def resize(self, width: int, height: int) -> None:
        """Gives the terminal another size, under the running program."""
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def until(self, condition: Callable[[str], object], seconds: float = 30.0) -> str:
        """Looks until the picture is as it should be; gives it."""
        end = time.monotonic() + seconds
        while not condition(seen := self.screen()):
            assert time.monotonic() < end, seen
        return seen

    @property
    def clipboard(self) -> str:
        """What OSC 52 has put there."""
        return self.tmux("show-buffer")

    @property
    def titles(self) -> str:
        """Its title and its window's name."""
        return self.tmux("display-message", "-p", "#{pane_title} #{window_name}")

    @property
    def pid(self) -> int:
        """Of the console, 0 when it has ended."""
        shell = self.tmux("display-message", "-p", "#{pane_pid}").strip()
        below = psutil.Process(int(shell)).children() if shell else []
        return next((child.pid for child in below if "python" in child.name()), 0)

    def close(self) -> None:
        """Ends it, as a terminal that is closed."""
        self.tmux("kill-server")
