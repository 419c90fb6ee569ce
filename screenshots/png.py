"""A screen as a PNG: each cell's character in its colours, with the machine's DejaVu Sans Mono."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

FONT = "DejaVuSansMono"
PLACES = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "/Library/Fonts", "~/Library/Fonts")
SIZE = 16
_FALLBACK = ("Symbola_hint", "Symbola", "unifont", "NotoSansSymbols2-Regular")
"""For the signs that DejaVu lacks."""


def fonts() -> tuple[dict[bool, ImageFont.FreeTypeFont], list[ImageFont.FreeTypeFont]] | None:
    """(regular and bold by whether it is bold, fallbacks); None when this machine has no DejaVu Sans Mono."""
    found: dict[str, Path] = {}
    for place in PLACES:
        for path in sorted(Path(place).expanduser().rglob("*.[to]tf")):
            found.setdefault(path.stem, path)
    if FONT not in found:
        return None
    regular = ImageFont.truetype(str(found[FONT]), SIZE)
    bold = ImageFont.truetype(str(found.get(f"{FONT}-Bold", found[FONT])), SIZE)
    return {False: regular, True: bold}, [ImageFont.truetype(str(found[name]), SIZE) for name in _FALLBACK if name in found]


def _rgb(style: Style | None, *, back: bool) -> tuple[int, int, int]:
    style = style or Style()
    colour = style.bgcolor if back != bool(style.reverse) else style.color
    return tuple(colour.get_truecolor()) if colour is not None else ((12, 10, 8) if back else (220, 207, 185))  # type: ignore[return-value]


def write_png(strips: Sequence[Strip], path: Path) -> bool:
    """Draws the screen; False when there is no font to draw it with."""
    loaded = fonts()
    if loaded is None:
        return False
    faces, fallbacks = loaded
    wide = round(faces[False].getlength("M"))
    tall = SIZE + 4
    picture = Image.new("RGB", (wide * strips[0].cell_length, tall * len(strips)))
    draw = ImageDraw.Draw(picture)
    missing = faces[False].getmask("\U0010ffff").getbbox(), bytes(faces[False].getmask("\U0010ffff"))
    for row, strip in enumerate(strips):
        x, y = 0, row * tall
        for segment in strip:
            width = cell_len(segment.text) * wide
            draw.rectangle((x, y, x + width - 1, y + tall - 1), fill=_rgb(segment.style, back=True))
            face = faces[bool(segment.style and segment.style.bold)]
            ink = _rgb(segment.style, back=False)
            for char in segment.text:
                if char == "▌":
                    draw.rectangle((x, y, x + wide // 2 - 1, y + tall - 1), fill=ink)
                elif char.strip():
                    mask = faces[False].getmask(char)
                    is_there = (mask.getbbox(), bytes(mask)) != missing
                    draw.text((x, y + 1), char, font=face if is_there or not fallbacks else fallbacks[0], fill=ink)
                x += cell_len(char) * wide
    picture.save(path, optimize=True)
    return True
