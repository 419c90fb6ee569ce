"""Acts on tmux: sessions made and tagged, keys and text sent, windows killed. Each proves first whose pane it is."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gastown_tui.core.courier import clean
from gastown_tui.core.errors import Conflict, GastownError, NotFound
from gastown_tui.core.layout import TownLayout
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.infra.act.kill import kill_run, kill_tree
from gastown_tui.infra.identity import ProcessKey, start_time
from gastown_tui.infra.tmux import TmuxServer, check_pane, literal

WIDTH, HEIGHT = 200, 50
SETTLE = 0.25
"""Seconds in which a program that cannot start has ended (reference: gastown-runtime §1.3)."""
_TAG = re.compile(r"[A-Za-z0-9/._-]+")

KEYS = frozenset(
    {"Enter", "Escape", "Up", "Down", "Left", "Right", "Tab", "BTab", "BSpace", "DC", "Home", "End", "PPage", "NPage", "Space"}
    | {f"C-{letter}" for letter in "abcdefghijklmnoprstuvwxyz"}
    | {f"F{number}" for number in range(1, 12)}
)
"""Names that tmux knows. It types an unknown name letter by letter."""


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """One session that is to be."""

    agent: str
    run: str
    token: str
    town: Path
    argv: tuple[str, ...]
    """The launcher and its arguments, from `launches.write_launch`."""
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """Seen by `ps`; only what finding the run's processes needs beyond GT_TOWN, GT_AGENT and GT_RUN."""
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def session(self) -> str:
        return session_name(self.agent, self.run)


def session_name(agent: str, run: str) -> str:
    """`gt-RIG-polecats-NAME-RUN`."""
    return f"gt-{agent.replace('/', '-')}-{run}"


def create_session(layout: TownLayout, spec: SessionSpec, *, settle: float = SETTLE) -> str:
    """Starts a run in a session of its own and returns its pane id; finds the session when it was made before.

    Two steps, because tmux forgets a session whose command ends at once: first a waiting program with all tags in one
    command line, then the launcher in its place.

    Raises:
        GastownError: the launcher ended within `settle` seconds; the session stays, with what it said.
        Conflict: a session of that name belongs to another token.
    """
    for value in (spec.agent, spec.run, spec.token):
        if not _TAG.fullmatch(value):
            raise ValueError(f"cannot be a tag: {value!r}")
    server = TmuxServer(layout)
    pane = find_pane(server, spec.run, spec.token)
    if pane is not None:
        _check_agent(pane, spec.agent)
    pane_id = _make(server, spec) if pane is None else pane.pane
    if not _is_launched(server, pane_id):
        argv = [literal(part) for part in spec.argv]
        mark = (";", "set-option", "-p", "-t", pane_id, "@gt_launched", spec.run)
        server.command("respawn-pane", "-k", "-t", pane_id, "-c", str(spec.cwd), "--", *argv, *mark)
        _check_start(server, pane_id, settle)
    return pane_id


def _make(server: TmuxServer, spec: SessionSpec) -> str:
    name = spec.session
    marks = {"GT_TOWN": str(spec.town), "GT_AGENT": spec.agent, "GT_RUN": spec.run, **spec.environment}
    environment = [part for key, value in sorted(marks.items()) for part in ("-e", literal(f"{key}={value}"))]
    size = ("-x", str(spec.width), "-y", str(spec.height))
    create = ("new-session", "-d", "-P", "-F", "#{pane_id}", "-s", name, *size, "-c", str(spec.cwd), *environment, "--", "cat", "-")
    tags = {"@gt_agent": spec.agent, "@gt_run": spec.run, "@gt_token": spec.token, "@gt_town": str(spec.town)}
    options = [part for key, value in tags.items() for part in (";", "set-option", "-t", f"={name}:", key, literal(value))]
    # Also on the pane: a viewer session that links its window is what tmux takes for the pane's session (`_guarded`).
    on_pane = (";", "set-option", "-p", "-t", f"={name}:", "@gt_token", spec.token)
    # The last person that leaves, or whose line is lost, leaves the agent its own size: narrow panes wrap its chrome.
    back = f"resize-window -t ={name}: -x {spec.width} -y {spec.height} ; set-option -wu -t ={name}: window-size"
    alone = f"if-shell -F -t ={name}: '#{{==:#{{session_attached}},0}}' '{back}'"
    on_leaving = (";", "set-hook", "-t", f"={name}:", "client-detached", alone)
    return server.command(*create, *options, *on_pane, *on_leaving)[0]


def _is_launched(server: TmuxServer, pane: str) -> bool:
    return bool("".join(server.command("display-message", "-p", "-t", pane, "#{@gt_launched}")).strip())


def _check_start(server: TmuxServer, pane: str, settle: float) -> None:
    end = time.monotonic() + settle
    while time.monotonic() < end:
        state = "".join(server.command("display-message", "-p", "-t", pane, "#{pane_dead} #{pane_dead_status}#{pane_dead_signal}"))
        dead, _, status = state.partition(" ")
        if dead == "1" and status not in ("", "0"):
            said = [line for line in server.capture(pane, lines=50) if line.strip() and not line.startswith("Pane is dead")]
            raise GastownError(f"the agent ended at once with status {status}: {said[-1].strip() if said else 'no output'}")
        if dead == "1" and not status:
            server.remind_of_dead()
        time.sleep(0.03)


def _check_agent(pane: PaneFact, agent: str) -> None:
    if pane.agent != agent:
        raise Conflict(f"run {pane.run} is the run of {pane.agent}, not of {agent}")


def find_session(layout: TownLayout, agent: str, run: str, token: str) -> str | None:
    """The pane id of a run's session, also when its program has ended; None when there is no such session.

    Raises:
        Conflict: the session belongs to another agent or token.
        TmuxUnavailable: unknown. TmuxDown, its subclass, is the proof that there is none.
    """
    pane = find_pane(TmuxServer(layout), run, token)
    if pane is None:
        return None
    _check_agent(pane, agent)
    return pane.pane


def capture(layout: TownLayout, pane: str, *, lines: int = 0, escapes: bool = False, joined: bool = False) -> str:
    """What a pane shows, with `lines` of its history above. Foreign text; with `escapes` also colours, with `joined`
    without the terminal's own wraps.

    Raises:
        NotFound: no such pane.
    """
    return "\n".join(TmuxServer(layout).capture(pane, lines=lines, escapes=escapes, joined=joined))


def find_pane(server: TmuxServer, run: str, token: str) -> PaneFact | None:
    """The pane of a run; None when there is none.

    Raises:
        Conflict: the run has a session with another token.
    """
    found = [pane for pane in server.snapshot() if pane.run == run]
    if not found:
        return None
    if found[0].token != token:
        raise Conflict(f"the session of run {run} has another token", hint="it is not touched")
    return found[0]


def kill_session(layout: TownLayout, agent: str, run: str, token: str, *, grace: float = 2.0) -> list[ProcessKey]:
    """Ends a run's processes, then its window, also where a viewer has it linked. Returns the surviving processes.

    With survivors the window stays: they must be seen. A session that is gone already is fine; its processes are
    looked for all the same.

    Raises:
        Conflict: the session belongs to another agent or token. Nothing is touched then.
    """
    server = TmuxServer(layout)
    pane = find_pane(server, run, token)
    if pane is not None:
        _check_agent(pane, agent)
    if pane is not None and not pane.dead and (started := start_time(pane.pid)) is not None:
        kill_tree(pane.pid, started, grace)
    survivors = kill_run(layout.root, run, grace)
    if pane is not None and not survivors:
        try:
            server.command("kill-window", "-t", pane.window)
        except NotFound:
            pass  # it went with its last process
    return survivors


def paste(layout: TownLayout, pane: str, token: str, text: str) -> None:
    """Puts text into a pane's composer as one bracketed paste. Does not submit it.

    The test of the pane and the paste are one tmux command: tmux 3.3a dies of a paste into a dead pane, and a pane in
    copy mode belongs to a person.

    Raises:
        Conflict: another token, a dead pane, or a mode is on. Nothing was pasted.
        NotFound: no such pane.
    """
    buffer = f"gt-{secrets.token_hex(6)}"
    act = f"paste-buffer -p -r -d -b {buffer} -t {check_pane(pane)}"
    refuse = f"delete-buffer -b {buffer}"
    load = ("load-buffer", "-b", buffer, "-", ";")
    _guarded(TmuxServer(layout), pane, token, act, refuse, load, clean(text).encode())


def press(layout: TownLayout, pane: str, token: str, key: str) -> None:
    """Sends one key: a name from KEYS, or one printable ASCII character.

    Raises:
        ValueError: any other key.
        Conflict, NotFound: as `paste`.
    """
    if key in KEYS:
        act = f"send-keys -t {check_pane(pane)} {key}"
    elif len(key) == 1 and key.isascii() and key.isprintable():
        act = f"send-keys -t {check_pane(pane)} -H {ord(key):x}"
    else:
        raise ValueError(f"not a key that may be sent: {key!r}")
    _guarded(TmuxServer(layout), pane, token, act, "", (), None)


def _guarded(server: TmuxServer, pane: str, token: str, act: str, refuse: str, before: Sequence[str], data: bytes | None) -> None:
    if not re.fullmatch(r"[0-9a-f]{8,64}", token):
        raise Conflict("not a token")
    # A target that is gone makes tmux fill in another pane, so the pane's own id is part of the test.
    is_it = f"#{{==:#{{pane_id}},{check_pane(pane)}}}"
    state = f"#{{?{is_it},#{{?pane_dead,dead,#{{?pane_in_mode,mode,#{{@gt_token}}}}}},gone}}"
    otherwise = f"display-message -p -t {pane} '{state}'" + (f" ; {refuse}" if refuse else "")
    test = ("if-shell", "-F", "-t", check_pane(pane), f"#{{==:{state},{token}}}", f"{act} ; display-message -p sent", otherwise)
    answer = "".join(server.command(*before, *test, data=data)).strip()
    if answer == "dead":
        raise Conflict(f"the program in pane {pane} has ended")
    if answer == "mode":
        raise Conflict(f"pane {pane} is in copy mode", hint="a person is reading there")
    if answer == "gone":
        raise NotFound.of("pane", pane)
    if answer != "sent":
        raise Conflict(f"pane {pane} belongs to another run")
