"""The look as data: every colour of the console is one of these names, every state has a shape.

Style sheets say `$name`; painted rows name the token (`paint.py`). A theme that Textual ships gets the tokens derived.
"""

from __future__ import annotations

from textual.theme import Theme

from gastown_tui.core.evidence import Light

GLYPH: dict[Light, str] = {
    Light.NEEDS: "▲",
    Light.BROKEN: "×",
    Light.STALLED: "◔",
    Light.LIMITED: "◷",
    Light.WORKING: "●",
    Light.DONE: "■",
    Light.IDLE: "○",
    Light.UNKNOWN: "?",
}
"""The shape says the state without colour."""
WORD: dict[Light, str] = {
    Light.NEEDS: "need you",
    Light.BROKEN: "broken",
    Light.STALLED: "stalled",
    Light.LIMITED: "limited",
    Light.WORKING: "working",
    Light.DONE: "done",
    Light.IDLE: "idle",
    Light.UNKNOWN: "unknown",
}

_SHADES = ("ground", "pane", "raised", "line", "ink", "soft", "faint")
_MEANINGS = (
    *("needs", "on-needs", "focus", "on-focus", "broken", "stalled", "limited", "working", "done", "idle", "unknown"),
    *("brand", "add", "del"),
)
TOKENS = _SHADES + _MEANINGS
DEFAULT_THEME = "gas-town"
_PALETTES: dict[str, tuple[bool, float, str, str]] = {
    "gas-town": (
        True,
        3.0,
        "#0c0a08 #13100d #1e1914 #382f26 #dccfb9 #9c8d79 #6b5f52",
        "#ffb000 #1a1000 #8fd0dc #04181c #f5566b #c9a46a #a995c4 #8fae6b #e9dcc3 #7d7062 #9c8d79 #d2693c #16240f #2e1310",
    ),
    "gas-town-light": (
        False,
        4.5,
        "#f3eadb #fbf5ea #e6d9c3 #c9b899 #2a2219 #6a5b47 #94846c",
        "#b84a00 #fff6e8 #0a6478 #f2fbfd #b01640 #7d5a06 #67489a #3f6a1c #2a2219 #84745d #6a5b47 #5b4636 #dcebc8 #f6d3cb",
    ),
    "gas-town-contrast": (
        True,
        7.0,
        "#000000 #0e0e0e #2e2e2e #8a8a8a #ffffff #dddddd #b8b8b8",
        "#ffd500 #000000 #00e5ff #000000 #ff8090 #e8c8a0 #d6b3ff #8cf06a #ffffff #c8c8c8 #dddddd #ff9a57 #0a3d0a #5c0f0a",
    ),
    # Sand, rust, chrome and one flare.
    "gas-town-mad-max": (
        True,
        3.0,
        "#160b04 #1f1108 #33200f #5e3d20 #f0d3a0 #bf9666 #86653f",
        "#ff8a1f #1c0a00 #c9d6da #101a1d #ff5238 #d8b13c #b795b0 #a9bd5a #fff1d2 #937550 #b08d62 #d9633b #24300f #421309",
    ),
}


def _theme(name: str) -> Theme:
    is_dark, floor, shades, meanings = _PALETTES[name]
    token = dict(zip(TOKENS, f"{shades} {meanings}".split(), strict=True))
    return Theme(
        name=name,
        dark=is_dark,
        primary=token["focus"],
        secondary=token["brand"],
        accent=token["needs"],
        warning=token["stalled"],
        error=token["broken"],
        success=token["working"],
        foreground=token["ink"],
        background=token["ground"],
        surface=token["pane"],
        panel=token["raised"],
        variables={
            **token,
            "contrast-floor": str(floor),
            "block-cursor-background": token["focus"],
            "block-cursor-foreground": token["on-focus"],
            "input-cursor-background": token["ink"],
            "input-cursor-foreground": token["ground"],
        },
    )


THEMES = {name: _theme(name) for name in _PALETTES}


def derived(theme: Theme) -> dict[str, str]:
    """The tokens from any Textual theme, so that the style sheets hold with all of them."""
    colour = theme.to_color_system().generate()
    shades = [
        *(colour["background"], colour["surface"], colour["panel"], colour["surface-lighten-3"]),
        *(colour["foreground"], colour["foreground-darken-2"], colour["foreground-darken-3"]),
    ]
    meanings = [
        *(colour["warning"], colour["background"], colour["primary"], colour["background"], colour["error"], colour["accent"]),
        *(colour["secondary"], colour["success"], colour["foreground"], colour["foreground-darken-3"]),
        *(colour["foreground-darken-2"], colour["secondary"], colour["success-muted"], colour["error-muted"]),
    ]
    return {**dict(zip(TOKENS, shades + meanings, strict=True)), "contrast-floor": "3.0"}
