"""A key of this console as what an agent's terminal would have got."""

from __future__ import annotations

NAMED = {
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "home": "Home",
    "end": "End",
    "pageup": "PPage",
    "pagedown": "NPage",
    "insert": "IC",
    "delete": "DC",
    "shift+tab": "BTab",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
}
"""Sent by tmux's own name, because the bytes depend on the application's cursor mode."""
_PLAIN = {"enter": b"\r", "tab": b"\t", "escape": b"\x1b", "backspace": b"\x7f", "space": b" ", "ctrl+space": b"\x00"}
_CSI_U = {"shift+enter": b"\x1b[13;2u", "ctrl+enter": b"\x1b[13;5u", "alt+enter": b"\x1b\r"}
_CONTROL_SIGNS = {
    "ctrl+left_square_bracket": 0x1B,
    "ctrl+backslash": 0x1C,
    "ctrl+right_square_bracket": 0x1D,
    "ctrl+underscore": 0x1F,
}


def keystroke(key: str, character: str | None) -> bytes | str | None:
    """Bytes to type, the tmux name of a key, or None when a terminal has no such key.

    Args:
        key: Textual's name, such as `ctrl+a`, `shift+up`, `A`.
        character: what the key prints, if it prints.
    """
    if key in _PLAIN:
        return _PLAIN[key]
    if key in _CSI_U:
        return _CSI_U[key]
    if key in NAMED:
        return NAMED[key]
    if key in _CONTROL_SIGNS:
        return bytes([_CONTROL_SIGNS[key]])
    if key.startswith("ctrl+") and len(key) == 6 and key[5].isalpha():
        return bytes([ord(key[5].upper()) - 64])
    if key.startswith("alt+"):
        inner = keystroke(key[4:], key[4:] if len(key) == 5 else character)
        return b"\x1b" + inner if isinstance(inner, bytes) else None
    modifiers, _, last = key.rpartition("+")
    if modifiers and last in NAMED:
        prefix = "".join({"ctrl": "C-", "shift": "S-", "alt": "M-"}.get(part, "") for part in modifiers.split("+"))
        return prefix + NAMED[last]
    if character is not None and character.isprintable():
        return character.encode()
    return None
