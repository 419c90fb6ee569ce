"""Focus: the bar over the pane, and beside it what is asked, the work, the vitals and what happened."""

from __future__ import annotations

from gastown_tui.core.rows import Request
from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Span, Spans, clean, cut, wrap
from gastown_tui.tui.tokens import GLYPH
from gastown_tui.tui.viewmodels.agents import agent_age, evidence
from gastown_tui.tui.viewmodels.asking import ask_lines, risk_lines, verbs
from gastown_tui.tui.viewmodels.common import BLANK, WORKER_WORDS, age, bar, count, fill, inside, keys, mark, money, short, title
from gastown_tui.tui.viewmodels.digest import NEARLY_FULL
from gastown_tui.tui.viewmodels.events import event_row
from gastown_tui.tui.viewmodels.outgoing import to_agent
from gastown_tui.tui.viewmodels.scrollback import Scrollback

SHOWN_EVENTS = 12


def live_bar(
    agent: AgentView,
    now: float,
    *,
    is_typing: bool,
    in_mode: bool,
    can_attach: bool = True,
    scroll: Scrollback | None = None,
    news: int = 0,
) -> Row:
    """Who it is, and who has the keys; while somebody reads back, where they are."""
    left: list[Span] = [
        mark(agent.verdict.light),
        (f" {short(agent.address)}", "b ink"),
        (f"  {agent_age(agent, now)}  ", agent.verdict.light.value),
    ]
    warning = "copy mode: typed text would be lost" if in_mode else "a person is attached" if agent.attached else ""
    if is_typing:
        words = ((warning, "b stalled"),) if warning else (("YOU ARE TYPING INTO IT", "b focus"),)
        return Row((*left, *words), keys(("F12", "or"), ("^Q", "ends")), ground="raised")
    if scroll is not None:
        return Row((*left, *back_words(scroll, news)), keys(("End", "live")), ground="raised")
    left += [(f"{warning}  ", "stalled")] if warning else []
    place = f"{clean(agent.rig)} · " if agent.rig else ""
    left.append((f"{place}{WORKER_WORDS.get(agent.role, agent.role)} · {clean(agent.driver)}", "soft"))
    return Row(
        tuple(left),
        keys(("focus.type", "type in"), *((("agent.attach", "attach"),) if can_attach else ()))
        if agent.pane
        else (("not running", "faint"),),
    )


def back_words(scroll: Scrollback, news: int) -> Spans:
    """How far back one reads, what came meanwhile, and where among what was found."""
    words: list[Span] = [(f"{scroll.back} lines back", "b focus")]
    if scroll.words:
        found = f"{scroll.at + 1} of {len(scroll.hits)}" if scroll.hits else "nowhere"
        words += [(f"  “{cut(clean(scroll.words), 24)}” {found}", "ink" if scroll.hits else "stalled")]
    if news:
        words += [(f"  {news} new below", "soft")]
    return tuple(words)


def gone_bar(address: str) -> Row:
    """The agent is not in the town any more."""
    return Row(
        ((f"{clean(address)} is gone", "b soft"), ("  its work and conversation are kept", "soft")), keys(("app.back", "back"))
    )


def ask_rows(request: Request, snapshot: TownSnapshot, now: float, width: int) -> list[Row]:
    """The request as a card, with its risk."""
    head = Row(
        ((f"{GLYPH_NEEDS} {clean(request.kind).upper()}", "b needs"),),
        ((age(now - request.created_at), "needs"),),
        edge="needs",
        ground="raised",
        indent=1,
    )
    rows = [head]
    rows += [Row(line, edge="needs", ground="raised", indent=1) for line in ask_lines(request, width, limit=6)]
    below = [*risk_lines(request, snapshot, width, limit=2), verbs(request)]
    return [*rows, *(Row(line, edge="needs", ground="raised", indent=1) for line in below)]


def side_rows(snapshot: TownSnapshot, agent: AgentView, request: Request | None, now: float, width: int) -> list[Row]:
    """Everything known about the agent that its pane does not show."""
    rows: list[Row] = []
    if request is not None:
        rows += [*ask_rows(request, snapshot, now, width - 3), BLANK]
    elif said := evidence(agent, now):
        rows += [Row(said.left), BLANK]
    if told := to_agent(snapshot, agent.address, width):
        rows += [title("YOUR WORDS"), *told, BLANK]
    rows += _work(snapshot, agent, width)
    rows += _vitals(agent, now)
    here = [
        event
        for event in snapshot.events
        if event.run == agent.run or event.subject == agent.address or (agent.bead and event.bead == agent.bead)
    ]
    rows.append(title("TIMELINE", f"{key_of('agent.bead')} all of it" if agent.bead else ""))
    rows += [event_row(event, with_key=False, narrow=True) for event in reversed(here[-SHOWN_EVENTS:])] or [
        Row((("nothing yet", "faint"),))
    ]
    return rows


def _work(snapshot: TownSnapshot, agent: AgentView, width: int) -> list[Row]:
    rows = [title("WORK", f"{key_of('agent.bead')} open" if agent.bead else "")]
    if not agent.bead:
        return [*rows, Row((("nothing on its hook", "soft"),)), BLANK]
    words = wrap(f"{clean(agent.bead)} {clean(agent.bead_title)}", width)
    rows += [Row(((part, "ink"),)) for part in words[:3]]
    convoy = next((convoy for convoy in snapshot.convoys if agent.bead in convoy.beads), None)
    if convoy:
        rows.append(Row(((f"{clean(convoy.id)} {clean(convoy.title)}", "soft"),), bar(convoy.landed, convoy.total)))
    if agent.branch:
        rows.append(Row((("branch ", "soft"), (clean(agent.branch), "ink"))))
    if agent.worktree:
        rows.append(Row((("worktree ", "soft"), (inside(agent.worktree, snapshot.root), "ink"))))
    return [*rows, BLANK]


def _vitals(agent: AgentView, now: float) -> list[Row]:
    verdict = agent.verdict
    rows = [title("VITALS", f"{key_of('agent.explain')} explain")]
    rows.append(
        Row(
            (("state from ", "soft"), (verdict.source.name.lower(), "ink"), (f" {clean(verdict.rule)}", "soft")),
            ((f"{age(now - verdict.at)} ago" if verdict.at else "", "soft"),),
        )
    )
    if agent.run:
        rows.append(Row((("run ", "soft"), (clean(agent.run), "ink")), ((clean(agent.run_state), "soft"),)))
    rows += _usage(agent, now)
    return [*rows, BLANK]


def _usage(agent: AgentView, now: float) -> list[Row]:
    """Tokens by kind with their cost, how full the conversation is, and what was said last."""
    rows: list[Row] = []
    if agent.spent is not None and agent.spent.tokens.total:
        used = agent.spent.tokens
        rows.append(
            Row((("cost ", "soft"), (money(agent.spent) or "price unknown", "ink")), ((f"{agent.spent.calls} answers", "soft"),))
        )
        kinds = (("in", used.input), ("out", used.output), ("cache read", used.cache_read), ("written", used.cache_write))
        rows.append(Row((("tokens ", "soft"), (" · ".join(f"{count(number)} {word}" for word, number in kinds if number), "ink"))))
    digest = agent.digest
    if digest is None:
        return rows
    if digest.fill is not None:
        tone = "stalled" if digest.fill >= NEARLY_FULL else "ink"
        left = (("context ", "soft"), (fill(digest), tone), (f" of {count(digest.window)}", "soft"))
        rows.append(Row(left, ((f"{age(now - digest.context_at)} ago", "soft"),)))
    elif digest.context:
        rows.append(
            Row(
                (("context ", "soft"), (f"{count(digest.context)} tokens", "ink")),
                ((f"{age(now - digest.context_at)} ago", "soft"),),
            )
        )
    if digest.skipped:
        rows.append(Row(((f"{digest.skipped} records of its transcript could not be read", "stalled"),)))
    return rows


GLYPH_NEEDS = next(iter(GLYPH.values()))
