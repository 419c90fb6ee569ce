"""The console in a browser: nobody comes in without the token, and a closed tab leaves no process behind."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psutil
import pytest

from gastown_tui.ledger import settings
from gastown_tui.services.town import create_town
from gastown_tui.tui import main

CODE = "from gastown_tui.tui.main import main; main()"


class Served:
    """A running server."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url
        self.base = url.partition("?")[0]

    def consoles(self) -> list[psutil.Process]:
        return [child for child in psutil.Process(self.process.pid).children() if child.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with tempfile.TemporaryDirectory(prefix="gts-") as name:
        root = Path(name).resolve() / "town"
        ctx = create_town(root)
        settings.put(ctx.ledger, settings.WANTED, "down")
        ctx.close()
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("TMUX", "GT_"))}
        environment |= {"HOME": name, "PYTHONPATH": os.pathsep.join(sys.path)}
        process = subprocess.Popen(
            [sys.executable, "-c", CODE, "--town", str(root), "serve"], stdout=subprocess.PIPE, text=True, env=environment
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{40,}", line), line
            yield Served(process, line)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


@asynccontextmanager
async def client(**more: object) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(60), **more) as session:
        yield session


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not come true"
        await asyncio.sleep(0.05)


async def test_without_the_token_nothing_is_given(served: Served) -> None:
    async with client() as session:
        for path in ("", "?token=", "?token=wrong", "keys.js", "static/js/textual.js", "ws", "download/x"):
            async with session.get(served.base + path) as answer:
                assert answer.status == 401, path
                assert "textual" not in await answer.text()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(served.base + "ws")
        assert refused.value.status == 401
    assert served.consoles() == []


async def test_the_token_gives_a_cookie_and_leaves_the_address(served: Served) -> None:
    async with client() as session:
        async with session.get(served.url) as answer:
            assert answer.status == 200
            assert str(answer.url) == served.base
            page = await answer.text()
            assert "<title>Gas Town · town</title>" in page
            assert "http" not in re.sub(r"ws://127\.0\.0\.1:\d+/ws", "", page)
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        async with session.get(served.url, allow_redirects=False) as answer:
            (cookie,) = answer.headers.getall("Set-Cookie")
            assert {"HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))
            assert served.url.rpartition("=")[2] not in cookie
        async with session.get(served.base + "static/js/textual.js") as answer:
            assert answer.status == 200
        async with session.get(served.base + "static/") as answer:
            assert answer.status == 403


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Host": "evil.example:80"}, {"Origin": "http://evil.example"}, {"Origin": "http://127.0.0.1:1"}, {"Origin": "null"}],
)  # fmt: skip
async def test_foreign_names_and_pages_are_refused_even_with_the_token(served: Served, headers: dict[str, str]) -> None:
    async with client() as session:
        async with session.get(served.url) as answer:
            assert answer.status == 200
        async with session.get(served.url, headers=headers) as answer:
            assert answer.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(served.base + "ws", headers=headers)
        assert refused.value.status == 403
    assert served.consoles() == []


async def test_a_tab_is_a_console_and_ends_with_it(served: Served) -> None:
    async with client() as session:
        async with session.get(served.url) as answer:
            assert answer.status == 200
        drawn = b""
        async with session.ws_connect(served.base + "ws?width=100&height=30", origin=served.base.rstrip("/")) as tab:
            while b"Town" not in drawn:
                message = await tab.receive(timeout=60)
                assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
                drawn += message.data if isinstance(message.data, bytes) else b""
            assert len(served.consoles()) == 1
            (argv,) = [one.cmdline() for one in served.consoles()]
            assert argv[1:4] == ["-P", "-m", "gastown_tui.tui.web.console"]
        await until(lambda: served.consoles() == [])


def test_a_missing_package_and_wrong_words_are_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main._dispatch(["serve", "--port", "high"]) == 2
    assert "--port N" in capsys.readouterr().err
    assert main._dispatch(["serve", "--help"]) == 0
    assert "ssh -L" in capsys.readouterr().out
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    for name in [name for name in sys.modules if name.startswith("gastown_tui.tui.web")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(main.Unavailable, match="needs a package") as error:
        main._dispatch(["serve"])
    assert "gastown-tui[serve]" in error.value.hint
