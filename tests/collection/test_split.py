"""Which drawings are held out, for any collection that grows."""

from collections import Counter, defaultdict
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from recognizer.collection.split import SHARE, Placed, assign
from recognizer.collection.tables import HELD_OUT, TRAINING

Drawn = list[tuple[str, int]]  # who drew which label
drawn = st.lists(st.tuples(st.sampled_from("abcdefghijkl"), st.integers(0, 10)), max_size=80)
few = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 10)), max_size=80)


def placed(drawn: Drawn, start: int = 0) -> list[Placed]:
    return [
        Placed(f"id{start + number}", name, label, f"digest{start + number}", None)
        for number, (name, label) in enumerate(drawn)
    ]


def decided(drawings: list[Placed]) -> list[Placed]:
    sides = assign(drawings)
    return [replace(each, split=sides.get(each.id, each.split)) for each in drawings]


def sides_of(drawings: list[Placed]) -> dict[str, set[str | None]]:
    found = defaultdict(set)
    for each in drawings:
        found[each.contributor].add(each.split)
    return found


@given(st.lists(drawn, max_size=4))
def test_what_was_decided_stays(visits: list[Drawn]) -> None:
    everything: list[Placed] = []
    for visit in visits:
        before = [*everything, *placed(visit, len(everything))]
        everything = decided(before)
        assert {each.split for each in everything} <= {TRAINING, HELD_OUT}
        for old, new in zip(before, everything, strict=True):
            assert old.split in (None, new.split)
        assert assign(everything) == {}


def nobody_has_most(drawn: Drawn) -> bool:
    """Whether nobody drew more than half."""
    return max(Counter(name for name, _ in drawn).values(), default=0) <= len(drawn) / 2


@given(st.integers(20, 80), few)
def test_who_drew_most_is_not_held_out_whole(number: int, others: Drawn) -> None:
    drawings = decided(placed([*[("owner", each % 10) for each in range(number)], *others[:19]]))
    theirs = [each for each in drawings if each.contributor == "owner"]
    assert sum(each.split == HELD_OUT for each in theirs) == number // SHARE


@given(drawn)
def test_from_five_contributors_on_a_fifth_of_them_is_held_out(drawn: Drawn) -> None:
    sides = sides_of(decided(placed(drawn)))
    if len(sides) >= SHARE and nobody_has_most(drawn):
        assert sum(found == {HELD_OUT} for found in sides.values()) == len(sides) // SHARE
        assert all(len(found) == 1 for found in sides.values())


@given(drawn, drawn)
def test_it_stays_a_fifth_while_there_are_more(first: Drawn, second: Drawn) -> None:
    before = decided(placed(first))
    known, after = sides_of(before), sides_of(decided([*before, *placed(second, len(before))]))
    assume(len(known) >= SHARE)
    assume(nobody_has_most(first) and nobody_has_most([*first, *second]))
    already = sum(found == {HELD_OUT} for found in known.values())
    missing = min(len(after) // SHARE - already, len(after) - len(known))
    assert sum(found == {HELD_OUT} for found in after.values()) == already + missing


@given(drawn, drawn)
def test_nobody_new_is_on_both_sides(first: Drawn, second: Drawn) -> None:
    before = decided(placed(first))
    after = sides_of(decided([*before, *placed(second, len(before))]))
    if len(after) >= SHARE and nobody_has_most([*first, *second]):
        known = sides_of(before)
        assert all(len(found) == 1 for name, found in after.items() if len(known[name]) < 2)


@given(few)
def test_of_fewer_a_fifth_of_the_drawings_of_each_is_held_out(drawn: Drawn) -> None:
    drawings = decided(placed(drawn))
    for name in {each.contributor for each in drawings}:
        theirs = [each for each in drawings if each.contributor == name]
        assert sum(each.split == HELD_OUT for each in theirs) == len(theirs) // SHARE


@given(few, few)
def test_the_fifth_is_kept_while_they_draw(first: Drawn, second: Drawn) -> None:
    before = decided(placed(first))
    after = decided([*before, *placed(second, len(before))])
    for name, number in Counter(each.contributor for each in after).items():
        held_out = [each for each in after if each.contributor == name and each.split == HELD_OUT]
        assert len(held_out) == number // SHARE


@given(st.lists(st.integers(1, 6), min_size=11, max_size=11))
def test_it_is_spread_over_the_labels(fifths: list[int]) -> None:
    drawn = [("a", label) for label, number in enumerate(fifths) for _ in range(SHARE * number)]
    held_out = Counter(each.label for each in decided(placed(drawn)) if each.split == HELD_OUT)
    assert held_out == dict(enumerate(fifths))


@given(drawn)
def test_the_order_of_the_drawings_makes_no_difference(drawn: Drawn) -> None:
    drawings = placed(drawn)
    assert assign(drawings[::-1]) == assign(drawings)
