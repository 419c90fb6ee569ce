"""Standing rules: kept in `town.toml` for people, compiled into one file for the hooks, listed with what they did.

The hooks read `rules.json` and nothing else. It is written anew whenever `town.toml` says something else; while
`town.toml` is broken the last good copy holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from gastown_tui.core import rules as core
from gastown_tui.core.config import RuleConfig, TownConfig, read_town
from gastown_tui.core.errors import ConfigError, GastownError, NotFound, UsageError
from gastown_tui.core.risk import SHELL_TOOLS
from gastown_tui.core.snapshot import RuleUse
from gastown_tui.infra.files import PRIVATE_FILE, read_text, write_atomic
from gastown_tui.ledger import events, telemetry
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.authority import require_person
from gastown_tui.services.config import town_config
from gastown_tui.services.context import TownContext


@dataclass(frozen=True, slots=True)
class StandingRule:
    """One rule with what it did so far."""

    id: str
    verdict: str
    tool: str
    pattern: str
    rig: str
    role: str
    uses: int = 0
    last_at: float | None = None

    @property
    def words(self) -> str:
        """In one line, for people."""
        return core.words(_flat(self))


def _flat(rule: StandingRule | RuleConfig) -> dict[str, str]:
    return {name: str(getattr(rule, name)) for name in core.FIELDS}


def _standing(number: str, flat: Mapping[str, str], uses: int = 0, last: float | None = None) -> StandingRule:
    return StandingRule(number, flat["verdict"], flat["tool"], flat["pattern"], flat["rig"], flat["role"], uses, last)


def id_of(rule: Mapping[str, str]) -> str:
    """Follows from what the rule says, so that it stays when the file is sorted anew."""
    return "r" + sha256("\0".join(rule[name] for name in core.FIELDS).encode()).hexdigest()[:7]


def compiled(config: TownConfig) -> str:
    """The text for the hooks, "" when there are no rules. Its first line names the tools, for whoever reads only that
    (hook/front.py): shells by the name of one, `*` for a pattern that may mean a shell too."""
    flat = [_flat(rule) for rule in config.rules]
    found = [{"id": id_of(rule), **rule} for rule in flat]
    if not found:
        return ""
    tools = sorted({"Bash" if rule["tool"].lower() in SHELL_TOOLS else rule["tool"] for rule in flat})
    rest = json.dumps({"version": 1, "rules": found}, ensure_ascii=False, indent=1)
    return f'{{"tools": {json.dumps(tools)},{rest[1:]}\n'


def compile_rules(ctx: TownContext, config: TownConfig) -> bool:
    """Brings the hooks' copy up to date; returns whether it changed. Costs one small read when nothing did."""
    new = compiled(config)
    path = ctx.layout.rules
    try:
        old = path.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        old = ""
    if new == old and path.exists() == bool(new):
        return False
    if new:
        write_atomic(path, new, mode=PRIVATE_FILE)
    else:
        path.unlink(missing_ok=True)
    return True


def load(ctx: TownContext) -> list[Mapping[str, str]]:
    """The compiled rules, for whoever decides in our own process."""
    text = read_text(ctx.layout.rules)
    found = json.loads(text) if text else {}
    return list(found.get("rules", [])) if isinstance(found, dict) else []


def listing(ctx: TownContext) -> list[StandingRule]:
    """All rules of `town.toml` in its order, each once, with counts and last use.

    Raises:
        ConfigError: the file is broken.
    """
    counts = telemetry.rule_counts(ctx.telemetry)
    found: dict[str, StandingRule] = {}
    for rule in town_config(ctx).rules:
        flat = _flat(rule)
        number = id_of(flat)
        uses, last = counts.get(number, (0, None))
        found.setdefault(number, _standing(number, flat, uses, last))
    return list(found.values())


def recent(ctx: TownContext, since: float, limit: int = 20) -> list[RuleUse]:
    """The newest applications since `since` (Unix seconds), newest first."""
    return telemetry.rule_uses(ctx.telemetry, since, limit)


def add(ctx: TownContext, verdict: str, tool: str, pattern: str, rig: str = "", role: str = "") -> StandingRule:
    """Writes a rule into `town.toml` and makes it hold at once.

    Raises:
        NotAllowed: the caller is an agent.
        UsageError: no such verdict or role, or empty words.
        ConfigError: the file is broken; it stays as it is.
    """
    require_person(ctx, "make standing rules")
    if verdict not in core.VERDICTS:
        raise UsageError(f"{verdict!r} is no verdict", hint=f"one of: {', '.join(core.VERDICTS)}")
    flat = {"verdict": verdict, "tool": tool.strip() or "*", "pattern": pattern.strip() or "*", "rig": rig, "role": role}
    number = id_of(flat)
    known = next((rule for rule in listing(ctx) if rule.id == number), None)
    if known is not None:
        return known
    document = _document(ctx)
    table = tomlkit.table()
    for name, value in flat.items():
        if value and (name == "verdict" or value != "*"):
            table[name] = value
    rules = document.get("rules")
    if rules is None:
        rules = tomlkit.aot()
        document["rules"] = rules
        rules = document["rules"]
    if not isinstance(rules, AoT):
        raise ConfigError(f"{ctx.layout.config}: rules are no [[rules]] tables", hint="correct it in the file")
    rules.append(table)
    _write(ctx, document, "rule.added", number, core.words(flat))
    return _standing(number, flat)


def remove(ctx: TownContext, number: str) -> StandingRule:
    """Takes a rule out of `town.toml`; it stops holding at once.

    Raises:
        NotAllowed: the caller is an agent.
        NotFound: no such rule.
    """
    require_person(ctx, "take back standing rules")
    known = next((rule for rule in listing(ctx) if rule.id == number), None)
    if known is None:
        raise NotFound.of("rule", number, hint="see: gt rules list")
    document = _document(ctx)
    rules = document["rules"]
    for index in reversed(range(len(town_config(ctx).rules))):
        if id_of(_flat(town_config(ctx).rules[index])) == number:
            del rules[index]
    if not len(rules):
        del document["rules"]
    _write(ctx, document, "rule.removed", number, known.words)
    return known


def decide(ctx: TownContext, tool: str, given: Mapping[str, object], directory: str, what: str) -> tuple[str, str] | None:
    """(verdict, rule) for a call of the calling run, logged and counted; None when no rule says anything.

    Rules that cannot be read answer `ask`: one of them may forbid it.
    """
    try:
        known = load(ctx)
    except (ValueError, GastownError):
        return core.ASK, "unread"
    found = core.decide(known, tool, given, agent=ctx.actor, directory=directory, town=str(ctx.layout.root)) if known else None
    if found is not None:
        telemetry.use_rule(ctx.telemetry, RuleUse(ctx.now(), ctx.actor, ctx.run, found[1], found[0], what[:500]))
    return found


def _document(ctx: TownContext) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(read_text(ctx.layout.config) or "")
    except TOMLKitError as error:
        raise ConfigError(f"{ctx.layout.config} is no valid TOML: {error}", hint="correct it with an editor first") from error


def _write(ctx: TownContext, document: tomlkit.TOMLDocument, kind: str, number: str, words: str) -> None:
    text = tomlkit.dumps(document)
    config = read_town(text, str(ctx.layout.config))
    target = ctx.layout.config.resolve()
    mode = target.stat().st_mode & 0o777 if target.exists() else PRIVATE_FILE
    write_atomic(target, text, mode=mode)
    compile_rules(ctx, config)
    with transaction(ctx.ledger):
        data = {"rule": number, "words": words}
        events.record(ctx.ledger, now=ctx.now(), kind=kind, actor=ctx.actor, subject=number, data=data)
