"""Serves the console through textual-serve, whose page, script and protocol are used; what is ours is the door and the
life of the console processes."""

from __future__ import annotations

import asyncio
import html
import logging
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

from gastown_tui.core.errors import Unavailable
from gastown_tui.tui.web.door import Door

LOG = logging.getLogger(__name__)
STOP_SECONDS = 5.0
"""A console that was told to end gets this long."""
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="/static/css/xterm.css">
<style>
@font-face {{ font-family: "Roboto Mono"; src: url("/static/fonts/RobotoMono-VariableFont_wght.ttf"); font-weight: 100 700; }}
body {{ background: #0c0a08; color: #dccfb9; margin: 0; font-family: "Roboto Mono", monospace; overflow: hidden; }}
#ended {{ display: none; position: absolute; inset: 0; align-items: center; justify-content: center; background: #0c0a08; z-index: 9; }}
body.-closed #ended {{ display: flex; }}
a {{ color: #8fd0dc; }}
</style>
<link rel="icon" href="data:,">
<script src="/static/js/textual.js"></script>
<script src="/keys.js" defer></script>
</head>
<body>
<div id="ended"><p>The console has ended; the town goes on. <a href="/">Open it again</a></p></div>
<div id="terminal" class="textual-terminal" data-session-websocket-url="ws://{host}/ws" data-font-size="{size}"></div>
</body>
</html>
"""


_KEYS = """\
// The keys go to the console from the first picture on, without a click.
const watch = new MutationObserver(() => {
  const keys = document.querySelector(".xterm-helper-textarea");
  if (document.body.classList.contains("-first-byte") && keys) {
    watch.disconnect();
    keys.focus();
  }
});
watch.observe(document.body, { attributes: true, childList: true, subtree: true });
"""


class ConsoleProcess(AppService):
    """One console, started from a list of arguments, and surely ended."""

    def __init__(self, argv: Sequence[str], websocket: web.WebSocketResponse, server: ConsoleServer) -> None:
        async def close() -> None:
            await websocket.close()

        super().__init__(
            "gastown",
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=close,
            download_manager=server.download_manager,
        )
        self._argv = tuple(argv)
        self.process: Process | None = None

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        environment = self._build_environment(width=width, height=height)
        # A tab is no pane of the tmux that the server may have been started in.
        for name in ("TMUX", "TMUX_PANE"):
            environment.pop(name, None)
        process = await asyncio.create_subprocess_exec(*self._argv, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment)
        self.process = self._process = process
        self._stdin = process.stdin
        return process

    async def stop(self) -> None:
        """Asks it to end, then makes it end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(super().stop(), STOP_SECONDS)
        process = self.process
        if process is not None:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()


class ConsoleServer(Server):
    """The web server of one town.

    Args:
        argv: starts one console.
        port: where it listens.
    """

    def __init__(self, argv: Sequence[str], title: str, port: int) -> None:
        super().__init__("gastown", host="127.0.0.1", port=port, title=title)
        self.door = Door(port)
        self._argv = argv
        self._open: set[web.WebSocketResponse] = set()

    @property
    def url(self) -> str:
        """What a person opens."""
        return f"http://127.0.0.1:{self.port}/?token={self.door.token}"

    async def app(self) -> web.Application:
        """The application behind its door."""
        app = web.Application(middlewares=[self.door.check])
        app.router.add_get("/", self.handle_index)
        app.router.add_get("/keys.js", self._give_keys)
        app.router.add_get("/ws", self.handle_websocket)
        app.router.add_get("/download/{key}", self.handle_download)
        app.router.add_static("/static", self.statics_path)
        app.on_shutdown.append(self.on_shutdown)
        return app

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page: nothing of it comes from elsewhere."""
        size = min(max(to_int(request.query.get("fontsize", "16"), 16), 6), 60)
        page = _PAGE.format(title=html.escape(self.title), host=html.escape(request.host), size=size)
        return web.Response(text=page, content_type="text/html")

    async def _give_keys(self, request: web.Request) -> web.Response:
        return web.Response(text=_KEYS, content_type="text/javascript")

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One tab: its console lives as long as the connection."""
        websocket = web.WebSocketResponse(heartbeat=15)
        await websocket.prepare(request)
        width, height = (max(to_int(request.query.get(name, "80"), 80), 20) for name in ("width", "height"))
        console = ConsoleProcess(self._argv, websocket, self)
        self._open.add(websocket)
        try:
            await console.start(width, height)
            await self._process_messages(websocket, console)
        except (OSError, ValueError, LookupError, TypeError) as error:
            LOG.warning("a tab has ended by an error: %s", error)
        finally:
            self._open.discard(websocket)
            await asyncio.shield(console.stop())
        return websocket

    async def on_shutdown(self, app: web.Application) -> None:
        """Ends every tab."""
        for websocket in list(self._open):
            await websocket.close(code=1001, message=b"the server ends")


def serve(root: Path, port: int) -> int:
    """Serves the town's console on loopback until Ctrl+C; returns the exit code. Port 0 takes a free one.

    Raises:
        Unavailable: the port is taken.
    """
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise Unavailable(f"port {port} cannot be used: {error.strerror}", hint="take another one with --port") from error
    with listener:
        argv = [sys.executable, "-P", "-m", "gastown_tui.tui.web.console", str(root)]
        asyncio.run(_run(ConsoleServer(argv, f"Gas Town · {root.name}", listener.getsockname()[1]), listener))
    return 0


async def _run(server: ConsoleServer, listener: socket.socket) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    runner = web.AppRunner(await server.app(), access_log=None, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        sys.stdout.write(f"{server.url}\nOnly this address opens the console. Ctrl+C ends it; the town goes on.\n")
        sys.stdout.flush()
        await ended.wait()
    finally:
        await runner.cleanup()
