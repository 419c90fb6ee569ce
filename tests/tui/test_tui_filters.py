"""The filter language: what it reads, what it refuses, and that reading and writing agree."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gastown_tui.core.errors import UsageError
from gastown_tui.core.evidence import AgentState, Source, StateVerdict
from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.viewmodels.filters import FIELDS, Filter, Term, parse

QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def made(address: str = "mines/polecats/toast", state: AgentState = AgentState.WORKING, **more: object) -> AgentView:
    rig, _, rest = address.partition("/")
    role = {"polecats": "polecat"}.get(rest.partition("/")[0], rest.partition("/")[0]) or rig
    rig = rig if rest else ""
    name = address.rsplit("/", 1)[-1]
    view = AgentView(address, role, rig, name, "claude", StateVerdict(state, "", Source.HOOK, 0.0, 0.0, ""))
    return replace(view, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("  ", ()),
        ("toast", (Term("", ("toast",)),)),
        ("!toast", (Term("", ("toast",), True),)),
        ("state:needs,broken", (Term("state", ("needs", "broken")),)),
        ("!STATE:Idle", (Term("state", ("idle",), True),)),
        ("rig:mines crew", (Term("rig", ("mines",)), Term("", ("crew",)))),
        ('"two words"', (Term("", ("two words",)),)),
        ('bead:"a, b",c', (Term("bead", ("a, b", "c")),)),
        ('"state:needs"', (Term("", ("state:needs",)),)),
    ],
)
def test_what_is_read(text: str, terms: tuple[Term, ...]) -> None:
    assert parse(text).terms == terms
    assert bool(parse(text)) is bool(terms)


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("sate:needs", "no field sate:", "state: is one"),
        ("zzz:1", "no field zzz:", "rig:"),
        ("state:neds", "no state neds", "needs is one"),
        ("state:xyzzy", "no state xyzzy", "unknown"),
        ("rig:", "rig: needs a value", "town"),
        ("rig:a,", "rig: needs a value", "town"),
        ("!", "! needs a word", ""),
        ('!""', "! needs a word", ""),
        ('""', "nothing stands between the quotes", ""),
        ('bead:"a', 'a " is not closed', ""),
    ],
)
def test_what_is_refused(text: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.message == said
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "agent", "is_through"),
    [
        ("state:working", made(), True),
        ("state:needs", made(state=AgentState.QUESTION), True),
        ("state:question", made(state=AgentState.QUESTION), True),
        ("state:permission", made(state=AgentState.QUESTION), False),
        ("state:needs", made(request="q1"), True),
        ("state:broken,working", made(), True),
        ("!state:working", made(), False),
        ("rig:min", made(), True),
        ("rig:town", made("deacon"), True),
        ("rig:town", made(), False),
        ("agent:polecats/to", made(), True),
        ("role:polecat", made(), True),
        ("role:worker", made(), True),
        ("role:workers", made(), True),
        ("role:crew", made("mines/crew/max"), True),
        ("role:witness", made("mines/witness"), True),
        ("role:merge", made("mines/refinery"), True),
        ("convoy:cv-1", made(), True),
        ("convoy:cv-2", made(), False),
        ("bead:flood", made(bead="ms-3", bead_title="Flood fill"), True),
        ("bead:ms-3", made(bead="ms-3"), True),
        ("cli:claude", made(), True),
        ("cli:codex", made(), False),
        ("TOAST", made(), True),
        ("flood", made(bead_title="Flood fill"), True),
        ("toast !flood", made(bead_title="Flood fill"), False),
        ("toast nux", made(), False),
    ],
)
def test_who_is_let_through(text: str, agent: AgentView, is_through: bool) -> None:
    assert parse(text).holds(agent, "cv-1") is is_through


WORDS = st.text(st.characters(exclude_characters='"', exclude_categories=("Cs",)), min_size=1, max_size=8)
VALUES = WORDS.map(str.lower).filter(lambda word: word == word.lower())
TERMS = st.one_of(
    st.builds(Term, st.just(""), st.tuples(VALUES), st.booleans()),
    st.builds(Term, st.sampled_from([name for name in FIELDS if name != "state"]), st.lists(VALUES, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(Term, st.just("state"), st.lists(st.sampled_from(["needs", "idle", "plan"]), min_size=1, max_size=3).map(tuple), st.booleans()),
)  # fmt: skip


@QUICK
@given(st.lists(TERMS, max_size=4).map(tuple))
def test_what_is_written_reads_the_same(terms: tuple[Term, ...]) -> None:
    wanted = Filter(terms)
    assert parse(str(wanted)) == wanted


@QUICK
@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        wanted = parse(text)
    except UsageError:
        return
    assert parse(str(wanted)) == wanted


@QUICK
@given(TERMS, st.sampled_from([made(), made("deacon", AgentState.IDLE), made("mines/crew/max", AgentState.PLAN, bead="ms-1")]))
def test_not_turns_a_term_round(term: Term, agent: AgentView) -> None:
    other = replace(term, is_not=not term.is_not)
    assert Filter((term,)).holds(agent, "cv-1") is not Filter((other,)).holds(agent, "cv-1")
    assert Filter((term, other)).holds(agent, "cv-1") is False
