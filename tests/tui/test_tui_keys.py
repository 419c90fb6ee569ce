"""Every key of the command table does what it says, in the running console."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from piloting import done, press, rested, shown, until

from gastown_tui.core.states import BeadState, MergeState
from gastown_tui.tui.app import Console
from gastown_tui.tui.commands import COMMANDS, bindings, of_scopes, table
from gastown_tui.tui.modes import screen_class
from gastown_tui.tui.palette import entries
from gastown_tui.tui.place import Place
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.screens.beads import BeadScreen
from gastown_tui.tui.screens.conversation import ConversationScreen
from gastown_tui.tui.screens.diff import DiffScreen
from gastown_tui.tui.screens.explain import ExplainModal
from gastown_tui.tui.screens.focus import FocusScreen
from gastown_tui.tui.screens.help import HelpScreen
from gastown_tui.tui.screens.mail import ThreadScreen
from gastown_tui.tui.widgets.dock import ComposerText
from gastown_tui.tui.widgets.live import LivePane
from gastown_tui.tui.widgets.modals import ChoiceModal, ConfirmModal, LineModal, TextModal
from gastown_tui.tui.widgets.rows import RowList, Rows

SIZE = (120, 40)


def test_ids_and_keys_are_unique() -> None:
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    from gastown_tui.tui.screens.town import TownScreen

    screens = [*map(screen_class, Console.MODES), FocusScreen, BeadScreen, DiffScreen, HelpScreen, ThreadScreen]
    assert TownScreen in screens
    for screen in screens:
        keys = [
            key
            for command in of_scopes(screen.COMMAND_SCOPES)
            if command.scope not in ("wall", "list", "pane")
            for key in command.keys
        ]
        assert len(keys) == len(set(keys)), screen


def test_every_bound_action_exists() -> None:
    from gastown_tui.tui.widgets.wall import Wall

    owners: dict[str, list[type]] = {
        "global": [*map(screen_class, Console.MODES)],
        "agent": [screen_class("town"), FocusScreen, screen_class("inbox")],
        "request": [screen_class("town"), FocusScreen, DiffScreen],
        "town": [screen_class("town")],
        "wall": [Wall],
        "list": [RowList],
        "focus": [FocusScreen],
        "typing": [FocusScreen],
        "pane": [LivePane],
        "conversation": [ConversationScreen],
        "inbox": [screen_class("inbox")],
        "convoys": [screen_class("convoys")],
        "beads": [screen_class("beads"), BeadScreen],
        "beadlist": [screen_class("beads")],
        "merge": [screen_class("merge")],
        "diff": [DiffScreen],
        "feed": [screen_class("feed")],
        "mail": [screen_class("mail")],
        "doctor": [screen_class("doctor")],
        "settings": [screen_class("settings")],
        "help": [HelpScreen],
        "composer": [ComposerText],
    }
    for command in COMMANDS:
        name = command.action.partition("(")[0]
        for owner in [Console] if name.startswith("app.") else owners[command.scope]:
            assert hasattr(owner, f"action_{name.removeprefix('app.')}"), command.id
    assert len(bindings("wall")) == 8


@pytest.mark.parametrize(
    ("key", "mode"),
    [
        ("1", "town"),
        ("2", "inbox"),
        ("3", "convoys"),
        ("4", "beads"),
        ("5", "merge"),
        ("6", "feed"),
        ("7", "mail"),
        ("8", "doctor"),
        ("9", "settings"),
        ("M", "mayor"),
        ("p", "inbox"),
    ],
)
async def test_screens(town: object, key: str, mode: str) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE, notifications=True) as pilot:
        await rested(pilot, console)
        await press(pilot, console, key)
        assert console.current_mode == mode


async def test_p_goes_back_again(town: object) -> None:
    console = town.console(Place(mode="convoys"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "p")
        assert console.current_mode == "inbox"
        await press(pilot, console, "p")
        assert console.current_mode == "convoys"


async def test_allow_from_the_wall(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        assert console.selected == "mines/polecats/toast"
        await press(pilot, console, "a")
        assert await done(pilot, town, 1) == [("answer", "q1", "allow", "")]


async def test_always_asks_first(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "A")
        assert isinstance(console.screen, ConfirmModal)
        assert town.done == []  # type: ignore[attr-defined]
        await press(pilot, console, "y")
        assert await done(pilot, town, 1) == [("answer", "q1", "always", "")]


async def test_refuse_with_a_reason(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "r")
        assert isinstance(console.screen, LineModal)
        await pilot.press(*"no icons", "enter")
        assert await done(pilot, town, 1) == [("answer", "q1", "deny", "no icons")]


async def test_refuse_can_be_taken_back(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "r", "escape")
        assert isinstance(console.screen, ConsoleScreen)
        assert town.done == []  # type: ignore[attr-defined]


async def test_options_by_digit(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "o")
        assert isinstance(console.screen, ChoiceModal)
        await press(pilot, console, "2")
        assert await done(pilot, town, 1) == [("answer", "q1", "always", "")]


async def test_approval_from_the_wall_and_from_the_queue(make_town: Callable[..., object]) -> None:
    for mode, keys in (("town", ["w", "a"]), ("merge", ["a"]), ("inbox", ["j", "a"])):
        made = make_town()
        console = made.console(Place(mode=mode))  # type: ignore[attr-defined]
        async with console.run_test(size=SIZE) as pilot:
            await rested(pilot, console)
            await press(pilot, console, *keys)
            assert await done(pilot, made, 1) == [("approve", "ms-6")], mode


async def test_a_draft_is_landed_after_a_question_or_sent_back(make_town: Callable[..., object]) -> None:
    for keys, done_then in ((["a", "y"], ("approve", "ms-6")), (["r", *"no", "enter"], ("send_back", "ms-6", "no"))):
        made = make_town(requests=())
        merge = replace(made.snapshot_now.merges[0], state=MergeState.DRAFTED)  # type: ignore[attr-defined]
        made.snapshot_now = replace(made.snapshot_now, merges=(merge,))  # type: ignore[attr-defined]
        console = made.console(Place(mode="merge"))  # type: ignore[attr-defined]
        async with console.run_test(size=SIZE) as pilot:
            await rested(pilot, console)
            await press(pilot, console, *keys)
            assert await done(pilot, made, 1) == [done_then]


async def test_the_queue_opens_on_what_was_asked(town: object) -> None:
    first = town.snapshot_now.merges[0]  # type: ignore[attr-defined]
    merges = (replace(first, id=5, bead="ms-7"), first)
    town.snapshot_now = replace(town.snapshot_now, merges=merges)  # type: ignore[attr-defined]
    console = town.console(Place(mode="inbox", need="q:q2"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        console.need_key = "q:q2"
        await press(pilot, console, "5")
        queue = console.screen.query_one("#queue", RowList)
        await until(pilot, lambda: queue.selected == "m:6")
        assert queue.selected == "m:6"


async def test_what_came_back_is_tried_again_and_its_log_is_shown(make_town: Callable[..., object]) -> None:
    made = make_town(requests=())
    merge = replace(made.snapshot_now.merges[0], state=MergeState.GATE_FAILED, log=".gastown/logs/6.log")  # type: ignore[attr-defined]
    made.snapshot_now = replace(made.snapshot_now, merges=(merge,))  # type: ignore[attr-defined]
    console = made.console(Place(mode="merge"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        detail = console.screen.query_one("#merge-detail", Rows)
        await until(pilot, lambda: any("1 failed" in row.plain() for row in detail.rows))
        assert "FAILED test_flood" in [row.plain() for row in detail.rows]
        await press(pilot, console, "L")
        await shown(pilot, console, TextModal)
        text = console.screen.query_one("#modal-text", RowList)
        await until(pilot, lambda: text.rows)
        assert [row.plain() for row in text.rows] == ["....F", "FAILED test_flood", "1 failed"]
        await press(pilot, console, "escape")
        await press(pilot, console, "R")
        assert await done(pilot, made, 1) == [("retry", 6)]


def test_the_document_has_the_commands_of_the_table() -> None:
    text = (Path(__file__).parents[2] / "docs" / "console.md").read_text()
    assert table().strip() in text, "write commands.table() into docs/console.md"


async def test_send_back_needs_a_reason(town: object) -> None:
    console = town.console(Place(mode="merge"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "r")
        await pilot.press("enter")
        assert isinstance(console.screen, LineModal)
        await pilot.press(*"tests", "enter")
        assert await done(pilot, town, 1) == [("send_back", "ms-6", "tests")]


async def test_diff_from_the_queue_is_answered_there(town: object) -> None:
    console = town.console(Place(mode="merge"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "d")
        await done(pilot, town, 1)
        await pilot.pause()
        assert isinstance(console.screen, DiffScreen)
        listing = console.screen.query_one("#diff", RowList)
        assert listing.selected == "f:0"
        await press(pilot, console, "right_square_bracket")
        assert "test_board" in next(row.plain() for row in listing.rows if row.key == listing.selected)
        await press(pilot, console, "left_square_bracket")
        assert listing.selected == "f:0"
        await press(pilot, console, "a")
        assert (await done(pilot, town, 2))[-1] == ("approve", "ms-6")


async def test_the_wall_moves_in_two_dimensions(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        seen = [console.selected]
        for key in ("l", "j", "h", "k"):
            await press(pilot, console, key)
            seen.append(console.selected)
        assert [name.rsplit("/")[-1] for name in seen] == ["toast", "slit", "nux", "dag", "toast"]


async def test_w_goes_round_all_needs(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        seen = []
        for _ in range(4):
            await press(pilot, console, "w")
            seen.append(console.need_key)
        assert seen == ["q:q2", "a:mines/polecats/slit", "i:5", "q:q1"]
        await press(pilot, console, "W")
        assert console.need_key == "i:5"


async def test_focus_and_back(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "enter")
        assert isinstance(console.screen, FocusScreen)
        await press(pilot, console, "right_square_bracket")
        assert console.screen.address != "mines/polecats/toast"
        await press(pilot, console, "left_square_bracket", "a")
        assert await done(pilot, town, 1) == [("answer", "q1", "allow", "")]
        await press(pilot, console, "escape")
        assert console.current_mode == "town"
        assert not isinstance(console.screen, FocusScreen)


async def test_typing_takes_every_key_until_it_is_left(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "enter", "i")
        await pilot.press("q", "a", "escape", "ctrl+c", "up", "enter", "1")
        await pilot.pause()
        assert [what for _, what in town.panes.typed] == [b"q", b"a", b"\x1b", b"\x03", "Up", b"\r", b"1"]  # type: ignore[attr-defined]
        assert town.done == []  # type: ignore[attr-defined]
        await pilot.press("ctrl+q")
        assert not console.screen.is_typing
        await press(pilot, console, "i")
        await pilot.press("f12")
        assert not console.screen.is_typing


async def test_message_nudge_bead_explain(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "space")
        await pilot.press(*"hi", "enter")
        assert (await done(pilot, town, 1))[-1] == ("say", "mines/polecats/toast", "hi")
        await press(pilot, console, "n")
        assert (await done(pilot, town, 2))[-1] == ("nudge", "mines/polecats/toast")
        await press(pilot, console, "I")
        await pilot.press(*"no", "ctrl+j", *"on", "enter")
        assert (await done(pilot, town, 3))[-1] == ("interrupt", "mines/polecats/toast", "no\non")
        await press(pilot, console, "b")
        assert isinstance(console.screen, BeadScreen)
        await press(pilot, console, "q", "E")
        await shown(pilot, console, ExplainModal)
        await press(pilot, console, "escape")
        assert isinstance(console.screen, ConsoleScreen)


async def test_a_wrong_light_is_kept_as_a_case(town: object) -> None:
    for mode, keys in (("town", ("E",)), ("town", ("enter", "E")), ("inbox", ("E",))):
        town.done.clear()  # type: ignore[attr-defined]
        console = town.console(Place(mode=mode))  # type: ignore[attr-defined]
        async with console.run_test(size=SIZE, notifications=True) as pilot:
            await rested(pilot, console)
            await press(pilot, console, *keys)
            await shown(pilot, console, ExplainModal)
            words = [row.plain() for row in console.screen.query_one("#explain-rows", RowList).rows]
            assert any(line.startswith("→ permission") and "hook" in line for line in words), words
            assert any("working" in line and "spinner" in line for line in words)
            assert any("its own hook is trusted more" in line for line in words)
            await press(pilot, console, "x")
            await shown(pilot, console, ChoiceModal)
            await press(pilot, console, "2")
            assert await done(pilot, town, 1) == [("correct", "mines/polecats/toast", "working")], mode


async def test_incident_is_acknowledged(town: object) -> None:
    console = town.console(Place(mode="inbox"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        console.screen.query_one("#needs", RowList).select("i:5")
        await press(pilot, console, "full_stop")
        assert await done(pilot, town, 1) == [("acknowledge", 5)]


async def test_lists_move_and_filter(town: object) -> None:
    console = town.console(Place(mode="beads"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        listing = console.screen.query_one("#beads", RowList)
        first = listing.selected
        await press(pilot, console, "j")
        assert listing.selected == listing.keys()[1]
        await press(pilot, console, "k")
        assert listing.selected == first
        await press(pilot, console, "G")
        assert listing.selected == listing.keys()[-1]
        await press(pilot, console, "ctrl+u")
        assert listing.selected == first
        await press(pilot, console, "ctrl+d", "g")
        assert listing.selected == first
        await press(pilot, console, "slash")
        await pilot.press(*"flood", "enter")
        await pilot.pause()
        assert listing.keys() == ["b:ms-6"]
        await press(pilot, console, "escape")
        assert len(listing.keys()) == 8


async def test_sling_and_agent_from_the_beads(town: object) -> None:
    console = town.console(Place(mode="beads"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        listing = console.screen.query_one("#beads", RowList)
        listing.select("b:ms-7")
        await press(pilot, console, "N")
        await pilot.press("enter")
        assert await done(pilot, town, 1) == [("sling", "ms-7", "")]
        listing.select("b:ms-3")
        await press(pilot, console, "f")
        assert isinstance(console.screen, FocusScreen)
        assert console.screen.address == "mines/polecats/nux"


async def test_a_bead_is_filed_from_the_list(town: object) -> None:
    console = town.console(Place(mode="beads"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        listing = console.screen.query_one("#beads", RowList)
        await press(pilot, console, "plus")
        assert isinstance(console.screen, LineModal)
        await press(pilot, console, *"Sounds", "enter")
        assert await done(pilot, town, 1) == [("file", "Sounds", "mines")]
        await until(pilot, lambda: listing.selected == "b:ms-9")
        assert listing.selected == "b:ms-9"
        await press(pilot, console, "enter")
        assert isinstance(console.screen, BeadScreen)


async def test_beads_are_grouped_by_state_or_by_rig(town: object) -> None:
    one, other = town.snapshot_now.beads[1], replace(town.snapshot_now.beads[2], rig="other")  # type: ignore[attr-defined]
    town.snapshot_now = replace(town.snapshot_now, beads=(one, other))  # type: ignore[attr-defined]
    console = town.console(Place(mode="beads"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        listing = console.screen.query_one("#beads", RowList)
        assert "IN WORK  2" in [row.plain() for row in listing.rows]
        await press(pilot, console, "v")
        words = [row.plain() for row in listing.rows]
        assert words.index("MINES  1") < words.index("OTHER  1")
        await press(pilot, console, "v")
        assert "IN WORK  2" in [row.plain() for row in listing.rows]


async def test_a_bead_of_several_rigs_asks_which(town: object) -> None:
    one = town.snapshot_now.rigs[0]  # type: ignore[attr-defined]
    town.snapshot_now = replace(town.snapshot_now, rigs=(one, replace(one, name="other")))  # type: ignore[attr-defined]
    console = town.console(Place(mode="beads"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "plus")
        assert isinstance(console.screen, ChoiceModal)
        await press(pilot, console, "2", *"Sounds", "enter")
        assert await done(pilot, town, 1) == [("file", "Sounds", "other")]


async def test_convoys_fold_and_open(town: object) -> None:
    console = town.console(Place(mode="convoys"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        listing = console.screen.query_one("#tree", RowList)
        assert len(listing.keys()) == 9
        await press(pilot, console, "h")
        assert listing.keys() == ["c:cv-1"]
        await press(pilot, console, "l")
        assert len(listing.keys()) == 9
        await press(pilot, console, "enter")
        assert listing.keys() == ["c:cv-1"]
        await press(pilot, console, "enter", "j", "enter")
        assert isinstance(console.screen, BeadScreen)
        await press(pilot, console, "escape")
        assert console.current_mode == "convoys"


async def test_landed_beads_fold_and_unfold(town: object) -> None:
    closed = [replace(one, state=BeadState.CLOSED) for one in town.snapshot_now.beads[:4]]  # type: ignore[attr-defined]
    town.snapshot_now = replace(town.snapshot_now, beads=(*closed, *town.snapshot_now.beads[4:]))  # type: ignore[attr-defined]
    console = town.console(Place(mode="convoys"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        listing = console.screen.query_one("#tree", RowList)
        assert listing.keys()[:3] == ["c:cv-1", "l:cv-1", "b:ms-5"]
        for key, second in (("enter", "b:ms-1"), ("enter", "b:ms-5"), ("l", "b:ms-1"), ("h", "b:ms-5")):
            listing.select("l:cv-1")
            await press(pilot, console, key)
            assert listing.keys()[2] == second, key
        await press(pilot, console, "h")
        assert listing.keys() == ["c:cv-1"]


async def test_feed_opens_what_it_is_about(town: object) -> None:
    console = town.console(Place(mode="feed"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "enter")
        assert isinstance(console.screen, FocusScreen)
        await press(pilot, console, "escape", "G", "enter")
        assert isinstance(console.screen, BeadScreen)
        await press(pilot, console, "escape", "g", "f")
        assert isinstance(console.screen, FocusScreen)
        assert console.screen.address == "mines/polecats/toast"


async def test_help_lists_this_screens_keys_first(town: object) -> None:
    console = town.console(Place(mode="merge"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "question_mark")
        assert isinstance(console.screen, HelpScreen)
        words = [row.plain() for row in console.screen.query_one("#help", RowList).rows]
        assert words.index("IN A LIST") < words.index("IN THE MERGE QUEUE") < words.index("EVERYWHERE")
        assert all(any(command.help in line for line in words) for command in COMMANDS)
        await press(pilot, console, "question_mark")
        assert not isinstance(console.screen, HelpScreen)


async def test_composer_sends_to_the_mayor_and_keeps_its_draft(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "m")
        assert isinstance(console.focused, ComposerText)
        await pilot.press(*"go on", "ctrl+j", *"now", "enter")
        assert await done(pilot, town, 1) == [("say", "mayor", "go on\nnow")]
        await pilot.press("up")
        assert console.focused.text == "go on\nnow"
        await pilot.press("escape")
        assert not isinstance(console.focused, ComposerText)
        await press(pilot, console, "3")
        assert console.screen.query_one(ComposerText).text == "go on\nnow"
        assert console.place.draft == "go on\nnow"


async def test_quit_leaves_and_back_goes_back_first(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "enter", "q")
        assert console.is_running
        assert not isinstance(console.screen, FocusScreen)
        await press(pilot, console, "2", "escape")
        assert console.current_mode == "town"
        await press(pilot, console, "q")
    assert not console.is_running
    assert town.done == []  # type: ignore[attr-defined]


async def test_ctrl_q_and_one_ctrl_c_do_not_leave(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "ctrl+q", "ctrl+c")
        assert console.is_running
        await pilot.press("ctrl+c")
        await pilot.pause()
    assert not console.is_running


async def test_theme_and_refresh(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        await press(pilot, console, "T")
        assert console.theme == "gas-town-light"
        before = town.panes.captures  # type: ignore[attr-defined]
        await press(pilot, console, "ctrl+r")
        await until(pilot, lambda: town.panes.captures > before)  # type: ignore[attr-defined]
        assert town.panes.captures > before  # type: ignore[attr-defined]


@pytest.mark.parametrize(("verb", "asks"), [("pause", True), ("resume", False), ("up", False), ("down", True), ("estop", True)])
async def test_control_by_name(town: object, verb: str, asks: bool) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        console.action_control(verb)
        await pilot.pause()
        assert isinstance(console.screen, ConfirmModal) is asks
        if asks:
            await press(pilot, console, "y")
        assert await done(pilot, town, 1) == [("control", verb)]


async def test_palette_opens_and_runs_a_command(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await rested(pilot, console)
        for key in ("colon", "ctrl+p"):
            await press(pilot, console, key)
            assert type(console.screen).__name__ == "Finder"
            await press(pilot, console, "escape")
            await pilot.pause()
        names = [entry.name for entry in entries(console, console.screen)]
        assert "mines/polecats/nux" in names
        assert "ms-7 Hints" in names
        assert not any(name.startswith("type in") for name in names)
