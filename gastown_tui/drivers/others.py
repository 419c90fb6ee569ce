"""CLIs that are driven by their facts alone. What is said of them is from their documentation and from other projects' use:
assumed, until somebody probes it."""

from __future__ import annotations

from gastown_tui.drivers.facts import DriverFacts, Login, PromptChannel
from gastown_tui.drivers.generic import GenericDriver
from gastown_tui.drivers.rules.others import AIDER, AMP, AUGGIE, CURSOR


def _facts(
    name: str, display: str, program: str, install: str, autonomy: dict[str, tuple[str, ...]], login: Login, **more: object
) -> DriverFacts:
    facts: dict[str, object] = {
        "name": name,
        "display": display,
        "process_names": (program, "node"),
        "interrupt_key": "Escape",
        "submit_key": "Enter",
        "pulls_messages": False,
        "reports_hooks": False,
        "answers_requests": False,
        "program": program,
        "install": f"install it with: {install}",
        "autonomy": autonomy,
        "end_of_options": False,
        "login": login,
        **more,
    }
    return DriverFacts(**facts)  # type: ignore[arg-type]


CURSOR_DRIVER = GenericDriver(
    _facts(
        "cursor",
        "Cursor CLI",
        "cursor-agent",
        "curl https://cursor.com/install",
        {"full": ("--force",)},
        Login(("CURSOR_API_KEY",), "", ".cursor", ("cli-config.json",), hint="log in once with: cursor-agent login"),
        process_names=("cursor-agent", "agent", "node"),
        interrupt_key="C-c",
        dialogs=("trust of the workspace: its dialog becomes a question to the overseer",),
        resume=("--resume", "{conversation}"),
        one_shot=("-p", "--output-format", "json"),
    ),
    CURSOR,
)
AMP_DRIVER = GenericDriver(
    _facts(
        "amp",
        "Amp",
        "amp",
        "npm install -g @ampcode/cli",
        {"full": ("--dangerously-allow-all",)},
        Login(("AMP_API_KEY",), "", ".local/share/amp", ("secrets.json",), hint="log in once with: amp login"),
        arguments=("--no-ide",),
        prompt=PromptChannel.TYPED,
        dialogs=("sign-in: shown as login, as it was seen with 0.0.1790142911",),
        resume=("threads", "continue", "{conversation}"),
        one_shot=("--execute",),
    ),
    AMP,
)
AUGGIE_DRIVER = GenericDriver(
    _facts(
        "auggie",
        "Auggie",
        "auggie",
        "npm install -g @augmentcode/auggie",
        {},
        Login(
            ("AUGMENT_SESSION_AUTH", "AUGMENT_API_TOKEN"), "", ".augment", ("session.json",), hint="log in once with: auggie login"
        ),
        arguments=("--allow-indexing",),
        dialogs=("sign-in: shown as login, as it was seen with 0.36.0",),
        resume=("--resume", "{conversation}"),
        continue_last=("--continue",),
        one_shot=("--print",),
    ),
    AUGGIE,
)
AIDER_DRIVER = GenericDriver(
    _facts(
        "aider",
        "aider",
        "aider",
        "pip install aider-chat",
        {"full": ("--yes-always",)},
        Login(
            ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY", "DEEPSEEK_API_KEY"),
            "",
            "",
            (".aider.conf.yml",),
            hint="set the key of its model, for example OPENAI_API_KEY",
        ),
        process_names=("aider", "python", "python3"),
        arguments=("--no-check-update", "--no-show-model-warnings", "--analytics-disable", "--no-show-release-notes"),
        prompt=PromptChannel.TYPED,
        interrupt_key="C-c",
        takes_lines=False,
        dialogs=("what to put into .gitignore: a question to the overseer, as it was seen with 0.86.2",),
        one_shot=("--message",),
    ),
    AIDER,
)
