from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown_tui.core.config import Gates, read_rig, read_town
from gastown_tui.core.convoy_file import read_convoy
from gastown_tui.core.errors import ConfigError
from gastown_tui.core.toml_text import line_of, toml_string

WRONG_TOWNS = [
    ("name =", "town.toml, line 1: not valid TOML"),
    ('name = "x"\nmax_polecat = 3', 'line 2: unknown key "max_polecat" (did you mean max_polecats?)'),
    ('max_polecats = "3"', "line 1: max_polecats: input should be a valid integer"),
    ("max_polecats = -1", "line 1: max_polecats"),
    ('\n[drivers.claude]\nmodell = "x"', 'line 3: unknown key "drivers.claude.modell" (did you mean model?)'),
    ('[drivers.claude]\nautonomy = "all"', "line 2: drivers.claude.autonomy"),
    ('[drivers.claude.env]\n"A B" = "1"', '"A B" cannot be the name of an environment variable'),
]
WRONG_RIGS = [
    ('[gates]\ntests = "x"', 'line 2: unknown key "gates.tests"'),
    ('[gates]\ntest = "a && b"', 'no shell runs a gate, so "&&" means nothing here'),
    ('[gates]\ntest = "a \'b"', "no closing quotation"),
    ("[gates]\nbuild = []", "a gate needs a program to run"),
    ('environment = ["PATH", "A-B"]', '"A-B" cannot be'),
    ("gates = 3", "line 1: gates"),
]


@pytest.mark.parametrize(("text", "said"), WRONG_TOWNS)
def test_a_wrong_town_file_names_its_line_and_key(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_town(text)
    assert said in error.value.line()


@pytest.mark.parametrize(("text", "said"), WRONG_RIGS)
def test_a_wrong_rig_file_names_its_line_and_key(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_rig(text)
    assert said in error.value.line()


def test_a_gate_is_a_list_or_is_split_without_a_shell() -> None:
    gates = read_rig("[gates]\ntest = \"python3 -m unittest 'a b'\"\nlint = ['ruff', '$HOME; x']").gates
    assert gates.commands() == [("lint", ["ruff", "$HOME; x"]), ("test", ["python3", "-m", "unittest", "a b"])]


def test_defaults_count_when_nothing_is_said() -> None:
    town = read_town("")
    assert (town.max_polecats, town.driver("claude").autonomy) == (8, "edit")
    assert read_rig("").gates == Gates()


def test_settings_of_a_driver_are_flat() -> None:
    town = read_town('[drivers.claude]\nmodel = "m"\narguments = ["--x", "y z"]')
    assert town.driver("claude").settings() == {"model": "m", "autonomy": "edit", "arguments": json.dumps(["--x", "y z"])}


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_one_line(text: str) -> None:
    for read in (lambda words: read_town(words), lambda words: read_rig(words), lambda words: read_convoy(words, "c.toml")):
        line = ""
        try:
            read(text)
        except ConfigError as error:
            line = error.line()
        assert "\n" not in line


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_a_written_string_reads_back(text: str) -> None:
    assert read_town(f"name = {toml_string(text)}").name == text


def test_the_line_of_a_key_is_found_in_tables() -> None:
    text = 'a = 1\n\n[drivers."x y"]\nmodel = 3\n[other]\nmodel = 4\n'
    assert line_of(text, ("drivers", "x y", "model")) == 4
    assert line_of(text, ("other", "model")) == 6
    assert line_of(text, ("nowhere",)) == 0


PLAN = """
title = "Plan"
[[bead]]
key = "a"
title = "Alpha"
[[bead]]
key = "b"
title = "Beta"
needs = ["a", "ms-1"]
"""


def test_a_convoy_file_is_read() -> None:
    plan = read_convoy(PLAN, "plan.toml")
    assert [(bead.key, bead.needs) for bead in plan.bead] == [("a", []), ("b", ["a", "ms-1"])]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 'x'", "bead: field required"),
        ("title = 'x'\nbead = []", "at least 1 item"),
        (PLAN.replace('key = "b"', 'key = "a"'), 'the key "a" stands twice'),
        (PLAN.replace('"ms-1"', '"c d"'), 'needs "c d", which is neither'),
        (PLAN.replace('title = "Alpha"', 'title = "Alpha"\nneeds = ["b"]'), "the needs make a circle: a → b → a"),
        (PLAN + 'need = "a"\n', "unknown key"),
    ],
)
def test_a_wrong_convoy_file_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_convoy(text, "plan.toml")
    assert said in error.value.line()
