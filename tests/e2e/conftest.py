from __future__ import annotations

from towns import home, make_repository, town

__all__ = ["home", "make_repository", "town"]
