"""Writes the parts of docs/ that are made from the program: the page of commands and the table of keys."""

from __future__ import annotations

import re
from pathlib import Path

from gastown_tui.cli.reference import page
from gastown_tui.tui.commands import table

DOCS = Path(__file__).resolve().parent.parent / "docs"
KEYS = re.compile(r"### Everywhere\n.*?(?=\n## |\Z)", re.DOTALL)


def main() -> None:
    """Rewrites both files."""
    (DOCS / "commands.md").write_text(page(), encoding="utf-8")
    console = DOCS / "console.md"
    console.write_text(KEYS.sub(lambda _: table().strip() + "\n", console.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
