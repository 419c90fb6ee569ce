from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown_tui.core import ids
from gastown_tui.core.errors import UsageError

NAMES = st.from_regex(ids.NAME, fullmatch=True).filter(lambda name: name not in ids.RESERVED_NAMES)


@given(NAMES, NAMES)
def test_every_address_reads_back_as_itself(rig: str, name: str) -> None:
    for text in (f"{rig}/polecats/{name}", f"{rig}/crew/{name}", f"{rig}/witness", f"{rig}/refinery", f"deacon/dogs/{name}"):
        assert str(ids.parse_address(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "mines", "mines/polecats", "mines/polecats/", "mines/dogs/x", "a/b/c/d", "Mines/crew/x", "mines/crew/../x", "mayor/x"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        ids.parse_address(text)


@given(st.text(max_size=40))
def test_a_name_that_is_let_through_is_safe_as_a_directory_and_branch(text: str) -> None:
    try:
        ids.check_name("rig", text)
    except UsageError:
        return
    assert ids.NAME.fullmatch(text)
    assert not set(text) & set("/.:~^ \n")


@given(st.text(max_size=60))
def test_a_bead_id_that_is_let_through_is_safe_as_a_branch(text: str) -> None:
    try:
        ids.check_bead_id(text)
    except UsageError:
        return
    assert ".." not in text
    assert not text.endswith((".", ".lock"))
    assert text.isascii()
    assert not set(text) & set(" /\\~^:?*[\n")


@given(NAMES, st.text(), st.integers(0, 300_000))
def test_made_ids_are_well_formed_and_not_taken(rig: str, seed: str, existing: int) -> None:
    prefix = ids.derive_prefix(rig)
    taken: set[str] = set()
    for _ in range(25):
        made = ids.make_bead_id(prefix, seed, existing, taken.__contains__)
        assert made not in taken
        assert ids.check_bead_id(made) == made
        assert made.startswith(f"{prefix}-")
        taken.add(made)


def test_ids_grow_with_the_number_of_beads() -> None:
    lengths = [ids.id_length(count) for count in (0, 163, 164, 983, 984, 5898, 5899, 10**7)]
    assert lengths == [3, 3, 4, 4, 5, 5, 6, 8]


@given(NAMES)
def test_a_derived_prefix_is_a_prefix(rig: str) -> None:
    assert ids.check_prefix(ids.derive_prefix(rig))
