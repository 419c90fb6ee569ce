"""The loop with the rehearsal server as its model: turns, tools, permission, interruption, faults, resume, handoff."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from gastown_tui.agent import transcript
from gastown_tui.agent.loop import Agent, TurnEnd
from gastown_tui.agent.surface import ALLOW, ALWAYS, DENY, Answer, Level
from gastown_tui.core.errors import NotFound
from gastown_tui.core.evidence import AgentState

Serve = Callable[..., Any]

SCENARIO = """
[[script]]
match = "^work"
resumes = true
[[script.step]]
say = "I look."
shell = "echo one"
[[script.step]]
write = { path = "a.txt", text = "hello\\n" }
[[script.step]]
edit = { path = "a.txt", old = "hello", new = "bye" }
[[script.step]]
read = "a.txt"
[[script.step]]
when = "bye"
search = "by."
[[script.step]]
say = "Worked."

[[script]]
match = "^ask"
[[script.step]]
shell = "touch asked; rm asked"
[[script.step]]
when = "denied"
say = "Then not."
[[script.step]]
shell = "touch asked; rm asked"
[[script.step]]
say = "Twice."

[[script]]
match = "^fault"
[[script.step]]
say = "Survived it, with enough words to be cut in the middle by a connection that drops."
fault = "FAULT"

[[script]]
match = "^long"
[[script.step]]
say = "A very long and slow answer that nobody wants to wait for until its end."
fault = "slow"

[[script]]
match = "^sleep"
[[script.step]]
shell = "echo $$ > pid; tail -f /dev/null & tail -f /dev/null"
[[script.step]]
say = "Slept."

[[script]]
match = "Write a handoff note"
[[script.step]]
say = "The goal is G and half is done."

[[script]]
match = "^Handoff note(.|\\\\n)*goal is G"
[[script.step]]
say = "Going on from the note."

[[script]]
match = "^Handoff note(.|\\\\n)*user: toolong"
[[script.step]]
say = "Going on from what was said."

[[script]]
match = "^fill"
[[script.step]]
say = "Filling."
shell = "echo filled"
context = 170000

[[script]]
match = "^toolong"
[[script.step]]
say = "x"
fault = "too_long"
"""


def lines_of(agent: Agent) -> list[dict[str, object]]:
    return transcript.read(agent.transcript.path)


def kinds_of(agent: Agent) -> list[str]:
    return [str(line["type"]) for line in lines_of(agent)]


@pytest.fixture
def at(serve: Serve, workshop: Any) -> Any:
    """The workshop, its model served."""
    workshop.server = serve(SCENARIO.replace('"FAULT"', '"rate_limit_once"'))
    workshop.environment["ANTHROPIC_BASE_URL"] = workshop.server.url
    return workshop


def run(agent: Agent, *texts: str) -> list[TurnEnd]:
    async def all_turns() -> list[TurnEnd]:
        ends = [await agent.turn(text) for text in texts]
        await agent.model.close()
        return ends

    return asyncio.run(all_turns())


def test_a_turn_uses_its_tools_until_it_rests(at: Any, recorder: Any) -> None:
    agent = at.agent(recorder)
    assert run(agent, "work") == [TurnEnd.DONE]
    assert (at.directory / "a.txt").read_text() == "bye\n"
    assert [tool for tool, _ in recorder.calls] == ["shell", "write", "edit", "read", "search"]
    assert recorder.results[-1] == ("search", "a.txt:1:bye", False)
    assert recorder.text == "I look.Worked."
    assert recorder.states[0][0] is AgentState.WORKING
    assert recorder.states[-1][0] is AgentState.IDLE
    kinds = kinds_of(agent)
    assert kinds[:2] == ["session", "user"]
    assert kinds.count("assistant") == 6
    assert kinds.count("tool_result") == 5
    assistant = next(line for line in lines_of(agent) if line["type"] == "assistant")
    assert assistant["usage"]["input_tokens"] > 0  # type: ignore[index]
    assert not agent.live.path.exists()
    assert agent.transcript.path.stat().st_mode & 0o077 == 0


def test_permission_is_asked_once_or_for_the_session(at: Any, recorder: Any) -> None:
    recorder.answers = [Answer(ALLOW), Answer(ALWAYS)]
    agent = at.agent(recorder)
    assert run(agent, "ask", "ask") == [TurnEnd.DONE, TurnEnd.DONE]
    assert len(recorder.questions) == 2, "the third and fourth were allowed for the session"
    assert recorder.questions[0].detail == "touch asked; rm asked"
    assert AgentState.PERMISSION in [state for state, _ in recorder.states]
    assert recorder.text == "Twice.Twice."


def test_a_denial_and_its_reason_reach_the_model(at: Any, recorder: Any) -> None:
    recorder.answers = [Answer(DENY, "not today")]
    agent = at.agent(recorder)
    run(agent, "ask")
    assert recorder.text == "Then not."
    assert "not today" in recorder.results[0][1]
    assert not (at.directory / "asked").exists()


def test_an_interruption_stops_the_stream_and_keeps_what_was_said(at: Any, recorder: Any) -> None:
    agent = at.agent(recorder)

    async def interrupted() -> TurnEnd:
        task = asyncio.create_task(agent.turn("long"))
        recorder.on_text = lambda: task.cancel() if len(recorder.text) > 20 else None
        end = await task
        recorder.on_text = lambda: None
        assert await agent.turn("hello") is TurnEnd.DONE
        await agent.model.close()
        return end

    assert asyncio.run(interrupted()) is TurnEnd.INTERRUPTED
    said = [line for line in lines_of(agent) if line["type"] == "assistant"]
    assert str(said[0]["text"]).startswith("A very long")
    assert "until its end" not in str(said[0]["text"])
    assert {"type": "note", "kind": "interrupted"}.items() <= next(
        line for line in lines_of(agent) if line["type"] == "note"
    ).items()


def test_an_interruption_ends_the_tools_whole_process_group(at: Any, recorder: Any) -> None:
    agent = at.agent(recorder, "--autonomy", "full")
    marker = at.directory / "pid"

    async def interrupted() -> TurnEnd:
        task = asyncio.create_task(agent.turn("sleep"))
        async with asyncio.timeout(40):
            while not marker.exists() or not marker.read_text():  # noqa: ASYNC110 (a file sends no event)
                await asyncio.sleep(0.02)
        task.cancel()
        end = await task
        await agent.model.close()
        return end

    assert asyncio.run(interrupted()) is TurnEnd.INTERRUPTED
    assert _alive_in_group(int(marker.read_text())) == []
    results = [line for line in lines_of(agent) if line["type"] == "tool_result"]
    assert "Interrupted" in json.dumps(results[0])


def _alive_in_group(group: int) -> list[int]:
    """Members of a process group; zombies wait for an init that not every machine has."""
    found = []
    for process in psutil.process_iter(["status"]):
        try:
            if os.getpgid(process.pid) == group and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (ProcessLookupError, PermissionError):
            continue
    return found


@pytest.mark.parametrize("fault", ["rate_limit_once", "overloaded_once", "server_error_once", "drop_once"])
def test_passing_faults_are_waited_out(serve: Serve, workshop: Any, recorder: Any, fault: str) -> None:
    workshop.environment["ANTHROPIC_BASE_URL"] = serve(SCENARIO.replace("FAULT", fault)).url
    agent = workshop.agent(recorder)
    assert run(agent, "fault") == [TurnEnd.DONE]
    assert recorder.text.endswith("Survived it, with enough words to be cut in the middle by a connection that drops.")
    retrying = [detail for state, detail in recorder.states if state is AgentState.RETRYING]
    assert "retrying in 1 s" in retrying[0]
    assert kinds_of(agent).count("assistant") == 1


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        ("unauthorized", AgentState.LOGIN, "401"),
        ("no_credit", AgentState.LIMIT, "credit"),
    ],
)
def test_final_faults_rest_at_the_prompt_and_lose_nothing(
    serve: Serve, workshop: Any, recorder: Any, fault: str, state: AgentState, words: str
) -> None:
    workshop.environment["ANTHROPIC_BASE_URL"] = serve(SCENARIO.replace("FAULT", fault)).url
    agent = workshop.agent(recorder)
    assert run(agent, "fault", "hello") == [TurnEnd.FAILED, TurnEnd.DONE]
    assert any(words in text and level is Level.ERROR for text, level in recorder.notices)
    assert state in [shown for shown, _ in recorder.states]
    assert [message["content"] for message in agent.messages[:2]] == ["fault", "hello"]
    assert "error" in kinds_of(agent)


def test_a_missing_key_and_a_missing_server_are_told_apart(workshop: Any, recorder: Any) -> None:
    workshop.environment["ANTHROPIC_BASE_URL"] = "http://127.0.0.1:9"
    agent = workshop.agent(recorder)

    async def offline() -> TurnEnd:
        task = asyncio.create_task(agent.turn("hello"))
        recorder.on_state = lambda state: task.cancel() if state is AgentState.RETRYING else None
        return await task

    assert asyncio.run(offline()) is TurnEnd.INTERRUPTED
    assert "no connection" in next(detail for state, detail in recorder.states if state is AgentState.RETRYING)
    del workshop.environment["ANTHROPIC_AUTH_TOKEN"]
    agent = workshop.agent(recorder)
    assert run(agent, "hello") == [TurnEnd.FAILED]
    assert recorder.notices[-1][0].startswith("no API key")


def test_a_conversation_is_resumed_where_a_kill_left_it(at: Any, recorder: Any) -> None:
    agent = at.agent(recorder)
    run(agent, "work")
    path, session = agent.transcript.path, agent.transcript.session
    whole = path.read_text().splitlines()
    # Killed between the second call and its result, in the middle of writing a line.
    cut = [n for n, line in enumerate(whole) if json.loads(line)["type"] == "tool_result"][1]
    path.write_text("\n".join(whole[:cut]) + '\n{"type": "tool_res')
    again = at.agent(recorder, "--resume", session)
    assert again.transcript.session == session
    assert "did not finish" in json.dumps(again.messages[-1])
    recorder.text = ""
    assert run(again, "go on") == [TurnEnd.DONE]
    assert recorder.text == "Worked."
    with pytest.raises(NotFound):
        at.agent(recorder, "--resume", "nosuch")


def test_continue_takes_the_newest_conversation_of_this_directory(at: Any, recorder: Any) -> None:
    agent = at.agent(recorder)
    run(agent, "hello")
    assert at.agent(recorder, "--continue").transcript.session == agent.transcript.session


def test_a_full_context_is_handed_off_in_the_middle_of_a_turn(at: Any, recorder: Any) -> None:
    agent = at.agent(recorder)
    assert run(agent, "fill") == [TurnEnd.DONE]
    assert recorder.text.endswith("Going on from the note.")
    assert len(agent.messages) == 2
    assert "goal is G" in str(agent.messages[0]["content"])
    restored, _ = transcript.restore(lines_of(agent))
    assert restored == agent.messages


def test_a_conversation_that_is_too_long_goes_on_from_its_last_words(at: Any, recorder: Any) -> None:
    agent = at.agent(recorder)
    assert run(agent, "toolong please") == [TurnEnd.DONE]
    assert recorder.text == "Going on from what was said."


def test_the_town_kit_has_no_tool_that_changes_files(at: Any, recorder: Any) -> None:
    at.environment["GT"] = "/bin/true"
    agent = at.agent(recorder, "--tools", "town")
    assert sorted(str(tool["name"]) for tool in agent.tools.schemas) == ["gt", "read", "search"]
