"""`python -m gastown_tui.cli` is `gt`."""

from __future__ import annotations

from gastown_tui.cli.main import main

if __name__ == "__main__":
    main()
