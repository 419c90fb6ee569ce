"""The first picture of the town, read by a process of its own while the console loads Textual.

Loading either takes about as long as the other, and nearly all of what a person waits for. On two cores both are done at once.
"""

from __future__ import annotations

import logging
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gastown_tui.core.snapshot import TownSnapshot

LOG = logging.getLogger(__name__)
_CODE = "import sys; from gastown_tui.tui.first import write; write(sys.argv[1])"
_PATIENCE = 10.0
"""Seconds; the feed reads its own picture anyway."""


class FirstPicture:
    """Begins when it is made; its process ends by itself."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            # `-P` keeps the working directory, which may be foreign, off the import path.
            [sys.executable, "-P", "-c", _CODE, str(root)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def read(self) -> TownSnapshot | None:
        """Waits for the picture; None when there is none, and then the feed says why. Once, in a thread."""
        # Not above: what this module loads, the process waits for.
        from gastown_tui.core.snapshot import TownSnapshot

        try:
            data, _ = self._process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self.drop()
            return None
        if self._process.returncode:
            LOG.info("the first picture could not be read: its process ended with %d", self._process.returncode)
            return None
        found = pickle.loads(data)
        return found if isinstance(found, TownSnapshot) else None

    def drop(self) -> None:
        """Nobody waits for it any more."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


def write(root: str) -> None:
    """What the process does: one picture to standard output, for nobody but the console that began it."""
    from gastown_tui.services.context import open_context
    from gastown_tui.tui.picture import Pictures

    ctx = open_context(Path(root))
    try:
        data = pickle.dumps(Pictures(ctx).take(), pickle.HIGHEST_PROTOCOL)
    finally:
        ctx.close()
    sys.stdout.buffer.write(data)
