"""The command `gastown`: opens the console; every other word is handed to a program of its own.

Nothing heavy is imported before it is known that the console will open.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from gastown_tui.core.errors import ExitCode, GastownError, NotFound, Unavailable

USAGE = """\
gastown                 open the console on this town; offers to make one where there is none
gastown --town DIR      open the console on that town
gastown --theme NAME    for this visit: gas-town, gas-town-light, gas-town-contrast, gas-town-mad-max, or any that Textual ships
gastown demo            watch a scripted town at work
gastown serve           the console in a browser: loopback only, with a token; --port N
gastown agent           the built-in agent, by itself
gastown attach PLACE    the console of a town elsewhere, over ssh: [USER@]HOST[:TOWN]; or an agent's terminal: mayor
gastown VERB …          the same as: gt VERB … (gastown help lists the verbs)

example: cd my-project && gastown
"""


SERVE_USAGE = """\
gastown serve [--port N]   the console in a browser, on this machine's loopback alone

It prints an address with a token; only that address opens the console. Without --port it takes a free port. Each tab is a
console of its own, which ends with the tab. From another machine: ssh -L 8765:127.0.0.1:8765 HOST gastown serve --port 8765
"""


def main() -> NoReturn:
    """Entry point of `gastown`."""
    words = sys.argv[1:]
    try:
        sys.exit(_dispatch(words))
    except GastownError as error:
        sys.stderr.write(f"gastown: {error.line()}\n")
        sys.exit(int(error.code))
    except KeyboardInterrupt:
        sys.exit(int(ExitCode.INTERRUPTED))


def _dispatch(words: list[str]) -> int:
    town, theme = "", ""
    while words and words[0].startswith("-"):
        word = words.pop(0)
        name, _, value = word.partition("=")
        if name in ("-h", "--help"):
            sys.stdout.write(USAGE)
            return 0
        if name == "--version":
            _hand_over("gastown_tui.cli", ["--version"])
        if name not in ("--town", "--theme") or (not value and not words):
            sys.stderr.write(f"gastown: {word} is not known or needs a value (see gastown --help)\n")
            return int(ExitCode.USAGE)
        value = value or words.pop(0)
        town, theme = (value, theme) if name == "--town" else (town, value)
    if words and words[0] == "agent":
        _hand_over("gastown_tui.agent", words[1:])
    if len(words) == 2 and words[0] == "attach" and not town and _is_elsewhere(words[1]):
        from gastown_tui.services.places import attach

        _require_terminal()
        return attach(words[1])
    if words and words[0] == "serve":
        return _serve(words[1:], town)
    if words and words[0] not in ("console", "help"):
        if town:
            os.environ["GT_TOWN"] = str(Path(town).resolve())
        _hand_over("gastown_tui.cli", words)
    if words and words[0] == "help":
        _hand_over("gastown_tui.cli", ["--help"])
    _require_terminal()
    return open_console(_town_root(town), theme)


def _serve(words: list[str], town: str) -> int:
    port = 0
    if words:
        name, _, value = words[0].partition("=")
        value = value or (words[1] if len(words) == 2 else "")
        if name in ("-h", "--help"):
            sys.stdout.write(SERVE_USAGE)
            return 0
        if name != "--port" or not value.isdecimal() or int(value) > 65535 or len(words) > 2:
            sys.stderr.write(f"gastown: serve takes --port N, not: {' '.join(words)}\n")
            return int(ExitCode.USAGE)
        port = int(value)
    try:
        from gastown_tui.tui.web.server import serve
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"gastown serve needs a package that is missing: {error.name}", hint="install gastown-tui[serve]"
        ) from error
    return serve(_town_root(town), port)


def _is_elsewhere(place: str) -> bool:
    """A host, not an agent's address: those are `mayor`, `deacon`, or have a slash and no colon before it."""
    return not place.startswith("-") and place not in ("mayor", "deacon") and "/" not in place.partition(":")[0]


def _require_terminal() -> None:
    # Drawn on standard error, which is the terminal also where standard output is caught.
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise Unavailable("the console needs a terminal", hint="for scripts there is gt, for example: gt status --json")
    if os.environ.get("TERM") == "dumb":
        raise Unavailable("this terminal moves no cursor (TERM=dumb)", hint="gt status and gt feed tell of the town line by line")


def _hand_over(module: str, words: Sequence[str]) -> NoReturn:
    """Becomes another of our programs. `-P` keeps the working directory, which may be foreign, off the import path."""
    os.execv(sys.executable, [sys.executable, "-P", "-m", module, *words])


def _town_root(named: str) -> Path:
    from gastown_tui.core.layout import TownLayout
    from gastown_tui.services.context import find_town

    if named:
        root = Path(named).expanduser().resolve()
        if not TownLayout(root).ledger.exists():
            raise NotFound(f"no town at {root}", hint="make one with: gt init")
        return root
    try:
        return find_town(Path.cwd())
    except NotFound:
        return _make_town()


def _make_town() -> Path:
    """The questions of a first visit are a program of their own, which leaves the new town's root in a file."""
    with tempfile.TemporaryDirectory(prefix="gastown-") as scratch:
        result = Path(scratch) / "town"
        done = subprocess.run([sys.executable, "-P", "-m", "gastown_tui.cli", "start", "--result", str(result)], check=False)
        if done.returncode:
            sys.exit(done.returncode)
        try:
            return Path(result.read_text(encoding="utf-8").strip()).resolve()
        except OSError as error:
            raise NotFound("no town was made", hint="gastown asks again, gt init makes one without questions") from error


def open_console(root: Path, theme: str = "", *, is_served: bool = False) -> int:
    """Runs the console until the person leaves; returns the exit code.

    Args:
        is_served: in a browser's tab, where nobody reads a last word.
    """
    from gastown_tui.tui.first import FirstPicture

    # Before anything heavy is loaded here: both take about as long.
    first = FirstPicture(root)
    # Until all is loaded (opening): it would look through the same lasting objects again and again, for a quarter of the time.
    gc.disable()
    from dataclasses import replace

    from textual.theme import BUILTIN_THEMES

    from gastown_tui.core.layout import TownLayout
    from gastown_tui.infra.terminal import has_true_colour
    from gastown_tui.services.places import keep_agent_socket
    from gastown_tui.tui.app import Console
    from gastown_tui.tui.opening import town_at, town_born
    from gastown_tui.tui.person import console_file, load_person
    from gastown_tui.tui.place import has_toured, keep_place, keep_toured, load_place, place_file
    from gastown_tui.tui.screens.base import scopes_together
    from gastown_tui.tui.tokens import THEMES

    _log_to(TownLayout(root).logs)
    keep_agent_socket(TownLayout(root))
    file = place_file(root, town_born(root))
    person = load_person(console_file(), scopes_together, {*THEMES, *BUILTIN_THEMES})
    on_toured = None if has_toured() else keep_toured
    console = Console(town_at(root, first), load_place(file), replace(person, theme=theme) if theme else person, on_toured)

    def hang_up(number: int, _frame: object) -> None:
        # The terminal is gone, so nothing is left to draw or to restore there.
        keep_place(file, console.place)
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    def end(number: int, _frame: object) -> None:
        # The terminal is there and gets its own state back; where that hangs, the next one ends it at once.
        signal.signal(number, signal.SIG_DFL)
        console.call_later(console.leave)

    signal.signal(signal.SIGHUP, hang_up)
    signal.signal(signal.SIGTERM, end)
    if has_true_colour(os.environ):
        os.environ["COLORTERM"] = "truecolor"
    if "TEXTUAL_DRIVER" not in os.environ:
        # A shell's exported size would be believed more than the terminal's own, and no resize would be seen.
        for name in ("COLUMNS", "LINES"):
            os.environ.pop(name, None)
    console.run()
    keep_place(file, console.last_place)
    if console.return_code:
        return int(console.return_code)
    if is_served:
        return 0
    sys.stdout.write(f"The town {root} goes on without you. gastown opens it again, gt down stops it.\n")
    return 0


def _log_to(directory: Path) -> None:
    """Errors of the console go into the town's logs; a place that cannot be written is no reason not to open."""
    import logging
    from logging.handlers import RotatingFileHandler

    handler: logging.Handler = logging.NullHandler()
    if os.access(directory, os.W_OK):
        handler = RotatingFileHandler(directory / "console.log", maxBytes=1_000_000, backupCount=1, delay=True, encoding="utf-8")
    logging.basicConfig(level=logging.INFO, handlers=[handler], format="%(asctime)s %(levelname)s %(name)s %(message)s")


if __name__ == "__main__":
    main()
