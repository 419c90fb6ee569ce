"""Files that `gt` and hooks dropped where they could not write the ledger, taken in when it can be written again.

A spool file is JSON: {"kind": "report" | "log", "agent", "run", "token", …}. Only a run's own token may speak for it.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

from gastown_tui.ledger import runs, telemetry
from gastown_tui.services.context import TownContext

log = logging.getLogger(__name__)
FILE_LIMIT = 65_536
PER_ROUND = 50


def drain(ctx: TownContext) -> int:
    """Takes in what lies in the spool, oldest first; returns how many files were taken. Garbage is set aside, not lost."""
    if not ctx.layout.spool.is_dir():
        return 0
    taken = 0
    for path in sorted(ctx.layout.spool.glob("*.json"))[:PER_ROUND]:
        if _take(ctx, path):
            path.unlink(missing_ok=True)
            taken += 1
        else:
            path.rename(path.with_suffix(".bad"))
            log.warning("spool file %s is not understood", path.name)
    return taken


def _take(ctx: TownContext, path: Path) -> bool:
    try:
        if path.stat().st_size > FILE_LIMIT:
            return False
        value = json.loads(path.read_text(encoding="utf-8"))
        run = runs.find(ctx.ledger, str(value["run"]))
        if run is None or run.token != value["token"]:
            return False
        at = float(value["at"])
        match value["kind"]:
            case "report":
                state, detail, rule = (str(value[name]) for name in ("state", "detail", "rule"))
                newest = telemetry.reports(ctx.telemetry).get(run.id)
                if newest is not None and newest.at > at:
                    telemetry.log(ctx.telemetry, run.id, run.agent, str(value.get("event", "")), now=at)
                    return True
                telemetry.report(ctx.telemetry, run.id, run.agent, state, detail, rule, now=at, event=str(value.get("event", "")))
            case "log":
                telemetry.log(ctx.telemetry, run.id, run.agent, str(value["event"]), value.get("data"), now=at)
            case _:
                return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True
