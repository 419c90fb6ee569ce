"""What holds for the console as a whole: guards, errors, sizes, the feed, slash commands, the overseer's place."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from piloting import picture, ready, shown, told, until
from textual import events
from textual.message import Message

from gastown_tui.core.errors import Conflict, GastownError, LedgerUnavailable, NotFound, Unavailable, UsageError
from gastown_tui.core.snapshot import SupervisorView, TownSnapshot
from gastown_tui.tui import slash
from gastown_tui.tui.feed import TownFeed
from gastown_tui.tui.keystrokes import keystroke
from gastown_tui.tui.main import _dispatch
from gastown_tui.tui.messages import ConversationReady, FeedFailed, SnapshotReady
from gastown_tui.tui.place import Place, keep_place, load_place, place_file
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.screens.focus import FocusScreen
from gastown_tui.tui.viewmodels.chat import Said
from gastown_tui.tui.widgets.dock import ComposerText, Dock
from gastown_tui.tui.widgets.rows import RowList
from gastown_tui.tui.widgets.wall import Wall
from gastown_tui.tui.widgets.words import WordsModal


async def test_a_key_that_comes_too_early_answers_nothing(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40), notifications=True) as pilot:
        await ready(pilot, console)
        console.key_at = -10.0
        console.screen._shown_at = console.screen._shown_at + 1000
        await pilot.press("a")
        assert any("has just moved" in line for line in told(console))
        assert town.done == []  # type: ignore[attr-defined]


async def test_a_burst_of_keys_answers_nothing(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40), notifications=True) as pilot:
        await ready(pilot, console)
        console.screen._shown_at = -10.0
        for key in "xa":
            console.post_message(events.Key(key, key))
        await until(pilot, lambda: any("too fast" in line for line in told(console)))
        assert town.done == []  # type: ignore[attr-defined]


async def test_pasted_text_outside_a_composer_does_nothing(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40), notifications=True) as pilot:
        await ready(pilot, console)
        console.screen._shown_at = -10.0
        console.post_message(events.Paste("aaaq"))
        await until(pilot, lambda: any("pasted text was ignored" in line for line in told(console)))
        assert console.is_running
        assert town.done == []  # type: ignore[attr-defined]


async def test_pasted_text_in_the_composer_loses_its_escapes(town: object, hostile: str) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("m")
        console.post_message(events.Paste(hostile))
        await until(pilot, lambda: console.focused and console.focused.text)
        assert "\x1b" not in console.focused.text
        assert "$(rm -rf /)" in console.focused.text


async def test_a_long_paste_into_a_message_arrives_whole(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    text = "\n".join(
        f'{number}:\tit\'s "quoted" `ticks` äöü 漢字 👩\u200d👧 e\u0301 and so on for a while' for number in range(200)
    )
    assert len(text.encode()) > 10_000
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("space")
        await until(pilot, lambda: isinstance(console.screen, WordsModal) and console.focused is not None)
        console.post_message(events.Paste(text.replace("\n", "\r\n")))
        await until(pilot, lambda: console.focused.text == text)
        await pilot.press("enter")
        await until(pilot, lambda: town.done)  # type: ignore[attr-defined]
        assert town.done == [("say", "mines/polecats/toast", text)]  # type: ignore[attr-defined]


async def test_pasted_text_while_typing_goes_to_the_agent_as_one_piece(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("enter", "i")
        console.post_message(events.Paste("a\nb"))
        await until(pilot, lambda: town.panes.typed)  # type: ignore[attr-defined]
        assert town.panes.typed == [("%1", b"a\nb")]  # type: ignore[attr-defined]


async def test_an_error_is_said_in_its_own_words(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    town.failure = Conflict("somebody [/x] was faster", hint="look again")  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40), notifications=True) as pilot:
        await ready(pilot, console)
        console.key_at = console.screen._shown_at = -10.0
        await pilot.press("a")
        await until(pilot, lambda: any("somebody [/x] was faster (look again)" in line for line in told(console)))
        assert console.is_running


async def test_a_supervisor_that_does_not_start_is_said_and_the_console_opens(town: object) -> None:
    town.boot_failure = Unavailable("the supervisor does not start", hint="see supervisor.err")  # type: ignore[attr-defined]
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40), notifications=True) as pilot:
        await ready(pilot, console)
        await until(pilot, lambda: any("the supervisor does not start" in line for line in told(console)))
        assert town.is_booted  # type: ignore[attr-defined]


async def test_w_from_a_screen_without_needs_selects_the_agent_in_the_town(town: object) -> None:
    console = town.console(Place(mode="convoys", selected="mines/polecats/dag"))  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("w")
        await pilot.pause()
        assert (console.current_mode, console.selected) == ("town", "mines/polecats/toast")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (40, 12), (300, 80)])
@pytest.mark.parametrize("mode", ["town", "inbox", "merge", "mayor"])
async def test_every_size(town: object, size: tuple[int, int], mode: str) -> None:
    console = town.console(Place(mode=mode))  # type: ignore[attr-defined]
    async with console.run_test(size=size) as pilot:
        await ready(pilot, console)
        seen = picture(console)
        assert "GAS TOWN" in seen or size[0] < 64
        assert ("▲ 2 need you" if size[0] >= 64 else "▲ 2  2m") in seen
        if size[0] >= 80:
            assert "? help" in seen
            assert "MAYOR" in seen
        await pilot.resize_terminal(100, 30)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert console.screen.size.width == 80


async def test_a_click_on_the_number_bar(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.click("#nav", offset=(10, 0))
        await pilot.pause()
        assert console.current_mode == "inbox"


async def test_narrow_town_is_a_list_and_one_pane(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(80, 24)) as pilot:
        await ready(pilot, console)
        assert not console.screen.query_one(Wall).is_on_screen
        await until(pilot, lambda: console.focused is console.screen.query_one("#list", RowList))
        await pilot.press("j")
        await pilot.pause()
        assert console.selected == "mines/polecats/slit"
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: isinstance(console.focused, Wall))
        assert console.screen.query_one(Wall).has_tile("mines/polecats/slit")


async def test_tiles_stay_in_place_when_states_change(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        wall = console.screen.query_one(Wall)
        await until(pilot, lambda: len(wall.places) == 4)
        before = wall.places
        agents = tuple(
            replace(agent, verdict=replace(agent.verdict, since=agent.verdict.since - 500)) for agent in town.snapshot_now.agents
        )  # type: ignore[attr-defined]
        town.snapshot_now = replace(town.snapshot_now, agents=tuple(reversed(agents)))  # type: ignore[attr-defined]
        town.number += 1  # type: ignore[attr-defined]
        await until(pilot, lambda: console.snapshot is town.snapshot_now)  # type: ignore[attr-defined]
        await pilot.pause()
        assert wall.places == before


async def test_an_agent_that_goes_while_in_focus_is_said(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("enter", "i")
        await pilot.pause()
        town.snapshot_now = replace(town.snapshot_now, agents=town.snapshot_now.agents[:1], requests=())  # type: ignore[attr-defined]
        town.number += 1  # type: ignore[attr-defined]
        await until(pilot, lambda: len(console.snapshot.agents) == 1)
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(console.screen, FocusScreen)
        assert not console.screen.is_typing
        assert town.panes.typed == []  # type: ignore[attr-defined]
        await pilot.press("a", "t", "escape")
        await pilot.pause()
        assert console.current_mode == "town"


async def test_empty_town_says_the_next_act(make_town: Callable[..., object]) -> None:
    made = make_town(agents=(), requests=(), incidents=(), beads=(), convoys=(), merges=(), events=(), rigs=())
    console = made.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: console.snapshot.root)
        await pilot.pause()
        seen = picture(console)
        assert "gt rig add" in seen
        await pilot.press("w", "a", "r", "o", "enter", "t", "n", "b", "d", "i", "space", "h", "j")
        assert console.is_running
        await pilot.press("m", *"hi", "enter")
        await until(pilot, lambda: any("no mayor" in said.text for said in console.said))


async def test_slash_commands_leave_receipts(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        console.speak("/sling ms-7")
        await until(pilot, lambda: any(said.text == "slung ms-7 → mines/polecats" for said in console.said))
        console.speak("/nudge nux go on")
        await until(pilot, lambda: ("nudge", "mines/polecats/nux") in town.done)  # type: ignore[attr-defined]
        console.speak("/broadcast nux,mayor Pull first.")
        await until(pilot, lambda: ("broadcast", ("mayor", "mines/polecats/nux"), "Pull first.") in town.done)  # type: ignore[attr-defined]
        console.speak("/broadcast rig:nowhere hello")
        await until(pilot, lambda: any("nobody is meant" in said.text for said in console.said))
        console.speak('/convoy "Second half" ms-7 ms-8')
        await until(pilot, lambda: ("convoy", "Second half", "ms-7", "ms-8") in town.done)  # type: ignore[attr-defined]
        console.speak("/sling")
        await until(pilot, lambda: any(not said.is_good and "needs more words" in said.text for said in console.said))
        console.speak("/nonsense")
        await until(pilot, lambda: any("no command /nonsense" in said.text for said in console.said))
        town.failure = NotFound("no bead called ms-99")  # type: ignore[attr-defined]
        console.speak("/sling ms-99")
        await until(pilot, lambda: any("no bead called ms-99" in said.text for said in console.said))
        town.failure = None  # type: ignore[attr-defined]
        console.speak("/focus toast")
        await until(pilot, lambda: isinstance(console.screen, FocusScreen))


async def test_an_estop_is_told_on_every_tile_and_kept_in_the_conversation(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        console.speak("/estop")
        await until(pilot, lambda: not isinstance(console.screen, ConsoleScreen))
        town.snapshot_now = replace(town.snapshot_now, is_estopped=True)  # type: ignore[attr-defined]
        await pilot.press("y")
        await until(pilot, lambda: any(said.text == "the town: estop" for said in console.said))
        await until(pilot, lambda: console.snapshot.is_estopped)
        await pilot.pause()
        seen = picture(console)
        assert seen.count("E-stop is on") == 4
        assert "E-STOPPED" in seen


async def test_slash_hints_and_completion(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("m", "slash", "s")
        await pilot.pause()
        assert console.screen.query_one(Dock).has_class("-hinting")
        await pilot.press("tab")
        await pilot.pause()
        assert console.focused.text == "/status "
        assert not console.screen.query_one(Dock).has_class("-hinting")
        await pilot.press("enter")
        await until(pilot, lambda: any("supervisor up" in said.text for said in console.said))


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("/sling ms-1 nux", "sling", ("ms-1", "nux")),
        ('/convoy "a b" c', "convoy", ("a b", "c")),
        ("/say nux it's fine", "say", ("nux", "it's", "fine")),
        ("/status", "status", ()),
    ],
)
def test_slash_parse(text: str, name: str, wanted: tuple[str, ...]) -> None:
    call = slash.parse(text)
    assert (call.name, call.words) == (name, wanted)


@pytest.mark.parametrize("text", ["/", "/nope", "/sling", "/say nux", "/convoy alone", "/focus"])
def test_slash_parse_refuses(text: str) -> None:
    with pytest.raises(UsageError):
        slash.parse(text)


def test_slash_reads_without_a_model(make_town: Callable[..., object]) -> None:
    snapshot: TownSnapshot = make_town().snapshot_now  # type: ignore[attr-defined]
    assert slash.parse("/say nux keep  two spaces").rest == "keep  two spaces"
    for name in ("help", "status", "ready", "agents", "convoy"):
        assert slash.answer(slash.parse(f"/{name}"), snapshot, 1_764_000_000.0), name
    assert slash.answer(slash.parse("/pause"), snapshot, 0.0) is None
    assert "ms-7 P2 Hints" in slash.answer(slash.parse("/ready"), snapshot, 0.0)  # type: ignore[operator]
    twice = replace(snapshot, agents=(*snapshot.agents, replace(snapshot.agents[2], address="other/polecats/nux")))
    with pytest.raises(NotFound, match="several"):
        slash.find_agent(twice, "nux")


@pytest.mark.parametrize(
    ("key", "character", "expected"),
    [
        ("a", "a", b"a"),
        ("A", "A", b"A"),
        ("question_mark", "?", b"?"),
        ("é", "é", "é".encode()),
        ("enter", "\r", b"\r"),
        ("escape", None, b"\x1b"),
        ("tab", "\t", b"\t"),
        ("backspace", "\x7f", b"\x7f"),
        ("ctrl+c", "\x03", b"\x03"),
        ("ctrl+z", None, b"\x1a"),
        ("up", None, "Up"),
        ("shift+tab", None, "BTab"),
        ("ctrl+right", None, "C-Right"),
        ("ctrl+shift+left", None, "C-S-Left"),
        ("shift+enter", None, b"\x1b[13;2u"),
        ("alt+b", None, b"\x1bb"),
        ("f5", None, "F5"),
        ("ctrl+super+x", None, None),
    ],
)
def test_keystroke(key: str, character: str | None, expected: bytes | str | None) -> None:
    assert keystroke(key, character) == expected


class Source:
    """A source whose answers a test changes."""

    def __init__(self) -> None:
        self.number = 0
        self.failure: Exception | None = None
        self.is_closed = False

    def version(self) -> object:
        return self.number

    def snapshot(self) -> TownSnapshot:
        if self.failure:
            raise self.failure
        return TownSnapshot(f"/{self.number}", 0.0, SupervisorView("up", None, None), "up", False, False)

    def conversation_version(self) -> object:
        return self.number

    def conversation(self) -> tuple[Said, ...]:
        return (Said("mayor", "always the same", 1.0),)

    def close(self) -> None:
        self.is_closed = True


def test_the_feed_tells_changes_failures_and_recovers() -> None:
    source, seen, news = Source(), [], threading.Condition()

    def post(message: Message) -> None:
        with news:
            seen.append(message)
            news.notify_all()

    def wait(condition: Callable[[], object]) -> None:
        with news:
            assert news.wait_for(condition, 10)

    feed = TownFeed(lambda: source, post)
    feed.start()
    wait(lambda: any(isinstance(message, SnapshotReady) for message in seen))
    source.number = 1
    wait(lambda: any(isinstance(message, SnapshotReady) and message.snapshot.root == "/1" for message in seen))
    source.failure = LedgerUnavailable("locked")
    feed.poke()
    wait(lambda: any(isinstance(message, FeedFailed) for message in seen))
    source.failure = ValueError("a bug")
    feed.poke()
    wait(lambda: sum(isinstance(message, FeedFailed) for message in seen) == 2)
    source.failure, source.number = None, 2
    wait(lambda: any(isinstance(message, SnapshotReady) and message.snapshot.root == "/2" for message in seen))
    assert sum(isinstance(message, ConversationReady) for message in seen) == 1
    feed.end()
    assert not feed.is_alive()
    assert source.is_closed


def test_place_is_kept_and_bad_ones_are_ignored(tmp_path: Path) -> None:
    file = place_file(Path("/town"), 1.5, {"XDG_STATE_HOME": str(tmp_path)})
    assert load_place(file) == Place()
    place = Place(
        "merge", "mines/polecats/nux", "q:q1", "half a thought", 41, "mines/polecats/nux", {"beads": "flood"}, {"beads": "b:ms-6"}
    )
    keep_place(file, place)
    assert load_place(file) == place
    assert file.stat().st_mode & 0o777 == 0o600
    for town, born in (("/other", 1.5), ("/town", 2.5)):
        other = place_file(Path(town), born, {"XDG_STATE_HOME": str(tmp_path)})
        assert load_place(other) == Place(), "another town begins at its start"
    for bad in ("{", "[]", '{"mode": 3, "more": 1}', '{"filters": {"beads": 1}, "rows": ["b"]}'):
        file.write_text(bad)
        assert load_place(file) == Place()
    (tmp_path / "blocked").write_text("")
    keep_place(tmp_path / "blocked" / "x.json", place)


async def test_reopening_shows_the_same_place_again(town: object) -> None:
    place = Place("merge", "mines/polecats/nux", "q:q2", "half a thought", 3)
    console = town.console(place)  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40), notifications=True) as pilot:
        await ready(pilot, console)
        assert console.current_mode == "merge"
        assert console.screen.query_one(ComposerText).text == "half a thought"
        told_then = told(console)
        await pilot.press("q")
    assert console.last_place == replace(place, seen=4, rows={"merge": "m:6"})
    assert any("since you left: 1 asked" in line for line in told_then)


async def test_filters_rows_and_the_agent_in_focus_come_back(town: object) -> None:
    place = Place(
        "beads", "mines/polecats/nux", filters={"beads": "ms- !icons"}, rows={"beads": "b:ms-6"}, focus="mines/polecats/nux"
    )
    for _ in range(2):
        console = town.console(place)  # type: ignore[attr-defined]
        async with console.run_test(size=(120, 40)) as pilot:
            await ready(pilot, console)
            await shown(pilot, console, FocusScreen)
            assert console.screen.address == "mines/polecats/nux"
            await pilot.press("escape")
            await pilot.pause()
            listing = console.screen.query_one("#beads", RowList)
            assert listing.selected == "b:ms-6"
            keys = listing.keys()
            assert "b:ms-2" not in keys
            console.focus_agent("mines/polecats/nux")
            await pilot.pause()
            place = console.place
    assert (place.focus, place.filters, place.rows["beads"]) == ("mines/polecats/nux", {"beads": "ms- !icons"}, "b:ms-6")


@pytest.mark.parametrize("words", [["--nonsense"], ["--town"]])
def test_main_refuses_unknown_options(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _dispatch(words) == 2
    assert "gastown --help" in capsys.readouterr().err


def test_main_says_its_usage_and_needs_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert _dispatch(["--help"]) == 0
    assert "example" in capsys.readouterr().out
    with pytest.raises(GastownError, match="needs a terminal"):
        _dispatch([])


async def test_a_crash_shows_no_values(town: object, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    console = town.console()  # type: ignore[attr-defined]

    def breaks() -> None:
        key = "sk-secret"  # noqa: F841 - what must not be shown
        raise ValueError("broken [/x]")

    with pytest.raises(ValueError, match="broken"):  # noqa: PT012
        async with console.run_test(size=(120, 40)) as pilot:
            await ready(pilot, console)
            console.call_later(breaks)
            await pilot.pause(0.2)
    shown = capfd.readouterr().err
    assert "ValueError: broken [/x]" in shown
    assert "sk-secret" not in shown + caplog.text
    assert console.return_code == 1


def test_app_stays_small() -> None:
    import gastown_tui.tui as package

    room = Path(package.__file__).parent
    assert len((room / "app.py").read_text().splitlines()) < 300
    assert all(len(file.read_text().splitlines()) < 400 for file in room.rglob("*.py"))


def test_no_foreign_text_is_markup() -> None:
    import gastown_tui.tui as package

    for file in Path(package.__file__).parent.rglob("*.py"):
        text = file.read_text()
        assert "from_markup" not in text, file
        assert "Static(" not in text, file
        assert "Label(" not in text, file
        for part in text.split("self.notify(")[1:]:
            assert "markup=False" in part.split("\n")[0] + part.split("\n")[1], file


def test_who_a_broadcast_means(make_town: Callable[..., object]) -> None:
    snapshot: TownSnapshot = make_town().snapshot_now  # type: ignore[attr-defined]
    running = [agent for agent in snapshot.agents if agent.verdict.state.value != "stopped"]
    assert slash.meant(snapshot, "all") == [agent.address for agent in running]
    assert slash.meant(snapshot, "rig:mines,role:polecat") == [
        agent.address for agent in running if agent.rig == "mines" and agent.role == "polecat"
    ]
    assert slash.meant(snapshot, "state:working") == [
        agent.address for agent in running if "working" in (agent.verdict.light.value, agent.verdict.state.value)
    ]
    assert slash.meant(snapshot, "nux") == ["mines/polecats/nux"]
    for wrong in ("rig:", "size:big", "rig:nowhere"):
        with pytest.raises(UsageError):
            slash.meant(snapshot, wrong)
    with pytest.raises(NotFound):
        slash.meant(snapshot, "nobody")
