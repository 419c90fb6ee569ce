"""Where the real agent CLIs are on this machine, and what the model says to them in a test.

A test that needs one which cannot be had is skipped, with the reason.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest

from gastown_tui.drivers.base import Availability
from gastown_tui.drivers.registry import get

PLACES = "GASTOWN_TEST_CLIS"
"""Names directories with agent CLIs, for machines where they are not on PATH."""
_LOCAL = Path(__file__).resolve().parents[2] / ".setup" / "npm" / "node_modules" / ".bin"
WRITE = r'write = { path = "a.txt", text = "hello\n" }'
EDIT = 'edit = { path = "a.txt", old = "hello", new = "hello there" }'
PUSH = 'shell = "git commit --allow-empty -qm x && git push origin HEAD:main"'
"""Steps of a script."""


def script(match: str, *steps: str) -> str:
    """A script of a scenario, in TOML: what the model does, without a pause, once a prompt holds `match`."""
    return f'[[script]]\nmatch = "{match}"\n' + "".join(f"[[script.step]]\n{step}\npause = 0\n" for step in steps)


def search_path() -> str:
    """PATH with the places where a checkout keeps its own CLIs."""
    return os.pathsep.join(filter(None, (os.environ.get(PLACES), str(_LOCAL), os.environ.get("PATH"))))


@functools.cache
def look(driver: str) -> Availability:
    """What there is of a CLI. Remembered: a start for its version costs a second of CPU."""
    return get(driver).availability({"PATH": search_path(), "HOME": "/nonexistent"}, {"rehearsal": "yes"})


def program_of(driver: str) -> Path:
    """The program; skips the test when it cannot be had."""
    found = look(driver)
    if found.state != "ready":
        pytest.skip(f"{driver} is not installed: {found.state} {found.detail}")
    return Path(found.path)
