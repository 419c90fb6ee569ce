"""One console in a browser's tab, started by the server: `python -m gastown_tui.tui.web.console TOWN`."""

from __future__ import annotations

import sys
from pathlib import Path

from gastown_tui.tui.main import open_console

if __name__ == "__main__":
    sys.exit(open_console(Path(sys.argv[1]), is_served=True))
