"""The settings form is made from the models, says where each value comes from, and never writes what would not be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown_tui.core.config import TownConfig, read_town
from gastown_tui.core.errors import ConfigError, NotAllowed, Unavailable, UsageError
from gastown_tui.services import rigs, rules, settings_form
from gastown_tui.services.context import TownContext
from gastown_tui.services.settings_file import changed, put
from gastown_tui.services.settings_form import Setting
from gastown_tui.services.town import create_town

TEXT = '# ours\nname = "Wasteland" # the show\n\n[drivers.claude]\n# the big one\nmodel = "opus"\n'


def find(form: settings_form.Section, name: str) -> Setting:
    return next(one for one in form.settings if ".".join(one.path) == name)


def form_of(file: Path, *extra: tuple[str, ...]) -> settings_form.Section:
    return settings_form.section("town", file, TownConfig, read_town, extra)


def test_every_field_of_the_model_is_in_the_form_with_words_about_it(tmp_path: Path) -> None:
    form = form_of(tmp_path / "town.toml")
    assert {one.path[0] for one in form.settings} >= set(TownConfig.model_fields)
    polecats = find(form, "max_polecats")
    assert (polecats.value, polecats.default, polecats.source, polecats.is_set) == ("8", "8", "default", False)
    assert polecats.range == "whole number, 0 to 200"
    assert all(one.help for one in form.settings if len(one.path) == 1), "a field without words below it"


def test_values_say_their_line(tmp_path: Path) -> None:
    (tmp_path / "town.toml").write_text(TEXT)
    form = form_of(tmp_path / "town.toml")
    assert (find(form, "name").value, find(form, "name").source) == ("Wasteland", "town.toml, line 2")
    assert find(form, "drivers.claude.model").source == "town.toml, line 6"
    autonomy = find(form, "drivers.claude.autonomy")
    assert (autonomy.value, autonomy.is_set, autonomy.choices) == ("edit", False, ("edit", "full"))
    assert find(form, "drivers").kind == "entries"


def test_one_value_changes_and_everything_else_stays(tmp_path: Path) -> None:
    file = tmp_path / "town.toml"
    file.write_text(TEXT)
    file.chmod(0o640)
    for path, text in ((("max_polecats",), "3"), (("drivers", "claude", "model"), "fable"), (("drivers", "claude", "env", "HTTP_X"), "a b"), (("drivers", "claude", "arguments"), "--x 'y z'"), (("drivers", "codex", "autonomy"), "full")):  # fmt: skip
        settings_form.change_file(form_of(file, *settings_form.entries_of(path)), path, text, read_town)
    config = read_town(file.read_text())
    assert config.max_polecats == 3
    assert config.drivers["claude"].env == {"HTTP_X": "a b"}
    assert config.drivers["claude"].arguments == ["--x", "y z"]
    assert config.drivers["codex"].autonomy == "full"
    text = file.read_text()
    assert all(comment in text for comment in ("# ours\n", "# the show\n", "# the big one\n"))
    assert file.stat().st_mode & 0o777 == 0o640
    for path in (("max_polecats",), ("drivers", "claude", "model"), ("drivers", "claude", "env", "HTTP_X"), ("drivers", "claude", "arguments"), ("drivers", "codex", "autonomy")):  # fmt: skip
        settings_form.change_file(form_of(file), path, None, read_town)
    assert read_town(file.read_text()).max_polecats == 8
    assert "codex" not in file.read_text(), "an empty table goes with its last value"


RULES = '# ours\n[[rules]]\nverdict = "allow"\npattern = "npm *" # tests\n\n[[rules]]\nverdict = "deny"\n'


def test_tables_without_a_name_are_changed_added_and_taken_out(tmp_path: Path) -> None:
    file = tmp_path / "town.toml"
    file.write_text(RULES)
    form = form_of(file)
    assert (find(form, "rules").kind, find(form, "rules").source) == ("tables", "2 set")
    assert (find(form, "rules.0").value, find(form, "rules.0").source) == ("allow npm *", "town.toml, line 2")
    assert find(form, "rules.0.pattern").source == "town.toml, line 4"
    assert find(form, "rules.1.verdict").source == "town.toml, line 7"
    assert (find(form, "rules.1.tool").value, find(form, "rules.1.tool").is_set) == ("*", False)
    for path, text in ((("rules", "1", "pattern"), "rm *"), (("rules", "2", "verdict"), "ask"), (("rules", "2", "rig"), "mines")):
        settings_form.change_file(form_of(file, *settings_form.entries_of(path)), path, text, read_town)
    found = [(rule.verdict, rule.pattern, rule.rig) for rule in read_town(file.read_text()).rules]
    assert found == [("allow", "npm *", ""), ("deny", "rm *", ""), ("ask", "*", "mines")]
    settings_form.change_file(form_of(file), ("rules", "1", "pattern"), None, read_town)
    settings_form.change_file(form_of(file), ("rules", "2"), None, read_town)
    assert [rule.pattern for rule in read_town(file.read_text()).rules] == ["npm *", "*"]
    assert "# ours" in file.read_text()
    assert "# tests" in file.read_text()
    for _ in range(2):
        settings_form.change_file(form_of(file), ("rules", "0"), None, read_town)
    assert read_town(file.read_text()).rules == []
    path = ("rules", "0", "verdict")
    settings_form.change_file(form_of(file, *settings_form.entries_of(path)), path, "deny", read_town)
    assert [rule.verdict for rule in read_town(file.read_text()).rules] == ["deny"]


@pytest.mark.parametrize(
    ("path", "text"),
    [(("rules", "0", "verdict"), None), (("rules", "5"), None), (("rules", "2", "pattern"), "x"), (("rules", "0", "tool"), " ")],
)
def test_a_table_that_would_be_wrong_is_not_written(tmp_path: Path, path: tuple[str, ...], text: str | None) -> None:
    file = tmp_path / "town.toml"
    file.write_text(RULES)
    with pytest.raises(ConfigError):
        settings_form.change_file(form_of(file, *settings_form.entries_of(path)), path, text, read_town)
    assert file.read_text() == RULES


def test_a_changed_rule_holds_for_the_hooks_at_once(tmp_path: Path) -> None:
    ctx = create_town(tmp_path / "gt")
    settings_form.change(ctx, "town", ("rules", "0", "verdict"), "deny")
    assert [rule["verdict"] for rule in rules.load(ctx)] == ["deny"]
    settings_form.change(ctx, "town", ("rules", "0"), None)
    assert rules.load(ctx) == []
    ctx.close()


@pytest.mark.parametrize(
    ("path", "text", "error"),
    [
        (("max_polecats",), "many", UsageError),
        (("max_polecats",), "900", ConfigError),
        (("drivers", "claude", "autonomy"), "god", UsageError),
        (("drivers", "claude", "env", "1X"), "x", ConfigError),
        (("drivers", "claude", "arguments"), "'open", UsageError),
    ],
)
def test_what_could_not_be_read_is_not_written(tmp_path: Path, path: tuple[str, ...], text: str, error: type[Exception]) -> None:
    (tmp_path / "gt").mkdir()
    file = tmp_path / "gt" / "town.toml"
    file.write_text(TEXT)
    with pytest.raises(error):
        settings_form.change_file(form_of(file, *settings_form.entries_of(path)), path, text, read_town)
    assert file.read_text() == TEXT
    assert [one.name for one in file.parent.iterdir()] == ["town.toml"], "nothing half written is left"


def test_a_wrong_value_is_shown_with_its_error_and_can_be_mended(tmp_path: Path) -> None:
    file = tmp_path / "town.toml"
    file.write_text('max_polecats = "lots"\n')
    form = form_of(file)
    assert "line 1" in form.error
    assert find(form, "max_polecats").value == "lots"
    settings_form.change_file(form, ("max_polecats",), "4", read_town)
    assert form_of(file).error == ""
    file.write_text("max_polecats = \n")
    assert "line 1" in form_of(file).error
    with pytest.raises(ConfigError):
        put(file, ["name"], "x", read_town)


def test_a_linked_file_stays_a_link_and_a_closed_directory_is_said(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    real = tmp_path / "dotfiles" / "real.toml"
    real.write_text(TEXT)
    link = tmp_path / "town.toml"
    link.symlink_to(real)
    put(link, ["name"], "New", read_town)
    assert link.is_symlink()
    assert 'name = "New"' in real.read_text()
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        put(tmp_path / "file" / "town.toml", ["name"], "x", read_town)


def test_a_value_where_a_table_should_be_is_said() -> None:
    with pytest.raises(ConfigError, match="is no table"):
        changed("drivers = 3\n", ["drivers", "claude", "model"], "x")


def test_a_rig_shows_its_dial_and_where_its_gates_come_from(tmp_path: Path, make_repository: object) -> None:
    ctx: TownContext = create_town(tmp_path / "gt")
    source = make_repository("mines", {"rig.toml": '[gates]\ntest = "sh test.sh"\n', "test.sh": "true\n"})  # type: ignore[operator]
    rigs.add(ctx, "mines", str(source))
    form = next(one for one in settings_form.sections(ctx) if one.name == "rig mines")
    assert (find(form, "gates.test").value, find(form, "gates.test").source) == ("sh test.sh", "rig.toml in the repository")
    settings_form.change(ctx, "rig mines", ("ledger", "dial"), "auto")
    settings_form.change(ctx, "rig mines", ("ledger", "max_polecats"), "2")
    settings_form.change(ctx, "rig mines", ("gates", "test"), "sh other.sh")
    form = next(one for one in settings_form.sections(ctx) if one.name == "rig mines")
    assert find(form, "ledger.dial").value == "auto"
    assert find(form, "ledger.max_polecats").value == "2"
    assert find(form, "gates.test").source == "rig.toml, line 2"
    for path, text in ((("ledger", "dial"), "yolo"), (("ledger", "max_polecats"), "-1"), (("gates", "test"), "a && b")):
        with pytest.raises(UsageError):
            settings_form.change(ctx, "rig mines", path, text)
    with pytest.raises(NotAllowed):
        settings_form.change(TownContext(ctx.layout, "mayor", "run"), "town", ("name",), "mine")
