"""Many processes on one ledger: every bead has one owner, and a killed writer leaves nothing half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from gastown_tui.core.rows import Rig
from gastown_tui.core.states import BeadState, Dial
from gastown_tui.ledger import beads, events, rigs
from gastown_tui.ledger.beads import NewBead
from gastown_tui.ledger.connection import connect, transaction
from gastown_tui.services.context import TownContext

RACERS, BEADS = 20, 500
RACER = """
import sys
from pathlib import Path
from gastown_tui.core.errors import Conflict
from gastown_tui.ledger import beads
from gastown_tui.ledger.connection import connect
from gastown_tui.core.states import BeadState
conn = connect(Path(sys.argv[1]))
me = sys.argv[2]
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
won = 0
for bead in beads.every(conn):
    try:
        beads.claim(conn, bead.id, me, now=1.0)
        won += 1
    except Conflict:
        pass
print(won)
"""
WRITER = """
import sys
from pathlib import Path
from gastown_tui.ledger import beads
from gastown_tui.ledger.beads import NewBead
from gastown_tui.ledger.connection import connect, transaction
conn = connect(Path(sys.argv[1]))
with transaction(conn):
    beads.create(conn, NewBead("mines", "ms", "half done"), actor="x", now=1.0)
    sys.stdout.write("ready\\n"); sys.stdout.flush()
    sys.stdin.readline()
"""


def add_rig(ctx: TownContext) -> None:
    rigs.add(ctx.ledger, Rig("mines", "ms", "", "main", Dial.ASK, 4, "active", 1.0), actor="overseer")


def start(code: str, ledger: Path, *words: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(ledger), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_twenty_processes_racing_for_five_hundred_beads_give_single_owners(town: TownContext) -> None:
    add_rig(town)
    with transaction(town.ledger) as conn:
        for number in range(BEADS):
            beads.create(conn, NewBead("mines", "ms", f"bead {number}"), actor="overseer", now=float(number))
    racers = [start(RACER, town.layout.ledger, f"mines/polecats/p{number}") for number in range(RACERS)]
    won = {}
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for number, racer in enumerate(racers):
        out, _ = racer.communicate(timeout=100)
        assert racer.returncode == 0
        won[f"mines/polecats/p{number}"] = int(out)
    found = beads.every(town.ledger)
    assert len({bead.id for bead in found}) == BEADS
    assert {bead.state for bead in found} == {BeadState.HOOKED}
    owners = Counter(bead.assignee for bead in found)
    assert owners == Counter({racer: count for racer, count in won.items() if count})
    hooked = Counter(event.bead for event in events.after(town.ledger, 0, 5000) if event.kind == "bead.hooked")
    assert set(hooked.values()) == {1}
    assert len(hooked) == BEADS


def test_a_writer_killed_in_its_transaction_leaves_nothing(town: TownContext) -> None:
    add_rig(town)
    writer = start(WRITER, town.layout.ledger)
    os.kill(writer.pid, signal.SIGKILL)
    writer.communicate(timeout=30)
    assert beads.every(town.ledger) == []
    assert [event.kind for event in events.after(town.ledger, 0) if event.bead] == []
    beads.create(town.ledger, NewBead("mines", "ms", "after"), actor="x", now=2.0)
    other = connect(town.layout.ledger, read_only=True)
    assert [bead.title for bead in beads.every(other)] == ["after"]
    other.close()
