"""JSON and SQLite without their Python halves: `json` imports `re` and `enum`, `sqlite3` imports `datetime`.

Together that is a third of what a hook call costs. The C halves are private to CPython, so the whole modules stand in
where they are missing or different.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
else:
    try:
        import _sqlite3 as sqlite3

        sqlite3.connect, sqlite3.Error  # noqa: B018 - both must be there
    except (ImportError, AttributeError):
        import sqlite3


class _Plain:
    """What the C scanner asks of a decoder: JSON's own meanings."""

    strict = False
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


def parse(text: str) -> object:
    """The JSON value at the start of `text`. Raises ValueError when there is none."""
    try:
        from _json import make_scanner
    except ImportError:
        import json

        found: object = json.loads(text)
        return found
    try:
        value, _ = make_scanner(_Plain())(text, 0)  # type: ignore[arg-type]  # typeshed takes the class for its own argument
    except (StopIteration, SystemError) as error:  # without json.decoder loaded the scanner has no error of its own
        raise ValueError("no JSON value") from error
    result: object = value
    return result


def write(flat: dict[str, str | int]) -> str:
    """A JSON object of strings and whole numbers."""
    try:
        from _json import encode_basestring_ascii as quoted
    except ImportError:
        import json

        return json.dumps(flat)
    return (
        "{"
        + ", ".join(f"{quoted(key)}: {quoted(value) if isinstance(value, str) else int(value)}" for key, value in flat.items())
        + "}"
    )


__all__ = ["parse", "sqlite3", "write"]
