"""Codex as a driver. Nothing is written into the user's home or repository by us: hooks, trust, role and rules are
overrides of its configuration on the command line (`-c`), and the user's own login is used in place.

Its hooks need a person's trust, which it keeps as a hash of each hook. We hand over the hashes of our own hooks together with
them, so that ours run and everybody else's are still asked about (its flag that skips the asking would skip it for all).

Facts were tried on 0.169.0. Its permission hook hides the dialog while it runs, so the hook never waits for a person.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from gastown_tui.core.toml_text import toml_string
from gastown_tui.drivers.base import LaunchRequest
from gastown_tui.drivers.facts import DriverFacts, HookKind, Login, PromptChannel, tried
from gastown_tui.drivers.generic import Extras, GenericDriver, common_git_directory, git_directory, rehearsal_home
from gastown_tui.drivers.options import REHEARSAL_TOKEN
from gastown_tui.drivers.roles import is_planner, role_text
from gastown_tui.drivers.rules.codex import RULE_SET

VERSION = "0.169.0"
HOOK_SECONDS = {"SessionEnd": 3}
"""It allows its end-of-session hook no more; the others have `_HOOK_SECONDS`."""
_HOOK_SECONDS = 10
EVENTS = ("SessionStart", "UserPromptSubmit", "PreToolUse", "PermissionRequest", "PreCompact", "Stop", "SessionEnd")
KEY = "GASTOWN_MODEL_KEY"
"""Holds the key of a model at the town's own `base_url`."""
REHEARSAL_MODEL = "gpt-5-codex"
"""A model whose tools it knows; nobody is asked for it."""

FACTS = DriverFacts(
    name="codex",
    display="Codex",
    process_names=("codex", "node"),
    interrupt_key="Escape",
    submit_key="Enter",
    pulls_messages=False,
    reports_hooks=True,
    answers_requests=False,
    program="codex",
    install="install it with: npm install -g @openai/codex",
    minimum=(0, 124, 0),
    # Without it every home gets a daemon that outlives its session.
    arguments=("--no-daemon", "-c", "check_for_update_on_startup=false"),
    autonomy={
        "edit": ("--sandbox", "workspace-write", "--ask-for-approval", "on-request"),
        "full": ("--dangerously-bypass-approvals-and-sandbox",),
    },
    prompt=PromptChannel.ARGUMENT,
    unset=("CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED", "CODEX_THREAD_ID"),
    passed_on=("CODEX_HOME", "OPENAI_BASE_URL", "OPENAI_ORGANIZATION", "OPENAI_PROJECT"),
    hooks=HookKind.COMMANDS,
    events=EVENTS,
    dialogs=(
        "trust of the directory: given for the worktree on the command line, since adding a rig is the consent",
        "review of hooks: ours come with their hashes; other hooks are still asked about",
        "sign-in: shown as login; log in once with: codex login",
        "update notice: off in a town",
    ),
    resume=("resume", "{conversation}"),
    continue_last=("resume", "--last"),
    fork=("fork", "{conversation}"),
    one_shot=("exec", "--json"),
    transcript="rollout: $CODEX_HOME/sessions/Y/M/D/rollout-*-CONVERSATION.jsonl",
    usage=("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens", "total_tokens"),
    login=Login(
        variables=("OPENAI_API_KEY", "CODEX_API_KEY"),
        home_variable="CODEX_HOME",
        home=".codex",
        files=("auth.json",),
        hint="log in once with: codex login",
    ),
    context=272_000,
    verified=tried(VERSION, "start", "autonomy", "prompt", "hooks", "permission", "input", "screens", "resume", "transcript"),
)


class CodexDriver(GenericDriver):
    """`codex`."""

    def __init__(self) -> None:
        super().__init__(FACTS, RULE_SET)

    def extras(self, request: LaunchRequest, environment: Mapping[str, str]) -> Extras:
        overrides = {
            "developer_instructions": toml_string(role_text(request)),
            "projects": f'{{{toml_string(str(request.worktree))}={{trust_level="trusted"}}}}',
            "sandbox_workspace_write.writable_roots": f"[{','.join(map(toml_string, _writable(request)))}]",
            **_hooks(request.gt_hook),
        }
        model, secrets = _model(request)
        words = [word for key, value in {**overrides, **model}.items() for word in ("-c", f"{key}={value}")]
        own = {"GT_DIALECT": "codex"}
        if not request.settings.get("rehearsal"):
            return Extras(tuple(words), own, secrets)
        home = rehearsal_home(request, "codex")
        return Extras(tuple(words), {**own, "CODEX_HOME": str(home)}, secrets, directories=(home,))


def _writable(request: LaunchRequest) -> list[str]:
    """What its sandbox must let through beside the worktree: the ledger for `gt`, and git's own directories for commits,
    which it protects by themselves unless they are named."""
    found = [request.run_directory.parent.parent]
    if not is_planner(request):
        found += [path for path in (common_git_directory(request.worktree), git_directory(request.worktree)) if path is not None]
    return [str(path) for path in found]


def _model(request: LaunchRequest) -> tuple[dict[str, str], dict[str, str]]:
    """(overrides, secrets) of a model at the town's own place."""
    base_url = request.settings.get("base_url", "")
    if not base_url:
        return {}, {}
    is_rehearsal = bool(request.settings.get("rehearsal"))
    address = f"{base_url}/v1" if is_rehearsal else base_url
    key = KEY if is_rehearsal else "OPENAI_API_KEY"
    provider = f'{{name="Gas Town",base_url={toml_string(address)},wire_api="responses",env_key="{key}"}}'
    overrides = {"model_provider": '"gastown"', "model_providers.gastown": provider}
    if not is_rehearsal:
        return overrides, {}
    return {**overrides, "model": toml_string(REHEARSAL_MODEL)}, {KEY: REHEARSAL_TOKEN}


def _hooks(gt_hook: Path) -> dict[str, str]:
    """Our hooks and, beside them, the trust in exactly these."""
    found: dict[str, str] = {}
    trust: list[str] = []
    for event in EVENTS:
        command = f"{shlex.quote(str(gt_hook))} {event}"  # the CLI takes a shell string here and nothing else
        seconds = HOOK_SECONDS.get(event, _HOOK_SECONDS)
        found[f"hooks.{event}"] = f'[{{hooks=[{{type="command",command={toml_string(command)},timeout={seconds}}}]}}]'
        label = re.sub(r"(?<!^)(?=[A-Z])", "_", event).lower()
        place = toml_string(f"/<session-flags>/config.toml:{label}:0:0")
        trust.append(f'{place}={{trusted_hash="{trust_hash(label, command, seconds)}"}}')
    return {**found, "hooks.state": f"{{{','.join(trust)}}}"}


def trust_hash(label: str, command: str, seconds: int) -> str:
    """The hash by which it knows a hook: of the hook as canonical JSON, its own defaults filled in."""
    hook = {"type": "command", "command": command, "timeout": seconds, "async": False}
    text = json.dumps({"event_name": label, "hooks": [hook]}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def rollout(home: Path, conversation: str) -> Path | None:
    """The newest rollout of a conversation below its own directory."""
    if not re.fullmatch(r"[0-9a-f-]{8,64}", conversation):
        return None
    found = sorted((home / "sessions").glob(f"*/*/*/rollout-*-{conversation}.jsonl"))
    return found[-1] if found else None
