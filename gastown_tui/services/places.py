"""Towns on other machines: attaching to one over ssh, and what a new line changes for a town that went on meanwhile."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

from gastown_tui.core.errors import Unavailable
from gastown_tui.core.layout import TownLayout
from gastown_tui.infra import ssh


def attach(text: str) -> int:
    """Opens the console of the town at `[USER@]HOST[:TOWN]` in this terminal; returns its exit code.

    Raises:
        UsageError: that is no host.
        Unavailable: no ssh here, no gastown there, or the line did not come up or was lost.
    """
    # Not above: the console opens with this module, and needs nothing of what this one loads.
    from gastown_tui.infra.programs import require_program

    destination = ssh.parse_destination(text)
    argv = ssh.console_argv(require_program("ssh"), destination)
    # The multiplexer here and the one there have nothing in common.
    environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}
    code = subprocess.run(argv, env=environment, check=False).returncode
    if code == ssh.NOT_FOUND:
        raise Unavailable(f"there is no gastown on {destination.host}", hint="install it there, in ~/.local/bin or on the PATH")
    if code == ssh.LINE_LOST:
        raise Unavailable(
            f"no line to {destination.host}", hint="a town there goes on without you; the same command comes back to where you were"
        )
    return code


def keep_agent_socket(layout: TownLayout, environment: Mapping[str, str] = os.environ) -> None:
    """Lets the town's pushes ask the ssh agent of this login, instead of one that went away with an older line."""
    ssh.point_agent_link(layout.ssh_agent, environment)
