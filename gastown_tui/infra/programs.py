"""Programs on this machine: where they are and how old."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from gastown_tui.core.errors import Unavailable
from gastown_tui.infra.environment import clean_environment
from gastown_tui.infra.processes import run

_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
_HINTS = {
    "tmux": "install tmux 3.2 or newer with your package manager",
    "git": "install git with your package manager",
}


def find_program(name: str, environment: Mapping[str, str] | None = None) -> Path | None:
    """The absolute path of a program on PATH, or None."""
    search = (os.environ if environment is None else environment).get("PATH")
    found = shutil.which(name, path=search)
    return None if found is None else Path(found).absolute()


def require_program(name: str, environment: Mapping[str, str] | None = None) -> Path:
    """Like find_program, but raises Unavailable with a hint when it is missing."""
    found = find_program(name, environment)
    if found is None:
        raise Unavailable(f"{name} is not installed", hint=_HINTS.get(name, f"put {name} on your PATH"))
    return found


def version_text(program: Path, flag: str = "--version", *, timeout: float = 10.0) -> str:
    """The first line that `program` prints about its version; "" when it prints none or fails."""
    return version_said(program, flag, timeout=timeout)[0]


def version_said(program: Path, flag: str = "--version", *, timeout: float = 10.0) -> tuple[str, str]:
    """(the first line that `program` prints about its version, "") or ("", why there is none, with its own words)."""
    try:
        answer = run([str(program), flag], env=clean_environment(os.environ), timeout=timeout)
    except Unavailable as error:
        return "", error.message
    said = next((line.strip() for line in answer.tail.splitlines() if line.strip()), "")
    if answer.is_timed_out:
        return "", f"it did not say its version within {timeout:g} s"
    if answer.code != 0:
        return "", f"asked for its version it ended with status {answer.code}: {said[:120] or 'it said nothing'}"
    return said, "" if said else "it said nothing when it was asked for its version"


def parse_version(text: str) -> tuple[int, int, int] | None:
    """The first `1.2` or `1.2.3` in a text as numbers, or None."""
    found = _VERSION.search(text)
    return None if found is None else (int(found[1]), int(found[2]), int(found[3] or 0))
