"""The real Claude Code as a driver. Nothing is written into the user's repository or home: hooks, rules and role are
handed over in a settings file of the run (`--settings`), and the user's own login is used in place.

Facts were tried on 2.1.197 and 2.1.330: agent-facing flags, hook events, dialogs and what removes them.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Mapping
from pathlib import Path

from gastown_tui.core.evidence import Evidence
from gastown_tui.drivers import claude_login, claude_settings
from gastown_tui.drivers.base import Availability, Launch, LaunchRequest
from gastown_tui.drivers.facts import CAPABILITIES, DriverFacts, HookKind, Login, PromptChannel, tried
from gastown_tui.drivers.options import REHEARSAL_TOKEN, extra_arguments, extra_environment, kept
from gastown_tui.drivers.roles import is_planner, level, role_text
from gastown_tui.drivers.rules.claude import RULE_SET
from gastown_tui.drivers.screens import Screen, classify, draft
from gastown_tui.infra.programs import parse_version, version_said

MINIMUM = (2, 1, 0)
"""Older ones were never tried with our hooks; 2.1.197 and 2.1.330 were."""
VERSION_SECONDS = 15.0
"""A start for `--version` took 0.1 s when warm and below 2 s from a cold disk, and more where every core was busy."""
CONVERSATIONS = uuid.UUID("8f4cbe0e-58a1-5d0e-9d2b-1f0b6f6f1c3a")
"""Namespace of the conversation ids that we choose; any fixed value would do."""
SECRETS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", "AWS_BEARER_TOKEN_BEDROCK")
PASSED_ON = (
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL",
    "ANTHROPIC_CUSTOM_HEADERS",
    "ANTHROPIC_VERTEX_PROJECT_ID",
    "CLAUDE_CONFIG_DIR",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLOUD_ML_REGION",
    "AWS_PROFILE",
    "AWS_REGION",
    "DISABLE_TELEMETRY",
    "DISABLE_ERROR_REPORTING",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
)
"""Where the model is and how it is reached: the user's own choices."""
UNSET = (
    "CLAUDECODE",
    "CLAUDE_CODE_CHILD_SESSION",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_SESSION_ID",
    "CLAUDE_PID",
    "CLAUDE_ENV_FILE",
)
"""Marks of a session of its own from which the town may have been started."""


NEWEST = "2.1.330"
FACTS = DriverFacts(
    name="claude",
    display="Claude Code",
    process_names=("claude", "claude.exe", "node"),
    interrupt_key="Escape",
    submit_key="Enter",
    pulls_messages=False,
    reports_hooks=True,
    answers_requests=True,
    program="claude",
    install="install it with: npm install -g @anthropic-ai/claude-code",
    minimum=MINIMUM,
    autonomy={
        "edit": ("--permission-mode", "acceptEdits"),
        "full": ("--permission-mode", "bypassPermissions"),
        "plan": ("--permission-mode", "default"),
    },
    prompt=PromptChannel.ARGUMENT,
    unset=UNSET,
    passed_on=PASSED_ON,
    hooks=HookKind.COMMANDS,
    events=tuple(claude_settings.EVENTS),
    dialogs=(
        "trust of the directory: given by environment, since adding a rig is the consent",
        "bypass warning: answered by a setting of the run, only at autonomy full",
        "theme, login: shown as they are",
    ),
    resume=("--resume", "{conversation}"),
    continue_last=("--continue",),
    fork=("--resume", "{conversation}", "--fork-session"),
    one_shot=("-p", "--output-format", "json"),
    transcript="session: $CLAUDE_CONFIG_DIR/projects/DIRECTORY/CONVERSATION.jsonl",
    usage=("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"),
    login=Login(
        variables=SECRETS,
        home_variable="CLAUDE_CONFIG_DIR",
        home=".claude",
        files=(".credentials.json",),
        hint="log in once with: claude",
    ),
    context=200_000,
    verified=tried(NEWEST, *CAPABILITIES),
)


class ClaudeDriver:
    """`claude`."""

    facts = FACTS

    def availability(self, environment: Mapping[str, str], settings: Mapping[str, str]) -> Availability:
        """Absent, too old, without a login, or ready. Starts it for `--version` only, for a few seconds at most."""
        program = claude_login.find(environment, settings.get("command", ""))
        if program is None:
            named = settings.get("command", "")
            detail = f"{named} is not there" if named else "install it with: npm install -g @anthropic-ai/claude-code"
            return Availability("absent", detail=detail)
        said, why = version_said(program, timeout=VERSION_SECONDS)
        version = parse_version(said)
        if version is None:
            return Availability("unknown", str(program), "", why or f"it names no version: {said[:120]}")
        shown = ".".join(map(str, version))
        if version < MINIMUM:
            wanted = ".".join(map(str, MINIMUM))
            return Availability("too_old", str(program), shown, f"version {wanted} or newer is needed: claude update")
        if settings.get("rehearsal") or claude_login.has_login(environment):
            return Availability("ready", str(program), shown)
        return Availability("no_login", str(program), shown, "log in once with: claude")

    def launch(self, request: LaunchRequest, environment: Mapping[str, str]) -> Launch:
        """An interactive session with our hooks, its conversation id chosen beforehand."""
        settings = request.settings
        program = claude_login.find(environment, settings.get("command", ""))
        settings_file = request.run_directory / "claude-settings.json"
        conversation, goes_on = self._conversation(request, environment)
        argv = [str(program or "claude"), "--settings", str(settings_file)]
        # Always ours: its own default is `auto` in newer versions, which runs commands unasked.
        argv += [*FACTS.autonomy[level(request)], "--append-system-prompt", role_text(request)]
        if settings.get("model"):
            argv += ["--model", settings["model"]]
        argv += ["--resume" if goes_on else "--session-id", conversation]
        argv += extra_arguments(settings)
        if request.prompt:
            argv += ["--", request.prompt]
        return Launch(
            argv=tuple(argv),
            environment={**_environment(request, environment), **extra_environment(settings)},
            unset=UNSET,
            secrets={"ANTHROPIC_AUTH_TOKEN": REHEARSAL_TOKEN} if settings.get("rehearsal") else kept(environment, SECRETS),
            files={settings_file: claude_settings.text(request, is_planner=is_planner(request))},
            conversation=conversation,
        )

    def classify(self, screen: str, title: str, now: float) -> Evidence | None:
        return classify(Screen.of(screen, title, RULE_SET.shape), RULE_SET.rules, now)

    def composer(self, screen: str) -> str | None:
        """Its grey suggestions are not a draft."""
        return draft(Screen.of(screen, "", RULE_SET.shape), RULE_SET.placeholders)

    def transcript(self, request: LaunchRequest, environment: Mapping[str, str]) -> Path | None:
        """Where the CLI writes it: below its own configuration, by working directory and conversation."""
        return _transcript(request, environment, self._conversation(request, environment)[0])

    def _conversation(self, request: LaunchRequest, environment: Mapping[str, str]) -> tuple[str, bool]:
        """(id, whether it goes on). The CLI refuses to resume what it has not, and to begin what it has."""
        own = str(uuid.uuid5(CONVERSATIONS, f"{request.town}|{request.run}"))
        for known in filter(None, (request.conversation, own)):
            if _transcript(request, environment, known).exists():
                return known, True
        return own, False


def _transcript(request: LaunchRequest, environment: Mapping[str, str], conversation: str) -> Path:
    place = _rehearsal_home(request) if request.settings.get("rehearsal") else claude_login.configuration(environment)
    return place / "projects" / re.sub(r"[^A-Za-z0-9]", "-", os.path.realpath(request.worktree)) / f"{conversation}.jsonl"


def _environment(request: LaunchRequest, environment: Mapping[str, str]) -> dict[str, str]:
    """Updates off (they would replace a running agent's program); the worktree is trusted because its rig was added."""
    found = {"DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_SANDBOXED": "1", "GT_PROMPTED": "1" if request.prompt else "0"}
    if request.autonomy == "full" and os.geteuid() == 0:
        found["IS_SANDBOX"] = "1"  # as root it refuses bypassPermissions, which somebody chose for this rig
    base_url = request.settings.get("base_url", "")
    if not request.settings.get("rehearsal"):
        found |= kept(environment, PASSED_ON)
        return {**found, "ANTHROPIC_BASE_URL": base_url} if base_url else found
    return {
        **found,
        "ANTHROPIC_BASE_URL": base_url,
        "CLAUDE_CONFIG_DIR": str(_rehearsal_home(request)),
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "IS_DEMO": "1",  # no theme picker in an empty configuration
    }


def _rehearsal_home(request: LaunchRequest) -> Path:
    """Beside the runs, so that a resumed run finds its conversation; the user's own configuration stays untouched."""
    return request.run_directory.parent.parent / "rehearsal" / "claude"
