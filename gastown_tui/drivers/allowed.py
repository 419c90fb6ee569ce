"""What an agent may run unasked at autonomy `edit`, for CLIs that ask by a command's first words."""

from __future__ import annotations

import shlex

from gastown_tui.drivers.base import LaunchRequest
from gastown_tui.drivers.claude_settings import FORBIDDEN, GIT_READS, GIT_WRITES, TESTERS
from gastown_tui.drivers.roles import is_planner


def allowed(request: LaunchRequest) -> list[str]:
    """Beginnings of commands: the town, reading git, and for a worker also commits, tests and the rig's gates."""
    found = ["$GT", '"$GT"', "gt", "bd", str(request.gt), *(f"git {verb}" for verb in GIT_READS)]
    if not is_planner(request):
        found += [*(f"git {verb}" for verb in GIT_WRITES), *TESTERS, *(shlex.join(gate) for gate in request.gates)]
    return found


def forbidden() -> list[str]:
    """Beginnings of commands that nobody runs, at no autonomy."""
    return list(FORBIDDEN)
