"""Standing rules: what the overseer has decided once for all calls of a kind. Pure, and free of imports for the hook.

A rule is a flat table: `verdict` (allow | ask | deny), `tool`, `pattern`, `rig`, `role`, and its `id`. deny beats ask, ask
beats allow. A shell command is allowed only when every call in it is; it is denied or asked about when any of them is.
What cannot be read and may be meant by a rule is asked about, and some things no rule can allow (`risk.FORBIDDEN`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gastown_tui.core import risk, shell
from gastown_tui.core.risk_paths import Place

Rule = Mapping[str, str]
ALLOW, ASK, DENY = "allow", "ask", "deny"
VERDICTS = (DENY, ASK, ALLOW)
FIELDS = ("verdict", "tool", "pattern", "rig", "role")
_ROLES = {"polecats": "polecat", "crew": "crew"}
_COMMON_SUBCOMMANDS = frozenset(
    "git npm pnpm yarn cargo go make uv docker kubectl python python3 pip poetry bundle dotnet gradle mvn just tox nox gh".split()
)
"""Programs whose second word says what they do; a proposed pattern names both."""


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern with `*` (anything) and `?` (one character) fits the whole text. `x *` fits `x` alone, too."""
    if pattern.endswith(" *") and "*" not in pattern[:-2] and text == pattern[:-2]:
        return True
    at, here, star, mark = 0, 0, -1, 0
    while at < len(text):
        if here < len(pattern) and pattern[here] == "*":
            star, mark = here, at
            here += 1
        elif here < len(pattern) and pattern[here] in ("?", text[at]):
            at, here = at + 1, here + 1
        elif star >= 0:
            mark += 1
            at, here = mark, star + 1
        else:
            return False
    return set(pattern[here:]) <= {"*"}


def role_of(agent: str) -> tuple[str, str]:
    """(rig, role) by an agent's address."""
    parts = agent.split("/")
    if len(parts) == 1:
        return "", agent
    return parts[0], _ROLES.get(parts[1], parts[1])


def worktree_of(agent: str, town: str) -> str:
    """The worktree that an address names, "" for agents without one."""
    return f"{town}/{agent}" if agent.split("/")[1:2] in (["polecats"], ["crew"]) else ""


def decide(
    rules: Sequence[Rule], tool: str, given: Mapping[str, object], *, agent: str, directory: str, town: str
) -> tuple[str, str] | None:
    """(verdict, id of the rule that gave it), or None when no rule says anything about the call.

    Args:
        rules: all rules of the town, in any order.
        directory: where the call runs, absolute.
    """
    rig, role = role_of(agent)
    mine = [
        rule
        for rule in rules
        if _is_tool(rule.get("tool") or "*", tool)
        and rule.get("rig", "") in ("", rig)
        and rule.get("role", "") in ("", role)
    ]  # fmt: skip
    if not mine:
        return None
    worktree = worktree_of(agent, town)
    place = Place(directory, worktree or directory, town)
    if tool.lower() in risk.SHELL_TOOLS:
        return _command(mine, given, place)
    return _call(mine, tool, given, place, worktree, town)


def _is_tool(pattern: str, tool: str) -> bool:
    """By name; every CLI's shell answers to each name of a shell, so that one rule serves them all."""
    return matches(pattern, tool) or (pattern.lower() in risk.SHELL_TOOLS and tool.lower() in risk.SHELL_TOOLS)


def _first(rules: Sequence[Rule], verdict: str, texts: Sequence[str]) -> str:
    for rule in rules:
        if rule.get("verdict") == verdict and any(matches(rule.get("pattern") or "*", text) for text in texts):
            return rule["id"]
    return ""


def _command(rules: Sequence[Rule], given: Mapping[str, object], place: Place) -> tuple[str, str] | None:
    value = given.get("command")
    command = " ".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, str) else ""
    reading = shell.read(command)
    outer = [" ".join(call.outer) for call in reading.calls]
    texts = [command.strip(), *outer, *(" ".join(call.words) for call in reading.calls if call.words)]
    for verdict in (DENY, ASK):
        if found := _first(rules, verdict, texts):
            return verdict, found
    if reading.unread:
        guarding = [rule["id"] for rule in rules if rule.get("verdict") in (DENY, ASK)]
        return (ASK, guarding[0]) if guarding else None
    allowing = ""
    for call, text in zip(reading.calls, outer, strict=True):
        if call.program == "cd" and not call.wrappers and _stays(call.words[1:], place):
            continue
        found = _first(rules, ALLOW, [text])
        if not found or any(place.written(path) for path in call.writes):
            return None
        allowing = allowing or found
    if not allowing or risk.is_forbidden(risk.of_command(command, Place(place.directory or "", place.worktree, place.town))):
        return None
    return ALLOW, allowing


def _stays(words: Sequence[str], place: Place) -> bool:
    whole = place.whole(words[0]) if len(words) == 1 else None
    return whole is not None and place.is_inside(whole)


def _call(
    rules: Sequence[Rule], tool: str, given: Mapping[str, object], place: Place, worktree: str, town: str
) -> tuple[str, str] | None:
    paths = [value for key in risk.PATH_KEYS if isinstance(value := given.get(key), str)]
    texts = [value for value in given.values() if isinstance(value, str) and len(value) < 2_000]
    leading: list[str] = []
    for path in paths:
        whole = place.whole(path)
        if whole is not None:
            leading += [whole, *([whole[len(place.worktree) + 1 :]] if place.is_inside(whole) else [])]
    texts += leading
    for verdict in (DENY, ASK):
        if found := _first(rules, verdict, texts or [""]):
            return verdict, found
    # A path is matched as it really leads: `src/../../x` is not in `src`.
    if paths and not leading:
        return None
    found = _first(rules, ALLOW, leading or texts or [""])
    assessed = risk.assess(tool, given, place.directory or "", worktree=worktree, town=town)
    return (ALLOW, found) if found and not risk.is_forbidden(assessed) else None


def propose(tool: str, given: Mapping[str, object], *, agent: str, directory: str, town: str) -> dict[str, str] | None:
    """The rule that would have allowed this call and its like, for its rig; None where none should be offered.

    Nothing is offered for what destroys, leaves the worktree, or cannot be judged.
    """
    rig, _ = role_of(agent)
    worktree = worktree_of(agent, town)
    found = risk.assess(tool, given, directory, worktree=worktree, town=town)
    if any(kind in risk.DESTRUCTIVE or kind in (risk.OUTSIDE, risk.UNKNOWN, risk.PUSH) for kind, _ in found):
        return None
    pattern = ""
    if tool.lower() in risk.SHELL_TOOLS:
        command = given.get("command")
        reading = shell.read(command if isinstance(command, str) else "")
        calls = [call for call in reading.calls if call.program != "cd"]
        if len(calls) != 1 or reading.has_substitution or calls[0].assigned or calls[0].wrappers or 0 in calls[0].expanded:
            return None
        words = calls[0].words
        named = words[0] in _COMMON_SUBCOMMANDS and len(words) > 1 and not words[1].startswith("-")
        pattern = f"{' '.join(words[:2]) if named else words[0]} *"
        if not named and words[0] in _COMMON_SUBCOMMANDS:
            pattern = " ".join(words)
    elif tool.lower() in risk.NETWORK_TOOLS:
        url = given.get("url")
        parts = url.split("/") if isinstance(url, str) else []
        if len(parts) < 3 or "//" not in str(url):
            return None
        pattern = f"{'/'.join(parts[:3])}/*"
    else:
        return None
    rule = {"verdict": ALLOW, "tool": tool, "pattern": pattern, "rig": rig, "role": "", "id": "proposed"}
    return rule if decide([rule], tool, given, agent=agent, directory=directory, town=town) == (ALLOW, "proposed") else None


def words(rule: Rule) -> str:
    """A rule in one line, for people."""
    whom = " ".join(filter(None, (rule.get("rig", ""), rule.get("role", "")))) or "everybody"
    what = f"{rule.get('tool') or '*'}({rule.get('pattern') or '*'})"
    return f"{rule['verdict']} {what} for {whom}"
