"""Our own tmux configuration. A person's tmux.conf is never read: it may kill the server, run programs, change keys."""

from __future__ import annotations

from collections.abc import Mapping

from gastown_tui.infra.environment import clean_environment
from gastown_tui.infra.processes import run
from gastown_tui.infra.programs import find_program

HISTORY_LINES = 20_000

_CONFIG = """\
# Written by gastown at every start of this server; changes here do not last.
set -s exit-empty off
set -s escape-time 0
set -sq set-clipboard off
set -s default-terminal {terminal}
set -g history-limit {history}
set -g mouse off
set -g status off
set -g set-titles off
set -g bell-action none
set -g visual-bell off
set -g update-environment ""
set -g destroy-unattached off
set -g detach-on-destroy on
set -gq default-shell /bin/sh
set -gw remain-on-exit on
set -gw window-size smallest
set -gw automatic-rename off
set -gw allow-rename off
set -gw monitor-activity off
set -gwq allow-passthrough off
bind -n F12 detach-client
bind -n C-q detach-client
"""


def tmux_config(environment: Mapping[str, str]) -> str:
    """The file's content for this machine.

    Attached people share the smallest of their sizes: by the latest one, each key of theirs would resize the agent.
    `tmux-256color` is named where it is described: macOS's own ncurses lacks it, and programs in the panes would fail.
    """
    infocmp = find_program("infocmp", environment)
    terminal = "screen-256color"
    if infocmp is not None:
        done = run([str(infocmp), "tmux-256color"], env=clean_environment(environment), timeout=5)
        if done.code == 0:
            terminal = "tmux-256color"
    return _CONFIG.format(terminal=terminal, history=HISTORY_LINES)
