"""Keys: the names that people write and read, and Textual's own."""

from __future__ import annotations

from textual.binding import Binding
from textual.keys import Keys

_SHOWN = {
    "enter": "⏎",
    "space": "␣",
    "escape": "esc",
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "full_stop": ".",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "shift+enter": "⇧⏎",
    "plus": "+",
    "minus": "-",
    "asterisk": "*",
    "comma": ",",
    "semicolon": ";",
    "exclamation_mark": "!",
    "equals_sign": "=",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "number_sign": "#",
    "at": "@",
    "tab": "Tab",
    "shift+tab": "⇧Tab",
    "left_curly_bracket": "{",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "right_curly_bracket": "}",
}
_ASCII = {
    "enter": "Enter",
    "space": "Space",
    "left": "Left",
    "right": "Right",
    "up": "Up",
    "down": "Down",
    "shift+enter": "Shift+Enter",
    "shift+tab": "Shift+Tab",
}
_SILENT = ("enter", "left", "right", "up", "down")
_ALIASES = {"esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "pgdown": "pagedown", "del": "delete"}
_MODIFIERS = ("ctrl", "alt", "shift", "super", "meta", "hyper")
_NAMED = {key.value for key in Keys if not key.value.startswith("<")} | set(_SHOWN)
_is_ascii = False


def show_ascii(is_ascii: bool) -> None:
    """Whether keys are named in plain ASCII from now on."""
    global _is_ascii
    _is_ascii = is_ascii


def key_name(key: str) -> str:
    """A key as people write it: `^J`, `⏎`, `?`, `F5`, `alt+x`."""
    if _is_ascii and key in _ASCII:
        return _ASCII[key]
    if key in _SHOWN:
        return _SHOWN[key]
    if key.startswith("ctrl+") and len(key) == 6:
        return "^" + key[5:].upper()
    if key[:1] == "f" and key[1:].isdigit():
        return key.upper()
    return key


def key_called(name: str) -> str:
    """The key that `key_name` writes so, "" when it is the name of none: `^J` is `ctrl+j`."""
    for table in (_SHOWN, _ASCII):
        if found := next((key for key, written in table.items() if written == name), ""):
            return found
    if name[:1] == "^" and len(name) == 2:
        return f"ctrl+{name[1].lower()}"
    if name[:1] == "F" and name[1:].isdigit():
        return name.lower()
    return name if name and all(len(part) == 1 or part in _MODIFIERS for part in name.split("+")) else ""


def prints(key: str) -> bool:
    """Whether the key writes a character where somebody writes."""
    return len(key) == 1 or (len(_SHOWN.get(key, key)) == 1 and key not in _SILENT)


def parse_key(text: str) -> str:
    """Textual's name of a key that a person wrote: `N`, `?`, `ctrl+n`, `F5`, `shift+up`, `esc`.

    Raises:
        ValueError: there is no such key.
    """
    words = text.strip()
    if len(words) == 1:
        if not words.isprintable() or words.isspace():
            raise ValueError(f"{words!r} is no key; a space is written as space")
        return next(iter(Binding.make_bindings([(words, "", "")]))).key if words != "," else "comma"
    *modifiers, last = words.split("+")
    modifiers = [modifier.lower() for modifier in modifiers]
    wrong = next((modifier for modifier in modifiers if modifier not in _MODIFIERS), "")
    if wrong:
        raise ValueError(f'"{wrong}" in "{text}" is no modifier: {", ".join(_MODIFIERS[:3])}')
    base = last if len(last) == 1 else _ALIASES.get(last.lower(), last.lower())
    if len(base) != 1 and base not in _NAMED:
        raise ValueError(f'"{text}" is no key; examples: n, N, ctrl+n, f5, enter, question_mark')
    if modifiers == ["shift"] and len(base) == 1 and base.isalpha():
        return base.upper()
    if "ctrl" in modifiers and len(base) == 1:
        base = base.lower()
    return "+".join([*sorted(modifiers, key=_MODIFIERS.index), base])
