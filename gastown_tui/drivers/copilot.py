"""GitHub Copilot CLI as a driver. Hooks come in a plugin of the run (`--plugin-dir`), the role in a directory of instructions; the
user's own login is used in place, and nothing is written into their home or repository by us.

Facts were tried on 1.0.102 with a model of one's own (its BYOK variables), since its own needs a GitHub login.
"""

from __future__ import annotations

import json
import shlex
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gastown_tui.drivers.allowed import allowed, forbidden
from gastown_tui.drivers.base import Launch, LaunchRequest
from gastown_tui.drivers.facts import DriverFacts, HookKind, Login, PromptChannel, tried
from gastown_tui.drivers.generic import Extras, GenericDriver, rehearsal_home
from gastown_tui.drivers.options import REHEARSAL_TOKEN
from gastown_tui.drivers.roles import is_planner, role_text
from gastown_tui.drivers.rules.others import COPILOT

VERSION = "1.0.102"
EVENTS = ("SessionStart", "UserPromptSubmit", "PreToolUse", "Notification", "Stop", "PreCompact", "SessionEnd")
"""Named like Claude Code's, they also carry its words (Notification not all of them: hook/dialects.py). PermissionRequest is left out:
it comes before every call, also where nobody is asked (seen with 1.0.102)."""
HOOK_SECONDS = 10
CONVERSATIONS = uuid.UUID("1d0c8e6b-0f5e-5c0b-8a53-6a2f0c1b7d42")
"""Namespace of the conversation ids that we choose; any fixed value would do."""

FACTS = DriverFacts(
    name="copilot",
    display="GitHub Copilot CLI",
    process_names=("copilot", "node"),
    interrupt_key="Escape",
    submit_key="Enter",
    pulls_messages=False,
    reports_hooks=True,
    answers_requests=False,
    program="copilot",
    install="install it with: npm install -g @github/copilot",
    minimum=(1, 0, 0),
    arguments=("--no-auto-update",),
    autonomy={"full": ("--allow-all-tools",)},
    prompt=PromptChannel.FLAG,
    prompt_flag="--interactive",
    passed_on=("COPILOT_HOME", "COPILOT_MODEL", "COPILOT_PROVIDER_BASE_URL", "COPILOT_PROVIDER_TYPE", "COPILOT_PROVIDER_WIRE_API"),
    unset=("COPILOT_ALLOW_ALL",),
    hooks=HookKind.COMMANDS,
    events=EVENTS,
    dialogs=(
        "trust of the directory: a question to the overseer; none for directories below one of its trustedFolders",
        "sign-in: shown as login; log in once with: copilot login",
        "update notice: off in a town",
    ),
    # Its --session-id begins the conversation or goes on with it.
    resume=(),
    continue_last=("--continue",),
    one_shot=("--output-format", "json", "--prompt"),
    transcript="session: $COPILOT_HOME/session-state/CONVERSATION/events.jsonl",
    login=Login(
        ("COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "COPILOT_PROVIDER_API_KEY"),
        "COPILOT_HOME",
        ".copilot",
        ("config.json",),
        hint="log in once with: copilot login",
    ),
    verified=tried(VERSION, "start", "autonomy", "prompt", "hooks", "permission", "input", "screens", "resume"),
)


class CopilotDriver(GenericDriver):
    """`copilot`."""

    def __init__(self) -> None:
        super().__init__(FACTS, COPILOT)

    def launch(self, request: LaunchRequest, environment: Mapping[str, str]) -> Launch:
        """With the conversation's id chosen beforehand."""
        chosen = request.conversation or str(uuid.uuid5(CONVERSATIONS, f"{request.town}|{request.run}"))
        launch = super().launch(replace(request, conversation=chosen), environment)
        return replace(launch, conversation=chosen)

    def extras(self, request: LaunchRequest, environment: Mapping[str, str]) -> Extras:
        plugin = request.run_directory / "copilot"
        files = {
            plugin / "plugin.json": json.dumps({"name": "gastown", "version": "1.0.0", "hooks": "hooks.json"}),
            plugin / "hooks.json": _hooks(request.gt_hook),
            plugin / "AGENTS.md": role_text(request),
        }
        arguments = [*_permissions(request), "--plugin-dir", str(plugin), f"--session-id={request.conversation}"]
        own = {"GT_DIALECT": "copilot", "COPILOT_CUSTOM_INSTRUCTIONS_DIRS": str(plugin)}
        base_url = request.settings.get("base_url", "")
        if not request.settings.get("rehearsal"):
            return Extras(tuple(arguments), {**own, "COPILOT_PROVIDER_BASE_URL": base_url} if base_url else own, files=files)
        home = rehearsal_home(request, "copilot")
        files[home / "config.json"] = json.dumps({"trustedFolders": [str(request.town)]})
        own |= {
            "COPILOT_HOME": str(home),
            "COPILOT_OFFLINE": "true",
            "COPILOT_PROVIDER_BASE_URL": f"{base_url}/v1",
            "COPILOT_MODEL": "scripted",
        }
        return Extras(tuple(arguments), own, {"COPILOT_PROVIDER_API_KEY": REHEARSAL_TOKEN}, files, (home,))


def _permissions(request: LaunchRequest) -> list[str]:
    """What runs unasked, and what never runs; a denial counts more."""
    found = [f"--deny-tool=shell({prefix}:*)" for prefix in forbidden()]
    if is_planner(request):
        found.append("--deny-tool=write")
    elif request.autonomy != "full":
        found.append("--allow-tool=write")
    if request.autonomy != "full":
        found += [f"--allow-tool=shell({prefix}:*)" for prefix in allowed(request)]
    return found


def _hooks(gt_hook: Path) -> str:
    def entry(event: str) -> list[object]:
        # The CLI takes a shell string here and nothing else.
        return [{"type": "command", "bash": f"{shlex.quote(str(gt_hook))} {event}", "timeoutSec": HOOK_SECONDS}]

    return json.dumps({"version": 1, "hooks": {event: entry(event) for event in EVENTS}}, indent=1)
