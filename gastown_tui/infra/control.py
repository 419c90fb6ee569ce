"""The console's connection to tmux: one control client that hears of every agent's output and captures what is shown.

It sits on a hidden viewer session of its own into which agents' windows are linked, because tmux tells a control
client only of the windows of its own session. The session goes with the connection. The client never starts a server.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from gastown_tui.core.errors import Conflict, NotFound, TmuxUnavailable
from gastown_tui.infra.captures import FACTS, Capture, Picture, WantedLike, captured, pictured
from gastown_tui.infra.control_protocol import FLOOD_BYTES, Pending, Reader, quote
from gastown_tui.infra.environment import clean_environment
from gastown_tui.infra.programs import require_program

TIMEOUT = 5.0
"""Seconds for an answer; the server gives one in a quarter of a millisecond (live panes §1)."""
_BACK_OFF = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_READ = 262_144
_HEX_CHUNK = 1000
"""Bytes in one `send-keys -H`: tmux's parser overflows somewhere above 4000 arguments (live panes §4.8)."""
_CHANGES = frozenset(
    {
        "%sessions-changed",
        "%session-renamed",
        "%window-close",
        "%unlinked-window-add",
        "%unlinked-window-close",
        "%layout-change",
    }
)
_WATCHED = "#{pane_dead}#{pane_in_mode}#{pane_width}x#{pane_height}"
"""What changes a pane's picture without any output. tmux looks once a second."""
_KEY = re.compile(r"(?:[CMS]-)*(?:[A-Za-z]+\d{0,2}|[\x21-\x7e])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class ControlClient:
    """One control client on a town's tmux server. Belongs to one event loop.

    Args:
        socket: the server's socket (TownLayout.tmux_socket).
    """

    def __init__(self, socket: Path, environment: Mapping[str, str] | None = None) -> None:
        self.socket = socket
        self.is_connected = False
        self._environment = clean_environment(
            os.environ if environment is None else environment, TERM="xterm-256color", LC_ALL="C.UTF-8"
        )
        self._reader = Reader(self._heard, self._noticed)
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._session = ""
        self._windows: set[str] = set()
        self._bytes: dict[str, int] = {}
        self._paused: set[str] = set()
        self._on_dirty: Callable[[str], None] = lambda pane: None
        self._on_change: Callable[[], None] = lambda: None

    async def start(self, on_dirty: Callable[[str], None], on_change: Callable[[], None] = lambda: None) -> None:
        """Connects and stays connected, also over the end of the server, until `close`.

        Args:
            on_dirty: told the pane id when a pane of a linked window wrote something.
            on_change: told when sessions, windows or sizes changed, and after each new connection. Then everything
                that was seen before may be old.

        Returns when the first connection stands, or after a second without one; the rest goes on in the background.
        """
        self._on_dirty, self._on_change = on_dirty, on_change
        self._task = asyncio.create_task(self._keep())
        try:
            await asyncio.wait_for(self._connected.wait(), 1.0)
        except TimeoutError:
            pass  # no server yet; the console opens all the same

    async def close(self) -> None:
        """Leaves tmux; the viewer session goes, the agents stay."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    # Asking

    async def command(self, name: str, *arguments: str) -> list[bytes]:
        """Runs one tmux command and returns its lines.

        Raises:
            NotFound: the target is gone.
            TmuxUnavailable: not connected, no answer, or any other refusal.
        """
        return (await self._ask([[name, *arguments]]))[0]

    async def capture(self, pane: str, top: int = 0, bottom: int | None = None) -> Capture:
        """Reads rows `top` to `bottom` (both included; negative ones are history) and the cursor at one instant.

        Raises:
            NotFound: no such pane.
            TmuxUnavailable: not connected, or no answer.
        """
        _check("%", pane)
        facts = ["display-message", "-p", "-t", pane, FACTS]
        rows = ["capture-pane", "-e", "-p", "-S", str(top), *(["-E", str(bottom)] if bottom is not None else []), "-t", pane]
        self._bytes[pane] = 0
        if pane in self._paused:
            self._paused.discard(pane)
            _, told, lines = await self._ask([["refresh-client", "-A", f"{pane}:continue"], facts, rows])
            # What it wrote while it was paused is not told again.
            self._on_dirty(pane)
        else:
            told, lines = await self._ask([facts, rows])
        found = captured(told, lines)
        if found is None:
            raise NotFound.of("pane", pane)
        return found

    def picture(self, wanted: Sequence[WantedLike], done: Callable[[str, Picture | None], None]) -> None:
        """Captures many panes with one write and without a task for each: this is what a busy wall does all the time.

        Args:
            done: called for each pane as its answer comes; with None when it is gone or the connection ends.
        """
        lines = []
        for one in wanted:
            if not self.is_connected:
                done(one.pane, None)
                continue
            pane = _check("%", one.pane)
            self._bytes[pane] = 0
            commands = []
            if pane in self._paused:
                # In one line with the capture, so that nothing is written between the two.
                self._paused.discard(pane)
                commands.append(f"refresh-client -A '{pane}:continue'")
            if one.is_front:
                commands.append(f"display-message -p -t {pane} '{FACTS}'")
            commands.append(f"capture-pane -e -p -S {one.top} -t {pane}")
            self._reader.queue.append(Pending(len(commands), partial(pictured, pane, one.is_front, done)))
            lines.append(f"{' ; '.join(commands)}\n")
        if lines and self._process is not None and self._process.stdin is not None:
            self._process.stdin.write("".join(lines).encode())

    def rest(self, pane: str) -> None:
        """Stops hearing of a pane that nobody looks at; the next picture of it lets it be heard again."""
        if self.is_connected and _check("%", pane) not in self._paused:
            self._paused.add(pane)
            self._tell(["refresh-client", "-A", f"{pane}:pause"])

    async def link(self, window: str) -> None:
        """Makes a window's output be heard here; harmless when it is. It is linked again after a reconnection."""
        _check("@", window)
        if window not in self._windows:
            await self.command("link-window", "-d", "-s", window, "-t", f"={self._session}:")
            self._windows.add(window)

    async def unlink(self, window: str) -> None:
        """Stops hearing of a window; harmless when it is gone."""
        _check("@", window)
        if window in self._windows:
            self._windows.discard(window)
            try:
                await self.command("unlink-window", "-t", f"={self._session}:{window}")
            except NotFound:
                pass  # its agent ended

    # Typing: a person's own keys

    async def type_bytes(self, pane: str, data: bytes) -> None:
        """Sends bytes exactly as typed."""
        _check("%", pane)
        for start in range(0, len(data), _HEX_CHUNK):
            await self.command("send-keys", "-t", pane, "-H", *(f"{byte:02x}" for byte in data[start : start + _HEX_CHUNK]))

    send_keys_hex = type_bytes

    async def type_key(self, pane: str, key: str) -> None:
        """Sends one key by tmux's name (`Up`, `C-Right`, `BTab`), so that the program's cursor mode is honoured."""
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a key's name: {key!r}")
        await self.command("send-keys", "-t", _check("%", pane), key)

    async def paste(self, pane: str, text: str) -> None:
        """Pastes text of any length as one piece, without control characters.

        Raises:
            Conflict: the pane's program has ended, or a mode is on. Nothing was pasted.
        """
        clean = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        buffer = f"gt-{secrets.token_hex(6)}"
        state = f"#{{?#{{==:#{{pane_id}},{_check('%', pane)}}},#{{?pane_dead,dead,#{{?pane_in_mode,mode,ok}}}},gone}}"
        # Tested and done in one command: tmux 3.3a dies of a paste into a dead pane.
        act = f"paste-buffer -p -r -d -b {buffer} -t {pane} ; display-message -p sent"
        refuse = f"delete-buffer -b {buffer} ; display-message -p -t {pane} '{state}'"
        with tempfile.NamedTemporaryFile(prefix="gastown-paste-") as file:
            file.write(clean.encode())
            file.flush()
            load = ["load-buffer", "-b", buffer, file.name]
            answer = await self._ask([load, ["if-shell", "-F", "-t", pane, f"#{{==:{state},ok}}", act, refuse]], blocks=4)
        said = b"".join(line for block in answer for line in block)
        if said != b"sent":
            raise Conflict(f"cannot paste into pane {pane}: {said.decode() or 'it is gone'}")

    # The connection

    async def _ask(self, commands: list[list[str]], *, blocks: int = 0) -> list[list[bytes]]:
        if not self.is_connected or self._process is None or self._process.stdin is None:
            raise TmuxUnavailable("the console is not connected to tmux")
        future: asyncio.Future[tuple[list[list[bytes]], str]] = asyncio.get_running_loop().create_future()

        def done(answer: list[list[bytes]], complaint: str) -> None:
            if not future.done():
                future.set_result((answer, complaint))

        line = " ; ".join(" ".join([words[0], *map(quote, words[1:])]) for words in commands)
        self._reader.queue.append(Pending(blocks or len(commands), done))
        self._process.stdin.write(line.encode() + b"\n")
        try:
            answer, complaint = await asyncio.wait_for(future, TIMEOUT)
        except TimeoutError as error:
            raise TmuxUnavailable("tmux does not answer") from error
        if not complaint:
            return answer
        if "can't find" in complaint or "no such" in complaint:
            raise NotFound(complaint)
        raise TmuxUnavailable(complaint)

    async def _keep(self) -> None:
        failures = 0
        while True:
            if await self._live():
                failures = 0
            await asyncio.sleep(_BACK_OFF[min(failures, len(_BACK_OFF) - 1)])
            failures += 1

    async def _live(self) -> bool:
        """One connection from its start to its end; whether it ever stood."""
        self._session = f"gt-viewer-{os.getpid()}-{secrets.token_hex(3)}"
        target = f"={self._session}:"
        create = ("new-session", "-f", "pause-after=1", "-s", self._session, "--", "cat", "-")
        # Tagged in the same command line, so that no listing ever shows the viewer as an agent's session. Not
        # `destroy-unattached`: tmux 3.3a dies of it when a control client leaves with output unread.
        leave = f"kill-session -t {target}"
        tags = ("set-option", "-t", target, "@gt_viewer", "1", ";", "set-hook", "-t", target, "client-detached", leave)
        try:
            process = await asyncio.create_subprocess_exec(
                *(str(require_program("tmux", self._environment)), "-N", "-u", "-C", "-S", str(self.socket)),
                *(*create, ";", *tags),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=self._environment,
                start_new_session=True,
            )
        except OSError:
            return False
        self._process = process
        assert process.stdout is not None
        was_connected = False
        try:
            while data := await process.stdout.read(_READ):
                self._reader.feed(data)
                was_connected = was_connected or self.is_connected
        finally:
            self.is_connected = False
            self._connected.clear()
            self._reader.fail_all("the connection to tmux has ended")
            self._bytes.clear()
            self._paused.clear()
            await _end(process)
        self._on_change()
        return was_connected

    def _begin(self) -> None:
        """The viewer session stands: link what was linked before, and let everything be read anew."""
        self.is_connected = True
        self._connected.set()
        self._tell(["refresh-client", "-B", f"state:%*:{_WATCHED}"])
        for window in sorted(self._windows):
            self._tell(["link-window", "-d", "-s", window, "-t", f"={self._session}:"])
        self._on_change()

    def _tell(self, words: list[str]) -> None:
        """Sends a command whose answer nobody waits for."""
        if self._process is not None and self._process.stdin is not None:
            self._reader.queue.append(Pending(1, lambda blocks, complaint: None))
            self._process.stdin.write(" ".join([words[0], *map(quote, words[1:])]).encode() + b"\n")

    def _heard(self, pane: str, size: int) -> None:
        total = self._bytes[pane] = self._bytes.get(pane, 0) + size
        if total > FLOOD_BYTES and pane not in self._paused:
            self._paused.add(pane)
            self._tell(["refresh-client", "-A", f"{pane}:pause"])
        self._on_dirty(pane)

    def _noticed(self, words: list[str]) -> None:
        match words:
            case ["%session-changed", _, name] if name == self._session and not self.is_connected:
                self._begin()
            case ["%subscription-changed", "state", _, _, _, pane, *_]:
                self._on_dirty(pane)
            case ["%pause", pane]:
                self._paused.add(pane)
                self._on_dirty(pane)
            case ["%window-close" | "%unlinked-window-close", window]:
                self._windows.discard(window)
                self._on_change()
            case [notice, *_] if notice in _CHANGES:
                self._on_change()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends the tmux client, which ends its session. The client is our child and nobody else's."""
    if process.stdin is not None:
        process.stdin.close()
    for is_last in (False, True):
        if is_last and process.returncode is None:
            process.kill()
        try:
            async with asyncio.timeout(0.3):
                # Unread output would keep the end from being seen.
                while process.stdout is not None and await process.stdout.read(_READ):
                    pass
                await process.wait()
                return
        except TimeoutError:
            continue


def _check(kind: str, target: str) -> str:
    """A pane (`%1`) or window (`@1`) id; names could mean another one tomorrow."""
    if not re.fullmatch(rf"{kind}\d{{1,9}}", target):
        raise NotFound.of("pane" if kind == "%" else "window", target)
    return target
