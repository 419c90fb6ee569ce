"""From SQL rows to the frozen dataclasses of core.rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")


class Table(Generic[Row]):
    """A table whose columns are the fields of `row`, in order. `enums` names the columns that hold a StrEnum's value."""

    def __init__(self, name: str, row: type[Row], enums: Mapping[str, type[StrEnum]] | None = None) -> None:
        self.name = name
        self.row = row
        names = [field.name for field in fields(row)]  # type: ignore[arg-type]  # every Row is a dataclass
        self.columns = ", ".join(names)
        self.placeholders = ", ".join("?" * len(names))
        self._converters = [(names.index(column), enum) for column, enum in (enums or {}).items()]

    def of(self, values: Sequence[Any]) -> Row:
        """One row as a dataclass."""
        if self._converters:
            values = list(values)
            for index, enum in self._converters:
                if values[index] is not None:
                    values[index] = enum(values[index])
        return self.row(*values)

    def one(self, conn: sqlite3.Connection, where: str, *parameters: Any) -> Row | None:
        """The first row that matches, or None. `where` is our own constant SQL."""
        found = conn.execute(f"SELECT {self.columns} FROM {self.name} WHERE {where}", parameters).fetchone()
        return None if found is None else self.of(found)

    def all(self, conn: sqlite3.Connection, where: str = "1", *parameters: Any) -> list[Row]:
        """Every row that matches."""
        return [self.of(row) for row in conn.execute(f"SELECT {self.columns} FROM {self.name} WHERE {where}", parameters)]

    def insert(self, conn: sqlite3.Connection, row: Row) -> None:
        """Writes a whole row; enums are strings already."""
        values = [getattr(row, field.name) for field in fields(row)]  # type: ignore[arg-type]
        conn.execute(f"INSERT INTO {self.name} ({self.columns}) VALUES ({self.placeholders})", values)
