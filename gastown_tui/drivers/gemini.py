"""Gemini CLI as a driver. Hooks come in a settings file of the run (its "system" settings, which an own variable places), rules
as a policy file; the user's own login is used in place, and nothing is written into their home or repository by us."""

from __future__ import annotations

import json
import shlex
import stat
from collections.abc import Mapping
from pathlib import Path

from gastown_tui.core.toml_text import toml_string
from gastown_tui.drivers.allowed import allowed, forbidden
from gastown_tui.drivers.base import LaunchRequest
from gastown_tui.drivers.facts import DriverFacts, HookKind, Login, PromptChannel, tried
from gastown_tui.drivers.generic import Extras, GenericDriver, rehearsal_home
from gastown_tui.drivers.options import REHEARSAL_TOKEN
from gastown_tui.drivers.rules.others import GEMINI

VERSION = "0.61.0"
EVENTS = {
    "SessionStart": "SessionStart",
    "BeforeAgent": "UserPromptSubmit",
    "BeforeTool": "PreToolUse",
    "AfterAgent": "Stop",
    "Notification": "Notification",
    "SessionEnd": "SessionEnd",
}
"""Its events → ours. PreCompress is left out: it comes before every request, compaction or not (seen with 0.61.0)."""
HOOK_MILLISECONDS = 10_000
REHEARSAL_MODEL = "gemini-2.5-flash"
"""With its automatic choice it would first ask a model which model to ask."""

FACTS = DriverFacts(
    name="gemini",
    display="Gemini CLI",
    process_names=("gemini", "node", "MainThread"),
    interrupt_key="Escape",
    submit_key="Enter",
    pulls_messages=False,
    typed_characters=490,
    reports_hooks=True,
    answers_requests=False,
    program="gemini",
    install="install it with: npm install -g @google/gemini-cli",
    minimum=(0, 50, 0),
    arguments=("--skip-trust",),
    autonomy={
        "edit": ("--approval-mode", "auto_edit"),
        "full": ("--approval-mode", "yolo"),
        "plan": ("--approval-mode", "default"),
    },
    prompt=PromptChannel.FLAG,
    prompt_flag="--prompt-interactive",
    passed_on=("GEMINI_CLI_HOME", "GEMINI_MODEL", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", "GOOGLE_GENAI_USE_VERTEXAI"),
    hooks=HookKind.COMMANDS,
    events=tuple(EVENTS),
    dialogs=(
        "trust of the directory: given for the session, since adding a rig is the consent",
        "sign-in: shown as login; log in once with: gemini",
        "update notice: off in a town",
    ),
    resume=("--resume", "{conversation}"),
    continue_last=("--resume", "latest"),
    one_shot=("--output-format", "json", "--prompt"),
    transcript="session: ~/.gemini/tmp/PROJECT/chats/session-*.jsonl",
    usage=("input", "output", "cached", "thoughts", "tool", "total"),
    login=Login(
        variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        home=".gemini",
        files=("oauth_creds.json", "gemini-credentials.json"),
        hint="log in once with: gemini, or set GEMINI_API_KEY",
    ),
    context=1_048_576,
    verified=tried(VERSION, "start", "permission", "input", "autonomy", "prompt", "hooks", "screens", "resume", "transcript"),
)


class GeminiDriver(GenericDriver):
    """`gemini`."""

    def __init__(self) -> None:
        super().__init__(FACTS, GEMINI)

    def extras(self, request: LaunchRequest, environment: Mapping[str, str]) -> Extras:
        settings_file, policy_file = request.run_directory / "gemini-settings.json", request.run_directory / "gemini-policy.toml"
        is_rehearsal = bool(request.settings.get("rehearsal"))
        files = {settings_file: _settings(request, is_rehearsal=is_rehearsal), policy_file: _policy(request)}
        own = {"GEMINI_CLI_SYSTEM_SETTINGS_PATH": str(settings_file), "GT_DIALECT": "gemini"}
        # Its file tools refuse everything outside of the worktree, long messages too; for a directory more it would ask for trust.
        letters, trusted = request.run_directory / "messages", request.run_directory / "gemini-trusted.json"
        files[trusted] = json.dumps({str(place): "TRUST_FOLDER" for place in (request.worktree, letters)})
        own["GEMINI_CLI_TRUSTED_FOLDERS_PATH"] = str(trusted)
        arguments = ("--policy", str(policy_file), "--include-directories", str(letters))
        base_url = request.settings.get("base_url", "")
        if base_url:
            own["GOOGLE_GEMINI_BASE_URL"] = base_url
        if not is_rehearsal:
            return Extras(arguments, own, files=files, directories=(letters,))
        home = rehearsal_home(request, "gemini")
        # It skips system settings below a directory that others may write to, as /tmp is; a rehearsal has its user's own place too.
        files[home / ".gemini" / "settings.json"] = files[settings_file]
        own["GEMINI_CLI_HOME"] = str(home)
        return Extras((*arguments, "--model", REHEARSAL_MODEL), own, {"GEMINI_API_KEY": REHEARSAL_TOKEN}, files, (home, letters))

    def transcript(self, request: LaunchRequest, environment: Mapping[str, str]) -> Path | None:
        """In a rehearsal its own directory; else None."""
        return rehearsal_home(request, "gemini") / ".gemini" if request.settings.get("rehearsal") else None


def distrust(owner: int, mode: int) -> str:
    """Why Gemini CLI (0.61.0) skips a file of system settings for the sake of one directory above it, "" when it does not.

    Args:
        owner: of the directory, as a user id.
        mode: the directory's, as `stat` gives it; a sticky bit makes no difference to it.
    """
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "others may write to it"
    return "it does not belong to root" if owner else ""


def _settings(request: LaunchRequest, *, is_rehearsal: bool) -> str:
    def entry(event: str) -> list[object]:
        # The CLI takes a shell string here and nothing else.
        command = f"{shlex.quote(str(request.gt_hook))} {event}"
        return [{"hooks": [{"name": "gastown", "type": "command", "command": command, "timeout": HOOK_MILLISECONDS}]}]

    found: dict[str, object] = {
        "hooksConfig": {"enabled": True, "notifications": False},
        "hooks": {own: entry(ours) for own, ours in EVENTS.items()},
        "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
    }
    if is_rehearsal:
        found["security"] = {"auth": {"selectedType": "gemini-api-key"}}
        found["privacy"] = {"usageStatisticsEnabled": False}
    return json.dumps(found, indent=1)


def _policy(request: LaunchRequest) -> str:
    """What runs unasked, and what never runs."""

    def rule(prefixes: list[str], decision: str, priority: int) -> str:
        listed = ", ".join(map(toml_string, prefixes))
        return f'[[rule]]\ntoolName = "run_shell_command"\ncommandPrefix = [{listed}]\ndecision = "{decision}"\npriority = {priority}\n'

    return rule(allowed(request), "allow", 100) + rule(forbidden(), "deny", 200)
