"""JSON without its Python half: `json` imports `re` and `enum`.

That is a good part of what a hook call costs. The C half is private to CPython, so the whole module stands in where it is
missing or different.
"""

from __future__ import annotations


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
