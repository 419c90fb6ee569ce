"""Events as short sentences. Pure; the parts are foreign text and are shown through the front end's own door."""

from __future__ import annotations

import json

from gastown_tui.core.rows import Event

_DETAILS = ("title", "reason", "detail", "outcome", "to", "answer", "target", "label", "from", "subject", "text")
"""Keys of an event's data that say something to a person, the most telling first."""


def sentence(event: Event) -> str:
    """`bead.closed ms-4f2 by supervisor: merged`."""
    about = event.bead or event.subject
    words = [event.kind]
    if about:
        words.append(about)
    if event.subject and event.subject != about:
        words.append(f"({event.subject})")
    if event.actor and event.actor != event.subject:
        words.append(f"by {event.actor}")
    text = " ".join(words)
    detail = _detail(event.data)
    return f"{text}: {detail}" if detail else text


def _detail(data: str) -> str:
    try:
        values = json.loads(data)
    except ValueError:
        return ""
    if not isinstance(values, dict):
        return ""
    found = next((values[key] for key in _DETAILS if values.get(key) not in (None, "", [], {})), "")
    return str(found)
