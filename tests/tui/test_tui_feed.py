"""How often the town is read: at once when something changes, seldom while nothing does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from textual.message import Message

from gastown_tui.core.snapshot import AgentView, SupervisorView, TownSnapshot
from gastown_tui.tui import feed
from gastown_tui.tui.feed import TownFeed, says_the_same
from gastown_tui.tui.messages import SnapshotReady
from gastown_tui.tui.viewmodels import frame

TOWN = TownSnapshot("/town", 1.0, SupervisorView("up", 1.0, 7), "up", False, False)


class Source:
    """Counts its pictures; `polls` says how often somebody asked whether there is news."""

    def __init__(self) -> None:
        self.number = self.polls = self.pictures = 0
        self.heard = False

    def version(self) -> object:
        self.polls += 1
        return self.number

    def snapshot(self) -> TownSnapshot:
        self.pictures += 1
        return replace(TOWN, taken_at=float(self.pictures), landed_today=self.number)

    def conversation_version(self) -> object:
        return 0

    def conversation(self) -> tuple[()]:
        return ()

    def was_heard(self) -> bool:
        heard, self.heard = self.heard, False
        return heard

    def close(self) -> None: ...


@contextmanager
def running(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[list[SnapshotReady], Callable[[Callable[[], object]], None]]]:
    for name, value in (
        ("REST_SECONDS", 0.001),
        ("BUSY_SECONDS", 0.001),
        ("PANES_SECONDS", 0.0),
        ("QUIET_SECONDS", 1000.0),
        ("SHARE", 0.0),
    ):
        monkeypatch.setattr(feed, name, value)
    told: list[SnapshotReady] = []
    news = threading.Event()

    def post(message: Message) -> None:
        if isinstance(message, SnapshotReady):
            told.append(message)
        news.set()

    def until(condition: Callable[[], object]) -> None:
        for _ in range(20_000):
            if condition():
                return
            news.wait(0.002)
            news.clear()
        raise AssertionError("did not come true")

    thread = TownFeed(lambda: source, post, source.was_heard)
    thread.start()
    try:
        yield told, until
    finally:
        thread.end()


def test_a_quiet_town_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "SETTLED_SECONDS", 0.0)
    source = Source()
    with running(source, monkeypatch) as (_, until):
        until(lambda: source.pictures)
        polls = source.polls
        until(lambda: source.polls > polls + 50)
        assert source.pictures == 1
        source.number += 1
        until(lambda: source.pictures == 2)


def test_while_terminals_write_the_panes_are_listed_and_what_is_the_same_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "SETTLED_SECONDS", 0.0)
    source = Source()
    with running(source, monkeypatch) as (told, until):
        until(lambda: len(told) == 1)
        source.heard = True
        monkeypatch.setattr(feed, "SETTLED_SECONDS", 1000.0)
        until(lambda: len(told) >= 3)
        assert told[0].like is None
        assert told[1].like is told[0].snapshot
        source.number += 1
        until(lambda: told[-1].snapshot.landed_today)
        changed = next(message for message in told if message.snapshot.landed_today)
        assert changed.like is None


def test_a_picture_is_the_same_whatever_the_time_and_the_heartbeat() -> None:
    later = replace(TOWN, taken_at=9.0, supervisor=SupervisorView("up", 9.0, 7))
    assert says_the_same(TOWN, later)
    assert not says_the_same(TOWN, replace(later, wanted="paused"))
    assert not says_the_same(TOWN, replace(later, supervisor=SupervisorView("hung", 9.0, 7)))


def test_only_young_ages_need_every_second(agent_view: AgentView) -> None:
    since = agent_view.verdict.since
    town = replace(TOWN, agents=(agent_view,))
    assert frame.grows_by_seconds(town, since + 59)
    assert not frame.grows_by_seconds(town, since + 61)
    seen = replace(agent_view, verdict=replace(agent_view.verdict, at=since + 100))
    assert not frame.grows_by_seconds(replace(TOWN, agents=(seen,)), since + 120)
    assert frame.is_fresh(seen, since + 120)
    assert not frame.is_fresh(seen, since + 161)
    assert not frame.is_fresh(None, since)
    assert not frame.grows_by_seconds(TOWN, 1e9)


@pytest.fixture
def agent_view(town: object) -> AgentView:
    found: AgentView = town.snapshot_now.agents[0]  # type: ignore[attr-defined]
    return found
