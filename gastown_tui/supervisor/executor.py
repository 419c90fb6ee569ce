"""Runs acts beside the loop, a bounded number at once, one per key."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from gastown_tui.core.errors import Conflict, GastownError, Unavailable
from gastown_tui.core.observation import Action
from gastown_tui.ledger.connection import DatabaseError
from gastown_tui.services.context import TownContext

MAX_ACTS = 6
"""At once. Acts mostly wait for git, tmux and gates; each holds a SQLite connection of its own."""
log = logging.getLogger(__name__)

Act = Callable[[TownContext, Any], None]
"""An act takes the kind of action that the loop's table pairs it with."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an act ended."""

    action: Action
    error: GastownError | None


class Executor:
    """Acts under way. `wake` is set whenever one ends, so that the loop looks again at once."""

    def __init__(self, ctx: TownContext, wake: threading.Event) -> None:
        self._ctx = ctx
        self._wake = wake
        self._pool = ThreadPoolExecutor(MAX_ACTS, thread_name_prefix="act")
        self._lock = threading.Lock()
        self._busy: dict[str, Action] = {}
        self._ended: list[Outcome] = []

    @property
    def busy(self) -> frozenset[str]:
        """Keys of acts under way, and what else they hold (agents of a dispatch)."""
        with self._lock:
            held = {str(getattr(action, "agent", "")) for action in self._busy.values()} - {""}
            return frozenset(self._busy) | held

    def submit(self, action: Action, act: Act) -> bool:
        """Starts an act unless one with its key is under way."""
        with self._lock:
            if action.key in self._busy:
                return False
            self._busy[action.key] = action
        self._pool.submit(self._run, action, act)
        return True

    def collect(self) -> list[Outcome]:
        """Acts that ended since the last call."""
        with self._lock:
            ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """Waits for the acts under way; those that have not begun are dropped (the ledger knows what is to do)."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, action: Action, act: Act) -> None:
        ctx = self._ctx.fork()
        error: GastownError | None = None
        try:
            act(ctx, action)
        except Conflict as lost:
            # Somebody was faster or the state moved: the next round sees how things are now.
            log.info("%s: %s", action.key, lost.line())
        except GastownError as known:
            error = known
        except (OSError, DatabaseError) as failed:  # a full disk, mostly
            error = Unavailable(str(failed))
        except Exception as unknown:  # a defect in one act must not stop the town; it becomes a card
            log.exception("act on %s broke", action.key)
            error = GastownError(f"internal error: {type(unknown).__name__}: {unknown}", hint="see the supervisor's log")
        finally:
            ctx.close()
            with self._lock:
                self._busy.pop(action.key, None)
                self._ended.append(Outcome(action, error))
            self._wake.set()
