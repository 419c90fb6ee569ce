from __future__ import annotations

from pathlib import Path

from gastown_tui.cli.reference import page


def test_the_page_of_commands_is_the_commands() -> None:
    written = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
    assert written.read_text(encoding="utf-8") == page(), "make it anew: python -m gastown_tui.cli.reference > docs/commands.md"
