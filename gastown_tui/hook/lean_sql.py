"""SQLite without its Python half: `sqlite3` imports `datetime`. Apart from `lean`, because even the C half costs as much as
all the rest of a call that needs no database."""

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

__all__ = ["sqlite3"]
