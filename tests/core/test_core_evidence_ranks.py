"""Which evidence wins: rank first, but a prompt or an ended turn that is seen clearly later overrules an older claim."""

from __future__ import annotations

import pytest

from gastown_tui.core.evidence import AgentState, Evidence, Source, resolve, weigh

NOW = 1000.0


def claim(source: Source, state: str, at: float) -> Evidence:
    return Evidence(source, AgentState(state), "", at, at, f"{source.name}:{state}")


@pytest.mark.parametrize(
    ("hook", "screen", "winner"),
    [
        (("working", 100.0), ("permission", 103.0), "permission"),
        (("working", 100.0), ("permission", 101.0), "working"),
        (("permission", 100.0), ("working", 200.0), "permission"),
        (("idle", 100.0), ("limit", 110.0), "limit"),
        (("working", 100.0), ("idle", 105.0), "working"),
        (("working", 100.0), ("idle", 111.0), "idle"),
        (("working", 100.0), ("error", 111.0), "error"),
        (("working", 100.0), ("retrying", 111.0), "retrying"),
        (("idle", 100.0), ("error", 111.0), "idle"),
        (("done", 100.0), ("idle", 500.0), "done"),
        (("working", 100.0), ("starting", 500.0), "working"),
        (("background", 100.0), ("idle", 500.0), "background"),
    ],
)
def test_hook_against_screen(hook: tuple[str, float], screen: tuple[str, float], winner: str) -> None:
    verdict = resolve([claim(Source.SCREEN, *screen), claim(Source.HOOK, *hook)], NOW)
    assert verdict.state.value == winner


def test_a_screen_is_believed_before_mere_activity_and_the_process() -> None:
    found = [claim(Source.PROCESS, "starting", 900.0), claim(Source.ACTIVITY, "unknown", 900.0), claim(Source.SCREEN, "trust", 5.0)]
    assert (resolve(found, NOW).state, resolve(found, NOW).rule) == (AgentState.TRUST, "SCREEN:trust")


def test_nothing_known_is_unknown() -> None:
    assert resolve([], NOW).state is AgentState.UNKNOWN


@pytest.mark.parametrize(
    ("found", "winner", "lost"),
    [
        ([claim(Source.SCREEN, "idle", 105.0), claim(Source.HOOK, "working", 100.0)], "HOOK:working", ["a screen at rest overrules"]),
        ([claim(Source.SCREEN, "permission", 101.0), claim(Source.HOOK, "working", 100.0)], "HOOK:working", ["a prompt on the screen"]),
        ([claim(Source.SCREEN, "permission", 103.0), claim(Source.HOOK, "working", 100.0)], "SCREEN:permission", ["came clearly later"]),
        ([claim(Source.HOOK, "idle", 50.0), claim(Source.HOOK, "working", 100.0)], "HOOK:working", ["older than another word"]),
        ([claim(Source.ACTIVITY, "unknown", 200.0), claim(Source.HOOK, "idle", 100.0)], "HOOK:idle", ["its own hook is trusted more"]),
    ],
)  # fmt: skip
def test_what_lost_says_why(found: list[Evidence], winner: str, lost: list[str]) -> None:
    judged = weigh(found, NOW)
    assert judged.verdict == resolve(found, NOW)
    assert judged.claims[0].evidence.rule == winner
    assert judged.claims[0].lost == ""
    assert len(judged.claims) == len(found)
    assert all(words in one.lost for one, words in zip(judged.claims[1:], lost, strict=True))


def test_nothing_weighs_nothing() -> None:
    assert weigh([], NOW).claims == ()
    assert weigh([], NOW).verdict.state is AgentState.UNKNOWN


@pytest.mark.parametrize(
    ("hook", "written", "screen", "winner"),
    [
        (("working", 100.0), ("idle", 100.5), None, "HOOK:working"),
        (("working", 100.0), ("idle", 103.0), None, "TRANSCRIPT:idle"),
        (("working", 100.0), ("limit", 103.0), None, "TRANSCRIPT:limit"),
        (("idle", 104.0), ("limit", 103.0), None, "HOOK:idle"),
        (("idle", 100.0), ("login", 103.0), None, "TRANSCRIPT:login"),
        (("permission", 100.0), ("idle", 103.0), None, "HOOK:permission"),
        (("idle", 100.0), ("working", 103.0), None, "HOOK:idle"),
        (None, ("working", 100.0), ("idle", 105.0), "TRANSCRIPT:working"),
        (None, ("working", 100.0), ("idle", 111.0), "SCREEN:idle"),
        (None, ("working", 100.0), ("permission", 103.0), "SCREEN:permission"),
        (None, ("idle", 100.0), ("working", 50.0), "TRANSCRIPT:idle"),
        (("working", 100.0), ("idle", 103.0), ("permission", 106.0), "SCREEN:permission"),
        (("working", 100.0), ("working", 100.5), None, "TRANSCRIPT:working"),
        (("working", 100.0), ("working", 99.0), None, "HOOK:working"),
        (("permission", 100.0), ("working", 100.5), None, "HOOK:permission"),
        (("permission", 100.0), ("working", 130.0), None, "TRANSCRIPT:working"),
        (("limit", 100.0), ("working", 130.0), None, "TRANSCRIPT:working"),
        (("background", 100.0), ("working", 130.0), None, "HOOK:background"),
        (("dead", 100.0), ("working", 130.0), None, "HOOK:dead"),
        (("done", 100.0), ("working", 130.0), None, "HOOK:done"),
        (("working", 100.0), ("working", 130.0), ("idle", 135.0), "TRANSCRIPT:working"),
        (("working", 100.0), ("working", 130.0), ("idle", 141.0), "SCREEN:idle"),
    ],
)
def test_a_transcript_stands_between_hooks_and_screens(
    hook: tuple[str, float] | None, written: tuple[str, float], screen: tuple[str, float] | None, winner: str
) -> None:
    """Its records have the time at which they were written: they end a claim of work, as after Esc, without waiting."""
    found = [claim(Source.TRANSCRIPT, *written)]
    found += [claim(Source.HOOK, *hook)] if hook else []
    found += [claim(Source.SCREEN, *screen)] if screen else []
    assert resolve(found, NOW).rule == winner
    assert resolve(found[::-1], NOW).rule == winner


def test_work_that_a_transcript_tells_of_goes_on_since_the_hook_said_so() -> None:
    told = Evidence(Source.TRANSCRIPT, AgentState.WORKING, "Bash: make test", 130.0, 130.0, "tool call")
    found = resolve([claim(Source.HOOK, "working", 100.0), told], NOW)
    assert (found.detail, found.source, found.since, found.at) == ("Bash: make test", Source.TRANSCRIPT, 100.0, 130.0)
    answered = resolve([claim(Source.HOOK, "permission", 100.0), told], NOW)
    assert (answered.state, answered.since) == (AgentState.WORKING, 130.0)
