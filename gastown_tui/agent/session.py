"""Puts an agent together from its settings: new, or where an earlier conversation stopped."""

from __future__ import annotations

from pathlib import Path

from gastown_tui.agent import transcript
from gastown_tui.agent.loop import Agent
from gastown_tui.agent.model import Model
from gastown_tui.agent.settings import Settings
from gastown_tui.agent.surface import Level, Surface
from gastown_tui.agent.toolbox import Toolbox
from gastown_tui.agent.town import Town
from gastown_tui.agent.transcript import Live, Transcript
from gastown_tui.core.errors import NotFound


def build(settings: Settings, surface: Surface, town: Town) -> Agent:
    """An agent ready for its first turn, its transcript open.

    Raises:
        NotFound: the conversation to resume is not there.
        GastownError: the transcript cannot be written.
    """
    earlier: list[transcript.Json] = []
    session, path = settings.session, settings.transcript
    if settings.resume is not None:
        source, earlier = _earlier(settings, surface)
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


def _earlier(settings: Settings, surface: Surface) -> tuple[Path, list[transcript.Json]]:
    """The transcript to go on with and its lines."""
    try:
        source = _source(settings)
        return source, transcript.read(source)
    except NotFound as error:
        if not settings.environment.get("GT_RUN"):
            raise
        # An agent of a town is started by a program: work that begins anew is better than none.
        surface.notice(f"{error.message}: beginning a new one", Level.WARNING)
        return transcript.default_path(settings.session, settings.environment), []


def _source(settings: Settings) -> Path:
    wanted = settings.resume or ""
    if "/" in wanted or wanted.endswith(".jsonl"):
        return Path(wanted)
    if settings.transcript is not None and settings.transcript.exists():
        lines = transcript.read(settings.transcript)
        if not wanted or transcript.session_of(lines) == wanted:
            return settings.transcript
    return transcript.find(wanted, settings.directory, settings.environment)
