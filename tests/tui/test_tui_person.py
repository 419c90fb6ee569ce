"""A person's own file: colours, ASCII and keys hold where they are right, and what is wrong is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from piloting import drawn, ready, told, until

from gastown_tui.infra.terminal import speaks_utf8
from gastown_tui.tui import keymap
from gastown_tui.tui.commands import BY_ID, of_scopes
from gastown_tui.tui.keys import parse_key
from gastown_tui.tui.person import Person, console_file, load_person
from gastown_tui.tui.plain import ascii_of
from gastown_tui.tui.screens.base import scopes_together
from gastown_tui.tui.tokens import THEMES
from gastown_tui.tui.widgets.dock import ComposerText
from gastown_tui.tui.widgets.words import WordsModal

UTF8 = {"LANG": "de_DE.UTF-8"}


def load(file: Path, text: str, **environment: str) -> Person:
    file.write_text(text, encoding="utf-8")
    return load_person(file, scopes_together, THEMES, {**UTF8, **environment})


def test_the_file_is_in_the_persons_config_directory() -> None:
    assert console_file({"HOME": "/home/me"}) == Path("/home/me/.config/gastown/console.toml")
    assert console_file({"HOME": "/home/me", "XDG_CONFIG_HOME": "/c"}) == Path("/c/gastown/console.toml")


def test_without_a_file_everything_is_usual(tmp_path: Path) -> None:
    person = load_person(tmp_path / "none.toml", scopes_together, THEMES, UTF8)
    assert (person.theme, person.is_ascii, dict(person.remaps), person.complaints) == ("", False, {}, ())


def test_what_is_right_holds_and_what_is_wrong_is_said_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "console.toml"
    person = load(
        file,
        'theme = "pink"\nascii = true\nnonsense = 1\n\n[keys]\nagent.nudge = "f9"\n"agent.say" = ["ctrl+t", "F5"]\n'
        'agent.nuge = "y"\nrequest.next = "d"\nmayor.talk = "nokey"\nagent.bead = 3\ncomposer.send = "s"\n',
    )
    assert person.is_ascii
    assert person.theme == ""
    assert dict(person.remaps) == {"agent.nudge": ("f9",), "agent.say": ("ctrl+t", "f5")}
    told = "\n".join(person.complaints)
    for line, words in (
        (1, 'no theme "pink"'),
        (3, 'unknown key "nonsense"'),
        (8, "did you mean agent.nudge?"),
        (9, "d is the key of agent.diff"),
        (10, '"nokey" is no key'),
        (11, "keys.agent.bead"),
        (12, "s is a letter while writing"),
    ):
        assert any(f"{file}, line {line}: " in one and words in one for one in person.complaints), (line, told)
    assert len(person.complaints) == 7


@pytest.mark.parametrize("text", ["theme = ", "[keys\n", "\x00"])
def test_a_broken_file_is_said_and_costs_only_itself(tmp_path: Path, text: str) -> None:
    person = load(tmp_path / "console.toml", text)
    assert len(person.complaints) == 1
    assert "line 1" in person.complaints[0]
    assert dict(person.remaps) == {}


def test_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    (tmp_path / "console.toml").write_bytes(b'theme = "\xff"')
    assert "not UTF-8" in load_person(tmp_path / "console.toml", scopes_together, THEMES, UTF8).complaints[0]


def test_keys_can_be_swapped_but_not_shared() -> None:
    together = scopes_together()
    remaps, wrong = keymap.check({"request.allow": ["r"], "request.refuse": ["a"]}, together)
    # `merge.*` has its own a and r on another screen; the swap concerns the questions alone.
    assert remaps == {"request.allow": ("r",), "request.refuse": ("a",)}
    assert not wrong
    remaps, wrong = keymap.check({"agent.nudge": ["Y"], "agent.bead": ["Y"]}, together)
    assert len(remaps) == 1
    assert len(wrong) == 1
    # One that falls away gives its old key back, which another one had taken.
    remaps, wrong = keymap.check({"agent.nudge": ["d"], "agent.say": ["n"]}, together)
    assert remaps == {}
    assert set(wrong) == {"agent.nudge", "agent.say"}


@pytest.mark.parametrize(
    ("written", "key"),
    [("n", "n"), ("N", "N"), ("?", "question_mark"), (",", "comma"), ("Ctrl+N", "ctrl+n"), ("esc", "escape"), ("F5", "f5"), ("shift+n", "N"), ("shift+up", "shift+up"), ("PgDn", "pagedown"), ("+", "plus")],
)  # fmt: skip
def test_keys_are_written_as_people_write_them(written: str, key: str) -> None:
    assert parse_key(written) == key


@pytest.mark.parametrize("written", ["", " ", "hyperspace", "strg+n", "ctrl+", "\x1b", "nn"])
def test_what_is_no_key_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"key|modifier"):
        parse_key(written)


@pytest.mark.parametrize(
    ("environment", "is_utf8"),
    [({}, True), ({"LANG": "C"}, False), ({"LANG": "C.UTF-8"}, True), ({"LANG": "de_DE.utf8", "LC_ALL": "POSIX"}, False), ({"LC_CTYPE": "en_US.ISO-8859-1"}, False)],
)  # fmt: skip
def test_the_locale_chooses_ascii(environment: dict[str, str], is_utf8: bool) -> None:
    assert speaks_utf8(environment) is is_utf8


async def test_remapped_keys_work_and_are_shown(town: object) -> None:
    remaps = {"agent.nudge": ("y",), "mayor.talk": ("ctrl+t",), "composer.leave": ("f4",)}
    console = town.console(person=Person(remaps=remaps))  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("n")
        await pilot.press("y")
        await until(pilot, lambda: town.done)  # type: ignore[attr-defined]
        assert [words[0] for words in town.done] == ["nudge"]  # type: ignore[attr-defined]
        assert "^T mayor" in drawn(console)[-1]
        await pilot.press("ctrl+t")
        assert isinstance(console.focused, ComposerText)
        await pilot.press("f4")
        assert not isinstance(console.focused, ComposerText)
        await pilot.press("question_mark")
        await pilot.pause()
        assert any(line.split()[:1] == ["y"] and BY_ID["agent.nudge"].help in line for line in drawn(console))
    assert next(command for command in of_scopes(["agent"]) if command.id == "agent.nudge").keys == ("y",)
    town.console()  # type: ignore[attr-defined]
    assert next(command for command in of_scopes(["agent"]) if command.id == "agent.nudge").keys == ("n",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a=" + b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (b'[keys]\n"app.help" = "ctrl+c"', "^C leaves the console"),
        (b'[keys]\n"app.help" = ""', "is no key"),
        (b"keys = [1]", "should be a table"),
        (b'theme = "[b]x[/b]"', "no theme"),
        (bytes(range(256)), "not UTF-8"),
    ],
)
def test_no_broken_file_keeps_the_console_away(tmp_path: Path, text: bytes, said: str) -> None:
    (tmp_path / "console.toml").write_bytes(text)
    complaints = load_person(tmp_path / "console.toml", scopes_together, THEMES, UTF8).complaints
    assert len(complaints) == 1
    assert said in complaints[0]


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "console.toml").write_bytes(b'\xef\xbb\xbftheme = "gas-town-light"\r\n')
    person = load_person(tmp_path / "console.toml", scopes_together, THEMES, UTF8)
    assert (person.theme, person.complaints) == ("gas-town-light", ())


async def test_many_complaints_do_not_hide_the_town(town: object) -> None:
    many = tuple(f"console.toml, line {number}: unknown key" for number in range(1, 301))
    console = town.console(person=Person(complaints=many))  # type: ignore[attr-defined]
    async with console.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.pause()
        said = told(console)
    assert len(said) == 4
    assert "297 more" in said[-1]


async def test_complaints_are_shown_and_the_console_works(town: object) -> None:
    console = town.console(person=Person(complaints=("console.toml, line 3: keys.x: no command",)))  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40), notifications=True) as pilot:
        await ready(pilot, console)
        assert any("line 3" in text for text in told(console))
        await pilot.press("space")
        assert isinstance(console.screen, WordsModal)


async def test_the_theme_is_remembered_with_the_persons_comments(town: object, tmp_path: Path) -> None:
    file = tmp_path / "config" / "console.toml"
    console = town.console(person=Person(file=file))  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        for theme in (*list(THEMES)[1:], "gas-town"):
            await pilot.press("T")
            assert console.theme == theme
        await console.workers.wait_for_complete()
    assert load_person(file, tuple, THEMES, UTF8).theme == "gas-town"
    file.write_text('# mine\ntheme = "gas-town-light" # for the garden\n[keys]\nagent.nudge = "y"\n')
    Person(file=file).remember("theme", "nord")
    assert file.read_text() == '# mine\ntheme = "nord" # for the garden\n[keys]\nagent.nudge = "y"\n'


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_ascii_is_ascii_everywhere(town: object, tmp_path: Path, size: tuple[int, int]) -> None:
    console = town.console(person=Person(is_ascii=True, file=tmp_path / "console.toml"))  # type: ignore[attr-defined]
    async with console.run_test(size=size, notifications=True) as pilot:
        await ready(pilot, console)
        for keys in (
            (),
            ("2",),
            ("3",),
            ("4",),
            ("5",),
            ("6",),
            ("M",),
            ("escape", "1", "enter"),
            ("escape", "question_mark"),
            ("escape", "colon"),
        ):
            await pilot.press(*keys)
            await pilot.pause()
            wrong = [line for line in drawn(console) if not line.isascii()]
            assert not wrong, (keys, wrong)
            assert all(len(line) == size[0] for line in drawn(console))
        await pilot.press("escape")
        console.action_ascii()
        await console.workers.wait_for_complete()
        await pilot.pause()
        assert any("▲" in line for line in drawn(console))
    assert not load_person(tmp_path / "console.toml", tuple, THEMES, {"LANG": "C"}).is_ascii


def test_states_keep_shapes_of_their_own_in_ascii() -> None:
    from gastown_tui.tui.tokens import GLYPH

    assert len({ascii_of(glyph) for glyph in GLYPH.values()}) == len(GLYPH)
    assert ascii_of("漢é…━▌│┌❯") == "??e>=||+>", "each in as many cells as before"
