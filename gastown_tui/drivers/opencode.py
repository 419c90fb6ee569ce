"""opencode as a driver: a configuration file of the run with our plugin and the permissions; the user's own providers and logins
are used in place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from gastown_tui.drivers.allowed import allowed, forbidden
from gastown_tui.drivers.base import LaunchRequest
from gastown_tui.drivers.facts import DriverFacts, HookKind, Login, PromptChannel, tried
from gastown_tui.drivers.generic import Extras, GenericDriver, rehearsal_home
from gastown_tui.drivers.options import REHEARSAL_TOKEN
from gastown_tui.drivers.roles import is_planner, role_text
from gastown_tui.drivers.rules.others import OPENCODE

VERSION = "1.18.33"
PLUGIN = Path(__file__).with_name("plugins") / "opencode.mjs"
_XDG = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache"}

FACTS = DriverFacts(
    name="opencode",
    display="opencode",
    process_names=("opencode", "opencode.exe", "node", "bun"),
    interrupt_key="Escape",
    interrupt_presses=2,
    submit_key="Enter",
    pulls_messages=False,
    reports_hooks=True,
    answers_requests=True,
    program="opencode",
    install="install it with: npm install -g opencode-ai",
    minimum=(1, 0, 0),
    prompt=PromptChannel.FLAG,
    prompt_flag="--prompt",
    environment={"OPENCODE_DISABLE_AUTOUPDATE": "1"},
    passed_on=("OPENCODE_CONFIG_DIR",),
    hooks=HookKind.PLUGIN,
    events=(
        "chat.message",
        "tool.execute.before",
        "tool.execute.after",
        "session.idle",
        "session.error",
        "session.status",
        "permission.asked",
        "permission.replied",
        "question.asked",
        "question.replied",
        "question.rejected",
    ),
    dialogs=("none known: without a provider it says so on its screen",),
    resume=("--session", "{conversation}"),
    continue_last=("--continue",),
    fork=("--session", "{conversation}", "--fork"),
    one_shot=("run", "--format", "json"),
    transcript="database: $XDG_DATA_HOME/opencode/opencode.db",
    usage=("input", "output", "reasoning", "cache.read", "cache.write"),
    login=Login(
        variables=("OPENCODE_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"),
        home=".local/share/opencode",
        files=("auth.json",),
        hint="log in once with: opencode auth login",
    ),
    verified=tried(VERSION, "start", "permission", "input", "autonomy", "prompt", "hooks", "screens", "resume", "transcript"),
)


class OpencodeDriver(GenericDriver):
    """`opencode`."""

    def __init__(self) -> None:
        super().__init__(FACTS, OPENCODE)

    def extras(self, request: LaunchRequest, environment: Mapping[str, str]) -> Extras:
        config_file, role_file = request.run_directory / "opencode.json", request.run_directory / "role.md"
        is_rehearsal = bool(request.settings.get("rehearsal"))
        config: dict[str, object] = {
            "autoupdate": False,
            "plugin": [PLUGIN.as_uri()],
            "instructions": [str(role_file)],
            "permission": _permissions(request),
            # It would fold pastes of three lines or 150 characters away, and a composer that shows no words proves nothing.
            "experimental": {"disable_paste_summary": True},
        }
        base_url = request.settings.get("base_url", "")
        if base_url:
            config |= _provider(f"{base_url}/v1" if is_rehearsal else base_url, request.settings.get("model", ""), is_rehearsal)
        own = {"OPENCODE_CONFIG": str(config_file), "GT_DIALECT": "opencode"}
        files = {config_file: json.dumps(config, indent=1), role_file: role_text(request)}
        if not is_rehearsal:
            return Extras((), own, files=files)
        home = rehearsal_home(request, "opencode")
        own |= {name: str(home / place) for name, place in _XDG.items()} | {"OPENCODE_DISABLE_MODELS_FETCH": "1"}
        return Extras((), own, files=files, directories=tuple(home / place for place in _XDG.values()))

    def transcript(self, request: LaunchRequest, environment: Mapping[str, str]) -> Path | None:
        """In a rehearsal the data directory that holds its own; else None."""
        return rehearsal_home(request, "opencode") / "data" if request.settings.get("rehearsal") else None


def _permissions(request: LaunchRequest) -> dict[str, object]:
    """The last rule that fits counts."""
    is_full = request.autonomy == "full"
    commands: dict[str, str] = {"*": "allow" if is_full else "ask"}
    commands |= {f"{prefix}*": "allow" for prefix in allowed(request)}
    commands |= {f"{prefix}*": "deny" for prefix in forbidden()}
    edits = "deny" if is_planner(request) else "allow"
    rest = "allow" if is_full else "ask"
    # Long messages are files of the run, outside of the worktree; an earlier run's stand in a conversation that goes on.
    outside = {"*": rest, f"{request.run_directory.parent}/*/messages/*": "allow"}
    return {"edit": edits, "bash": commands, "webfetch": rest, "external_directory": outside}


def _provider(base_url: str, model: str, is_rehearsal: bool) -> dict[str, object]:
    name = "scripted" if is_rehearsal else model or "default"
    options = {"baseURL": base_url, "apiKey": REHEARSAL_TOKEN if is_rehearsal else "{env:OPENAI_API_KEY}"}
    provider = {"npm": "@ai-sdk/openai-compatible", "name": "Gas Town", "options": options, "models": {name: {"name": name}}}
    return {"provider": {"gastown": provider}, "model": f"gastown/{name}", "small_model": f"gastown/{name}"}
