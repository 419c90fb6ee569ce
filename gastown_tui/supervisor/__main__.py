"""`python -m gastown_tui.supervisor --town DIR`: the supervisor's process."""

from __future__ import annotations

import argparse
import logging
import logging.handlers
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from gastown_tui.core.errors import Conflict, GastownError
from gastown_tui.core.ids import SUPERVISOR
from gastown_tui.core.layout import TownLayout
from gastown_tui.infra.locks import Lock
from gastown_tui.ledger import connection, events, migrations, telemetry
from gastown_tui.ledger.backup import back_up
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor import journal, probes
from gastown_tui.supervisor.loop import Supervisor

LOG_BYTES = 2_000_000
LOG_FILES = 3


def main(arguments: list[str] | None = None) -> int:
    """Runs the supervisor of one town; returns 0 at once when another one holds the lock."""
    parser = argparse.ArgumentParser(prog="gastown-supervisor", description=__doc__)
    parser.add_argument("--town", type=Path, required=True)
    parser.add_argument("--detach", action="store_true", help="go on in the background, as a session leader of its own")
    options = parser.parse_args(arguments)
    layout = TownLayout(options.town.resolve())
    if options.detach:
        detach(layout)
    lock = Lock(layout.supervisor_lock)
    try:
        lock.acquire()
    except Conflict:
        return 0
    set_up_log(layout)
    try:
        migrate(layout)
        supervise(TownContext(layout, SUPERVISOR), lock)
    except GastownError as error:
        logging.getLogger(__name__).error("%s", error.line())
        print(error.line(), file=sys.stderr)  # noqa: T201 - nobody else can tell whoever started us
        return int(error.code)
    finally:
        lock.release()
    return 0


def supervise(ctx: TownContext, lock: Lock) -> None:
    """Recovers what a crash left, then goes round until it is told to stop."""
    ctx.layout.heartbeat.touch()
    unsettled = journal.recover(ctx, probes.PROBES)
    with connection.transaction(ctx.ledger):
        data = {"pid": os.getpid(), "unsettled": len(unsettled)}
        events.record(ctx.ledger, now=ctx.now(), kind="supervisor.started", actor=SUPERVISOR, subject="supervisor", data=data)
    supervisor = Supervisor(ctx, lock)

    def on_signal(number: int, frame: FrameType | None) -> None:
        supervisor.stop()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    supervisor.run()
    if not lock.is_in_place():
        return  # the ledger went with the town
    with connection.transaction(ctx.ledger):
        events.record(ctx.ledger, now=ctx.now(), kind="supervisor.stopped", actor=SUPERVISOR, subject="supervisor")


def migrate(layout: TownLayout) -> None:
    """Brings an older ledger to our schema, after a backup. We hold the lock, so nobody else does."""
    conn = connection.connect(layout.ledger)
    try:
        if 0 < migrations.version(conn) < len(migrations.MIGRATIONS):
            back_up(conn, layout.backups, now=TownContext(layout).now())
            migrations.migrate(conn)
        migrations.check(conn)
        try:
            telemetry.prepare(layout.telemetry)  # its tables are made when they are missing; it has no versions
        except (connection.DatabaseError, GastownError) as error:
            # It may be lost, and work goes on without it.
            logging.getLogger(__name__).error("telemetry: %s", error)
    finally:
        conn.close()


def detach(layout: TownLayout) -> None:
    """Two forks and a session of its own; output goes to the log from here on."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    layout.logs.mkdir(mode=0o700, exist_ok=True)
    null = os.open(os.devnull, os.O_RDWR)
    errors = os.open(layout.logs / "supervisor.err", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, number in ((null, 0), (errors, 1), (errors, 2)):
        os.dup2(source, number)


def set_up_log(layout: TownLayout) -> None:
    """One rotating file; agents' text in it is escaped by `repr` where it is logged."""
    layout.logs.mkdir(mode=0o700, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        layout.logs / "supervisor.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


if __name__ == "__main__":
    sys.exit(main())
