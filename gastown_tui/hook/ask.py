"""A CLI's permission dialog, published as a request that the overseer can answer from anywhere.

The CLI runs this hook beside its own dialog and takes whichever answers first. When the person refuses in the pane,
the CLI ends the hook with SIGTERM; when they allow, it leaves the hook alone (both seen with Claude Code 2.1.330), and
the transcript tells. Either way the request is settled. A slow path: it may import the ledger.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gastown_tui import hook
from gastown_tui.core.errors import Conflict, GastownError
from gastown_tui.core.requests import ANSWERS, DIALOGS, subject_json
from gastown_tui.hook import dialects
from gastown_tui.hook.claims import claim, text, title_of
from gastown_tui.hook.transcript import ToolCall
from gastown_tui.ledger import requests as rows
from gastown_tui.ledger import telemetry
from gastown_tui.ledger.connection import data_version
from gastown_tui.services import requests
from gastown_tui.services.context import TownContext, open_context

WAIT_LIMIT = 86_000.0
"""Seconds until it leaves the question to the pane; the driver gives the hook a day."""
POLL_SECONDS = 0.25
KINDS = {"AskUserQuestion": "question", "ExitPlanMode": "plan"}
"""Every other tool asks for a permission."""
MAX_CHOICES = 9


class SettledElsewhere(Exception):
    """The CLI ended this hook: the question was answered in the pane, or the run is over."""


def ask(payload: dict[str, object], town: str) -> str:
    """Publishes the request and waits for its answer; returns the CLI's JSON, or "" to leave it to the pane."""
    kind = KINDS.get(text(payload, "tool_name"), "permission")
    if kind == "permission" and dialects.dialect() and (ruled := _by_rule(payload, town)):
        return ruled
    # A CLI that hides its dialog while this hook runs is not kept waiting: its pane takes the answer.
    options = options_of(kind, payload) if dialects.may_wait() else []
    rule = f"PermissionRequest:{os.getpid() if options else 0}"
    hook.report("PermissionRequest", payload, town, (kind, title_of(payload), rule))
    ctx = open_context(Path(town))
    try:
        with _ends_as_settled():
            about = (title(kind, payload), detail(kind, payload), text(payload, "cwd"))
            request = requests.publish(ctx, kind, *about, options, fingerprint(payload), subject=subject(kind, payload))
            return _await(ctx, request, kind, payload) if options else ""
    except GastownError as error:
        hook.complain(town, "PermissionRequest", error)  # the dialog in the pane stays, and it is enough
        return ""
    finally:
        ctx.close()


def _by_rule(payload: dict[str, object], town: str) -> str:
    """The answer of a standing rule, "" without one. Claude Code is told before it asks, other CLIs can be told only here."""
    from gastown_tui.hook import guard

    verdict, rule = guard.by_rule(payload, town)
    if verdict not in ("allow", "deny") or not dialects.may_answer():
        return ""
    hook.report("PermissionRequest", payload, town, ("working", title_of(payload), f"rule:{rule}"), (rule, verdict))
    return reply("permission", payload, verdict, f"Gas Town: a standing rule of the overseer ({rule})", "overseer")


def _await(ctx: TownContext, request: str, kind: str, payload: dict[str, object]) -> str:
    try:
        parent, end = os.getppid(), time.monotonic() + WAIT_LIMIT
        given = None if kind == "plan" else payload.get("tool_input")
        call = ToolCall(text(payload, "transcript_path"), text(payload, "tool_name"), given)
        seen = -1
        while time.monotonic() < end:
            if os.getppid() != parent or call.has_ended():
                raise SettledElsewhere
            version = data_version(ctx.ledger)
            if version != seen:
                seen = version
                answer = requests.answer_of(ctx, request)
                if answer is not None:
                    _go_on(ctx, payload)
                    return reply(kind, payload, *answer)
            time.sleep(POLL_SECONDS)
    except SettledElsewhere:
        requests.settle(ctx, request, "")
        _go_on(ctx, payload)
    except Conflict:
        _go_on(ctx, payload)  # expired or settled by another: nothing is left to say
    else:
        requests.leave_to_pane(ctx, request)  # it waited long enough, and the dialog still stands
    return ""


def _go_on(ctx: TownContext, payload: dict[str, object]) -> None:
    """Says what the run does now, unless another request of it still waits: at work, or what its events said meanwhile."""
    if rows.open_of_run(ctx.ledger, ctx.run):
        return
    state, detail = "working", title_of(payload)
    for event, data in _since_asked(ctx):
        after, about = claim(event, data, state, False)
        if after:
            state, detail = after, about
    hook.report("RequestEnded", payload, str(ctx.layout.root), (state, detail, "RequestEnded"))


def _since_asked(ctx: TownContext) -> list[tuple[str, dict[str, object]]]:
    found: list[tuple[str, dict[str, object]]] = []
    for _, event, data in telemetry.events_of(ctx.telemetry, ctx.run):
        found = [] if event == "PermissionRequest" else [*found, (event, data)]
    return found


def settle_all(town: str) -> None:
    """The run went on: what it had asked without a waiting hook was answered in its pane."""
    ctx = open_context(Path(town))
    try:
        for request in rows.open_of_run(ctx.ledger, ctx.run):
            if request.kind in DIALOGS:
                requests.settle(ctx, request.id, "")
    except GastownError as error:
        hook.complain(town, "settle", error)
    finally:
        ctx.close()


@contextmanager
def _ends_as_settled() -> Iterator[None]:
    def leave(number: int, frame: object) -> None:
        # Once: a second signal must not interrupt the settling itself.
        for one in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(one, signal.SIG_IGN)
        raise SettledElsewhere

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, leave)
    try:
        yield
    except SettledElsewhere:
        return  # before the request was published, or while it was


def fingerprint(payload: dict[str, object]) -> str:
    """Different for every asking: an answer given once must not answer the same command again."""
    same = json.dumps([payload.get("tool_name"), payload.get("tool_input")], sort_keys=True)
    return f"{text(payload, 'prompt_id')}|{os.getpid()}|{time.time_ns()}|{same}"


def options_of(kind: str, payload: dict[str, object]) -> list[tuple[str, str]]:
    """What can be answered through the hook; nothing when only the pane can take the answer."""
    if kind == "permission":
        always = [("always", f"Always in this session: {_rules(payload)}")] if session_rules(payload) else []
        return [("allow", "Allow once"), *always, ("deny", "Deny")]
    if kind == "question":
        questions = _questions(payload)
        if len(questions) == 1 and not questions[0].get("multiSelect"):
            return [(str(number), label) for number, label in enumerate(_labels(questions[0])[:MAX_CHOICES], 1)]
        return [(ANSWERS, "answer them one after another" if len(questions) > 1 else "choose some")] if questions else []
    return [
        ("always", "Yes, auto-accept edits"),
        ("allow", "Yes, manually approve edits"),
        ("deny", "Keep planning: tell it what to change"),
    ]


def subject(kind: str, payload: dict[str, object]) -> str:
    """The call that it is about, the questions in parts, and who waits for the answer."""
    given = payload.get("tool_input")
    call = given if isinstance(given, dict) and kind == "permission" else {}
    asked = [
        {
            "text": text(one, "question"),
            "many": bool(one.get("multiSelect")),
            "options": [
                {"key": text(choice, "label"), "label": text(choice, "label"), "about": text(choice, "description")}
                for choice in _choices(one)
            ],
        }
        for one in _questions(payload)
    ]
    more: dict[str, object] = {"questions": asked} if kind == "question" else {}
    return subject_json(text(payload, "tool_name"), call, waiter=os.getpid() if dialects.may_wait() else 0, **more)


def session_rules(payload: dict[str, object]) -> list[dict[str, object]]:
    """The CLI's own suggestions for `always`, kept to this session: none is written into a repository."""
    suggested = payload.get("permission_suggestions")
    found = [one for one in suggested if isinstance(one, dict)] if isinstance(suggested, list) else []
    return [{**one, "destination": "session"} for one in found if _is_narrow(one)]


def _is_narrow(suggestion: dict[str, object]) -> bool:
    """Rules, directories, and edits without asking; never a mode in which nothing asks."""
    kind = suggestion.get("type")
    return kind in ("addRules", "addDirectories") or (kind == "setMode" and suggestion.get("mode") == "acceptEdits")


def _rules(payload: dict[str, object]) -> str:
    names = []
    for suggestion in session_rules(payload):
        places = suggestion.get("directories")
        names += [f"reach {place}" for place in places] if isinstance(places, list) else []
        names += ["all edits"] if suggestion.get("type") == "setMode" else []
        rules = suggestion.get("rules")
        for rule in rules if isinstance(rules, list) else []:
            if isinstance(rule, dict):
                content = rule.get("ruleContent")
                names.append(f"{rule.get('toolName', '')}({content})" if content else str(rule.get("toolName", "")))
    return ", ".join(names)[:200]


def _questions(payload: dict[str, object]) -> list[dict[str, object]]:
    given = payload.get("tool_input")
    questions = given.get("questions") if isinstance(given, dict) else None
    return [one for one in questions if isinstance(one, dict)] if isinstance(questions, list) else []


def _labels(question: dict[str, object]) -> list[str]:
    return [text(one, "label") for one in _choices(question)]


def _choices(question: dict[str, object]) -> list[dict[str, object]]:
    options = question.get("options")
    return [one for one in options if isinstance(one, dict)] if isinstance(options, list) else []


def title(kind: str, payload: dict[str, object]) -> str:
    """The request's one line."""
    if kind == "question":
        return "; ".join(text(one, "question") for one in _questions(payload)) or "a question"
    if kind != "plan":
        return title_of(payload)
    given = payload.get("tool_input")
    lines = (line.strip("# ") for line in (text(given, "plan") if isinstance(given, dict) else "").splitlines())
    return f"its plan is ready: {next(filter(None, lines), '')}".rstrip(": ")


def detail(kind: str, payload: dict[str, object]) -> str:
    """What it is about, in full: the command, the diff, the text of a new file, the choices."""
    given = payload.get("tool_input")
    if not isinstance(given, dict):
        return ""
    if kind == "question":
        return "\n".join(_question_text(one) for one in _questions(payload))
    if kind == "plan":
        return text(given, "plan")
    if text(given, "command"):
        return "\n".join(filter(None, (text(given, "command"), text(given, "description"))))
    if text(given, "diff"):
        return "\n".join([text(given, "file_path"), text(given, "diff")])
    if "old_string" in given or "content" in given:
        old = [f"-{line}" for line in text(given, "old_string").splitlines()]
        new = [f"+{line}" for line in (text(given, "new_string") or text(given, "content")).splitlines()]
        return "\n".join([text(given, "file_path"), *old, *new])
    return json.dumps(given, indent=1, ensure_ascii=False)


def _question_text(question: dict[str, object]) -> str:
    lines = [f"  {text(one, 'label')}: {text(one, 'description')}".rstrip(": ") for one in _choices(question)]
    return "\n".join([text(question, "question"), *lines])


def reply(kind: str, payload: dict[str, object], key: str, words: str, by: str) -> str:
    """The CLI's JSON for an answer: key, the person's own words, and who they are."""
    decision: dict[str, object] = {"behavior": "allow"}
    found = payload.get("tool_input")
    given = found if isinstance(found, dict) else {}
    if kind == "question":
        decision["updatedInput"] = {**given, "answers": answers(payload, key, words)}
    elif kind == "plan" and key in ("allow", "always"):
        # Without an input of its own the newest version keeps its dialog: the tool asks for a person's part.
        decision["updatedInput"] = given
        decision["updatedPermissions"] = [_mode("acceptEdits" if key == "always" else "default")]
    elif key == "always":
        decision["updatedPermissions"] = session_rules(payload)
    elif key != "allow":
        decision = {"behavior": "deny", "message": words or f"The {by} said no."}
    return json.dumps({"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": decision}}, ensure_ascii=False)


def _mode(name: str) -> dict[str, object]:
    return {"type": "setMode", "mode": name, "destination": "session"}


def answers(payload: dict[str, object], key: str, words: str) -> dict[str, str]:
    """Question → answer: the label behind a number, a person's own words, or all that `ANSWERS` carries."""
    questions = _questions(payload)
    if key == ANSWERS:
        try:
            found = json.loads(words)
        except ValueError:
            found = None
        if isinstance(found, dict):
            return {str(question): str(answer) for question, answer in found.items()}
        return {text(question, "question"): words for question in questions}
    labels = _labels(questions[0])
    chosen = words or (labels[int(key) - 1] if key.isdigit() and 0 < int(key) <= len(labels) else key)
    return {text(questions[0], "question"): chosen}
