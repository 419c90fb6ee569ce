"""Who stands where on the wall, as tables: order, groups, pages, chips, movement, jump labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gastown_tui.core.evidence import AgentState, Light
from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.tui import commands
from gastown_tui.tui.viewmodels import wall
from gastown_tui.tui.viewmodels.arrange import Order, WallSettings, arranged, checked, let_through, settled
from gastown_tui.tui.viewmodels.filters import parse
from gastown_tui.tui.viewmodels.jump import labelled, labels
from gastown_tui.tui.viewmodels.wall import Plan, plan_wall

NOW = 1_764_000_000.0
LETTER = {
    "w": AgentState.WORKING,
    "n": AgentState.PERMISSION,
    "x": AgentState.DEAD,
    "s": AgentState.STALLED,
    "d": AgentState.DONE,
    "i": AgentState.IDLE,
}


@pytest.fixture
def snapshot(make_town: Callable[..., object]) -> TownSnapshot:
    return make_town().snapshot_now  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def town_of(snapshot: TownSnapshot) -> Callable[[str], TownSnapshot]:
    """`a:w b:n` is a town with a working and an asking agent in one rig."""
    one = snapshot.agents[2]

    def make(words: str) -> TownSnapshot:
        agents = []
        for index, word in enumerate(words.split()):
            name, _, letter = word.partition(":")
            verdict = replace(one.verdict, state=LETTER[letter or "w"], since=NOW - 100 + index)
            agents.append(replace(one, address=f"mines/polecats/{name}", name=name, pane=f"%{index}", verdict=verdict, bead=""))
        return replace(snapshot, agents=tuple(agents))

    return make


def names(order: Order) -> str:
    return " ".join(slot.agent.rsplit("/", 1)[-1] for slots in order.values() for slot in slots)


@pytest.mark.parametrize(
    ("towns", "looked_at", "expected"),
    [
        (["a b c"], "", "a b c"),
        (["a:i b:w c:d d:x e:n"], "", "e d c b a"),
        (["a:n b:s c:x"], "", "a b c"),
        # Who asks goes to the front and comes back before the others of its class: nobody else moves twice.
        (["a b c d", "a b:n c d"], "", "b a c d"),
        (["a b c d", "a b:n c d", "a b c d"], "", "b a c d"),
        (["a b c d", "a b c:n d", "a b:n c:n d"], "", "c b a d"),
        # The order within a class is that of arrival, whatever the age of a state says later.
        (["a:n b:n", "b:n a:n"], "", "a b"),
        # Under the cursor nothing moves, neither by itself nor because of the others.
        (["a b c d", "a b c:n d"], "c", "a b c d"),
        (["a b c d", "a b c:n d", "a b c:n d"], "c", "a b c d"),
        (["a b c d", "a b c d:n"], "b", "d b a c"),
        (["a b c d", "a b:n c d:n"], "b", "d b a c"),
        # Newcomers take the place of who left, else the end; without newcomers the last one fills the gap.
        (["a b c", "a c x"], "", "a x c"),
        (["a b c", "a c"], "", "a c"),
        (["a b c d", "a c d"], "", "a d c"),
        (["a b", "a b c"], "", "a b c"),
    ],
)
def test_the_order_changes_only_with_the_class(
    town_of: Callable[[str], TownSnapshot], towns: list[str], looked_at: str, expected: str
) -> None:
    order: Order = {}
    for words in towns:
        order = arranged(town_of(words), WallSettings(), order, f"mines/polecats/{looked_at}" if looked_at else "")
    assert names(order) == expected


def test_who_leaves_the_cursor_moves_then(town_of: Callable[[str], TownSnapshot]) -> None:
    order = arranged(town_of("a b c d"), WallSettings(), {})
    order = arranged(town_of("a b c:n d"), WallSettings(), order, "mines/polecats/c")
    assert names(arranged(town_of("a b c:n d"), WallSettings(), order, "mines/polecats/a")) == "a c b d"
    assert names(arranged(town_of("a b c:n d"), WallSettings(), order)) == "c a b d"


def test_by_place_no_state_moves_anybody(town_of: Callable[[str], TownSnapshot]) -> None:
    by_place = WallSettings(sort="place")
    order = arranged(town_of("b:n a c:x"), by_place, {})
    assert names(order) == "a b c"
    assert names(arranged(town_of("b a:n c"), by_place, order)) == "a b c"


def test_pins_stand_first_in_their_own_order_and_stay(town_of: Callable[[str], TownSnapshot]) -> None:
    pinned = WallSettings().pinned(["mines/polecats/c"]).pinned(["mines/polecats/b"])
    order = arranged(town_of("a b c d"), WallSettings(), {})
    order = arranged(town_of("a b c d"), pinned, order)
    assert names(order) == "c b a d"
    assert names(arranged(town_of("a:n b:n c d"), pinned, order)) == "c b a d"
    again = pinned.pinned(["mines/polecats/c"])
    assert again.pins == ("mines/polecats/b",)
    assert names(arranged(town_of("a b c d"), again, order)) == "b c a d"


def test_tiles_keep_their_places() -> None:
    table = [
        ("abc", "abc", "abc"),
        ("abcd", "abc", "abcd"),
        ("acd", "abc", "adc"),
        ("ac", "abc", "ac"),
        ("bc", "abc", "cb"),
        ("bcde", "abc", "dbce"),
        ("", "abc", ""),
        ("abc", "", "abc"),
    ]
    for wanted, held, expected in table:
        assert "".join(settled(list(wanted), list(held))) == expected, (wanted, held)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("rig", ["mines", "town"]),
        ("role", ["polecat", "crew", "mayor"]),
        ("convoy", ["cv-1", "no convoy"]),
        ("none", ["everybody"]),
    ],
)
def test_groups(snapshot: TownSnapshot, group: str, expected: list[str]) -> None:
    order = arranged(snapshot, WallSettings(group=group), {})
    assert list(order) == expected
    assert sorted(slot.agent for slots in order.values() for slot in slots) == sorted(one.address for one in snapshot.agents)


def test_the_filter_hides_and_moves_nobody(snapshot: TownSnapshot) -> None:
    order = arranged(snapshot, WallSettings(), {})
    assert let_through(snapshot, order, parse("")) is order
    assert names(let_through(snapshot, order, parse("state:working"))) == "dag nux"
    assert names(let_through(snapshot, order, parse("convoy:cv-1"))) == "toast slit dag nux"
    assert let_through(snapshot, order, parse("nobody-at-all")) == {}


def test_settings_from_an_old_or_broken_file() -> None:
    assert checked("M", "attention", "rig", "", "") == WallSettings()
    assert checked("XXL", "?", "moon", "state:nonsense", "a  b a") == WallSettings(pins=("a", "b"))
    assert checked("S", "place", "convoy", "state:needs", "a") == WallSettings("S", "place", "convoy", "state:needs", ("a",))
    assert [WallSettings().cycled("density").density, WallSettings("L").cycled("density").density] == ["L", "S"]
    assert WallSettings().cycled("sort").sort == "place"
    assert WallSettings().cycled("group").group == "role"


# Pages


def plan_of(snapshot: TownSnapshot, width: int, height: int, density: str = "M", selected: str = "", page: int = 0) -> Plan:
    return plan_wall(snapshot, arranged(snapshot, WallSettings(), {}), density, width, height, selected, page)


@pytest.mark.parametrize(("width", "height"), [(79, 27), (133, 38), (60, 10), (79, 9), (40, 3), (243, 60), (38, 5)])
@pytest.mark.parametrize("density", ["S", "M", "L"])
@pytest.mark.parametrize("count", [0, 1, 3, 4, 12, 70])
def test_everyone_is_on_each_page_and_no_tiles_overlap(
    make_crowd: Callable[[int], object], width: int, height: int, density: str, count: int
) -> None:
    snapshot: TownSnapshot = make_crowd(count).snapshot_now  # type: ignore[attr-defined]
    plan = plan_of(snapshot, width, height, density)
    everybody = sorted(agent.address for agent in snapshot.agents if agent.role != "mayor")
    wanting = sorted(one for one in everybody if density == "S" or wall.wants_tile(_find(snapshot, one)))
    assert sorted(plan.tiles) == wanting
    for page in plan.pages:
        shown = [place.agent for district in page for place in district.places] + [chip for one in page for chip in one.chips]
        assert sorted(shown) == everybody
        taken: set[tuple[int, int]] = {(x, district.y) for district in page for x in range(width)}
        for place in (place for district in page for place in district.places):
            cells = {(x, y) for x in range(place.x, place.x + place.width) for y in range(place.y, place.y + place.height)}
            assert cells
            assert not cells & taken
            assert all(0 <= x < width and 0 <= y < max(height, 3) for x, y in cells)
            taken |= cells


def _find(snapshot: TownSnapshot, address: str) -> AgentView:
    return next(agent for agent in snapshot.agents if agent.address == address)


@pytest.mark.parametrize(
    ("density", "width", "columns"),
    [("M", 38, 1), ("M", 66, 2), ("M", 79, 2), ("M", 133, 3), ("M", 243, 5), ("L", 79, 1), ("L", 133, 2), ("S", 60, 1), ("S", 79, 2), ("S", 133, 3)],
)  # fmt: skip
def test_columns_by_width(density: str, width: int, columns: int) -> None:
    assert wall.columns_of(density, width) == columns


def test_pages_of_a_crowd(make_crowd: Callable[[int], object]) -> None:
    snapshot: TownSnapshot = make_crowd(70).snapshot_now  # type: ignore[attr-defined]
    plan = plan_of(snapshot, 79, 27)
    first = [_find(snapshot, place.agent).verdict.light.value for place in plan.places]
    assert first == ["needs"] * 6
    assert len({place.agent.split("/")[0] for place in plan.places}) == 3, "each rig has a tile on the first page"
    assert len(plan.pages) == -(-len(plan.tiles) // 6)
    last = plan.pages[-1]
    there = plan_of(snapshot, 79, 27, selected=last[0].places[0].agent if last[0].places else plan.tiles[-1])
    assert there.at == len(plan.pages) - 1
    assert plan_of(snapshot, 79, 27, selected="nobody", page=3).at == 3
    assert plan_of(snapshot, 79, 27, selected="nobody", page=99).at == len(plan.pages) - 1
    sizes = {place.height for page in plan.pages for district in page for place in district.places}
    assert max(sizes) - min(sizes) <= 1, "a page with few tiles does not blow them up"


def test_a_small_town_fills_the_wall(snapshot: TownSnapshot) -> None:
    plan = plan_of(snapshot, 79, 27)
    assert len(plan.pages) == 1
    assert [(place.agent.rsplit("/", 1)[-1], place.x, place.width) for place in plan.places] == [
        ("toast", 0, 39),
        ("slit", 40, 39),
        ("dag", 0, 39),
        ("nux", 40, 39),
    ]
    assert sum(place.height for place in plan.places if place.x == 0) == 26
    assert plan.districts[0].chips == ("mines/crew/max",)


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (6, 3), (7, 3), (8, 3), (9, 3)])
def test_columns_leave_few_empty_places(town_of: Callable[[str], TownSnapshot], count: int, columns: int) -> None:
    plan = plan_of(town_of(" ".join("abcdefghi"[:count])), 133, 38)
    assert len({place.x for place in plan.places}) == columns


@pytest.mark.parametrize("size", [(79, 24), (143, 36), (143, 28)])
def test_the_urgent_come_on_the_earliest_pages(make_crowd: Callable[[int], object], size: tuple[int, int]) -> None:
    snapshot: TownSnapshot = make_crowd(80).snapshot_now  # type: ignore[attr-defined]
    asking = {agent.address for agent in snapshot.agents if agent.verdict.light is Light.NEEDS}
    plan = plan_wall(snapshot, arranged(snapshot, WallSettings(), {}), "M", *size)
    pages = [{place.agent for district in page for place in district.places} for page in plan.pages]
    fewest = -(-len(asking) // len(pages[0]))
    assert asking <= set().union(*pages[: fewest + 1]), "each rig may leave a part of a line empty"


def test_many_rigs_share_a_line(snapshot: TownSnapshot) -> None:
    rigs = tuple(replace(snapshot.rigs[0], name=f"rig{index}") for index in range(12))
    one = snapshot.agents[2]
    agents = tuple(replace(one, address=f"rig{index}/polecats/a", rig=f"rig{index}", pane=f"%{index}") for index in range(12))
    plan = plan_of(replace(snapshot, rigs=rigs, agents=agents), 79, 27)
    assert [bool(district.name) for district in plan.districts] == [True] * len(plan.districts[:-1]) + [False]
    assert len(plan.places) == 2
    assert len(plan.pages) == 6
    assert sorted(plan.tiles) == sorted(agent.address for agent in agents)


def test_moving_over_pages(make_crowd: Callable[[int], object]) -> None:
    snapshot: TownSnapshot = make_crowd(12).snapshot_now  # type: ignore[attr-defined]
    order = arranged(snapshot, WallSettings(group="none"), {})
    plan = plan_wall(snapshot, order, "M", 79, 17)
    tiles = plan.tiles
    assert [len([place for district in page for place in district.places]) for page in plan.pages] == [4, 4, 3]
    table = [
        (0, (1, 0), 1),
        (0, (-1, 0), None),
        (1, (1, 0), None),
        (0, (0, 1), 2),
        (2, (0, 1), 4),
        (3, (0, 1), 5),
        (4, (0, -1), 2),
        (0, (0, -1), None),
    ]
    for here, (right, down), there in table:
        at = plan_wall(snapshot, order, "M", 79, 17, tiles[here])
        assert at.beside(tiles[here], right, down) == ("" if there is None else tiles[there]), (here, right, down)
    assert plan.beside("nobody", 0, 1) == tiles[0]


def test_the_line_over_a_district(make_crowd: Callable[[int], object]) -> None:
    snapshot: TownSnapshot = make_crowd(70).snapshot_now  # type: ignore[attr-defined]
    plan = plan_of(snapshot, 79, 27)
    district = plan.districts[0]
    row = wall.district_head(snapshot, district, WallSettings(), NOW, 79)
    words = row.plain()
    assert words.startswith("mines rig  → main, dial ask  2 ready")
    chips = words.count("▲") + words.count("◔") + words.count("×")
    assert chips
    assert words.endswith(f"+{len(district.chips) - chips}"), "as many chips as fit, and how many others"
    assert sum(len(text) for text, _ in (*row.left, *row.right)) <= 77
    start = 79 - 1 - sum(len(text) for text, _ in row.right)
    assert wall.chip_at(row, district.chips, 79, start) == district.chips[0]
    assert wall.chip_at(row, district.chips, 79, 2) == ""
    wide = wall.district_head(snapshot, district, WallSettings(), NOW, 200)
    at = 200 - 1 - sum(len(text) for text, _ in wide.right)
    second = at + sum(len(text) for text, _ in wide.right[:4])
    assert wall.chip_at(wide, district.chips, 200, second) == district.chips[1]


@pytest.mark.parametrize(
    ("settings", "zoomed", "said"),
    [
        (WallSettings(), False, None),
        (WallSettings(filter="state:needs"), False, "/ state:needs  7 of 23   esc all"),
        (WallSettings("S", "place", "role"), False, "  v S  V by role  S by name, nobody moves"),
        (WallSettings("S"), True, "  z back to the wall"),
    ],
)
def test_the_line_over_the_wall(settings: WallSettings, zoomed: bool, said: str | None) -> None:
    row = wall.wall_bar(settings, Plan(), 7, 23, is_zoomed=zoomed)
    assert (row.plain() if row else None) == said
    pages = wall.wall_bar(settings, Plan(((), (), ()), 1), 7, 23, is_zoomed=zoomed)
    assert pages is not None
    assert ("page 2 of 3" in pages.plain()) is not zoomed


@pytest.mark.parametrize("count", [0, 1, 26, 27, 300])
def test_labels_are_short_different_and_none_begins_another(count: int) -> None:
    found = labels(count)
    assert len(set(found)) == count
    assert {len(label) for label in found} <= ({1} if count <= 26 else {2})
    assert list(labelled(["x", "y"])) == ["a", "s"]


def test_the_line_over_the_wall_names_the_keys_of_now(make_crowd: Callable[[int], object]) -> None:
    snapshot: TownSnapshot = make_crowd(80).snapshot_now  # type: ignore[attr-defined]
    plan = plan_wall(snapshot, arranged(snapshot, WallSettings(), {}), "M", 80, 30)
    settings = WallSettings("S", "place", "role", "nux")
    commands.use({"town.density": ("D",), "town.sort": ("f5",), "wall.next_page": ("N",), "app.back": ("B",)})
    try:
        row = wall.wall_bar(settings, plan, 1, 80, is_zoomed=False)
    finally:
        commands.use({})
    assert row is not None
    assert row.plain() == f"/ nux  1 of 80   B all  D S  V by role  F5 by name, nobody moves  [ N page 1 of {len(plan.pages)}"


def test_beside_other_rigs_equal_names_are_told_apart(make_crowd: Callable[[int], object]) -> None:
    snapshot: TownSnapshot = make_crowd(80).snapshot_now  # type: ignore[attr-defined]
    for group, has_rig in (("rig", False), ("role", True), ("none", True)):
        settings = WallSettings(group=group)
        plan = plan_wall(snapshot, arranged(snapshot, settings, {}), "M", 79, 24)
        heads = [wall.district_head(snapshot, one, settings, NOW, 79).plain() for one in plan.districts]
        assert any("mines/" in words or "beads/" in words for words in heads) is has_rig
        assert not any("mayor" in words for words in heads), "it is docked, and nobody else is of its role"
