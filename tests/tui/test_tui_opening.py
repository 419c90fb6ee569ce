"""What is loaded before the first picture: nothing that only the town's services need."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
import gastown_tui.tui.app, gastown_tui.tui.opening, gastown_tui.tui.person, gastown_tui.tui.place, gastown_tui.services.places
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"pydantic", "libtmux", "tomlkit", "anthropic", "prompt_toolkit"}))
print("gastown_tui.services.snapshot" in sys.modules)
"""


def test_the_first_picture_waits_for_no_service() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split("\n") == ["", "False", ""]
