"""`gt mq` and `gt approve`."""

from __future__ import annotations

from dataclasses import asdict

import click

from gastown_tui.cli.output import emit, say, table
from gastown_tui.cli.session import age, clock, json_option, open_town, person, wait_option, wake
from gastown_tui.core.rows import Merge
from gastown_tui.core.states import BeadState
from gastown_tui.services import merge_queue


@click.group(epilog="Example: gt mq list")
def mq() -> None:
    """The merge queue: what was handed in, on its way to the target branch."""


def _row(merge: Merge, now: float) -> list[str]:
    head = (merge.rebased_head or merge.submitted_head)[:10]
    return [
        str(merge.id),
        merge.bead,
        merge.state.value.replace("_", " "),
        merge.agent,
        head,
        age(now, merge.updated_at),
        merge.detail,
    ]


@mq.command("list", epilog="Example: gt mq list --rig mines")
@click.option("--rig", default="", help="Only this rig.")
@click.option("--all", "everything", is_flag=True, help="What has landed or was rejected, too.")
@json_option
def list_merges(rig: str, everything: bool, as_json: bool) -> None:
    """List merges, oldest first."""
    ctx = open_town()
    found = merge_queue.listing(ctx, rig, everything=everything)
    emit(found, table([_row(merge, ctx.now()) for merge in found]), as_json=as_json)
    if not found and not as_json:
        say("the queue is empty")


@mq.command("show", epilog="Example: gt mq show 3 --diff")
@click.argument("word", metavar="MERGE|BEAD")
@click.option("--diff", "with_diff", is_flag=True, help="With the patch.")
@json_option
def show(word: str, with_diff: bool, as_json: bool) -> None:
    """Show a merge: its heads, its gates' log, and with --diff what it changes."""
    from gastown_tui.services import diff

    ctx = open_town()
    found = merge_queue.detail(ctx, word)
    merge = found.merge
    patch = diff.of_merge(ctx, merge.id) if with_diff else ""
    lines = table(
        [
            ["merge", str(merge.id)],
            ["bead", f"{merge.bead} {found.bead.title}"],
            ["state", f"{merge.state.value.replace('_', ' ')} {merge.detail}".rstrip()],
            ["agent", f"{merge.agent}, run {merge.run}"],
            ["branch", merge.branch],
            ["submitted", merge.submitted_head],
            ["rebased", merge.rebased_head],
            ["target", f"{merge.target_before[:12]} → {merge.target_after[:12]}"],
            ["attempts", str(merge.attempt)],
            ["approved", f"by {merge.approved_by}, {clock(merge.approved_at)}" if merge.approved_by else ""],
        ]
    )
    for title, text in (("Log", found.log), ("Diff", patch)):
        if text:
            lines += ["", f"{title}:", *text.splitlines()]
    emit({**asdict(merge), "log_tail": found.log, **({"diff": patch} if with_diff else {})}, lines, as_json=as_json)


@mq.command("retry", epilog="Example: gt mq retry 3 --wait")
@click.argument("word", metavar="MERGE|BEAD")
@wait_option
@json_option
def retry(word: str, wait: float | None, as_json: bool) -> None:
    """Try a merge again that came back with a conflict, a red gate or a rejection, as it is."""
    ctx = open_town()
    merge = merge_queue.retry(ctx, word)
    wake(ctx)
    if wait is not None:
        from gastown_tui.core.states import LANE_STATES
        from gastown_tui.services.waiting import wait_for

        wait_for(lambda: merge_queue.find(ctx, str(merge.id)).state not in LANE_STATES, wait, "the merge")
        merge = merge_queue.find(ctx, str(merge.id))
    emit(merge, table([_row(merge, ctx.now())]), as_json=as_json)


@mq.command("reject", epilog="Example: gt mq reject 3 --reason 'not what the bead asks for'")
@click.argument("word", metavar="MERGE|BEAD")
@click.option("-r", "--reason", required=True, help="Whoever goes on with the bead reads it.")
@json_option
def reject(word: str, reason: str, as_json: bool) -> None:
    """Take a merge out of the queue; its bead opens again."""
    ctx = person("reject a merge")
    merge = merge_queue.reject(ctx, word, reason)
    wake(ctx)
    emit(merge, table([_row(merge, ctx.now())]), as_json=as_json)


@click.command(epilog="Example: gt approve ms-4f2 --wait   or   gt approve ms-4f2 --send-back 'needs a test'")
@click.argument("bead_ids", metavar="BEAD...", nargs=-1, required=True)
@click.option("--send-back", "reason", metavar="REASON", help="Do not land it: the next run reads why.")
@wait_option
@json_option
def approve(bead_ids: tuple[str, ...], reason: str | None, wait: float | None, as_json: bool) -> None:
    """Let work land that waits for you, or accept work without code."""
    from gastown_tui.services import approvals, beads

    ctx = person("approve work")
    decided = [
        approvals.approve(ctx, beads.find(ctx, bead).id)
        if reason is None
        else approvals.send_back(ctx, beads.find(ctx, bead).id, reason)
        for bead in bead_ids
    ]
    wake(ctx)
    if wait is not None:
        from gastown_tui.services.waiting import wait_for

        wait_for(lambda: all(beads.find(ctx, bead).state is not BeadState.SUBMITTED for bead in bead_ids), wait, "the landing")
    states = [beads.find(ctx, one.bead) for one in decided]
    word = "approved" if reason is None else "sent back"
    data = [{**asdict(one), "state": bead.state, "outcome": bead.outcome} for one, bead in zip(decided, states, strict=True)]
    emit(
        data, [f"{word} {bead.id}: {bead.outcome.value if bead.outcome else bead.state.value}" for bead in states], as_json=as_json
    )
