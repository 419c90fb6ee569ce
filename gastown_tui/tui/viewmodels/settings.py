"""The settings as rows: sections by file, what is set apart from what is usual, and one setting in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Span, clean, wrap
from gastown_tui.tui.viewmodels.common import BLANK, inside, keys, title

if TYPE_CHECKING:
    from gastown_tui.services.settings_form import Section, Setting

_NAMES = {"you": "YOU", "town": "TOWN"}
_WHOLE = ("entries", "tables", "table")
"""Kinds that hold others and have no value of their own to be typed."""


def key_for(section: Section, setting: Setting) -> str:
    """What a setting is called in the list."""
    return f"s:{section.name}:{'/'.join(setting.path)}"


def find(sections: Sequence[Section], key: str) -> tuple[Section, Setting] | None:
    """The setting of that key."""
    return next(((one, setting) for one in sections for setting in one.settings if key_for(one, setting) == key), None)


def name_of(setting: Setting) -> str:
    """`gates.test`, `drivers.claude.model`, `dial`; tables without a name are counted from one: `rules.1.verdict`."""
    parts = setting.path[1:] if setting.is_in_ledger else setting.path
    return clean(".".join(str(int(part) + 1) if part.isdigit() else part for part in parts))


def can_add(setting: Setting) -> bool:
    """Whether entries can be added to it."""
    return setting.kind in ("entries", "tables")


def is_editable(setting: Setting) -> bool:
    """Whether it has one value that can be typed."""
    return setting.kind not in _WHOLE


def settings_rows(sections: Sequence[Section] | None, root: str) -> list[Row]:
    """All settings. None before they were read."""
    if sections is None:
        return [title("SETTINGS"), BLANK, Row((("reading …", "soft"),))]
    rows: list[Row] = []
    for section in sections:
        rows += [BLANK] if rows else []
        rows.append(title(_NAMES.get(section.name, clean(section.name).upper()), inside(section.file, root)))
        if section.error:
            rows += [Row((("× ", "broken"), (clean(section.error), "broken")))]
        rows += [_row(section, setting) for setting in section.settings]
    return rows


def _row(section: Section, setting: Setting) -> Row:
    *before, last = (
        ["keys", ".".join(setting.path[1:])] if setting.path[0] == "keys" and setting.path[1:] else name_of(setting).split(".")
    )
    prefix = ".".join(before) + "." if before else ""
    width = max(26 - len(prefix) - len(last), 1)
    if can_add(setting):
        value: Span = (f"{setting.source} · {key_of('settings.add')} adds one", "soft")
        return Row(((prefix, "soft"), (last, "b soft"), (" " * width, ""), value), key=key_for(section, setting))
    if setting.kind == "table":
        words = clean(setting.value) or "empty: give it values below"
        left = ((prefix, "soft"), (last, "b soft"), (" " * width, ""), (words, "ink" if setting.value else "faint"))
        return Row(left, ((clean(setting.source), "faint"),), key=key_for(section, setting))
    tone = "b ink" if setting.is_set or setting.is_in_ledger else "soft"
    value = (clean(setting.value) or ('""' if setting.is_set else "not set"), tone if setting.value else "faint")
    source = "" if setting.source == "default" else clean(setting.source)
    return Row(
        ((prefix, "soft"), (last, "ink"), (" " * width, ""), value),
        ((source, "faint"),) if source else (),
        key=key_for(section, setting),
    )


def setting_rows(found: tuple[Section, Setting] | None, root: str, width: int) -> list[Row]:
    """One setting in full."""
    if found is None:
        return [Row((("nothing selected", "faint"),))]
    section, setting = found
    rows = [Row(((name_of(setting), "b ink"),), ((clean(section.name), "soft"),)), BLANK]
    if setting.help:
        rows += [
            *(Row(((part, "ink"),)) for line in setting.help.splitlines() for part in wrap(" ".join(line.split()), width)),
            BLANK,
        ]
    if setting.kind not in _WHOLE:
        rows += [
            Row((("value    ", "soft"), (clean(setting.value) or "none", "b ink"))),
            *_labelled("allowed  ", clean(setting.range), width),
            *_labelled("default  ", clean(setting.default) or "none", width),
        ]
    rows += _labelled("from     ", clean(setting.source), width)
    rows += _labelled("file     ", "the ledger" if setting.is_in_ledger else inside(section.file, root), width)
    offered = []
    if is_editable(setting):
        offered.append((key_of("settings.edit"), "change"))
    if setting.is_set:
        offered.append((key_of("settings.unset"), "take all of it out" if setting.kind == "table" else "take it out"))
    if can_add(setting):
        offered.append((key_of("settings.add"), "add one"))
    return [*rows, BLANK, Row(keys(*offered))] if offered else rows


def _labelled(label: str, words: str, width: int) -> list[Row]:
    parts = wrap(words, max(width - len(label), 8))
    return [Row((((label if index == 0 else " " * len(label)), "soft"), (part, "ink"))) for index, part in enumerate(parts)]
