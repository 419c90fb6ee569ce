"""Where Claude Code is on this machine and whether somebody has logged in. Looks at files; reads no credential."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Mapping
from pathlib import Path

from gastown_tui.infra.programs import find_program

LOGIN_VARIABLES = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
)
USUAL_PLACES = (".local/bin/claude", ".claude/local/claude", ".npm-global/bin/claude")
"""Below the home: where its installers put it, for a town that was started without the person's PATH."""
WHEEL = "claude_agent_sdk"


def find(environment: Mapping[str, str], command: str = "") -> Path | None:
    """The program: the configured one, else on PATH, in its usual places, or in the claude-agent-sdk wheel."""
    if command:
        return find_program(str(Path(command).expanduser()), environment)
    found = find_program("claude", environment)
    if found is not None:
        return found
    home = Path(environment.get("HOME", "/"))
    places = [home / place for place in USUAL_PLACES] + bundled()
    return next((place for place in places if os.access(place, os.X_OK) and place.is_file()), None)


def bundled() -> list[Path]:
    """The program inside the optional wheel, found without importing it."""
    spec = importlib.util.find_spec(WHEEL)
    locations = spec.submodule_search_locations if spec else None
    return [Path(location) / "_bundled" / "claude" for location in locations or ()]


def configuration(environment: Mapping[str, str]) -> Path:
    """Its configuration directory."""
    chosen = environment.get("CLAUDE_CONFIG_DIR", "")
    return Path(chosen) if chosen else Path(environment.get("HOME", "/")) / ".claude"


def has_login(environment: Mapping[str, str]) -> bool:
    """Whether a key, a token or a stored login is there. An expired one shows on the agent's own screen."""
    if any(environment.get(name) for name in LOGIN_VARIABLES):
        return True
    place = configuration(environment)
    if (place / ".credentials.json").exists():
        return True
    state = place / ".claude.json" if environment.get("CLAUDE_CONFIG_DIR") else place.parent / ".claude.json"
    settings = _object(place / "settings.json")
    # On macOS the login itself is in the keychain; the account's name is left here.
    return bool(_object(state).get("oauthAccount") or settings.get("apiKeyHelper"))


def _object(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
