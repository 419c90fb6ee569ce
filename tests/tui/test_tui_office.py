"""Mail, the doctor and the settings: their keys, what they show, and that what fails is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from piloting import told, until
from textual.pilot import Pilot
from textual.widgets import Input

from gastown_tui.core.errors import Unavailable
from gastown_tui.tui.app import Console
from gastown_tui.tui.commands import keys_of
from gastown_tui.tui.person import Person
from gastown_tui.tui.place import Place
from gastown_tui.tui.screens.focus import FocusScreen
from gastown_tui.tui.screens.mail import MailScreen, ThreadScreen
from gastown_tui.tui.widgets.dock import ComposerText
from gastown_tui.tui.widgets.letter import LetterModal
from gastown_tui.tui.widgets.modals import ChoiceModal, ConfirmModal, LineModal
from gastown_tui.tui.widgets.rows import RowList, Rows

SIZE = (120, 40)


def words(console: Console, selector: str) -> str:
    return "\n".join(row.plain() for row in console.screen.query_one(selector, Rows).rows)


async def at(pilot: Pilot[None], console: Console, selector: str, text: str) -> None:
    await until(pilot, lambda: bool(console.screen.query(selector)) and text in words(console, selector))


def done(town: object) -> list[tuple[object, ...]]:
    return town.done  # type: ignore[attr-defined, no-any-return]


async def test_mail_shows_what_is_unread_and_what_became_of_letters(town: object) -> None:
    console = town.console(Place(mode="mail"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await at(pilot, console, "#threads", "Edge cells")
        assert "1 unread" in words(console, "#threads")
        assert "not proven to have arrived" in words(console, "#threads")
        assert "I took five." in words(console, "#letter")
        assert "Mail 1" in words(console, "#nav")
        await pilot.press("j", "j")
        await pilot.pause()
        assert "the pane ended before it was seen" in words(console, "#letter")


async def test_a_thread_is_read_answered_and_put_away(town: object) -> None:
    console = town.console(Place(mode="mail"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE, notifications=True) as pilot:
        await at(pilot, console, "#threads", "Edge cells")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(console.screen, ThreadScreen) and ("read_thread", "m1") in done(town))
        await pilot.press("r")
        await until(pilot, lambda: isinstance(console.screen, LetterModal))
        await pilot.press(*"five", "ctrl+j", *"it is", "enter")
        await until(pilot, lambda: ("reply", "m1", "five\nit is") in done(town))
        await pilot.press("e")
        await until(pilot, lambda: ("archive", "m1", True) in done(town))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(console.screen, MailScreen) and "Edge cells" not in words(console, "#threads"))
        await pilot.press("v")
        await at(pilot, console, "#threads", "Who does what")
        await pilot.press("v")
        await at(pilot, console, "#threads", "Edge cells")
        assert "archive" in words(console, "#threads")
        await pilot.press("v")
        await at(pilot, console, "#threads", "Board size")
        await pilot.press("f")
        await until(pilot, lambda: isinstance(console.screen, FocusScreen))


async def test_a_letter_goes_only_to_agents_that_exist_and_its_text_is_never_lost(town: object) -> None:
    console = town.console(Place(mode="mail"))  # type: ignore[attr-defined]
    async with console.run_test(size=(80, 24), notifications=True) as pilot:
        await at(pilot, console, "#threads", "Edge cells")
        await pilot.press("N")
        await until(pilot, lambda: isinstance(console.screen, LetterModal))
        modal = console.screen
        assert modal.query_one("#to", Input).value == "mines/polecats/nux"
        modal.query_one("#to", Input).value = "nux, nobody"
        await pilot.press(*"hello", "enter")
        await at(pilot, console, "#letter-foot", 'no agent is called "nobody"')
        assert modal.query_one(ComposerText).text == "hello"
        modal.query_one("#to", Input).value = "nux dag"
        await pilot.press("enter", *"About", "enter", "enter")
        await until(pilot, lambda: bool(done(town)))
        assert done(town) == [("write", ("mines/polecats/nux", "mines/polecats/dag"), "About", "hello")]
        await pilot.press("N")
        await until(pilot, lambda: isinstance(console.screen, LetterModal))
        await pilot.press("x", "escape")
        await until(pilot, lambda: isinstance(console.screen, MailScreen))
        assert len(done(town)) == 1


async def test_seen_marks_a_thread_as_read(town: object) -> None:
    console = town.console(Place(mode="mail"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await at(pilot, console, "#threads", "1 unread")
        await pilot.press("full_stop")
        await until(pilot, lambda: "unread" not in words(console, "#threads"))
        await pilot.press("full_stop")
        assert done(town) == [("read_thread", "m1")]


async def test_the_doctor_looks_once_says_why_and_repairs(town: object) -> None:
    console = town.console(Place(mode="doctor"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE, notifications=True) as pilot:
        await at(pilot, console, "#findings", "1 broken · 2 warnings · 3 in order")
        assert "nothing new starts" in words(console, "#finding")
        await pilot.press("F")
        await until(pilot, lambda: isinstance(console.screen, ConfirmModal))
        await pilot.press("y")
        await at(pilot, console, "#findings", "0 broken")
        assert ("repair", "up") in done(town)
        assert town.looks == 2  # type: ignore[attr-defined]
        await pilot.press("v")
        await at(pilot, console, "#findings", "3 in order · v shows them")
        await pilot.press("R")
        await until(pilot, lambda: town.looks == 3)  # type: ignore[attr-defined]
        await pilot.press("G", "k", "F")
        # The disk is nothing that a key repairs.
        assert not isinstance(console.screen, ConfirmModal)


@pytest.mark.parametrize(("mode", "selector"), [("doctor", "#findings"), ("mail", "#threads")])
async def test_what_cannot_be_read_is_said(town: object, mode: str, selector: str) -> None:
    town.failure = Unavailable("the disk is gone", hint="plug it in")  # type: ignore[attr-defined]
    console = town.console(Place(mode=mode))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE, notifications=True) as pilot:
        await until(pilot, lambda: any("the disk is gone" in text for text in told(console)))
        assert console.screen.query_one(selector, RowList).rows


async def test_a_setting_is_changed_in_place_and_a_wrong_one_is_said_where_it_was_typed(town: object, tmp_path: Path) -> None:
    town.config = tmp_path / "town.toml"  # type: ignore[attr-defined]
    town.config.write_text("# ours\nmax_polecats = 4\n")  # type: ignore[attr-defined]
    console = town.console(Place(mode="settings"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE, notifications=True) as pilot:
        await at(pilot, console, "#settings", "max_polecats")
        await pilot.press("j")
        await at(pilot, console, "#setting", "whole number, 0 to 200")
        assert "town.toml, line 2" in words(console, "#setting")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(console.screen, LineModal))
        await pilot.press("backspace", *"900", "enter")
        await until(pilot, lambda: isinstance(console.screen, LineModal) and bool(console.screen._wrong))
        assert console.screen.query_one(Input).value == "900"
        await pilot.press("backspace", "backspace", "enter")
        await at(pilot, console, "#setting", "value    9")
        assert town.config.read_text() == "# ours\nmax_polecats = 9\n"  # type: ignore[attr-defined]
        await pilot.press("x")
        await at(pilot, console, "#setting", "from     default")
        assert "max" not in town.config.read_text()  # type: ignore[attr-defined]


async def test_an_entry_is_begun_and_made_by_its_first_value(town: object, tmp_path: Path) -> None:
    town.config = tmp_path / "town.toml"  # type: ignore[attr-defined]
    console = town.console(Place(mode="settings"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE, notifications=True) as pilot:
        await at(pilot, console, "#settings", "drivers")
        console.screen.query_one("#settings", RowList).select("s:town:drivers")
        await pilot.press("N")
        await until(pilot, lambda: isinstance(console.screen, LineModal))
        await pilot.press(*"claude", "enter")
        await at(pilot, console, "#settings", "drivers.claude.autonomy")
        console.screen.query_one("#settings", RowList).select("s:town:drivers/claude/autonomy")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(console.screen, ChoiceModal))
        await pilot.press("2")
        await at(pilot, console, "#setting", "value    full")
        assert 'autonomy = "full"' in town.config.read_text()  # type: ignore[attr-defined]
        town.config.write_text("[drivers.claude]\nautonomy = 3\n")  # type: ignore[attr-defined]
        await pilot.press("R")
        await at(pilot, console, "#settings", "town.toml, line 2")


async def test_a_rule_is_begun_filled_and_taken_out(town: object, tmp_path: Path) -> None:
    town.config = tmp_path / "town.toml"  # type: ignore[attr-defined]
    console = town.console(Place(mode="settings"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE, notifications=True) as pilot:
        await at(pilot, console, "#settings", "rules")
        settings = console.screen.query_one("#settings", RowList)
        settings.select("s:town:rules")
        await pilot.press("N")
        await at(pilot, console, "#settings", "rules.1.verdict")
        await until(pilot, lambda: settings.selected == "s:town:rules/0")
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(console.screen, ChoiceModal))
        await pilot.press("3")
        await at(pilot, console, "#setting", "value    deny")
        assert 'verdict = "deny"' in town.config.read_text()  # type: ignore[attr-defined]
        settings.select("s:town:rules/0")
        await pilot.press("x")
        await until(pilot, lambda: "rules.1" not in words(console, "#settings"))
        assert "rules" not in town.config.read_text()  # type: ignore[attr-defined]


async def test_the_persons_own_settings_count_at_once(town: object, tmp_path: Path) -> None:
    file = tmp_path / "console.toml"
    file.write_text('# mine\n[keys]\nagent.nudge = "y"\n')
    town.config = tmp_path / "town.toml"  # type: ignore[attr-defined]
    console = town.console(Place(mode="settings"), Person(file=file))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE, notifications=True) as pilot:
        await at(pilot, console, "#settings", "agent.nudge")
        settings = console.screen.query_one("#settings", RowList)
        settings.select("s:you:theme")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(console.screen, ChoiceModal))
        await pilot.press("4")
        await until(pilot, lambda: console.theme == "gas-town-mad-max")
        settings.select("s:you:keys/agent.nudge")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(console.screen, LineModal))
        await pilot.press("backspace", "d", "enter")
        await until(pilot, lambda: isinstance(console.screen, LineModal) and "agent.diff" in console.screen._wrong)
        console.screen.query_one(Input).value = "ctrl+t f6"
        await pilot.press("enter")
        await at(pilot, console, "#setting", "ctrl+t f6")
        assert keys_of("agent.nudge") == ("ctrl+t", "f6")
        assert file.read_text().startswith("# mine\n")
        settings.select("s:you:ascii")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(console.screen, ChoiceModal))
        await pilot.press("1")
        await until(pilot, lambda: console.person.is_ascii)


async def test_a_bead_in_full_leads_to_all_that_hangs_on_it(town: object) -> None:
    console = town.console(Place(mode="beads"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await at(pilot, console, "#beads", "ms-3")
        console.open_bead("ms-3")
        await at(pilot, console, "#bead", "Edges have five.")
        shown = words(console, "#bead")
        for part in ("in convoy cv-1", "labels rules", "NEEDS", "ms-1 The board", "HOLDS UP", "ms-6 Flood fill", "Count the mines"):
            assert part in shown, part
        console.screen.query_one("#bead", RowList).select("b:ms-6")
        await pilot.press("enter")
        await at(pilot, console, "#bead", "merge your approval")
        console.screen.query_one("#bead", RowList).select("c:cv-1")
        await pilot.press("enter")
        await until(pilot, lambda: console.current_mode == "convoys")
        assert console.screen.query_one("#tree", RowList).selected == "c:cv-1"


async def test_a_bead_that_nobody_knows_is_said_and_left(town: object) -> None:
    console = town.console(Place(mode="beads"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE, notifications=True) as pilot:
        await at(pilot, console, "#beads", "ms-3")
        console.open_bead("ms-99")
        await until(pilot, lambda: any("ms-99" in text for text in told(console)))
        await until(pilot, lambda: console.current_mode == "beads" and len(console.screen_stack) == 1)


async def test_a_bead_is_slung_and_its_agent_found_from_its_convoy(town: object) -> None:
    console = town.console(Place(mode="convoys"))  # type: ignore[attr-defined]
    async with console.run_test(size=(80, 24)) as pilot:
        await at(pilot, console, "#tree", "ms-7 Hints")
        tree = console.screen.query_one("#tree", RowList)
        tree.select("b:ms-3")
        await pilot.press("N")
        assert not isinstance(console.screen, LineModal), "somebody has it already"
        tree.select("b:ms-7")
        await pilot.press("N")
        await until(pilot, lambda: isinstance(console.screen, LineModal))
        await pilot.press("enter")
        await until(pilot, lambda: ("sling", "ms-7", "") in done(town))
        tree.select("b:ms-3")
        await pilot.press("f")
        await until(pilot, lambda: isinstance(console.screen, FocusScreen))


async def test_a_narrow_screen_wraps_to_its_own_width_at_once(town: object) -> None:
    console = town.console(Place(mode="doctor"))  # type: ignore[attr-defined]
    async with console.run_test(size=(60, 20)) as pilot:
        await at(pilot, console, "#finding", "hung, and the town is wanted up\n")
        await pilot.press("M")
        await until(pilot, lambda: console.current_mode == "mayor" and console.screen.query_one("#dock-chat").size.width == 60)
        await at(pilot, console, "#dock-chat", "Good morning. Minesweeper has eight beads; one has\n")


async def test_unread_letters_stand_in_the_inbox_and_lead_to_the_mail(town: object) -> None:
    console = town.console(Place(mode="inbox"))  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await at(pilot, console, "#needs", "1 unread letter")
        assert "Read 1" in words(console, "#needs")
        await pilot.press("G")
        await at(pilot, console, "#request", "open the mail")
        await pilot.press("enter")
        await until(pilot, lambda: console.current_mode == "mail")
