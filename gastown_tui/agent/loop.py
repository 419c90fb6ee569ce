"""The agent loop: a user turn goes in, the model answers and acts until it rests.

What must stay true: the transcript is written before anything that depends on it; every tool call gets a result, also
when it was interrupted; a failed model call loses nothing, because the user's words are in the conversation already.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import cast

from gastown_tui.agent import context, permission, policy, toolbox
from gastown_tui.agent.backoff import Failure, FailureKind, GiveUp, plan, words_for
from gastown_tui.agent.model import Json, Model, ModelFailed, Reply
from gastown_tui.agent.policy import Autonomy, Verdict
from gastown_tui.agent.surface import ALLOW, ALWAYS, Level, Question, Surface
from gastown_tui.agent.toolbox import Toolbox, ToolResult
from gastown_tui.agent.town import Town
from gastown_tui.agent.transcript import INTERRUPTED, Live, Transcript, repair
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.usage import Tokens


class TurnEnd(StrEnum):
    """How a turn ended."""

    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


_RESTING_STATE = {
    FailureKind.NO_KEY: AgentState.LOGIN,
    FailureKind.UNAUTHORIZED: AgentState.LOGIN,
    FailureKind.RATE_LIMIT: AgentState.LIMIT,
    FailureKind.NO_CREDIT: AgentState.LIMIT,
}
"""What a final failure leaves the agent in; anything else is an error."""


@dataclass
class Agent:
    """One conversation with its tools. Runs in one event loop; one turn at a time."""

    model: Model
    tools: Toolbox
    town: Town
    surface: Surface
    transcript: Transcript
    live: Live
    system: str
    autonomy: Autonomy = Autonomy.EDIT
    window: int = context.DEFAULT_WINDOW
    messages: list[Json] = field(default_factory=list)
    tokens: Tokens = field(default_factory=Tokens)
    """Of the last answer: how full the context is."""
    always: set[str] = field(default_factory=set)
    jitter: Callable[[], float] = random.random
    failure: Failure | None = None
    """Of the last turn."""

    async def turn(self, text: str, sender: str = "", source: str = "") -> TurnEnd:
        """Takes one user turn to its end.

        Args:
            text: what the model gets.
            sender: who says it, "" for the person at the pane.
            source: ids of the messages that it came in, separated by commas.

        Raises:
            CancelledError: never; being cancelled is an interruption and ends the turn properly.
        """
        self.failure = None
        self.messages = repair(self.messages)
        self._add_user(text, sender, source)
        self.surface.show_user(text, sender)
        try:
            if source:
                await self.town.confirm(source.split(","))
            await self._state(AgentState.WORKING)
            await self._until_rest()
        except ModelFailed as failed:
            self.failure = failed.failure
            words = words_for(failed.failure)
            self.transcript.append({"type": "error", "text": words, "status": failed.failure.status})
            self.surface.notice(words, Level.ERROR)
            await self._state(_RESTING_STATE.get(failed.failure.kind, AgentState.ERROR), words)
            return TurnEnd.FAILED
        except asyncio.CancelledError:
            self.surface.end_text()
            self.messages = repair(self.messages)
            self.transcript.append({"type": "note", "kind": "interrupted", "text": "Interrupted."})
            self.surface.notice("Interrupted. Say what to do instead.", Level.WARNING)
            await self._state(AgentState.IDLE, "interrupted")
            return TurnEnd.INTERRUPTED
        finally:
            self.live.clear()
        await self._state(AgentState.IDLE)
        return TurnEnd.DONE

    def clear(self) -> None:
        """Forgets the conversation; the transcript keeps it."""
        self.messages, self.tokens = [], Tokens()
        self.transcript.append({"type": "note", "kind": "clear", "text": "The conversation was cleared."})
        self.surface.set_fill(0.0)

    async def hand_off(self) -> None:
        """Replaces the conversation by a note that the model writes about it.

        Raises:
            ModelFailed: the note could not be written; nothing changed.
        """
        self.surface.notice("The context is nearly full: writing a handoff note.", Level.WARNING)
        request: list[Json] = [*repair(self.messages), {"role": "user", "content": context.HANDOFF_REQUEST}]
        reply = await self._answer(request, with_tools=False)
        self.transcript.append({"type": "usage", "model": reply.model, "usage": _usage(reply.tokens), "window": self.window})
        await self._begin_again(reply.text or self._mechanical_note())

    async def _until_rest(self) -> None:
        while True:
            if context.needs_handoff(self.tokens, self.window):
                await self.hand_off()
            reply = await self._answer_or_shorten()
            self._add_assistant(reply)
            calls = [block for block in reply.content if block.get("type") == "tool_use"]
            if calls:
                is_cut = reply.stop_reason == "max_tokens"
                await self._run_calls(calls, is_cut=is_cut)
            elif reply.stop_reason == "max_tokens":
                self.surface.notice("The answer was cut at its longest length.", Level.WARNING)
                return
            elif reply.stop_reason == "refusal":
                self.surface.notice("The model declined to answer.", Level.WARNING)
                return
            elif reply.stop_reason != "pause_turn":
                return

    async def _answer_or_shorten(self) -> Reply:
        try:
            return await self._answer(self.messages)
        except ModelFailed as failed:
            if failed.failure.kind is not FailureKind.TOO_LONG:
                raise
            # The model cannot read the conversation any more, so the note is made of its last words.
            self.surface.notice("The conversation is too long: going on from a note.", Level.WARNING)
            await self._begin_again(self._mechanical_note())
            return await self._answer(self.messages)

    async def _answer(self, messages: list[Json], *, with_tools: bool = True) -> Reply:
        """One whole answer, tried again as backoff.py plans."""
        tried = 0
        while True:
            tried += 1
            try:
                return await self._stream(messages, with_tools=with_tools)
            except ModelFailed as failed:
                self.surface.end_text()
                step = plan(failed.failure, tried, self.jitter())
                if isinstance(step, GiveUp):
                    raise
                await self._wait(step.seconds, failed.failure, tried)
                await self._state(AgentState.WORKING)

    async def _stream(self, messages: list[Json], *, with_tools: bool) -> Reply:
        parts: list[str] = []

        def take(delta: str) -> None:
            parts.append(delta)
            self.surface.show_text(delta)
            self.live.update("".join(parts), AgentState.WORKING.value)

        try:
            reply = await self.model.stream(
                system=self.system, messages=messages, tools=self.tools.schemas if with_tools else [], on_text=take
            )
        except asyncio.CancelledError:
            if parts:
                said = "".join(parts)
                self._add_assistant(
                    Reply("", self.model.settings.model, [{"type": "text", "text": said}], "interrupted", self.tokens)
                )
            raise
        self.surface.end_text()
        return reply

    async def _wait(self, seconds: float, failure: Failure, tried: int) -> None:
        """Waits with a countdown that a person sees; cancelling ends it."""
        words = words_for(failure)
        state = AgentState.LIMIT if failure.kind is FailureKind.RATE_LIMIT and seconds > 60 else AgentState.RETRYING
        self.transcript.append({"type": "note", "kind": "retry", "text": f"{words} · retrying in {seconds:.1f} s", "tried": tried})
        await self.town.report(state, words)
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            self.surface.set_state(state, f"{words} · retrying in {left:.0f} s · try {tried + 1}")
            await asyncio.sleep(min(1.0, left))

    async def _run_calls(self, calls: list[Json], *, is_cut: bool) -> None:
        """Runs the calls of one answer in order; whatever happens, all of them get a result."""
        results: list[Json] = []
        try:
            for call in calls:
                result = (
                    ToolResult("The call was cut off at the longest length.", is_error=True)
                    if is_cut
                    else await self._run_call(call)
                )
                results.append(_result_block(call, result))
        finally:
            results += [_result_block(call, ToolResult(INTERRUPTED, is_error=True)) for call in calls[len(results) :]]
            self.messages.append({"role": "user", "content": results})
            self.transcript.append({"type": "tool_result", "content": results})

    async def _run_call(self, call: Json) -> ToolResult:
        tool = str(call.get("name"))
        given = call.get("input")
        arguments = cast("Mapping[str, object]", given) if isinstance(given, Mapping) else {}
        line = toolbox.summary(tool, arguments)
        self.surface.show_call(tool, line)
        decision = policy.decide(
            tool, arguments, autonomy=self.autonomy, directory=self.tools.directory, always=frozenset(self.always)
        )
        if decision.verdict is not Verdict.DENY:
            decision = await self._by_rule(tool, arguments, line, decision)
        result: ToolResult | None = None
        if decision.verdict is Verdict.DENY:
            result = ToolResult(f"Refused: {decision.reason}.", is_error=True)
        elif decision.verdict is Verdict.ASK and self.tools.knows(tool):
            result = await self._ask(call, tool, arguments, decision)
        if result is None:
            await self._state(AgentState.WORKING, f"{tool} {line}"[:200])
            result = await self.tools.run(tool, arguments)
        self.surface.show_result(tool, result.text, result.is_error)
        return result

    async def _by_rule(self, tool: str, arguments: Mapping[str, object], line: str, decision: policy.Decision) -> policy.Decision:
        """The decision as the overseer's standing rules change it; what is never allowed they cannot allow."""
        found = await self.town.by_rule(tool, arguments, self.tools.directory, f"{tool}: {line}")
        if found is None or Verdict(found[0]) is decision.verdict:
            return decision
        return replace(decision, verdict=Verdict(found[0]), reason=f"a standing rule of the overseer ({found[1]})")

    async def _ask(self, call: Json, tool: str, arguments: Mapping[str, object], decision: policy.Decision) -> ToolResult | None:
        """None when the call may run, else the result that stands for it."""
        line = toolbox.summary(tool, arguments)
        question = Question(tool, f"{tool}: {line}", toolbox.detail(tool, arguments), decision.reason, decision.pattern, arguments)
        self.surface.set_state(AgentState.PERMISSION, question.title)
        mark = f"{self.transcript.session}|{call.get('id')}"
        answer = await permission.ask(self.surface, self.town, question, directory=self.tools.directory, mark=mark)
        words = {ALLOW: "allowed once", ALWAYS: "allowed for this session"}.get(answer.key, "denied")
        by = answer.by or "you"
        self.transcript.append({"type": "note", "kind": "permission", "text": f"{question.title}: {words} by {by}"})
        self.surface.notice(f"{words} by {by}" + (f": {answer.text}" if answer.text else ""))
        if answer.key == ALWAYS and decision.pattern:
            self.always.add(decision.pattern)
        if answer.key in (ALLOW, ALWAYS):
            return None
        reason = f" Their reason: {answer.text}" if answer.text else ""
        return ToolResult(f"A person denied this call.{reason} Do not try it again in another way.", is_error=True)

    async def _state(self, state: AgentState, detail: str = "") -> None:
        self.surface.set_state(state, detail)
        await self.town.report(state, detail)
        trouble = self.town.trouble()
        if trouble:
            self.surface.notice(f"the town does not answer: {trouble}", Level.WARNING)

    def _add_user(self, text: str, sender: str, source: str) -> None:
        self.messages.append({"role": "user", "content": text})
        line: Json = {"type": "user", "text": text}
        if sender:
            line |= {"sender": sender, "message": source}
        self.transcript.append(line)

    def _add_assistant(self, reply: Reply) -> None:
        if not reply.content:
            return
        self.messages.append({"role": "assistant", "content": reply.content})
        self.tokens = reply.tokens
        self.surface.set_fill(context.fill(reply.tokens, self.window))
        line: Json = {
            "type": "assistant",
            "text": reply.text,
            "content": reply.content,
            "model": reply.model,
            "stop_reason": reply.stop_reason,
            "usage": _usage(reply.tokens),
            "window": self.window,
        }
        if reply.id:
            line["id"] = reply.id
        self.transcript.append(line)

    async def _begin_again(self, note: str) -> None:
        await self.town.leave(note)
        self.transcript.append({"type": "note", "kind": "handoff", "text": note})
        self.messages = [{"role": "user", "content": context.opening(note)}]
        self.tokens = Tokens()
        self.surface.set_fill(0.0)

    def _mechanical_note(self) -> str:
        """What was said last, cut short, when the model itself cannot write a note."""
        said: list[str] = []
        for message in self.messages:
            content = message["content"]
            blocks = [content] if isinstance(content, str) else [b.get("text", "") for b in cast("list[Json]", content)]
            text = "\n".join(str(block) for block in blocks if block)
            if text:
                said.append(f"{message['role']}: {text[:2_000]}")
        return "\n\n".join([*said[:1], *said[1:][-8:]])


def _usage(tokens: Tokens) -> Json:
    """What whoever reads the transcript counts."""
    return {
        "input_tokens": tokens.input,
        "output_tokens": tokens.output,
        "cache_read_input_tokens": tokens.cache_read,
        "cache_creation_input_tokens": tokens.cache_write,
    }


def _result_block(call: Json, result: ToolResult) -> Json:
    block: Json = {"type": "tool_result", "tool_use_id": call.get("id"), "content": result.text}
    return {**block, "is_error": True} if result.is_error else block
