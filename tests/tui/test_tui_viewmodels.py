"""What is shown, as tables: a snapshot and a clock in, rows out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

import pytest

from gastown_tui.core.evidence import AgentState, Light, Source, StateVerdict
from gastown_tui.core.rows import Event, Request
from gastown_tui.core.snapshot import AgentView, Digest, TownSnapshot
from gastown_tui.core.states import ConvoyState, DeliveryState, MergeState, RequestState, RunState, RunWish
from gastown_tui.tui.paint import cells
from gastown_tui.tui.viewmodels import agents, chat, common, convoys, diff, events, frame, inbox, needs, work
from gastown_tui.tui.viewmodels.chat import Said
from gastown_tui.tui.viewmodels.diff import Review
from gastown_tui.tui.viewmodels.histogram import bars, histogram_rows
from gastown_tui.tui.viewmodels.phrases import PHRASES

NOW = 1_764_000_000.0


def words(rows: list[object]) -> list[str]:
    return [row.plain() for row in rows]  # type: ignore[attr-defined]


@pytest.fixture
def snapshot(make_town: Callable[..., object]) -> TownSnapshot:
    return make_town().snapshot_now  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0s"), (0, "0s"), (59.9, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h"), (86399, "23h"), (200000, "2d")],
)
def test_age(seconds: float, said: str) -> None:
    assert common.age(seconds) == said


@pytest.mark.parametrize(("seconds", "said"), [(-1, "0s"), (4, "4s"), (7, "5s"), (59, "55s"), (64, "1m")])
def test_rough_age(seconds: float, said: str) -> None:
    assert common.rough_age(seconds) == said


@pytest.mark.parametrize(("done", "total", "full"), [(0, 0, 0), (0, 8, 0), (1, 100, 1), (4, 8, 4), (8, 8, 8)])
def test_bar(done: int, total: int, full: int) -> None:
    spans = common.bar(done, total)
    assert len(spans[0][0]) == full
    assert sum(len(text) for text, _ in spans[:2]) == 8


@pytest.mark.parametrize(("number", "said"), [(0, "0"), (999, "999"), (48_000, "48k"), (3_400_000, "3.4M")])
def test_count(number: int, said: str) -> None:
    assert common.count(number) == said


def test_header_keeps_places_and_counts_questions(snapshot: TownSnapshot) -> None:
    wide = frame.header(snapshot, NOW, 120).plain()
    assert "▲ 2 need you  2m" in wide
    order = [wide.index(glyph) for glyph in "▲×◔◷●■○?"]
    assert order == sorted(order)
    assert "× 0 broken" in wide
    narrow = frame.header(snapshot, NOW, 80).plain()
    assert "broken" not in narrow
    assert "▲ 2 need you  2m" in narrow
    calm = frame.header(replace(snapshot, requests=(), agents=()), NOW, 120)
    assert (" ▲ 0 need you     ", "faint") in calm.left
    assert calm.plain().index("×") == frame.header(snapshot, NOW, 120).plain().index("×")


def test_all_eight_lights_have_their_word_at_120_columns(snapshot: TownSnapshot) -> None:
    row = frame.header(snapshot, NOW, 120)
    assert "? 0 unknown" in row.plain()
    assert cells(row.left) + 1 + cells(row.right) <= 120, "what is wider is cut with …"


def test_the_line_about_an_agent_has_its_context_before_its_branch_and_no_run_id(snapshot: TownSnapshot) -> None:
    toast = next(one for one in snapshot.agents if one.name == "toast")
    full = replace(toast, digest=Digest(toast.run, context=61, window=100, context_at=NOW - 10))
    words = frame.facts(full, NOW).plain()
    assert words.index("context 61%") < words.index("branch polecat/toast/ms-2")
    assert toast.run not in words


def test_a_bead_in_hand_has_the_shape_of_its_agents_state(snapshot: TownSnapshot) -> None:
    shapes = {bead.id: work.bead_shape(bead, snapshot) for bead in snapshot.beads}
    assert shapes["ms-2"] == ("▲", "needs")
    assert shapes["ms-3"] == ("●", "working")
    assert shapes["ms-4"] == ("◔", "stalled")
    assert shapes["ms-6"] == ("▲", "needs"), "its merge waits for the person"
    assert shapes["ms-8"] == ("⊘", "faint")


def test_the_inbox_says_in_words_what_is_wrong_and_counts_what_its_tab_counts(snapshot: TownSnapshot) -> None:
    slit = next(one for one in snapshot.agents if one.name == "slit")
    unknown = replace(slit.verdict, state=AgentState.UNKNOWN)
    other = replace(slit, address="other/polecats/slit", rig="other", verdict=unknown)
    town = replace(snapshot, agents=(*snapshot.agents, other))
    text = "\n".join(row.plain() for row in inbox.inbox_rows(town, NOW))
    assert "no progress on ms-4" in text
    assert "gates failed" in text
    assert "gate_failed" not in text
    assert "mines/slit" in text, "names that two rigs have are told apart"
    assert "other/slit" in text
    assert "its screen is not recognised" in text
    assert "All 6 " in text
    assert "2 Inbox 6" in frame.nav(town, "town", 120, NOW).plain()


def test_the_number_bar_shows_only_screens_that_exist(snapshot: TownSnapshot) -> None:
    assert [mode for mode, _ in frame.tabs(snapshot, "town", 120, NOW)] == [mode for _, mode, _ in frame.TABS]
    assert "2 Inbox 5" in frame.nav(snapshot, "town", 120, NOW).plain()
    calm = frame.nav(replace(snapshot, is_rehearsal=False), "town", 80, NOW).plain()
    assert "9 Settings" in calm
    assert len(calm) <= 80
    worst = replace(snapshot, is_estopped=True, supervisor=replace(snapshot.supervisor, state="hung"))
    for width in (60, 80, 100, 120):
        bar = frame.nav(worst, "beads", width, NOW).plain()
        assert all(words in bar for words in ("E-STOPPED", "supervisor hung", "4 Beads", " 9")), bar
        assert width < 80 or "rehearsal" in bar
        assert len(bar) <= width


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"is_estopped": True}, "E-STOPPED"),
        ({"wanted": "paused"}, "town paused"),
        ({"is_rehearsal": True}, "rehearsal: scripted model"),
        ({"taken_at": NOW - 75}, "this picture is 1m old"),
    ],
)
def test_condition_of_the_town(snapshot: TownSnapshot, changes: dict[str, object], said: str) -> None:
    spans = frame.condition(replace(snapshot, **changes), 70, NOW)  # type: ignore[arg-type]
    assert said in "".join(text for text, _ in spans)


@pytest.mark.parametrize(
    ("state", "wanted", "is_said"), [("down", "up", True), ("hung", "up", True), ("up", "up", False), ("down", "down", False)]
)
def test_a_missing_supervisor_is_said(snapshot: TownSnapshot, state: str, wanted: str, is_said: bool) -> None:
    changed = replace(snapshot, supervisor=replace(snapshot.supervisor, state=state), wanted=wanted)
    assert (f"supervisor {state}" in "".join(text for text, _ in frame.condition(changed, 90, NOW))) is is_said


def test_needs_order_and_each_once(snapshot: TownSnapshot) -> None:
    found = needs.needs(snapshot)
    assert [need.key for need in found] == ["q:q1", "q:q2", "a:mines/polecats/slit", "i:5"]
    assert [need.bucket for need in found] == ["answer", "answer", "repair", "repair"]
    assert [need.key for need in needs.waiting(snapshot)] == ["q:q1", "q:q2"]


def test_a_dialog_that_nobody_published_still_needs_a_person(snapshot: TownSnapshot) -> None:
    found = needs.needs(replace(snapshot, requests=()))
    assert found[0].key == "a:mines/polecats/toast"
    assert found[0].bucket == "answer"
    assert found[0].request is None


def test_following_goes_round() -> None:
    found = [needs.Need(key, "answer", "", "", "", "", 0.0, Light.NEEDS) for key in ("x", "y")]
    assert [needs.following(found, key, step).key for key, step in (("", 1), ("", -1), ("x", 1), ("y", 1), ("x", -1))] == [
        "x",
        "y",
        "y",
        "x",
        "y",
    ]  # type: ignore[union-attr]
    assert needs.following([], "x", 1) is None


def test_choose_takes_only_what_is_offered(snapshot: TownSnapshot) -> None:
    permission, approval = snapshot.requests
    question = replace(permission, kind="question", options=json.dumps([{"key": "v7", "label": "Move"}]))
    broken = replace(permission, options="not json")
    table = [
        (permission, ("allow", "always", "deny")),
        (approval, ("approve", "", "send_back")),
        (question, ("", "", "")),
        (broken, ("", "", "")),
    ]
    for request, expected in table:
        assert tuple(needs.choose(request, verb) for verb in ("allow", "always", "refuse")) == expected
    assert needs.options_of(broken) == []


GOOD = {"now": 10.0, "selected_at": 5.0, "key_before": 8.0, "key_at": 10.0}


@pytest.mark.parametrize(
    ("times", "change", "why"),
    [
        ({}, {}, ""),
        ({"selected_at": 9.8}, {}, "the selection has just moved: press again"),
        ({"key_before": 9.99}, {}, "that came too fast for a hand: nothing was sent"),
        ({}, {"state": RequestState.ANSWERED}, "it is no longer open"),
        ({}, {"id": "q9"}, "it is no longer open"),
        ({}, {"fingerprint": "other"}, "the question has changed: read it again"),
        ({}, {"options": "[]"}, "the question has changed: read it again"),
    ],
)
def test_refusal(snapshot: TownSnapshot, times: dict[str, float], change: dict[str, object], why: str) -> None:
    shown: Request = snapshot.requests[0]
    present = replace(snapshot, requests=(replace(shown, **change),))  # type: ignore[arg-type]
    assert needs.refusal(shown, present, **{**GOOD, **times}) == why


def test_refusal_without_a_question(snapshot: TownSnapshot) -> None:
    assert needs.refusal(None, snapshot, **GOOD) == "nothing is asked here"


def verdict(state: AgentState, detail: str = "") -> StateVerdict:
    return StateVerdict(state, detail, Source.SCREEN, NOW - 90, NOW, "")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (AgentState.WORKING, None),
        (AgentState.PERMISSION, None),
        (AgentState.STALLED, "no progress 1m · n nudge"),
        (AgentState.LIMIT, "limited · the bead stays hooked"),
        (AgentState.DEAD, "dead · t attach"),
        (AgentState.DONE, "finished · d diff"),
        (AgentState.UNKNOWN, "state not known · E explain"),
        (AgentState.IDLE, "at rest · ␣ writes to it"),
        (AgentState.STOPPED, "not running · ␣ writes to it"),
    ],
)
def test_evidence_says_what_the_pane_does_not(snapshot: TownSnapshot, state: AgentState, said: str | None) -> None:
    agent: AgentView = replace(snapshot.agents[1], verdict=verdict(state))
    row = agents.evidence(agent, NOW)
    assert (row.plain() if row else None) == said


def test_a_frozen_agent_is_said_to_be_frozen(snapshot: TownSnapshot) -> None:
    row = agents.evidence(snapshot.agents[2], NOW, is_estopped=True)
    assert row is not None
    assert "E-stop is on" in row.plain()
    assert agents.evidence(snapshot.agents[2], NOW) is None


def test_rail_shows_the_oldest_in_full(snapshot: TownSnapshot) -> None:
    rows = words(inbox.rail_needs(snapshot, NOW, 38, ""))
    assert rows[0] == "NEEDS YOU  oldest 2m"
    assert "$ sh scripts/make-icons.sh" in rows
    assert rows.index("a allow  A always  r refuse  o more") < rows.index("Land ms-6 Flood fill")


def test_rail_when_nobody_needs_you(snapshot: TownSnapshot) -> None:
    calm = replace(
        snapshot,
        requests=(),
        incidents=(),
        unread_mail=0,
        agents=tuple(agent for agent in snapshot.agents if agent.name in ("nux", "max")),
    )
    assert "nobody needs you · 1 working, 1 free" in words(inbox.rail_needs(calm, NOW, 38, ""))
    assert any("all clear" in line for line in words(inbox.inbox_rows(calm, NOW)))


def test_a_long_command_is_shown_in_full(snapshot: TownSnapshot) -> None:
    command = "git push " + " ".join(f"--option-{index}" for index in range(30))
    request = replace(snapshot.requests[0], title=command)
    rows = words(inbox.rail_needs(replace(snapshot, requests=(request,)), NOW, 38, ""))
    assert " ".join(" ".join(rows).split()).find(command.split()[-1]) > 0


def test_bead_notes(snapshot: TownSnapshot) -> None:
    notes = {bead.id: "".join(text for text, _ in work.bead_note(bead, snapshot, NOW)) for bead in snapshot.beads}
    assert notes["ms-1"].startswith("merged ")
    assert notes["ms-2"] == "toast asks 2m"
    assert notes["ms-3"] == "nux working"
    assert notes["ms-6"] == "your approval"
    assert notes["ms-7"] == "ready"
    assert notes["ms-8"] == "waits for ms-6"


def test_merge_rows_say_what_waits_for_a_person(snapshot: TownSnapshot) -> None:
    rows = words(work.merge_rows(snapshot, NOW))
    assert any(row.startswith("▲ ms-6") and "your approval" in row for row in rows)
    assert any(row.startswith("✓ ms-1") and "landed" in row for row in rows)
    assert "nothing to merge" in words(work.merge_rows(replace(snapshot, merges=()), NOW))
    assert work.log_rows("a\n\nb\nc", 4)[-1].plain() == "c"
    assert work.log_rows("", 10) == []


def test_the_bars_of_the_feed_show_when_and_what_went_wrong() -> None:
    def at(seq: int, ago: float, kind: str = "bead.created") -> Event:
        return Event(seq, NOW - ago, kind, "mayor", f"ms-{seq}", "mines", f"ms-{seq}", "", '{"title": "a [b]title[/b]", "n": 3}')

    events_ = [at(1, 3600), *(at(seq, 1800) for seq in range(2, 9)), at(9, 30, "run.lost")]
    rows = histogram_rows(events_, events_[0], NOW, 60)
    assert [(text.strip(), style) for text, style in rows[0].left if text.strip()] == [
        ("▁", "focus"),
        ("█", "brand"),
        ("▁", "broken"),
    ]
    assert "each bar 1m, at most 7" in rows[1].plain()
    assert histogram_rows([], None, NOW, 60) == []
    seconds, bars_ = bars([at(1, 86_400)], NOW, 48)
    assert seconds == 1800
    assert [len(bar) for bar in bars_] == [1] + [0] * 47


def test_an_event_in_full_says_all_that_was_written_down(snapshot: TownSnapshot) -> None:
    event = replace(snapshot.events[1], data='{"reason": "[b]x[/b]", "tries": [1, 2]}')
    found = words(events.event_detail(event, snapshot, NOW, 60))
    assert "bead     ms-2 Icons" in found
    assert "reason   [b]x[/b]" in found
    assert "tries    [1, 2]" in found
    broken = replace(event, data="{")
    assert any("run.started" in row for row in words(events.event_detail(broken, snapshot, NOW, 60)))


def test_empty_lists_say_the_next_act(snapshot: TownSnapshot) -> None:
    empty = replace(snapshot, convoys=(), beads=(), events=())
    assert any("/convoy" in row for row in words(convoys.convoy_rows(empty, (), NOW)))
    assert any("gt create" in row for row in words(work.bead_rows(empty, NOW)))


def event(kind: str, data: object) -> Event:
    return Event(1, NOW, kind, "nux", "ms-1", "mines", "ms-1", "", json.dumps(data))


@pytest.mark.parametrize(
    ("kind", "data", "glyph", "more"),
    [
        ("merge.merged", {"title": "The board"}, "✓", "The board"),
        ("request.opened", {}, "▲", ""),
        ("request.answered", {"key": "allow"}, "✓", "allow"),
        ("run.lost", {"reason": "gone"}, "×", "gone"),
        ("something.new", [1], "·", ""),
        ("bead.created", {"title": {"a": 1}}, "+", ""),
        ("bead.released", {"reason": "gate test failed"}, "×", "gate test failed"),
    ],
)
def test_events(kind: str, data: object, glyph: str, more: str) -> None:
    assert events.shape(kind)[0] == glyph
    assert events.data_words(event(kind, data)) == more


@pytest.mark.parametrize(
    ("about", "states"),
    [
        ("run", list(RunState)),
        ("run.wanted", [wish for wish in RunWish if wish.value]),
        ("merge", list(MergeState)),
        ("convoy", list(ConvoyState)),
        ("message", list(DeliveryState)),
        ("request", [state for state in RequestState if state is not RequestState.OPEN]),
    ],
)
def test_each_state_of_a_thing_has_words_of_its_own(about: str, states: list[StrEnum]) -> None:
    separator = "_" if "." in about else "."
    assert [state.value for state in states if f"{about}{separator}{state.value}" not in PHRASES] == []


def test_a_merge_that_was_handed_in_anew_was_not_sent_back() -> None:
    again = event("merge.rejected", {"detail": "handed in anew"})
    assert events.said(again) == "ms-1 was handed in anew"
    assert events.said(event("merge.rejected", {"detail": "no tests"})) == "ms-1 was sent back"


def test_events_read_as_sentences() -> None:
    table = {
        "merge.merged": "landed ms-1",
        "run.working": "ms-1 works on ms-1",
        "bead.submitted": "nux submitted ms-1",
        "request.opened": "ms-1 asks",
        "something.new_kind": "something new kind ms-1",
    }
    assert {kind: events.said(event(kind, {})) for kind in table} == table
    assert events.said(replace(event("run.working", {}), bead="", subject="mayor")) == "mayor works"


def test_the_rail_leaves_steps_out(snapshot: TownSnapshot) -> None:
    kinds = ["run.queued", "merge.merged", "bead.closed", "bead.closed"]
    happened = tuple(
        replace(event(kind, {}), data=data) for kind, data in zip(kinds, ["{}", "{}", '{"outcome": "merged"}', "{}"], strict=True)
    )
    assert words(events.rail_feed(replace(snapshot, events=happened), 10))[1:] == [
        f"{common.clock(NOW)} ✓ closed ms-1",
        f"{common.clock(NOW)} ✓ landed ms-1",
    ]


def test_a_permission_shows_its_command_once(snapshot: TownSnapshot) -> None:
    asked = snapshot.requests[0]
    table = [
        ("shell: make x", "make x", ["$ make x"]),
        ("Bash: make x", "Make it", ["$ make x", "Make it"]),
        ("make x", "", ["$ make x"]),
        ("Write: a.txt", "hello", ["Write: a.txt", "hello"]),
    ]
    for asked_title, detail, expected in table:
        lines = inbox.ask_lines(replace(asked, title=asked_title, detail=detail), 40)
        assert ["".join(text for text, _ in line) for line in lines] == expected


def test_the_header_fits(snapshot: TownSnapshot) -> None:
    crowd = tuple(replace(snapshot.agents[2], address=f"a{index}") for index in range(130))
    for width in (80, 100, 105, 120):
        row = frame.header(replace(snapshot, agents=crowd), NOW, width)
        assert sum(len(text) for text, _ in (*row.left, *row.right)) <= width
        assert "? 0" in row.plain()


def test_broken_event_data_is_no_error() -> None:
    assert events.data_words(replace(event("bead.closed", {}), data="{")) == ""


def test_meanwhile() -> None:
    happened = [
        replace(event(kind, {}), seq=seq)
        for seq, kind in enumerate(["merge.merged", "run.queued", "merge.merged", "request.opened"], 1)
    ]
    assert events.meanwhile(happened, 1) == "since you left: 1 landed, 1 asked"
    assert events.meanwhile(happened, 4) == ""
    assert events.meanwhile(happened, 0) == ""


def test_tab_at(snapshot: TownSnapshot) -> None:
    line = frame.nav(snapshot, "town", 120, NOW).plain()
    for mode, words in (("town", "Town"), ("inbox", "Inbox"), ("feed", "Feed")):
        assert frame.tab_at(snapshot, "town", 120, NOW, line.index(words)) == mode
    assert frame.tab_at(snapshot, "town", 120, NOW, 110) == ""


def test_filter(snapshot: TownSnapshot) -> None:
    rows = work.bead_rows(snapshot, NOW)
    kept = [row for row in events.filtered(rows, "ms- !flood") if row.key]
    assert len(kept) == 7
    assert words(events.filtered(rows, "hints"))[0].startswith("OPEN")
    assert events.filtered(rows, "zzz")[0].plain().startswith("nothing matches zzz")
    assert events.filtered(rows, "  ") == rows


def test_chat_rows() -> None:
    said = [Said("you", "go on\nnow", 1), Said("receipt", "slung ms-1", 2, "queued"), Said("mayor", "word " * 20, 3, is_live=True)]
    rows = chat.chat_rows(said, 40, is_roomy=False)
    assert words(rows)[:3] == ["you    go on", "       now", "✓ slung ms-1 · queued"]
    assert rows[0].ground == "raised"
    assert rows[-1].plain().endswith("…")
    assert all(len(line) <= 40 for line in words(rows))
    assert chat.merged([Said("mayor", "b", 2)], [Said("receipt", "a", 1)])[0].text == "a"
    assert "says nothing yet" in chat.last_sentence([]).plain()


def test_receipts_name_files_and_not_where_they_lie() -> None:
    said = [
        Said("receipt", "gt convoy create --from /home/me/town/a/convoy.toml --rig mines", 1),
        Said("receipt", "read /etc/hosts src/a.py", 2),
    ]
    assert words(chat.chat_rows(said, 80, is_roomy=False)) == [
        "✓ gt convoy create --from …/convoy.toml --rig mines",
        "✓ read /etc/hosts src/a.py",
    ]
    assert common.inside("/town/mines/polecats/nux", "/town") == "mines/polecats/nux"
    assert common.inside("/towns/x", "/town") == "/towns/x"


def test_no_mayor_is_said(snapshot: TownSnapshot) -> None:
    assert "none in this town" in chat.mayor_bar(replace(snapshot, agents=()), NOW).plain()


def test_diff_rows_number_lines() -> None:
    text = "diff --git a/x b/x\nindex 1..2\n--- a/x\n+++ b/x\n@@ -3,2 +3,2 @@ def f\n same\n-old\n+new [b]\n"
    rows = diff.diff_rows(Review.of(text, ()), 80, NOW)
    assert words(rows) == ["x  +1 −1", "@@ -3,2 +3,2 @@ def f", "   3    3  same", "   4      -old", "        4 +new [b]"]
    assert [row.ground for row in rows] == ["raised", "", "", "del", "add"]
    assert diff.file_counts(Review.of(text, ()).lines) == {"x": (1, 1)}
    assert diff.diff_rows(Review(), 80, NOW)[0].plain() == "no difference"


def test_the_rail_counts_what_it_has_no_room_for(make_crowd: Callable[[int], object]) -> None:
    snapshot: TownSnapshot = make_crowd(80).snapshot_now  # type: ignore[attr-defined]
    waiting_now = needs.needs(snapshot)
    last = waiting_now[-1].key
    whole = inbox.rail_needs(snapshot, NOW, 40, "")
    assert {row.key for row in whole} - {""} == {need.key for need in waiting_now}
    for room in (6, 20, 30):
        rows = inbox.rail_needs(snapshot, NOW, 40, last, room)
        keys = list(dict.fromkeys(row.key for row in rows if row.key))
        assert len(rows) <= room or room == 6, "a card is never cut"
        assert keys[-2:] == [last, inbox.MORE]
        hidden = len(waiting_now) - len(keys) + 1
        assert rows[-2].plain().startswith(f"+{hidden} more")


def test_the_rail_would_rather_name_everybody_who_asks_than_show_three_in_full(make_crowd: Callable[[int], object]) -> None:
    snapshot: TownSnapshot = make_crowd(80).snapshot_now  # type: ignore[attr-defined]
    asking = needs.waiting(snapshot)
    assert len(asking) == 12
    full = {}
    for room in (21, 26, 60):
        rows = inbox.rail_needs(snapshot, NOW, 40, "", room)
        keys = [row.key for row in rows]
        assert {need.key for need in asking} <= set(keys)
        full[room] = sum(keys.count(need.key) > 1 for need in asking)
    assert full == {21: 1, 26: 2, 60: 3}
