from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gastown_tui.rehearsal import scenario
from gastown_tui.rehearsal.server import RehearsalServer

Serve = Callable[..., RehearsalServer]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a server for the scenario text given; stopped afterwards."""
    running: list[tuple[RehearsalServer, threading.Thread]] = []

    def start(text: str, **options: object) -> RehearsalServer:
        path = tmp_path / "scenario.toml"
        path.write_text(text, encoding="utf-8")
        server = RehearsalServer(scenario.load(path), **{"pace": 0.0, **options})  # type: ignore[arg-type]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        running.append((server, thread))
        return server

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join(5)
