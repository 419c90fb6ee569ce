"""The settings files as a form made from their models: every field with type, range, default and where its value comes from."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Literal, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gastown_tui.core.config import GATE_NAMES, RigConfig, TownConfig, read_rig, read_town
from gastown_tui.core.errors import GastownError, NotFound, UsageError
from gastown_tui.core.rows import Rig
from gastown_tui.core.states import Dial
from gastown_tui.core.toml_text import line_of, parse_toml
from gastown_tui.infra.files import read_text
from gastown_tui.ledger import rigs
from gastown_tui.services import rigs as rig_service
from gastown_tui.services.authority import require_person
from gastown_tui.services.config import rig_settings, town_config
from gastown_tui.services.context import TownContext
from gastown_tui.services.rules import compile_rules
from gastown_tui.services.settings_file import Value, put

Path_ = tuple[str, ...]
YES_NO = ("yes", "no")
LEDGER = "ledger"
"""First part of the path of what a rig keeps in the ledger and not in a file."""
_MOST_POLECATS = 200


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the form."""

    path: Path_
    kind: str
    """text | whole number | number | yes or no | one of | list | entries and tables (to which one can be added) | table (one of
    those tables, which can be taken out)"""
    value: str
    """As a person would type it; "" when there is none."""
    default: str
    source: str
    """`town.toml, line 3`, `default`, `ledger`, or what a gate was found in."""
    is_set: bool
    """Whether it stands in the file, so that it can be taken out again."""
    help: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    @property
    def range(self) -> str:
        """What may be written there, in words."""
        if self.choices:
            return " | ".join(choice or '""' for choice in self.choices)
        if self.least is not None and self.most is not None:
            return f"{self.kind}, {self.least:g} to {self.most:g}"
        return f"{self.kind}, at least {self.least:g}" if self.least is not None else self.kind

    @property
    def is_in_ledger(self) -> bool:
        """Whether it is kept there and not in a file."""
        return self.path[0] == LEDGER


@dataclass(frozen=True, slots=True)
class Section:
    """One file."""

    name: str
    """town | rig NAME | you"""
    file: str
    settings: tuple[Setting, ...]
    error: str = ""
    """What is wrong with the file now."""


def sections(ctx: TownContext, extra: Sequence[Path_] = ()) -> list[Section]:
    """The town's file and those of its rigs; `extra` names entries that are shown although nobody wrote them yet."""
    found = [section("town", ctx.layout.config, TownConfig, _check_town, extra)]
    return found + [_rig_section(ctx, rig) for rig in rigs.every(ctx.ledger)]


def _check_town(text: str) -> None:
    read_town(text, "town.toml")


def _check_rig(text: str) -> None:
    read_rig(text, "rig.toml")


def section(
    name: str,
    file: Path,
    model: type[BaseModel],
    check: Callable[[str], object],
    extra: Sequence[Path_] = (),
    read: Callable[[str, str], Mapping[str, object]] = parse_toml,
) -> Section:
    """The form of one file, which may be missing or wrong."""
    try:
        text = read_text(file) or ""
        data = read(text, file.name)
    except GastownError as error:
        return Section(name, str(file), (), error.line())
    wrong = ""
    try:
        check(text)
    except GastownError as error:
        wrong = error.line()
    return Section(name, str(file), tuple(_Form(text, file.name, frozenset(extra)).walk(model, data, ())), wrong)


def _rig_section(ctx: TownContext, rig: Rig) -> Section:
    file = ctx.layout.rig(rig.name).config
    made = section(f"rig {rig.name}", file, RigConfig, _check_rig)
    dial = Setting((LEDGER, "dial"), "one of", rig.dial.value, Dial.ASK.value, LEDGER, is_set=False,
                   help="How far work goes without you: draft stops at a branch, ask lands after your approval, auto lands when green.",
                   choices=tuple(dial.value for dial in Dial))  # fmt: skip
    polecats = Setting((LEDGER, "max_polecats"), "whole number", str(rig.max_polecats), "4", LEDGER, is_set=False,
                       help="Polecats of this rig at work at once, where rig.toml does not say it.", least=0, most=_MOST_POLECATS)  # fmt: skip
    settings = tuple(_found_gate(ctx, rig, one) for one in made.settings)
    return Section(made.name, made.file, (dial, polecats, *settings), made.error)


def _found_gate(ctx: TownContext, rig: Rig, one: Setting) -> Setting:
    """A gate that the town's file does not name comes from the repository, or is guessed from it."""
    if one.is_set or len(one.path) != 2 or one.path[0] != "gates" or one.path[1] not in GATE_NAMES:
        return one
    try:
        counted = rig_settings(ctx, rig)
    except GastownError:
        return one
    argv = dict(counted.config.gates.commands()).get(one.path[1])
    if not argv or counted.source == "town":
        return one
    reason = counted.reasons.get(one.path[1], "")
    source = "rig.toml in the repository" if counted.source == "tree" else f"found: {reason}" if reason else "found"
    return Setting(one.path, one.kind, shlex.join(argv), one.default, source, is_set=False, help=one.help)


@dataclass(frozen=True, slots=True)
class _Form:
    """Walks a model beside what its file says."""

    text: str
    file: str
    extra: frozenset[Path_]

    def walk(self, model: type[BaseModel], data: Mapping[str, object], path: Path_) -> Iterator[Setting]:
        """One setting for each field, in the model's order."""
        for name, info in model.model_fields.items():
            here = (*path, name)
            kind = _without_none(info.annotation)
            value = data.get(name)
            if _is_model(kind):
                yield from self.walk(kind, value if isinstance(value, dict) else {}, here)
            elif _mapped(kind) is not None:
                yield from self._entries(here, info, value if isinstance(value, dict) else {})
            elif (inner := _listed(kind)) is not None:
                yield from self._tables(here, info, inner, value if isinstance(value, list) else [])
            else:
                yield self._setting(here, info, kind, value, is_entry=False)

    def _entries(self, here: Path_, info: FieldInfo, found: Mapping[str, object]) -> Iterator[Setting]:
        yield Setting(here, "entries", "", "", f"{len(found)} set", is_set=False, help=(info.description or "").strip())
        inner = _mapped(_without_none(info.annotation))
        drafts = {path[-1]: None for path in self.extra if path[:-1] == here}
        for entry, content in {**drafts, **found}.items():
            at = (*here, str(entry))
            if _is_model(inner):
                yield from self.walk(inner, content if isinstance(content, dict) else {}, at)
            else:
                yield self._setting(at, info, inner, content, is_entry=True)

    def _tables(self, here: Path_, info: FieldInfo, inner: type[BaseModel], found: Sequence[object]) -> Iterator[Setting]:
        """Tables without a name, called by their place in the file, from 0."""
        yield Setting(here, "tables", "", "", f"{len(found)} set", is_set=False, help=(info.description or "").strip())
        begun = any(path == (*here, str(len(found))) for path in self.extra)
        for place, content in enumerate([*found, {}] if begun else found):
            at, known = (*here, str(place)), content if isinstance(content, dict) else {}
            line = line_of(self.text, [*here, place])
            words = " ".join(shown(known[name]) for name in inner.model_fields if name in known)
            source = "not in the file yet" if place == len(found) else f"{self.file}, line {line}" if line else self.file
            yield Setting(at, "table", words, "", source, is_set=place < len(found), help=(inner.__doc__ or "").strip())
            yield from self.walk(inner, known, at)

    def _setting(self, path: Path_, info: FieldInfo, kind: object, value: object, *, is_entry: bool) -> Setting:
        default = "" if is_entry or info.is_required() else shown(info.get_default(call_default_factory=True))
        word, choices = _kind(kind)
        bounds = {name: getattr(part, name) for part in info.metadata for name in ("ge", "le") if hasattr(part, name)}
        line = line_of(self.text, [int(part) if part.isdigit() else part for part in path])
        return Setting(
            path,
            word,
            shown(value) if value is not None else default,
            default,
            (f"{self.file}, line {line}" if line else self.file) if value is not None else "default",
            is_set=value is not None,
            help="" if is_entry else (info.description or "").strip(),
            choices=choices,
            least=bounds.get("ge"),
            most=bounds.get("le"),
        )


def _is_model(kind: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and get_origin(kind) is None and issubclass(kind, BaseModel)


def _without_none(annotation: object) -> object:
    if get_origin(annotation) in (Union, UnionType):
        rest = [part for part in get_args(annotation) if part is not NoneType]
        return rest[0] if len(rest) == 1 else annotation
    return annotation


def _mapped(kind: object) -> object | None:
    """What a mapping from names holds; None for everything else."""
    return get_args(kind)[1] if get_origin(kind) is dict else None


def _listed(kind: object) -> type[BaseModel] | None:
    """The model of a list's tables; None for everything else."""
    inner = get_args(kind)[0] if get_origin(kind) is list else None
    return inner if _is_model(inner) else None


def _kind(kind: object) -> tuple[str, tuple[str, ...]]:
    if get_origin(kind) is Literal:
        return "one of", tuple(str(choice) for choice in get_args(kind))
    if get_origin(kind) is list or kind is list:
        return "list", ()
    words = {bool: "yes or no", int: "whole number", float: "number"}
    word = words.get(kind, "text") if isinstance(kind, type) else "text"
    return word, YES_NO if kind is bool else ()


def shown(value: object) -> str:
    """A value as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES_NO[0] if value else YES_NO[1]
    if isinstance(value, list):
        return shlex.join(str(part) for part in value)
    return str(value)


def typed(setting: Setting, text: str) -> Value:
    """What a person typed as a value for the file.

    Raises:
        UsageError: it is not of the setting's kind.
    """
    words = text.strip()
    try:
        match setting.kind:
            case "whole number":
                return int(words)
            case "number":
                return float(words)
            case "yes or no":
                return {"yes": True, "no": False}[words]
            case "list" if setting.path[0] == "gates":
                return words  # the model splits it, and refuses what only a shell understands
            case "list":
                return shlex.split(words)
    except (ValueError, KeyError) as error:
        raise UsageError(f'"{words}" is not what stands there', hint=setting.range) from error
    if setting.choices and words not in setting.choices:
        raise UsageError(f'"{words}" cannot be chosen', hint=setting.range)
    return words


def change(ctx: TownContext, name: str, path: Sequence[str], text: str | None) -> None:
    """Sets one value of a section, or takes it out of its file (`text` None): the whole file is checked before it is written.

    Raises:
        UsageError, ConfigError: that value cannot stand there; the file is as it was.
        Unavailable: the file cannot be written.
    """
    require_person(ctx, "change the settings")
    if name == "town":
        file, check = ctx.layout.config, _check_town
        model: type[BaseModel] = TownConfig
    else:
        rig = rigs.get(ctx.ledger, name.removeprefix("rig "))
        if path[0] == LEDGER:
            _change_ledger(ctx, rig, path[1], text or "")
            return
        file, model, check = ctx.layout.rig(rig.name).config, RigConfig, _check_rig
    change_file(section(name, file, model, check, entries_of(path)), path, text, check)
    if path[0] == "rules":
        compile_rules(ctx, town_config(ctx))  # the hooks read their own copy


def entries_of(path: Sequence[str]) -> tuple[Path_, ...]:
    """Every entry of a mapping that `path` could go through, to be shown although the file does not have it."""
    return tuple(tuple(path[:end]) for end in range(2, len(path) + 1))


def change_file(
    form: Section, path: Sequence[str], text: str | None, check: Callable[[str], object], where: Sequence[str] = ()
) -> None:
    """The same for a form that stands in one file; `where` is the value's place in it when that is not `path`."""
    if text is None:
        put(Path(form.file), where or path, None, check)
        return
    setting = next((one for one in form.settings if one.path == tuple(path)), None)
    if setting is None:
        raise NotFound.of("setting", ".".join(path))
    put(Path(form.file), where or path, typed(setting, text), check)


def _change_ledger(ctx: TownContext, rig: Rig, key: str, text: str) -> None:
    if key == "dial":
        if text not in tuple(dial.value for dial in Dial):
            raise UsageError(f'"{text}" is no dial', hint=" | ".join(dial.value for dial in Dial))
        rig_service.set_dial(ctx, rig.name, Dial(text))
        return
    if not text.isdigit() or int(text) > _MOST_POLECATS:
        raise UsageError(f'"{text}" is no number of polecats', hint=f"0 to {_MOST_POLECATS}")
    rig_service.set_max_polecats(ctx, rig.name, int(text))
