"""Questions in the console: their risk, keys that ask twice, several questions at once, long plans, and what was answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from piloting import done, press, rested

from gastown_tui.core.requests import Choice, options_json, subject_json
from gastown_tui.core.rows import Request
from gastown_tui.core.snapshot import RuleUse, TownSnapshot
from gastown_tui.core.states import RequestState
from gastown_tui.tui.place import Place
from gastown_tui.tui.viewmodels import asking, inbox
from gastown_tui.tui.viewmodels.needs import choose, needs
from gastown_tui.tui.widgets.modals import ChoiceModal, ConfirmModal
from gastown_tui.tui.widgets.rows import Rows

SIZE = (120, 40)


@pytest.fixture
def snapshot(town: object) -> TownSnapshot:
    """The made town's picture."""
    return town.snapshot_now  # type: ignore[attr-defined, no-any-return]


def permission(snapshot: TownSnapshot, command: str, **more: object) -> Request:
    made = replace(
        snapshot.requests[0], title=f"Bash: {command}", detail=command, subject=subject_json("Bash", {"command": command})
    )
    return replace(made, **more)  # type: ignore[arg-type]


def asked_in(make_town: Callable[..., object], request: Callable[[TownSnapshot], Request]) -> object:
    made = make_town()
    snapshot = made.snapshot_now  # type: ignore[attr-defined]
    made.snapshot_now = replace(snapshot, requests=(request(snapshot),))  # type: ignore[attr-defined]
    return made


def words(lines: object) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("git push -f origin x", ["! force push: origin x · network"]),
        ("ls -la", ["no risk recognised"]),
        ("frobnicate", ["cannot be judged: what frobnicate does"]),
        ("rm -rf build", ["! deletes: build"]),
    ],
)
def test_the_risk_stands_beside_it_in_words(snapshot: TownSnapshot, command: str, said: list[str]) -> None:
    assert words(asking.risk_lines(permission(snapshot, command), snapshot, 60)) == said


def test_the_worktree_of_the_agent_is_what_counts(snapshot: TownSnapshot) -> None:
    agents = tuple(replace(agent, worktree="/town/mines/polecats/toast") for agent in snapshot.agents)
    request = permission(snapshot, "touch /town/mines/polecats/toast/x /elsewhere/y", directory="/town/mines/polecats/toast/src")
    (line,) = words(asking.risk_lines(request, replace(snapshot, agents=agents), 80))
    assert line == "writes outside the worktree: /elsewhere/y"


def test_a_question_is_not_allowed_but_answered(snapshot: TownSnapshot) -> None:
    request = replace(snapshot.requests[0], kind="question", options=options_json([Choice("1", "Red"), Choice("2", "Blue")]))
    assert choose(request, "allow") == ""
    assert words([asking.verbs(request)]) == ["o answer"]
    assert asking.risk_lines(request, snapshot, 40) == []


def test_a_command_of_many_lines_stands_there_once_and_whole(snapshot: TownSnapshot) -> None:
    command = "cat > x <<'EOF'\na\nb\nEOF"
    request = replace(permission(snapshot, command), title="Bash: cat > x <<'EOF'", detail=f"{command}\nWrites x")
    assert words(asking.ask_lines(request, 60)) == ["$ cat > x <<'EOF'", "  a", "  b", "  EOF", "Writes x"]


@pytest.mark.parametrize(
    ("more", "said", "word"),
    [
        ({"state": RequestState.ANSWERED, "answer": "deny", "answer_text": "no"}, "refused by overseer: no", "refused"),
        ({"state": RequestState.SETTLED}, "answered in its pane", "in its pane"),
        ({"state": RequestState.EXPIRED}, "nobody answered before its run ended", "unanswered"),
        (
            {"state": RequestState.ANSWERED, "answer": "allow", "channel": "pane", "proof": "unproven"},
            "allowed by overseer · typed, and not seen to be taken",
            "not proven",
        ),
        (
            {"state": RequestState.ANSWERED, "answer": "allow", "channel": "pane", "proof": "changed"},
            "allowed by overseer · not sent: its dialog had gone or changed",
            "not sent",
        ),
        (
            {"state": RequestState.ANSWERED, "answer": "allow", "channel": "pane", "proof": "taken"},
            "allowed by overseer",
            "allowed",
        ),
    ],
)
def test_an_ended_question_says_how_and_by_whom(snapshot: TownSnapshot, more: dict[str, object], said: str, word: str) -> None:
    request = replace(snapshot.requests[0], answered_by="overseer", answered_at=1.0, **more)  # type: ignore[arg-type]
    assert asking.outcome(request)[0] == said
    assert asking.outcome_word(request)[0] == word
    rows = [row.plain() for row in inbox.inbox_rows(replace(snapshot, answered=(request,)), 2.0)]
    assert any(row.endswith(word) for row in rows[rows.index("ANSWERED") :])


def test_a_note_stands_on_the_card(snapshot: TownSnapshot) -> None:
    request = permission(snapshot, "make", subject=subject_json("Bash", {"command": "make"}, note="an answer was not taken"))
    assert words(asking.ask_lines(request, 60))[-1] == "an answer was not taken"


async def test_what_destroys_is_asked_twice(make_town: Callable[..., object]) -> None:
    for keys, expected in ((("a", "escape"), []), (("a", "y"), [("answer", "q1", "allow", "")]), (("o", "1"), [])):
        made = asked_in(make_town, lambda snapshot: permission(snapshot, "rm -rf build"))
        console = made.console()  # type: ignore[attr-defined]
        async with console.run_test(size=SIZE) as pilot:
            await rested(pilot, console)
            await press(pilot, console, *keys[:-1])
            if keys[0] == "a":
                assert isinstance(console.screen, ConfirmModal)
            await press(pilot, console, keys[-1])
            if keys[0] == "o":
                assert isinstance(console.screen, ConfirmModal)
            assert (await done(pilot, made) if expected else made.done) == expected  # type: ignore[attr-defined]


def several(snapshot: TownSnapshot) -> Request:
    def question(text: str, many: bool, *labels: str) -> dict[str, object]:
        return {"text": text, "many": many, "options": [{"key": label, "label": label} for label in labels]}

    subject = {"questions": [question("Which database?", False, "Postgres", "SQLite"), question("Extras?", True, "A", "B", "C")]}
    return replace(
        snapshot.requests[0], kind="question", options=options_json([Choice("answers", "one by one")]), subject=json.dumps(subject)
    )


async def test_several_questions_are_answered_one_by_one_and_sent_together(make_town: Callable[..., object]) -> None:
    for keys, answers in (
        (["2", "1", "3", "enter"], {"Which database?": "SQLite", "Extras?": "A, C"}),
        (["1", "w", *"none", "enter"], {"Which database?": "Postgres", "Extras?": "none"}),
    ):
        made = asked_in(make_town, several)
        console = made.console()  # type: ignore[attr-defined]
        async with console.run_test(size=SIZE) as pilot:
            await rested(pilot, console)
            await press(pilot, console, "o")
            assert isinstance(console.screen, ChoiceModal)
            await press(pilot, console, *keys)
            ((_, request, key, text),) = await done(pilot, made)
            assert (request, key) == ("q1", "answers")
            assert json.loads(str(text)) == answers


async def test_a_long_plan_is_read_with_keys(make_town: Callable[..., object]) -> None:
    plan = "\n".join(f"step {number}" for number in range(80))
    made = asked_in(make_town, lambda snapshot: replace(snapshot.requests[0], kind="plan", title="its plan", detail=plan))
    console = made.console(Place(mode="inbox"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        card, foot = console.screen.query_one("#request", Rows), console.screen.query_one("#request-foot", Rows)
        assert "more lines" in foot.rows[0].plain()
        await press(pilot, console, *["J"] * 30)
        assert card.top == len(card.rows) - card.size.height
        assert "step 79" in [card.looks(index).plain() for index in range(card.top, len(card.rows))]
        assert not any("more lines" in row.plain() for row in foot.rows)
        await press(pilot, console, "K")
        assert card.top < len(card.rows) - card.size.height


async def test_an_answered_question_is_shown_with_its_answer(make_town: Callable[..., object]) -> None:
    made = make_town()
    snapshot = made.snapshot_now  # type: ignore[attr-defined]
    ended = replace(
        permission(snapshot, "npm install x"), id="q9", state=RequestState.ANSWERED, answer="deny", answered_by="overseer",
        answer_text="use what we have", answered_at=snapshot.taken_at - 60,
    )  # fmt: skip
    made.snapshot_now = replace(snapshot, answered=(ended,))  # type: ignore[attr-defined]
    console = made.console(Place(mode="inbox"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "G")
        shown = [row.plain() for row in console.screen.query_one("#request", Rows).rows]
        assert "$ npm install x" in shown
        assert shown[-1] == "refused by overseer: use what we have"
        await press(pilot, console, "a")
        assert made.done == []  # type: ignore[attr-defined]
        assert needs(console.snapshot)


async def test_always_can_write_a_standing_rule(make_town: Callable[..., object]) -> None:
    for key, expected in (
        ("1", [("answer", "q1", "always", "")]),
        ("2", [("make_rule", "allow", "Bash", "make test *", "mines"), ("answer", "q1", "allow", "")]),
    ):
        made = asked_in(make_town, lambda snapshot: permission(snapshot, "make test"))
        console = made.console()  # type: ignore[attr-defined]
        async with console.run_test(size=SIZE) as pilot:
            await rested(pilot, console)
            await press(pilot, console, "A")
            assert isinstance(console.screen, ChoiceModal)
            await press(pilot, console, key)
            assert await done(pilot, made, len(expected)) == expected


async def test_a_rule_is_taken_back_where_it_answered(make_town: Callable[..., object]) -> None:
    made = make_town()
    snapshot = made.snapshot_now  # type: ignore[attr-defined]
    use = RuleUse(snapshot.taken_at - 60, "mines/polecats/nux", "run1", "r12", "allow", "Bash: make test")
    made.snapshot_now = replace(snapshot, ruled=(use,))  # type: ignore[attr-defined]
    console = made.console(Place(mode="inbox"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        assert "ANSWERED BY RULE" in [row.left[0][0] for row in inbox.ruled_rows(console.snapshot) if row.left]
        await press(pilot, console, "u")
        assert made.done == []  # type: ignore[attr-defined]
        await press(pilot, console, "G", "u")
        assert isinstance(console.screen, ConfirmModal)
        await press(pilot, console, "y")
        assert await done(pilot, made) == [("remove_rule", "r12")]


async def test_those_that_ask_for_the_very_same_are_answered_with_one_more_key(make_town: Callable[..., object]) -> None:
    """Each by a request of its own; another command is none of them."""

    def crowd(snapshot: TownSnapshot) -> tuple[Request, ...]:
        first = permission(snapshot, "npm test")
        others = [("qb", "mines/polecats/nux", "npm test"), ("qc", "mines/polecats/slit", "npm test -- --all")]
        return (first, *(replace(permission(snapshot, command), id=name, agent=agent) for name, agent, command in others))

    made = make_town()
    made.snapshot_now = replace(made.snapshot_now, requests=crowd(made.snapshot_now))  # type: ignore[attr-defined]
    console = made.console(Place(mode="inbox"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "a")
        await done(pilot, made)
        assert isinstance(console.screen, ConfirmModal)
        await press(pilot, console, "y")
        assert await done(pilot, made, 2) == [("answer", "q1", "allow", ""), ("answer", "qb", "allow", "")]
