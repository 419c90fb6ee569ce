"""An agent's own colours made legible here: contrast has a floor, greys turn over on light themes, quiet panes step back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from gastown_tui.tui.paint import Palette, Row, paint
from gastown_tui.tui.panes import lines
from gastown_tui.tui.panes.lines import Line, Look

_ANSI = (
    (40, 36, 32),
    (226, 92, 76),
    (148, 176, 112),
    (214, 168, 88),
    (122, 162, 200),
    (178, 142, 186),
    (126, 184, 184),
    (214, 204, 188),
)
"""The eight basic colours in this console's key, the bright ones 28 lighter."""
QUIET = 0.8
_GREY = 24
"""A colour whose channels are nearer than this is a grey."""


@dataclass(frozen=True, slots=True)
class Light:
    """How a pane is lit: the theme, and whether it wants attention."""

    palette: Palette
    is_quiet: bool
    is_whole: bool = False
    """The agent's own grounds stay."""


def contrast(one: Color, two: Color) -> float:
    """The WCAG ratio, 1 to 21."""

    def luminance(colour: Color) -> float:
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(two)))
    return (light + 0.05) / (dark + 0.05)


@lru_cache(4096)
def style_of(look: Look, light: Light) -> Style:
    """A run's style on this console's pane ground."""
    palette = light.palette
    ground, ink = palette.colour("pane"), palette.colour("ink")
    back = _back(look.back, ground, light)
    # Reversed text swaps first, so that the floor holds for what is seen.
    if look.attributes & lines.REVERSE:
        fore_wanted = _true(look.back) or ground
        back = _fore(look.fore, ink, ground, light)
        fore = _legible(fore_wanted, back, palette.floor)
    else:
        fore = _legible(_fore(look.fore, ink, back, light), back, palette.floor)
    if look.attributes & lines.DIM:
        fore = _legible(fore.blend(back, 0.35), back, palette.floor)
    if look.attributes & lines.CONCEAL:
        fore = back
    return Style(
        color=fore.rich_color,
        bgcolor=back.rich_color,
        bold=bool(look.attributes & lines.BOLD) or None,
        italic=bool(look.attributes & lines.ITALIC) or None,
        underline=bool(look.attributes & lines.UNDERLINE) or None,
        strike=bool(look.attributes & lines.STRIKE) or None,
    )


def _true(colour: lines.Colour) -> Color | None:
    if colour is None:
        return None
    if isinstance(colour, tuple):
        return Color(*colour)
    if colour < 8:
        return Color(*_ANSI[colour])
    if colour < 16:
        red, green, blue = _ANSI[colour - 8]
        return Color(min(red + 28, 255), min(green + 28, 255), min(blue + 28, 255))
    return Color.from_rich_color(RichColor.from_ansi(min(colour, 255)))


def _is_grey(colour: Color) -> bool:
    return max(colour.rgb) - min(colour.rgb) < _GREY


def _turned(colour: Color) -> Color:
    red, green, blue = colour.rgb
    return Color(255 - red, 255 - green, 255 - blue)


def _back(colour: lines.Colour, ground: Color, light: Light) -> Color:
    found = _true(colour)
    if found is None:
        return ground
    if _is_grey(found):
        if not light.is_whole:
            return ground
        if ground.brightness > 0.5:
            found = ground.blend(_turned(found), 0.35)
    return found.blend(ground, 1 - QUIET) if light.is_quiet else found


def _fore(colour: lines.Colour, ink: Color, back: Color, light: Light) -> Color:
    found = _true(colour)
    if found is None:
        found = ink
    elif back.brightness > 0.5 and _is_grey(found):
        found = _turned(found)
    return found.blend(back, 1 - QUIET) if light.is_quiet else found


@lru_cache(4096)
def _legible(fore: Color, back: Color, floor: float) -> Color:
    """`fore`, moved towards white or black until it stands out from `back` by `floor`."""
    end = max((Color(0, 0, 0), Color(255, 255, 255)), key=lambda colour: contrast(colour, back))
    steps = (fore.blend(end, step / 8) for step in range(9))
    return next((colour for colour in steps if contrast(colour, back) >= floor), end)


@lru_cache(2048)
def strip_of(line: Line, width: int, light: Light, cursor: int = -1) -> Strip:
    """A line as exactly `width` cells; `cursor` is the column that it is painted at, -1 for none."""
    base = style_of(lines.PLAIN, light)
    strip = Strip([Segment(text, style_of(look, light)) for text, look in line.runs]).adjust_cell_length(width, base)
    if 0 <= cursor < width:
        end = cursor + max(cell_len(strip.crop(cursor, cursor + 2).text[:1]), 1)
        before, at, after = strip.crop(0, cursor), strip.crop(cursor, end), strip.crop(end, width)
        strip = Strip.join([before, at.apply_style(Style(reverse=True)), after])
    return strip


class Framer:
    """Rows of tiles of one width, light and edge: the edge (a token, or "" for none), the line, an empty cell.

    A tile asks for all its rows each time it has a new picture, so that a known line costs one look into a dictionary.
    """

    KEPT = 1024

    def __init__(self, width: int, light: Light, edge: str) -> None:
        self._width, self._light = max(width - 2, 0), light
        self._side = paint(Row(edge=edge), 1, light.palette, "pane")
        self._rest = Strip.blank(1, light.palette.style("", "pane"))
        self._strips: dict[Line, Strip] = {}

    def strip(self, line: Line) -> Strip:
        """One row."""
        found = self._strips.get(line)
        if found is None:
            if len(self._strips) >= self.KEPT:
                self._strips.clear()
            parts = [self._side, strip_of(line, self._width, self._light), self._rest]
            found = self._strips[line] = Strip.join(parts).simplify()
        return found


framer = lru_cache(64)(Framer)
"""The one `Framer` of these parts."""
