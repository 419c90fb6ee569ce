"""`gt done`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, say
from gastown_tui.cli.session import json_option, open_town, read_text, wait_option, wake
from gastown_tui.core.states import BeadState
from gastown_tui.services import beads
from gastown_tui.services import done as service


@click.command(epilog="Example: $GT done --summary 'Flood fill opens whole areas'")
@click.option("-s", "--summary", default="", help="One line on what you did; - reads standard input.")
@click.option("--no-code", is_flag=True, help="Nothing had to be changed; needs --summary.")
@wait_option
@json_option
def done(summary: str, no_code: bool, wait: float | None, as_json: bool) -> None:
    """Hand in your work. The refinery rebases, tests and merges it; the bead closes when it has landed."""
    ctx = open_town()
    handed_in = service.submit(ctx, summary=read_text(summary), no_code=no_code)
    wake(ctx)
    if wait is not None:
        from gastown_tui.services.waiting import wait_for

        wait_for(lambda: beads.find(ctx, handed_in.bead).state is not BeadState.SUBMITTED, wait, "the merge")
    merge = handed_in.merge
    what = f"handed in {handed_in.bead} at {handed_in.head[:10]}" if merge else f"handed in {handed_in.bead} without code"
    follow = f"merge {merge.id} is {merge.state.value}; stop now, the refinery does the rest" if merge else "a person accepts it"
    if handed_in.untracked:
        say(f"warning: {handed_in.untracked} files that git does not know were not handed in")
    emit(handed_in, [what, follow], as_json=as_json)
