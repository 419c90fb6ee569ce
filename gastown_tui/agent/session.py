"""Puts an agent together from its settings: new, or where an earlier conversation stopped."""

from __future__ import annotations

from pathlib import Path

from gastown_tui.agent import transcript
from gastown_tui.agent.loop import Agent
from gastown_tui.agent.model import Model
from gastown_tui.agent.settings import Settings
from gastown_tui.agent.surface import Surface
from gastown_tui.agent.toolbox import Toolbox
from gastown_tui.agent.town import Town
from gastown_tui.agent.transcript import Live, Transcript


def build(settings: Settings, surface: Surface, town: Town) -> Agent:
    """An agent ready for its first turn, its transcript open.

    Raises:
        NotFound: the conversation to resume is not there.
        GastownError: the transcript cannot be written.
    """
    earlier: list[transcript.Json] = []
    session, path = settings.session, settings.transcript
    if settings.resume is not None:
        source = _source(settings)
        earlier = transcript.read(source)
        session = transcript.session_of(earlier) or session
        path = path or (transcript.default_path(session, settings.environment) if settings.environment.get("GT_RUN") else source)
    elif path is not None and path.exists():
        # The same file again means the same conversation: a restart must not write a second one behind the first.
        earlier = transcript.read(path)
        session = transcript.session_of(earlier) or session
    path = path or transcript.default_path(session, settings.environment)
    written = Transcript(path, session)
    written.start(earlier, settings.directory)
    messages, tokens = transcript.restore(earlier)
    return Agent(
        model=Model(settings.model),
        tools=Toolbox(settings.kit, settings.directory, settings.environment),
        town=town,
        surface=surface,
        transcript=written,
        live=Live(path.with_name("live.json" if path.name == "transcript.jsonl" else f"{path.stem}.live.json")),
        system=settings.system,
        autonomy=settings.autonomy,
        window=settings.window,
        messages=messages,
        tokens=tokens,
    )


def _source(settings: Settings) -> Path:
    wanted = settings.resume or ""
    if "/" in wanted or wanted.endswith(".jsonl"):
        return Path(wanted)
    if settings.transcript is not None and settings.transcript.exists():
        lines = transcript.read(settings.transcript)
        if not wanted or transcript.session_of(lines) == wanted:
            return settings.transcript
    return transcript.find(wanted, settings.directory, settings.environment)
