"""The control client on a real tmux server: what it hears, captures, types, and how it comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest

from gastown_tui.core.errors import Conflict, NotFound, TmuxUnavailable
from gastown_tui.core.layout import TownLayout
from gastown_tui.infra.control import ControlClient
from gastown_tui.infra.control_protocol import Pending, Reader, quote
from gastown_tui.infra.tmux import TmuxServer

Story = Callable[["Watch"], Coroutine[object, object, None]]


@pytest.fixture
def server(layout: TownLayout) -> Iterator[TmuxServer]:
    server = TmuxServer(layout)
    server.ensure()
    yield server
    key = server.process()
    if key is not None:
        os.kill(key.pid, signal.SIGKILL)


class Watch:
    """A client with what it heard."""

    def __init__(self, server: TmuxServer) -> None:
        self.server = server
        self.client = ControlClient(server.socket)
        self.dirty: list[str] = []
        self.changes = 0
        self._news = asyncio.Event()

    def on_dirty(self, pane: str) -> None:
        self.dirty.append(pane)
        self._news.set()

    def on_change(self) -> None:
        self.changes += 1
        self._news.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Waits for a condition that only news can make true."""
        async with asyncio.timeout(40):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def shows(self, pane: str, text: bytes) -> None:
        """Captures whenever the pane is dirty until a row has the text."""
        async with asyncio.timeout(40):
            self._news.clear()
            while text not in b"\n".join((await self.client.capture(pane)).rows):
                await self._news.wait()
                self._news.clear()

    async def dies(self, pane: str) -> None:
        """Asks until the pane is dead: tmux 3.3a may lose the status, and then it neither draws nor tells anything."""
        async with asyncio.timeout(40):
            while not (await self.client.capture(pane)).is_dead:  # noqa: ASYNC110 (there may be no news to wait for)
                await asyncio.sleep(0.05)

    def agent(self, code: str, name: str = "agent") -> tuple[str, str]:
        argv = (sys.executable, "-u", "-c", code)
        made = self.server.command(
            "new-session", "-d", "-P", "-F", "#{pane_id} #{window_id}", "-s", name, "-x", "80", "-y", "24", *argv
        )
        pane, window = made[0].split()
        return pane, window


def play(server: TmuxServer, story: Story) -> None:
    async def run() -> None:
        watch = Watch(server)
        await watch.client.start(watch.on_dirty, watch.on_change)
        try:
            await story(watch)
        finally:
            await watch.client.close()

    asyncio.run(run())


ECHO = "import sys; print('ready'); [print('got', line.strip()) for line in sys.stdin]"
RAW = """
import os, sys, tty
tty.setraw(0)
print("\\x1b[?2004hready", end="", flush=True)
while True:
    print(ascii(os.read(0, 65536)), end="\\r\\n", flush=True)
"""


def test_a_linked_window_is_heard_and_captured(server: TmuxServer) -> None:
    async def story(watch: Watch) -> None:
        pane, window = watch.agent(ECHO)
        await watch.client.link(window)
        await watch.client.link(window)
        await watch.shows(pane, b"ready")
        watch.dirty.clear()
        await watch.client.type_bytes(pane, "héllo\r".encode())
        await watch.until(lambda: pane in watch.dirty)
        await watch.shows(pane, "got héllo".encode())
        async with asyncio.timeout(40):
            while (capture := await watch.client.capture(pane)).cursor != (0, 3):
                pass
        assert (capture.size, capture.in_mode, capture.is_dead) == ((80, 24), False, False)
        assert len(capture.rows) == 24
        assert (await watch.client.capture(pane, 2, 2)).rows == ["got héllo".encode()]
        assert [fact.pane for fact in server.snapshot()] == [pane]

    play(server, story)
    assert [session for session in server.command("list-sessions", "-F", "#{session_name}") if "viewer" in session] == []
    assert len(server.snapshot()) == 1


def test_content_that_looks_like_the_protocol_is_content(server: TmuxServer) -> None:
    async def story(watch: Watch) -> None:
        text = "%end 1 2 1\\n%begin 1 2 1\\n%output %0 x\\n%exit\\nready"
        pane, window = watch.agent(f"import signal; print('{text}'); signal.pause()")
        await watch.client.link(window)
        await watch.shows(pane, b"ready")
        assert (await watch.client.capture(pane)).rows[:5] == [b"%end 1 2 1", b"%begin 1 2 1", b"%output %0 x", b"%exit", b"ready"]

    play(server, story)


def test_errors_belong_to_their_command(server: TmuxServer) -> None:
    async def story(watch: Watch) -> None:
        pane, _ = watch.agent(ECHO)
        results = await asyncio.gather(
            watch.client.capture("%99"),
            watch.client.command("display-message", "-p", 'it\'s; #{session_name} "x" $HOME ~ {'),
            watch.client.command("no-such-command"),
            watch.client.capture(pane),
            watch.client.command("kill-pane", "-t", "%99"),
            return_exceptions=True,
        )
        assert isinstance(results[0], NotFound)
        assert isinstance(results[1], list)
        assert results[1][0].startswith(b"it's; gt-viewer-")
        assert results[1][0].endswith(b'"x" $HOME ~ {')
        assert isinstance(results[2], TmuxUnavailable)
        assert getattr(results[3], "size", None) == (80, 24)
        assert isinstance(results[4], NotFound)
        with pytest.raises(NotFound):
            await watch.client.capture("agent")
        with pytest.raises(ValueError, match="line ends"):
            await watch.client.command("display-message", "a\nkill-server")

    play(server, story)


def test_keys_bytes_and_pastes_arrive_exactly(server: TmuxServer) -> None:
    async def story(watch: Watch) -> None:
        pane, window = watch.agent(RAW)
        await watch.client.link(window)
        await watch.shows(pane, b"ready")
        await watch.client.type_bytes(pane, b"\x00\x1b;'")
        await watch.shows(pane, rb"""b"\x00\x1b;'" """.strip())
        await watch.client.type_key(pane, "C-Right")
        await watch.shows(pane, rb"b'\x1b[1;5C'")
        await watch.client.paste(pane, "a\x1b[201~b\r\nc;'\"")
        await watch.shows(pane, rb"""b'\x1b[200~a[201~b\nc;\'"\x1b[201~'""")
        with pytest.raises(ValueError, match="not a key"):
            await watch.client.type_key(pane, "Up; kill-server")
        assert server.command("list-buffers") == []

    play(server, story)


def test_a_long_paste_and_long_typing_are_whole(server: TmuxServer) -> None:
    async def story(watch: Watch) -> None:
        count = (
            "import os, tty; tty.setraw(0); print('ready', end='', flush=True)\nn = 0\nwhile n < {0}: n += len(os.read(0, 65536))\n"
        )
        pane, window = watch.agent(count.format(80_000) + "print(' all', n, end='', flush=True)\nimport signal; signal.pause()")
        await watch.client.link(window)
        await watch.shows(pane, b"ready")
        await watch.client.paste(pane, "p" * 70_000)
        await watch.client.type_bytes(pane, b"k" * 10_000)
        await watch.shows(pane, b"all 80000")

    play(server, story)


def test_nothing_is_pasted_into_a_dead_or_reading_pane(server: TmuxServer) -> None:
    async def story(watch: Watch) -> None:
        pane, window = watch.agent(ECHO)
        await watch.client.link(window)
        await watch.shows(pane, b"ready")
        await watch.client.command("copy-mode", "-t", pane)
        assert (await watch.client.capture(pane)).in_mode
        with pytest.raises(Conflict, match="mode"):
            await watch.client.paste(pane, "x")
        await watch.client.command("send-keys", "-t", pane, "-X", "cancel")
        await watch.client.type_bytes(pane, b"\x04")
        await watch.dies(pane)
        with pytest.raises(Conflict, match="dead"):
            await watch.client.paste(pane, "x")
        with pytest.raises(Conflict, match="gone"):
            await watch.client.paste("%99", "x")
        assert await watch.client.command("list-buffers") == []

    play(server, story)


def test_a_flood_is_paused_and_still_seen(server: TmuxServer) -> None:
    async def story(watch: Watch) -> None:
        flood = "import itertools\nfor n in itertools.count(): print('x' * 60, n)"
        pane, window = watch.agent(flood)
        await watch.client.link(window)
        await watch.until(lambda: watch.client._paused)
        first = (await watch.client.capture(pane)).rows
        async with asyncio.timeout(40):
            while (await watch.client.capture(pane)).rows == first:
                await watch.until(lambda: watch.client._bytes[pane])

    play(server, story)


def test_new_and_ended_sessions_are_told(server: TmuxServer) -> None:
    async def story(watch: Watch) -> None:
        before = watch.changes
        pane, window = watch.agent(ECHO)
        await watch.until(lambda: watch.changes > before)
        await watch.client.link(window)
        before = watch.changes
        server.command("kill-window", "-t", window)
        await watch.until(lambda: watch.changes > before)
        with pytest.raises(NotFound):
            await watch.client.capture(pane)
        await watch.client.unlink(window)

    play(server, story)


def test_the_client_comes_back_after_the_server_and_links_again(server: TmuxServer) -> None:
    async def story(watch: Watch) -> None:
        pane, window = watch.agent(ECHO)
        await watch.client.link(window)
        viewer = (await watch.client.command("display-message", "-p", "#{session_name}"))[0].decode()
        server.command("kill-session", "-t", f"={viewer}")
        await watch.until(lambda: not watch.client.is_connected)
        await watch.until(lambda: watch.client.is_connected)
        assert (await watch.client.command("display-message", "-p", "#{session_name}"))[0].decode() != viewer
        watch.dirty.clear()
        await watch.client.type_bytes(pane, b"again\r")
        await watch.until(lambda: pane in watch.dirty)
        await watch.shows(pane, b"got again")

        server.command("kill-server")
        await watch.until(lambda: not watch.client.is_connected)
        with pytest.raises(TmuxUnavailable):
            await watch.client.capture(pane)
        await asyncio.to_thread(server.ensure)
        await watch.until(lambda: watch.client.is_connected)

    play(server, story)


def test_the_client_never_starts_a_server(layout: TownLayout) -> None:
    async def run() -> None:
        client = ControlClient(layout.tmux_socket)
        await client.start(lambda pane: None)
        assert not client.is_connected
        with pytest.raises(TmuxUnavailable):
            await client.command("list-sessions")
        await client.close()

    asyncio.run(run())
    assert not layout.tmux_socket.exists()


def test_a_killed_console_leaves_no_viewer(
    server: TmuxServer, spawn: Callable[..., object], wait_until: Callable[..., None]
) -> None:
    code = f"""
import asyncio
from pathlib import Path
from gastown_tui.infra.control import ControlClient
async def main():
    client = ControlClient(Path({str(server.socket)!r}))
    await client.start(lambda pane: None)
    assert client.is_connected
    print("ready")
    await asyncio.Event().wait()
asyncio.run(main())
"""
    process = spawn(code, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert len(server.command("list-sessions", "-F", "#{session_name}")) == 1
    assert server.snapshot() == ()
    process.kill()  # type: ignore[attr-defined]
    wait_until(lambda: server.command("list-sessions", "-F", "#{session_name}") == [])


def test_the_reader_takes_bytes_cut_anywhere() -> None:
    heard: list[tuple[str, int]] = []
    notices: list[list[str]] = []
    answers: list[tuple[list[list[bytes]], str]] = []
    stream = (
        b"%begin 1 1 0\n%end 1 1 0\n%session-changed $1 v\n%begin 5 7 1\n%end 5 6 1\n%output %1 x\n%end 5 7 1\n"
        b"%output %1 abc\n%extended-output %2 0 : abcd\n%begin 5 8 1\n%end 5 8 1\n%begin 5 9 1\nno pane\n%error 5 9 1\n"
    )
    for size in (1, 2, 7, len(stream)):
        reader = Reader(lambda pane, count: heard.append((pane, count)), notices.append)
        for commands in (2, 2):
            reader.queue.append(Pending(commands, lambda blocks, complaint: answers.append((blocks, complaint))))
        for start in range(0, len(stream), size):
            reader.feed(stream[start : start + size])
        reader.fail_all("gone")
    assert heard == [("%1", 3), ("%2", 4)] * 4
    assert notices == [["%session-changed", "$1", "v"]] * 4
    assert answers == [([[b"%end 5 6 1", b"%output %1 x"], []], ""), ([], "no pane")] * 4


def test_quoting_keeps_every_character() -> None:
    assert quote("it's") == "'it'\\''s'"
    with pytest.raises(ValueError, match="line ends"):
        quote("a\rb")


def test_paste_files_are_removed(server: TmuxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    async def story(watch: Watch) -> None:
        pane, _ = watch.agent(ECHO)
        await watch.client.paste(pane, "x")

    play(server, story)
    assert not list(tmp_path.glob("gastown-paste-*"))
