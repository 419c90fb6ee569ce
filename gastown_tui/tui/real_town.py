"""The console's town on disk: its services behind the console's own small interfaces.

One context for each thread; the panes' client lives in the event loop.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from gastown_tui.core.ids import MAYOR
from gastown_tui.core.layout import TownLayout
from gastown_tui.core.rows import Delivery, Event, ReviewComment
from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.infra.control import ControlClient
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import events, runs
from gastown_tui.ledger.connection import data_version
from gastown_tui.services import (
    approvals,
    beads,
    boot,
    broadcast,
    cases,
    control,
    conversation,
    convoys,
    diff,
    doctor,
    estop,
    explain,
    mail,
    merge_queue,
    messages,
    outbox,
    panes,
    remedies,
    requests,
    review,
    rules,
    settings_form,
    sling,
    transcripts,
)
from gastown_tui.services.context import TownContext, open_context
from gastown_tui.tui.doing import Town
from gastown_tui.tui.panes.hub import PaneClient, PaneHub
from gastown_tui.tui.picture import Pictures
from gastown_tui.tui.viewmodels import post
from gastown_tui.tui.viewmodels.chat import Said, merged

_SPEAKERS = {"you": "you", "agent": "mayor", "receipt": "receipt", "note": "note"}
RECEIPTS_FOR = 6 * 3600.0
"""Seconds for which your words to others stay in the conversation."""


class TownSource:
    """What the feed's thread reads."""

    def __init__(self, ctx: TownContext) -> None:
        self._ctx = ctx
        self._pictures = Pictures(ctx)
        self._estop = str(ctx.layout.estop)
        self._talk: tuple[int, str, tuple[str, ...]] = (-1, "", ())
        """The ledger's version, the mayor's newest run as of it, and the files of its conversation."""
        self._conversations = conversation.Conversations(ctx)

    def version(self) -> object:
        return data_version(self._ctx.ledger), data_version(self._ctx.telemetry), os.path.exists(self._estop)  # noqa: PTH110 (four times a second)

    def snapshot(self) -> TownSnapshot:
        return self._pictures.take()

    def conversation_version(self) -> object:
        """The sizes of the newest run's transcript and of its unfinished answer, and the ledger's version."""
        version = data_version(self._ctx.ledger)
        if version != self._talk[0]:
            newest = next(iter(runs.of_agent(self._ctx.ledger, MAYOR, 1)), None)
            files: tuple[str, ...] = ()
            if newest is not None:
                live = self._ctx.layout.run_directory(newest.id) / "live.json"
                files = (str(transcripts.transcript_of(self._ctx, newest)), str(live))
            self._talk = (version, newest.id if newest is not None else "", files)
        return self._talk, [_stamp(file) for file in self._talk[2]]

    def conversation(self) -> tuple[Said, ...]:
        found = conversation.read(self._ctx, MAYOR, self._conversations)
        said = [Said(_SPEAKERS.get(turn.speaker, "note"), outbox.unfolded(self._ctx, turn.text), turn.at) for turn in found.turns]
        since = self._ctx.now() - RECEIPTS_FOR
        mine, others = outbox.receipts(self._ctx, MAYOR, since=since)
        said = merged(said, [*post.receipts(others, self._why), *post.not_taken_up(mine, self._why)])
        if found.live:
            said.append(Said("mayor", found.live, self._ctx.now(), is_live=True))
        return tuple(said)

    def _why(self, delivery: Delivery) -> str:
        return outbox.why(self._ctx, delivery)

    def close(self) -> None:
        self._ctx.close()


def _stamp(path: str) -> tuple[float, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 (four times a second)
    except OSError:
        return 0.0, 0
    return found.st_mtime, found.st_size


class TownActs:
    """What a person does; every method runs in the acts' thread."""

    def __init__(self, ctx: TownContext) -> None:
        self._ctx = ctx
        self._conversations = conversation.Conversations(ctx)

    def boot(self) -> None:
        boot.ensure_supervisor(self._ctx, wait=False)

    def answer(self, request_id: str, key: str, text: str) -> None:
        requests.answer(self._ctx, request_id, key, text)

    def make_rule(self, rule: Mapping[str, str]) -> str:
        return rules.add(self._ctx, rule["verdict"], rule["tool"], rule["pattern"], rule["rig"], rule["role"]).id

    def remove_rule(self, rule: str) -> str:
        return rules.remove(self._ctx, rule).words

    def approve(self, bead: str) -> None:
        approvals.approve(self._ctx, bead)

    def send_back(self, bead: str, reason: str) -> None:
        approvals.send_back(self._ctx, bead, reason)

    def retry(self, merge_id: int) -> None:
        merge_queue.retry(self._ctx, str(merge_id))

    def say(self, receiver: str, text: str) -> None:
        messages.say(self._ctx, receiver, text)

    def interrupt(self, receiver: str, text: str) -> None:
        messages.interrupt(self._ctx, receiver, text)

    def nudge(self, receiver: str, text: str) -> None:
        messages.nudge(self._ctx, receiver, text)

    def broadcast(self, receivers: Sequence[str], text: str, kind: str = "nudge") -> list[str]:
        sent = broadcast.send_to(self._ctx, receivers, text, kind=kind)
        return [f"{one.receiver}: {one.error}" for one in sent.sendings if one.error]

    def stop_agent(self, address: str) -> None:
        control.stop_agent(self._ctx, address)

    def restart_agent(self, address: str) -> None:
        control.restart_agent(self._ctx, address)

    def file(self, title: str, rig: str) -> str:
        return beads.create(self._ctx, beads.Filing(title, rig=rig)).id

    def sling(self, bead: str, target: str) -> str:
        return sling.sling(self._ctx, bead, target).slung_to

    def convoy(self, title: str, beads: Sequence[str]) -> str:
        return convoys.create(self._ctx, title, list(beads)).convoy.id

    def acknowledge(self, incident: int) -> None:
        control.acknowledge(self._ctx, incident)

    def control(self, verb: str) -> str:
        ctx = self._ctx
        match verb:
            case "pause":
                control.pause(ctx)
                return "paused: nothing new starts"
            case "resume":
                control.resume(ctx)
                return "work starts again"
            case "up":
                return "the town is up" if control.up(ctx) else "the town is wanted up; its supervisor is starting"
            case "down":
                control.down(ctx)
                return "the town goes down"
            case "estop":
                return _halted(control.stop_everything(ctx))
            case "release":
                still = estop.release(ctx)
                return f"released, still stopped: {', '.join(still)}" if still else "released: the agents go on"
        raise AssertionError(verb)

    def review_comments(self, bead: str) -> list[ReviewComment]:
        return review.comments(self._ctx, bead)

    def review_comment(self, bead: str, path: str, line: int, text: str, side: str) -> None:
        review.comment(self._ctx, bead, path, line, text, side)

    def review_drop(self, comment: int) -> None:
        review.drop(self._ctx, comment)

    def review_resolve(self, comment: int) -> None:
        review.resolve(self._ctx, comment)

    def review_send(self, bead: str, words: str) -> None:
        review.send(self._ctx, bead, words)

    def diff(self, merge_id: int) -> str:
        return diff.of_merge(self._ctx, merge_id)

    def log(self, merge_id: int) -> str:
        return merge_queue.detail(self._ctx, str(merge_id)).log

    def heard(self, agent: str) -> conversation.Heard:
        return self._conversations.heard(agent)

    def last_words(self, agent: str) -> tuple[str, str]:
        turns = conversation.read(self._ctx, agent, self._conversations).turns
        answers = [turn.text for turn in turns if turn.speaker == "agent"]
        commands = [turn.text for turn in turns if turn.speaker == "receipt"]
        return answers[-1] if answers else "", commands[-1].partition(" ")[2] if commands else ""

    def explain(self, agent: str) -> explain.Explanation:
        return explain.explain(self._ctx, agent)

    def correct(self, agent: str, really: str) -> str:
        return cases.keep(self._ctx, agent, really).name

    def about(self, bead: str) -> tuple[beads.BeadDetail, list[Event]]:
        return beads.detail(self._ctx, bead), events.of_bead(self._ctx.ledger, bead)

    def threads(self, everybody: bool) -> list[mail.Thread]:
        return mail.threads(self._ctx, everybody=everybody)

    def read_thread(self, thread: str) -> None:
        mail.read_thread(self._ctx, thread)

    def archive(self, thread: str, is_archived: bool) -> None:
        mail.archive(self._ctx, thread, is_archived=is_archived)

    def write(self, receivers: Sequence[str], subject: str, text: str) -> None:
        messages.send(self._ctx, receivers, text, subject=subject)

    def reply(self, message: str, text: str) -> None:
        mail.reply(self._ctx, message, text)

    def examine(self) -> list[doctor.Check]:
        return doctor.examine(self._ctx)

    def repair(self, fix: str) -> str:
        return remedies.apply(self._ctx, fix)

    def settings(self, extra: Sequence[tuple[str, ...]]) -> list[settings_form.Section]:
        return settings_form.sections(self._ctx, extra)

    def change_setting(self, section: str, path: Sequence[str], text: str | None) -> None:
        settings_form.change(self._ctx, section, path, text)

    def close(self) -> None:
        self._ctx.close()


def _halted(stopped: estop.Stopped) -> str:
    proven = sum(halt.state == estop.STOPPED for halt in stopped.runs)
    running = [halt.agent for halt in stopped.runs if halt.state != estop.STOPPED]
    words = f"E-STOP: {proven} of {len(stopped.runs)} stopped, proven"
    return f"{words}; still running: {', '.join(running)}" if running else words


def town_at(root: Path) -> Town:
    """The console's view of the town at `root`; opens nothing yet."""
    layout = TownLayout(root)

    async def open_panes(hub: PaneHub) -> PaneClient:
        client = ControlClient(layout.tmux_socket)
        await client.start(hub.mark, hub.changed)
        return client

    def attach_argv(agent: AgentView) -> Sequence[str]:
        return panes.attach_argv(TmuxServer(layout), agent.session)

    return Town(
        name=root.name,
        open_source=lambda: TownSource(open_context(root)),
        open_acts=lambda: TownActs(open_context(root)),
        open_panes=open_panes,
        attach_argv=attach_argv,
    )
