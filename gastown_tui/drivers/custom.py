"""Agent CLIs of a town's own, from `[agents.NAME]` in town.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gastown_tui.core.errors import ConfigError
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.screen import Composer, Shape
from gastown_tui.drivers.facts import DriverFacts, Login, PromptChannel
from gastown_tui.drivers.generic import GenericDriver
from gastown_tui.drivers.rules import common
from gastown_tui.drivers.screens import Region, RuleSet, ScreenRule

if TYPE_CHECKING:
    from gastown_tui.core.config import AgentConfig, ScreenConfig

_NEVER = r"(?!)"
_STATES = (
    ("permission", AgentState.PERMISSION),
    ("question", AgentState.QUESTION),
    ("limit", AgentState.LIMIT),
    ("working", AgentState.WORKING),
    ("error", AgentState.ERROR),
)
"""In the order in which they are tried: what waits for a person comes first."""


def driver(name: str, config: AgentConfig, known: Mapping[str, RuleSet]) -> GenericDriver:
    """A driver from its settings.

    Args:
        known: rule sets by CLI, for `screen.like`.

    Raises:
        ConfigError: `screen.like` names a CLI that we have no rules for.
    """
    return GenericDriver(_facts(name, config), _rules(name, config.screen, known))


def _facts(name: str, config: AgentConfig) -> DriverFacts:
    program, *arguments = config.command
    return DriverFacts(
        name=name,
        display=config.display or name,
        process_names=tuple(config.process_names) or (program.rpartition("/")[2],),
        interrupt_key=config.interrupt_key,
        submit_key=config.submit_key,
        pulls_messages=False,
        reports_hooks=False,
        answers_requests=False,
        takes_lines=config.takes_lines,
        program=program,
        install=f"{program} of [agents.{name}] in town.toml is not there",
        arguments=tuple(arguments),
        autonomy={"edit": tuple(config.edit), "full": tuple(config.full)},
        prompt=PromptChannel(config.prompt),
        prompt_flag=config.prompt_flag,
        end_of_options=False,
        environment=config.env,
        unset=tuple(config.unset),
        resume=tuple(config.resume),
        login=Login(variables=tuple(config.secrets), needed=False),
        has_version=False,
    )


def _on_last_line(pattern: str) -> str:
    """The pattern, but in the last line with text; flags like `(?i)` at its beginning hold for it alone."""
    flags = re.match(r"\(\?([aimsux]+)\)", pattern)
    rest = pattern[flags.end() :] if flags else pattern
    return rf"(?{flags[1] if flags else ''}:{rest})[^\n]*\s*\Z"


def _rules(name: str, screen: ScreenConfig, known: Mapping[str, RuleSet]) -> RuleSet:
    if screen.like:
        if screen.like not in known:
            raise ConfigError(
                f'agents.{name}.screen.like: there are no rules for "{screen.like}"', hint=f"there are some for: {', '.join(known)}"
            )
        return known[screen.like]
    rules = []
    for key, state in _STATES:
        pattern = str(getattr(screen, key))
        if not pattern:
            continue
        rules.append(ScreenRule(f"{key}-tail", state, Region.TAIL, (pattern,)))
        if screen.composer:
            # Only the line right above the composer is true now; what stands further up is history.
            rules.append(ScreenRule(f"{key}-status", state, Region.STATUS, (_on_last_line(pattern),)))
            rules.append(ScreenRule(f"{key}-footer", state, Region.FOOTER, (pattern,)))
    composer = [ScreenRule("composer", AgentState.IDLE, Region.COMPOSER, ("",))] if screen.composer else []
    # tmux keeps no blanks at a line's end, and a person who writes the pattern sees one after the prompt.
    prompt = f"{screen.composer.rstrip()}(?: |$)" if screen.composer.endswith(" ") else screen.composer
    shape = Shape(Composer.OPEN, prompt or _NEVER, _NEVER, _NEVER)
    return RuleSet(name, "town.toml", shape, (common.DEAD, common.EXITED, *rules, *composer, common.BLANK))
