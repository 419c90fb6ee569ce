"""Names and ids: validated once, at the door, and never parsed out of other text afterwards.

Agent addresses are unique and stable: `mayor`, `deacon`, `deacon/dogs/NAME`, `RIG/witness`, `RIG/refinery`,
`RIG/polecats/NAME`, `RIG/crew/NAME`. The person is `overseer`; the machinery acts as `supervisor`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gastown_tui.core.errors import UsageError

OVERSEER = "overseer"
SUPERVISOR = "supervisor"
MAYOR = "mayor"

NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
"""Rig and agent names: they become directories, branches and tmux names, so nothing else is let through."""
RESERVED_NAMES = frozenset(
    {
        "mayor",
        "deacon",
        "dogs",
        "witness",
        "refinery",
        "polecats",
        "crew",
        "overseer",
        "supervisor",
        "all",
        "directives",
        "formulas",
    }
)
PREFIX = re.compile(r"[a-z][a-z0-9]{0,9}")
BEAD_ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,79}")
"""Loose enough for every id found in real beads files (`haxe.rust-oo3.38`), tight enough for a branch name."""
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


class Role(StrEnum):
    """What an agent is, in Gas Town's words."""

    MAYOR = "mayor"
    DEACON = "deacon"
    DOG = "dog"
    WITNESS = "witness"
    REFINERY = "refinery"
    POLECAT = "polecat"
    CREW = "crew"


@dataclass(frozen=True, slots=True)
class AgentAddress:
    """Where an agent lives: its role, its rig ("" for town agents) and its name."""

    role: Role
    rig: str
    name: str

    def __str__(self) -> str:
        match self.role:
            case Role.MAYOR | Role.DEACON:
                return self.role.value
            case Role.DOG:
                return f"deacon/dogs/{self.name}"
            case Role.WITNESS | Role.REFINERY:
                return f"{self.rig}/{self.role.value}"
            case Role.POLECAT:
                return f"{self.rig}/polecats/{self.name}"
            case Role.CREW:
                return f"{self.rig}/crew/{self.name}"


def parse_address(text: str) -> AgentAddress:
    """Reads an address.

    Raises:
        UsageError: when it is not one of the seven shapes.
    """
    parts = text.split("/")
    match parts:
        case ["mayor"]:
            return AgentAddress(Role.MAYOR, "", "mayor")
        case ["deacon"]:
            return AgentAddress(Role.DEACON, "", "deacon")
        case ["deacon", "dogs", name]:
            return AgentAddress(Role.DOG, "", check_name("agent", name))
        case [rig, ("witness" | "refinery") as role]:
            return AgentAddress(Role(role), check_name("rig", rig), role)
        case [rig, "polecats", name]:
            return AgentAddress(Role.POLECAT, check_name("rig", rig), check_name("agent", name))
        case [rig, "crew", name]:
            return AgentAddress(Role.CREW, check_name("rig", rig), check_name("agent", name))
    raise UsageError(f"not an agent address: {text!r}", hint="addresses look like mayor, RIG/polecats/NAME or RIG/crew/NAME")


def check_name(kind: str, name: str) -> str:
    """Returns `name` when it can be a rig's or an agent's name, else raises UsageError naming the rule."""
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be the name of a {kind}", hint="use a-z, 0-9 and -, starting with a letter, 32 at most")
    if name in RESERVED_NAMES:
        raise UsageError(f"{name!r} is a reserved word", hint=f"choose another name for the {kind}")
    return name


def check_prefix(prefix: str) -> str:
    """Returns a bead prefix such as `ms`, or raises UsageError."""
    if not PREFIX.fullmatch(prefix):
        raise UsageError(f"{prefix!r} cannot be a bead prefix", hint="use a-z and 0-9, starting with a letter, 10 at most")
    return prefix


def check_bead_id(text: str) -> str:
    """Returns a well-formed bead id, or raises UsageError. Existence is the ledger's to know."""
    if not BEAD_ID.fullmatch(text) or ".." in text or text.endswith((".", ".lock")):
        raise UsageError(f"not a bead id: {text!r}", hint="ids look like gt-4f2")
    return text


def derive_prefix(rig: str) -> str:
    """A rig's default bead prefix: initials of a hyphenated name, else its first two letters; 10 at most."""
    words = [word for word in rig.split("-") if word]
    initials = "".join(word[0] for word in words) if len(words) > 1 else words[0][:2]
    return initials[:10]


def id_length(existing: int) -> int:
    """Suffix length that keeps the chance of a first collision at or under 25 %, 3 to 8 (reference: beads §1.4)."""
    import math

    for length in range(3, 8):
        if 1 - math.exp(-(existing**2) / (2 * 36**length)) <= 0.25:
            return length
    return 8


def make_bead_id(prefix: str, seed: str, existing: int, is_taken: Callable[[str], bool]) -> str:
    """A short id under `prefix` that `is_taken` denies.

    Args:
        seed: what makes this bead different (title, actor, time); hashed, so equal seeds give equal first tries.
        existing: how many ids the prefix has, which sets the length.
        is_taken: asked for each candidate.
    """
    length = id_length(existing)
    while True:
        for nonce in range(10):
            number = int.from_bytes(hashlib.sha256(f"{seed}|{nonce}".encode()).digest()[:8], "big")
            candidate = f"{prefix}-{to_base36(number, length)}"
            if not is_taken(candidate):
                return candidate
        length += 1


def to_base36(number: int, length: int) -> str:
    """The `length` least significant base-36 digits of `number`."""
    digits = ""
    for _ in range(length):
        number, rest = divmod(number, 36)
        digits = BASE36[rest] + digits
    return digits


def branch_of(agent_name: str, bead_id: str) -> str:
    """The branch that a polecat works on."""
    return f"polecat/{agent_name}/{bead_id}"


def save_ref_of(run_id: str) -> str:
    """The ref that keeps what a run held before its worktree goes."""
    return f"refs/gastown/save/{run_id}"
