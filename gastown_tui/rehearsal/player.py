"""Chooses the scripted model's answer: a pure function of the scenario and the conversation.

Any number of agents can share one server, and a conversation that is resumed after a crash goes on at its step,
because the step is counted from the conversation itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gastown_tui.core.errors import ConfigError
from gastown_tui.rehearsal.conversation import Conversation, Remark, RequestKind
from gastown_tui.rehearsal.scenario import Fault, Scenario, Script, Step
from gastown_tui.rehearsal.toolmap import ToolCall, gt_arguments, tool_call

CHARACTERS_PER_TOKEN = 4
"""Usual rough rate for English and code; usage numbers of a rehearsal only have to be plausible."""
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says and does next."""

    text: str
    call: ToolCall | None
    pause: float
    """Seconds at pace 1 before the first word."""
    fault: Fault | None
    key: str
    """Names this point of this conversation: ids and one-time faults hang on it."""
    input_tokens: int
    cached_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class _Position:
    step: Step | None
    """None: the script is over."""
    groups: Mapping[str, str]


def answer(scenario: Scenario, conversation: Conversation, gt_command: str = "gt") -> Answer:
    """The answer to one request."""
    remark = conversation.remarks[-1]
    if conversation.kind is RequestKind.SIDE:
        return _finish(conversation, _title(remark.text), None, Step(say="-", pause=0))
    if conversation.kind is RequestKind.COMPACT:
        return _finish(conversation, "<summary>The work so far followed its script.</summary>", None, Step(say="-"))
    position = _find(scenario, conversation)
    if position is None:
        return _finish(conversation, scenario.fallback, None, Step(say="-"))
    step = position.step
    if step is None:
        return _finish(conversation, "That is all for now.", None, Step(say="-", pause=0.2))
    filled = _fill(step, {**position.groups, "scenario": str(scenario.directory)})
    content = scenario.text_of(filled.write) if filled.write else ""
    call = tool_call(filled, content, conversation.tools, conversation.directory, gt_command)
    text = filled.say
    if call is None and not step.ends_turn:
        text = f"{text}\nI would act now, but no tool that I was given can do it.".strip()
    return _finish(conversation, text, call, step)


def _find(scenario: Scenario, conversation: Conversation) -> _Position | None:
    """The step that is next, or None when no script fits."""
    remark = conversation.remarks[-1]
    script = _choose(scenario, remark)
    if script:
        return _play(scenario, *script, list(remark.results))
    # An unmatched remark, say "go on" after an interruption: the script before it continues unless it was over.
    results: list[str] = list(remark.results)
    for earlier in reversed(conversation.remarks[:-1]):
        results = [*earlier.results, *results]
        script = _choose(scenario, earlier)
        if script:
            position = _play(scenario, *script, results) if script[0].resumes else None
            return position if position and position.step else None
    return None


def _choose(scenario: Scenario, remark: Remark) -> tuple[Script, Mapping[str, str]] | None:
    """The first script that fits the user's words, else the first that fits what surrounds them."""
    for text in (remark.text, remark.context):
        chosen = _match(scenario, text)
        if chosen:
            return chosen
    return None


def _match(scenario: Scenario, text: str) -> tuple[Script, Mapping[str, str]] | None:
    for script in scenario.scripts:
        found = [re.search(expression, text) for expression in script.match]
        if all(found):
            groups: dict[str, str] = {}
            for match in found:
                groups.update({k: v for k, v in (match.groupdict() if match else {}).items() if v is not None})
            return script, groups
    return None


def _play(scenario: Scenario, script: Script, groups: Mapping[str, str], results: list[str]) -> _Position:
    """Plays the script over the results so far and returns where it stands."""
    last, cursor = "", 0
    while True:
        while cursor < len(script.steps) and not _applies(script.steps[cursor], last):
            cursor += 1
        if cursor >= len(script.steps):
            following = _match(scenario, last) if script.by_result else None
            if following and following[0] is not script:
                return _play(scenario, *following, results)
            return _Position(None, groups)
        if not results:
            return _Position(script.steps[cursor], groups)
        last, results = results[0], results[1:]
        cursor += 1


def _applies(step: Step, last: str) -> bool:
    if step.when is not None and not re.search(step.when, last):
        return False
    return step.unless is None or not re.search(step.unless, last)


def _fill(step: Step, groups: Mapping[str, str]) -> Step:
    """Puts the matched groups, and `scenario` (its directory), into the step's own texts; files from beside the scenario stay as they are."""

    def fill(text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: groups.get(found.group(1), found.group(0)), text)

    changes: dict[str, object] = {"say": fill(step.say)}
    if step.shell is not None:
        changes["shell"] = fill(step.shell)
    if step.read is not None:
        changes["read"] = fill(step.read)
    if step.write is not None:
        changes["write"] = step.write.model_copy(update={"path": fill(step.write.path)})
    if step.gt is not None:
        try:
            changes["gt"] = [fill(word) for word in gt_arguments(step.gt)]
        except ValueError as error:
            raise ConfigError(f"gt step {step.gt!r}: {error}") from error
    return step.model_copy(update=changes)


def _finish(conversation: Conversation, text: str, call: ToolCall | None, step: Step) -> Answer:
    results = [result for remark in conversation.remarks for result in remark.results]
    seed = "\n".join([*(remark.text for remark in conversation.remarks), str(len(results)), conversation.directory])
    total = step.context or max(1, conversation.size // CHARACTERS_PER_TOKEN)
    newest = results[-1] if results else conversation.remarks[-1].context
    fresh = min(total, max(1, len(newest) // CHARACTERS_PER_TOKEN))
    spoken = len(text) + (len(str(call.input)) if call else 0)
    return Answer(
        text=text,
        call=call,
        pause=step.pause,
        fault=step.fault,
        key=hashlib.sha256(seed.encode()).hexdigest()[:20],
        input_tokens=fresh,
        cached_tokens=total - fresh,
        output_tokens=max(1, spoken // CHARACTERS_PER_TOKEN),
    )


def _title(text: str) -> str:
    """A side request is answered as a title of few words, in the JSON shape that Claude Code asks for."""
    words = " ".join(re.sub(r"[^\w -]", " ", text).split()[:5]) or "Rehearsal"
    return f'{{"title": "{words}"}}'
