"""The bench measures what it says, whatever the speed of the machine."""

from functools import partial
from itertools import groupby

import pytest

from handleheap import shelf
from handleheap.lab.bench import FULL, QUICK, Row, Run, Scale, bench, compared, machine

TINY = Scale(repeats=2, million=2_000, recorded=2_000, pairs=50)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return bench(TINY)


def test_every_part_is_there(rows: list[Row]) -> None:
    assert [(part, len(list(group))) for part, group in groupby(rows, key=lambda row: row.part)] == [
        ("uniform, 2,000 ops", 1),
        ("replay git-log, 2,000 ops", len(shelf.SHELF)),
        ("churn, 1,000 live blocks", 3),
        ("churn, 10,000 live blocks", 3),
        ("compaction, 500 of 1,000 blocks freed", 2),
        ("compaction, 5,000 of 10,000 blocks freed", 2),
    ]


def test_ratios_are_against_the_first_of_a_part(rows: list[Row]) -> None:
    assert rows[0].ratio is None
    for _, group in groupby(rows[1:], key=lambda row: row.part):
        reference, *others = group
        assert reference.ratio == 1
        for row in others:
            assert row.ratio == pytest.approx(row.seconds / reference.seconds)
            assert row.per_second * row.seconds == pytest.approx(reference.per_second * reference.seconds)


def test_the_reference_of_replays_is_the_textbook_heap_with_best_fit(rows: list[Row]) -> None:
    assert rows[1].contender == "textbook, best fit"
    assert [row.contender.split(",")[0] for row in rows[1 : 1 + len(shelf.SHELF)]] == list(shelf.SHELF)
    assert rows[1].note == "0 refused"


def test_nearly_all_live_blocks_move(rows: list[Row]) -> None:
    moved = [row.note for row in rows if row.note.endswith("blocks moved")]
    assert [450 < int(note.split()[0].replace(",", "")) <= 5000 for note in moved] == [True, True]


def test_memory_does_not_grow_with_the_operations(rows: list[Row]) -> None:
    if rows[0].note:
        assert int(rows[0].note.split()[-2].replace(",", "")) < 16 << 10


def test_contenders_run_by_turns_and_the_median_counts() -> None:
    calls: list[str] = []

    def prepare(name: str) -> Run:
        def run() -> str:
            calls.append(name)
            return name

        return run

    measured = list(compared("part", {name: partial(prepare, name) for name in "ab"}, 3, 10, "ops"))
    assert calls == ["a", "b"] * 3
    assert [(row.contender, row.note) for row in measured] == [("a", "a"), ("b", "b")]


def test_progress_is_told() -> None:
    seen: list[tuple[int, int]] = []
    bench(Scale(repeats=1, million=100, recorded=100, pairs=5), lambda done, total: seen.append((done, total)))
    assert seen == [(done, 6) for done in range(6)]


def test_scales_and_machine() -> None:
    assert FULL.million == 1_000_000
    assert QUICK.million < FULL.million
    assert int(machine()["processors"]) >= 1
