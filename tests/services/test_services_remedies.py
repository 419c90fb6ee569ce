"""What the doctor offers to repair is repaired, and found to be so by the next look."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown_tui.core.errors import UsageError
from gastown_tui.ledger import incidents
from gastown_tui.services import doctor, remedies
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import create_town


@pytest.fixture
def ctx(tmp_path: Path) -> TownContext:
    return create_town(tmp_path / "gt")


def offered(ctx: TownContext, name: str) -> doctor.Check:
    return next(check for check in doctor.examine(ctx) if check.name == name)


def test_open_modes_and_missing_commands_are_repaired(ctx: TownContext) -> None:
    ctx.layout.logs.chmod(0o755)
    (ctx.layout.bin / "gt-hook").unlink()
    for name in ("permissions", "commands"):
        check = offered(ctx, name)
        assert check.state != "ok"
        assert remedies.label(check.fix)
        remedies.apply(ctx, check.fix)
        assert offered(ctx, name).state == "ok"
    assert ctx.layout.logs.stat().st_mode & 0o777 == 0o700


def test_an_incident_is_acknowledged(ctx: TownContext) -> None:
    incidents.raise_one(ctx.ledger, "stalled", "mayor", "no progress", now=ctx.now(), severity="low", actor="supervisor")
    remedies.apply(ctx, offered(ctx, "incident").fix)
    assert incidents.open_ones(ctx.ledger)[0].acknowledged_by
    assert not offered(ctx, "incident").fix


def test_every_finding_says_why_it_matters(ctx: TownContext) -> None:
    assert all(remedies.why(check.name) for check in doctor.examine(ctx))


def test_what_nobody_offers_is_refused(ctx: TownContext) -> None:
    with pytest.raises(UsageError):
        remedies.apply(ctx, "rm -rf")
