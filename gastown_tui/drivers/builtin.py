"""The built-in agent as a driver: our own program on the anthropic SDK, for people with an API key and for rehearsals."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from gastown_tui import __version__
from gastown_tui.core.evidence import Evidence
from gastown_tui.drivers.base import Availability, Launch, LaunchRequest
from gastown_tui.drivers.facts import CAPABILITIES, DriverFacts, HookKind, Login, PromptChannel, tried
from gastown_tui.drivers.options import REHEARSAL_TOKEN, extra_arguments, extra_environment, kept
from gastown_tui.drivers.roles import is_planner, role_text
from gastown_tui.drivers.rules.others import BUILTIN
from gastown_tui.drivers.screens import Screen, classify

KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
MODEL_PLACES = ("ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL", "ANTHROPIC_CUSTOM_HEADERS")
IMPORT_PATH = ("PYTHONPATH",)
"""Set when the town itself runs from a source tree."""


class BuiltinDriver:
    """`gastown agent`."""

    facts = DriverFacts(
        name="builtin",
        display="built-in agent",
        process_names=("python", "python3"),
        interrupt_key="Escape",
        submit_key="Enter",
        pulls_messages=True,
        reports_hooks=True,
        answers_requests=True,
        prompt=PromptChannel.FLAG,
        prompt_flag="--prompt",
        hooks=HookKind.OWN,
        resume=("--resume", "{conversation}"),
        one_shot=("ask",),
        transcript="own: RUN/transcript.jsonl",
        usage=("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"),
        login=Login(variables=KEYS, hint="set ANTHROPIC_API_KEY before the town is started"),
        context=200_000,
        verified=tried(__version__, *CAPABILITIES),
    )

    def availability(self, environment: Mapping[str, str], settings: Mapping[str, str]) -> Availability:
        """Ready when a key is there, or the model is a rehearsal's. Starts nothing."""
        has_key = any(environment.get(name) for name in KEYS)
        if has_key or settings.get("rehearsal"):
            return Availability("ready", sys.executable, __version__)
        return Availability("no_login", sys.executable, __version__, "set ANTHROPIC_API_KEY before the town is started")

    def launch(self, request: LaunchRequest, environment: Mapping[str, str]) -> Launch:
        """Runs our own interpreter, so that it works from any virtual environment."""
        settings = request.settings
        is_rehearsal, base_url = bool(settings.get("rehearsal")), settings.get("base_url", "")
        role_file = request.run_directory / "role.md"
        argv = [sys.executable, "-P", "-m", "gastown_tui.agent"]
        argv += ["--autonomy", request.autonomy, "--tools", "town" if is_planner(request) else "full"]
        argv += ["--transcript", str(_transcript(request)), "--role-file", str(role_file)]
        model = "scripted" if is_rehearsal else settings.get("model", "")
        if model:
            argv += ["--model", model]
        if base_url:
            argv += ["--base-url", base_url]
        if request.conversation and Path(request.conversation).exists():
            argv += ["--resume", request.conversation]
        if request.prompt:
            argv += ["--prompt", request.prompt]
        secrets = {"ANTHROPIC_AUTH_TOKEN": REHEARSAL_TOKEN} if is_rehearsal else kept(environment, KEYS)
        passed = kept(environment, IMPORT_PATH if is_rehearsal else IMPORT_PATH + MODEL_PLACES)
        return Launch(
            argv=(*argv, *extra_arguments(settings)),
            environment={**passed, **extra_environment(settings)},
            unset=KEYS if is_rehearsal else (),
            secrets=secrets,
            files={role_file: role_text(request)},
            conversation=str(_transcript(request)),
        )

    def classify(self, screen: str, title: str, now: float) -> Evidence | None:
        """The fallback: the agent reports its own states."""
        return classify(Screen.of(screen, title, BUILTIN.shape), BUILTIN.rules, now)

    def composer(self, screen: str) -> str | None:
        """Never needed: it takes its messages from the ledger, so nothing is typed into it."""
        return None

    def transcript(self, request: LaunchRequest, environment: Mapping[str, str]) -> Path | None:
        return _transcript(request)


def _transcript(request: LaunchRequest) -> Path:
    """JSONL, and the conversation's id too: a resumed run goes on in a file of its own that begins with what it took over."""
    return request.run_directory / "transcript.jsonl"
