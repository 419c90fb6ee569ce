"""`python -m gastown_tui.rehearsal --scenario NAME|FILE`: serves a scripted model until it is told to stop."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from gastown_tui.core.errors import ExitCode, GastownError
from gastown_tui.rehearsal import scenario
from gastown_tui.rehearsal.server import RehearsalServer

TOKEN_VARIABLE = "GASTOWN_REHEARSAL_TOKEN"


def main(arguments: list[str] | None = None) -> int:
    """Runs the server; returns an exit code."""
    parser = argparse.ArgumentParser(prog="gastown rehearsal", description="A scripted model server on loopback.")
    parser.add_argument("--scenario", required=True, help=f"file, or one of: {', '.join(scenario.shipped())}")
    parser.add_argument("--port", type=int, default=0, help="0 (default) takes a free port")
    parser.add_argument("--pace", type=float, default=1.0, help="factor on all pauses; 0 is as fast as possible")
    parser.add_argument("--port-file", type=Path, help="written with the port once the server listens")
    parser.add_argument("--gt-command", default="gt", help="how CLIs without a gt tool call it in a shell")
    parser.add_argument("--keep", type=Path, help="file to which every request's body is added, as one line of JSON")
    parser.add_argument("--check", action="store_true", help="only check the scenario")
    options = parser.parse_args(arguments)
    try:
        found = scenario.find(options.scenario)
    except GastownError as error:
        sys.stderr.write(f"gastown rehearsal: {error.line()}\n")
        return error.code
    if options.check:
        return ExitCode.OK
    try:
        server = RehearsalServer(
            found,
            port=options.port,
            pace=max(0.0, options.pace),
            token=os.environ.get(TOKEN_VARIABLE, ""),
            gt_command=options.gt_command,
            keep=options.keep,
        )
    except OSError as error:
        sys.stderr.write(f"gastown rehearsal: cannot listen on port {options.port}: {error.strerror}\n")
        return ExitCode.UNAVAILABLE
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # shutdown() waits for the serving loop, which runs in this very thread.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    if options.port_file:
        _announce(options.port_file, server.server_address[1])
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    with server:
        server.serve_forever(poll_interval=0.1)
    return ExitCode.OK


def _announce(path: Path, port: int) -> None:
    """Whole or not at all: a reader polls for this file."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(f"{port}\n", encoding="ascii")
    temporary.replace(path)


if __name__ == "__main__":
    raise SystemExit(main())
