"""pi as a driver: our extension is loaded from the package (`-e`); the user's own providers and logins are used in place.

pi has no approvals of its own: at every autonomy it runs what its model says, and only our extension's guard refuses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from gastown_tui.drivers.base import LaunchRequest
from gastown_tui.drivers.facts import DriverFacts, HookKind, Login, PromptChannel, tried
from gastown_tui.drivers.generic import Extras, GenericDriver, rehearsal_home
from gastown_tui.drivers.options import REHEARSAL_TOKEN
from gastown_tui.drivers.roles import role_text
from gastown_tui.drivers.rules.others import PI

VERSION = "0.73.1"
EXTENSION = Path(__file__).with_name("plugins") / "pi.mjs"

FACTS = DriverFacts(
    name="pi",
    display="pi",
    process_names=("pi", "node", "bun"),
    interrupt_key="Escape",
    submit_key="Enter",
    pulls_messages=False,
    reports_hooks=True,
    answers_requests=False,
    asks=False,
    program="pi",
    install="install it with: npm install -g @mariozechner/pi-coding-agent",
    minimum=(0, 60, 0),
    arguments=("--extension", str(EXTENSION)),
    autonomy={"plan": ("--tools", "read,bash,grep,find,ls")},
    prompt=PromptChannel.ARGUMENT,
    end_of_options=False,
    passed_on=("PI_CODING_AGENT_DIR", "PI_CODING_AGENT_SESSION_DIR"),
    hooks=HookKind.PLUGIN,
    events=("session_start", "before_agent_start", "tool_call", "session_before_compact", "agent_end", "session_shutdown"),
    dialogs=("none known",),
    resume=("--session", "{conversation}"),
    continue_last=("--continue",),
    fork=("--fork", "{conversation}"),
    one_shot=("--mode", "json", "--print"),
    transcript="session: $PI_CODING_AGENT_DIR/sessions/--DIRECTORY--/*.jsonl",
    usage=("input", "output", "cacheRead", "cacheWrite", "totalTokens"),
    login=Login(
        variables=("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY", "GROQ_API_KEY", "XAI_API_KEY"),
        home_variable="PI_CODING_AGENT_DIR",
        home=".pi/agent",
        files=("auth.json", "models.json"),
        hint="log in once with: pi, then /login",
    ),
    verified=tried(VERSION, "start", "autonomy", "input", "prompt", "hooks", "screens", "resume", "transcript"),
)


class PiDriver(GenericDriver):
    """`pi`."""

    def __init__(self) -> None:
        super().__init__(FACTS, PI)

    def extras(self, request: LaunchRequest, environment: Mapping[str, str]) -> Extras:
        arguments = ("--append-system-prompt", role_text(request))
        own = {"GT_DIALECT": "pi"}
        if not request.settings.get("rehearsal"):
            return Extras(arguments, own)
        home = rehearsal_home(request, "pi")
        provider = {
            "baseUrl": f"{request.settings.get('base_url', '')}/v1",
            "api": "openai-completions",
            "apiKey": REHEARSAL_TOKEN,
            "models": [{"id": "scripted"}],
        }
        files = {home / "models.json": json.dumps({"providers": {"gastown": provider}}, indent=1)}
        own |= {"PI_CODING_AGENT_DIR": str(home), "PI_OFFLINE": "1"}
        return Extras((*arguments, "--model", "gastown/scripted"), own, files=files, directories=(home,))
