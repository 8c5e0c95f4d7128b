"""The bench measures what it says, whatever the speed of the machine."""

import gc
import platform
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby, islice, pairwise
from random import Random

import pytest

from handleheap import engine, shelf
from handleheap.block import Kind
from handleheap.events import Allocated, CompactEnded, Discarded, Event, Freed, Refused, Reloaded, Resized, RungTried, TableGrew
from handleheap.lab.bench import (
    FULL,
    PARTS,
    QUICK,
    Figure,
    Measured,
    Row,
    Scale,
    bench,
    churn,
    costs,
    explanation,
    heaps,
    mac,
    machine,
    memory,
    moving,
    win16,
)
from handleheap.lab.bench import contenders as who
from handleheap.lab.bench.process import elsewhere, peak_memory
from handleheap.lab.bench.records import BARS, Remark, figure
from handleheap.lab.bench.stopwatch import Run, by_turns, compared, own, quiet, ratio
from handleheap.mac import Toolbox, maxSize

TINY = Scale(
    repeats=2,
    turns=2,
    million=2_000,
    recorded=2_000,
    pairs=50,
    lives=(30, 60),
    moving=(80,),
    slow=(40,),
    large=200,
    budget=20_000,
)
COMPILED = pytest.mark.skipif(engine != "compiled", reason="the engine is not compiled")


@pytest.fixture(scope="module")
def measured() -> dict[str, Measured]:
    return {part.name: part for part in bench(TINY)}


def tables(part: Measured) -> list[tuple[str, list[Row]]]:
    return [(title, list(group)) for title, group in groupby(part.rows, key=lambda row: row.part)]


# --- the parts -----------------------------------------------------------------------------------------------------------


def test_every_part_finds_something(measured: dict[str, Measured]) -> None:
    assert list(measured) == list(PARTS)
    assert all(part.rows or part.figures for part in measured.values() if not part.remarks)


def test_a_table_has_a_title_of_its_own(measured: dict[str, Measured]) -> None:
    titles = [title for part in measured.values() for title, _ in tables(part)]
    assert len(set(titles)) == len(titles)


def test_ratios_are_against_the_first_of_a_table(measured: dict[str, Measured]) -> None:
    for part in measured.values():
        for _, (reference, *others) in tables(part):
            assert reference.ratio in (1, None)
            for row in others:
                if row.ratio is not None:
                    assert row.ratio == pytest.approx(row.seconds / reference.seconds)
                    assert row.per_second * row.seconds == pytest.approx(reference.per_second * reference.seconds)


def test_everything_that_is_asked_is_measured(measured: dict[str, Measured]) -> None:
    found = {figure.what for part in measured.values() for figure in part.figures}
    wanted = {what for what in BARS if engine == "compiled" or "compiled" not in what}
    assert wanted <= found
    assert engine == "compiled" or not any("compiled" in what for what in found)


def test_figures_are_ratios_of_the_rows(measured: dict[str, Measured]) -> None:
    for one in (one for one in measured["pure"].figures if one.what.endswith("dict of bytes")):
        rows = [row for row in measured["pure"].rows if f" {one.blocks} live" in row.part]
        assert one.value == pytest.approx(ratio(rows, "pure heap", "dict of bytes"))


def test_sizes_without_a_bar_are_not_judged(measured: dict[str, Measured]) -> None:
    assert [figure.holds for figure in measured["pure"].figures] == [None] * 4


def test_the_reference_of_replays_is_the_textbook_heap_with_best_fit(measured: dict[str, Measured]) -> None:
    rows = measured["replay"].rows
    assert rows[0].contender == "textbook, best fit"
    assert [row.contender.split(",")[0] for row in rows] == [name for name in shelf.SHELF if name != "win16-real"]
    assert rows[0].note == "0 refused"


def test_a_heap_that_cannot_address_enough_is_left_out(measured: dict[str, Measured]) -> None:
    (remark,) = measured["replay"].remarks
    assert remark.text.startswith("win16-real: real mode addresses 1,048,576 bytes, not ")


def test_more_than_16_mb_are_too_much_for_24_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heaps, "_room", lambda trace, recycles=True: 17 << 20)
    (part,) = bench(TINY._replace(repeats=1, recorded=10), parts=["replay"])
    assert [remark.text.split(":")[0] for remark in part.remarks] == ["win16-standard", "win16-real", "mac-24"]
    assert "mac-32" in [row.contender for row in part.rows]


def test_the_textbook_heap_is_churned_and_compacted(measured: dict[str, Measured]) -> None:
    churned, compacted = tables(measured["textbook"])
    assert churned[0] == "churn, 40 live blocks"
    assert [row.contender for row in churned[1]] == ["bytearray(n)", "dict of bytes", "textbook"]
    assert compacted[0] == "compaction, 20 of 40 blocks freed"
    assert 10 < int(compacted[1][1].note.split()[0]) <= 20


@pytest.mark.parametrize("part", ["kernel", "toolbox"])
def test_every_call_has_a_peer(measured: dict[str, Measured], part: str) -> None:
    peers = {rows[0].contender.split(",")[0] for _, rows in tables(measured[part])}
    assert peers == {"textbook", "a look into a dict"}
    assert measured[part].figures == []  # of one number of blocks


def test_the_calls_of_kernel_are_there(measured: dict[str, Measured]) -> None:
    names = " ".join(row.contender for row in measured["kernel"].rows)
    calls = ["Alloc", "ReAlloc", "Lock", "Fix", "Size", "Handle", "Flags", "LRUNewest", "Discard", "DosAlloc", "Wire", "Compact"]
    assert all(f"Global{call}" in names for call in calls)


def test_the_calls_of_the_toolbox_are_there(measured: dict[str, Measured]) -> None:
    names = [row.contender for row in measured["toolbox"].rows if not row.contender.startswith(("textbook", "a look"))]
    assert names == [
        "NewPtr+DisposePtr",
        "NewHandle+DisposeHandle, rover",
        "NewHandle+DisposeHandle, first",
        "SetHandleSize, half and back",
        "SetHandleSize, larger and back",
        "HLock+HUnlock",
        "EmptyHandle+ReallocateHandle",
        "deref",
        "GetHandleSize",
        "HGetState",
        "RecoverHandle",
        "FreeMem",
        "walk",
        "heap check",
        "MaxBlock",
        "CompactMem(maxSize)",
        "MoveHHi",
        "NewPtr+DisposePtr, mixed",
    ]
    assert max(map(len, names)) <= 30  # the text has so many columns for them


@pytest.mark.parametrize(("part", "call"), [("kernel", "GlobalSize"), ("toolbox", "GetHandleSize")])
def test_the_cost_of_calls_is_compared_between_the_numbers_of_blocks(part: str, call: str) -> None:
    (found,) = bench(TINY._replace(slow=(40, 80)), parts=[part])
    assert len(found.figures) == len(found.rows) / 2
    (row, more) = (row for row in found.rows if row.contender == call)
    (one,) = (one for one in found.figures if one.what == f"{call}, 80 blocks / 40")
    assert one.value == pytest.approx(more.seconds / row.seconds)


def test_there_are_no_more_blocks_than_selectors() -> None:
    assert win16.MOST < 8_176
    for part in bench(TINY.at(1), parts=["kernel", "toolbox"]):
        assert {row.part.split()[-2] for row in part.rows} == {str(costs.SHARE)}


@pytest.mark.parametrize(("name", "moved"), [("win16-compact", (20, 10)), ("mac-compact", (20, 20))])
def test_half_of_the_blocks_slide(measured: dict[str, Measured], name: str, moved: tuple[int, int]) -> None:
    part = measured[name]
    assert [row.note for row in part.rows] == [note for n in moved for note in (f"{n} runs", f"{n} blocks moved")]
    for one, (_, rows) in zip(part.figures, tables(part), strict=True):
        assert one.value == pytest.approx(rows[1].seconds / rows[0].seconds)


def test_most_blocks_move(measured: dict[str, Measured]) -> None:
    (_, heap) = measured["pure-compact"].rows
    assert 30 <= int(heap.note.split()[0]) <= 40


def test_no_heap_refuses_in_a_tight_arena(measured: dict[str, Measured]) -> None:
    refused = [one for one in measured["tight"].figures if one.what.startswith("refused")]
    assert [(one.value, one.holds) for one in refused] == [(0, "aim")] * 2 * len(who.ENGINES)


def test_a_refusal_is_told_and_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(churn, "peak", lambda *_: 1600)
    (part,) = bench(TINY, parts=["tight"])
    assert {one.holds for one in part.figures} == {"no"}
    assert "wanted" in part.remarks[0].text or "bytes" in part.remarks[0].text
    assert part.rows == []


def test_memory_does_not_grow_with_the_operations(measured: dict[str, Measured]) -> None:
    (row,) = measured["uniform"].rows
    assert row.ratio is None
    if row.note:
        assert int(row.note.split()[-2].replace(",", "")) < 16 << 10


def test_the_import_loads_no_numpy(measured: dict[str, Measured]) -> None:
    assert [one.value for one in measured["import"].figures if "numpy" in one.what] == [0] * len(who.ENGINES)


def test_state_is_worst_while_it_grows(measured: dict[str, Measured]) -> None:
    for steady, worst in zip(*[iter(measured["state"].figures)] * 2, strict=True):
        assert 0 < steady.value <= worst.value


@COMPILED
def test_no_step_is_longer_than_the_longest(measured: dict[str, Measured]) -> None:
    p99, _, longest, first, worst = (one.value for one in measured["steps"].figures)
    assert 0 < p99 <= longest <= worst
    assert first <= longest


def test_both_caches_are_there(measured: dict[str, Measured]) -> None:
    assert {row.contender for row in measured["cache"].rows} == {"cachetools.LRUCache", "BlobCache"}


# --- what is not there ---------------------------------------------------------------------------------------------------


def test_without_a_compiler_there_are_remarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(who, "COMPILED", None)
    monkeypatch.setattr(who, "ENGINES", {"pure": who.PURE})
    for part in bench(TINY, parts=["churn", "compact", "steps", "settled", "view", "growth"]):
        assert not [row for row in part.rows if "compiled" in row.part + row.contender]
        assert not [one for one in part.figures if "compiled" in one.what]
        if part.name in ("churn", "compact", "steps"):
            assert {remark.text for remark in part.remarks} == {"the engine is not compiled"}


def test_a_missing_library_leaves_its_contender_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(churn, "find_spec", lambda name: None)
    monkeypatch.setattr(memory, "find_spec", lambda name: None)
    for part in bench(TINY, parts=["churn", "cache"]):
        assert not {"numpy.empty", "cachetools.LRUCache"} & {row.contender for row in part.rows}
        assert part.remarks or engine == "pure"


# --- parts and progress --------------------------------------------------------------------------------------------------


def test_parts_can_be_chosen_and_keep_their_order() -> None:
    assert [part.name for part in bench(TINY, parts=["import", "settled", "import"])] == ["settled", "import"]


def test_one_number_of_blocks_for_all() -> None:
    rows = bench(TINY.at(50), parts=["pure"])[0].rows
    assert {row.part for row in rows} == {"alloc+free, pure, 50 live blocks"}


def test_progress_is_told() -> None:
    seen: list[tuple[int, int]] = []
    bench(TINY, lambda done, total: seen.append((done, total)), ["pure", "view"])
    assert seen == [(0, 3), (1, 3), (2, 3)]


def test_every_part_is_explained() -> None:
    titles = [explanation(name) for name in PARTS]
    assert all(title and words.endswith(".") for title, words in titles)
    assert len({title for title, _ in titles}) == len(PARTS)


def test_scales_and_machine() -> None:
    assert FULL.million == 1_000_000
    assert max(QUICK.lives) < max(FULL.lives)
    where = machine()
    assert int(where["processors"]) >= 1
    assert where["engine"] == engine
    assert not platform.node() or platform.node() not in str(list(where.values()))
    assert "/" not in str(list(where.values()))


# --- bars ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "blocks", "value", "holds"),
    [
        ("alloc+free, compiled / two no-op calls", 1_000, 1.15, "aim"),
        ("alloc+free, compiled / two no-op calls", 1_000, 1.5, "yes"),
        ("alloc+free, compiled / two no-op calls", 1_000, 1.51, "no"),
        ("alloc+free, compiled / two no-op calls", 1_000_000, 1.51, "aim"),
        ("alloc+free, compiled / two no-op calls", 2_000, 0.1, None),
        ("alloc+free, multiprocessing.heap / pure", 1_000, 15, "aim"),
        ("alloc+free, multiprocessing.heap / pure", 1_000, 8, "yes"),
        ("alloc+free, multiprocessing.heap / pure", 1_000, 7.9, "no"),
        ("nothing to move, pure", 77, 0.5, "aim"),
        ("refused at 1.1 x peak, pure", 77, 1, "no"),
        ("something else", None, 1, None),
    ],
)
def test_bars(what: str, blocks: int | None, value: float, holds: str | None) -> None:
    one = figure("part", what, value, "x", blocks)
    assert one.holds == holds
    assert (one.must is None) == (one.aim is None) == (holds is None)


# --- the stopwatch -------------------------------------------------------------------------------------------------------


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


def test_all_do_the_same_work() -> None:
    done: list[tuple[str, int]] = []
    contenders: dict[str, Callable[[int], None]] = {name: partial(lambda name, n: done.append((name, n)), name) for name in "ab"}
    by_turns("part", contenders, [1, 2], 10, "ops")
    assert done == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_the_garbage_collector_waits_outside() -> None:
    seen: list[bool] = []

    def fail() -> None:
        with quiet():
            seen.append(gc.isenabled())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [*seen, gc.isenabled()] == [False, True]
    assert gc.get_freeze_count() == 0


def test_a_copy_of_a_function_has_code_of_its_own() -> None:
    add = 1

    def function(n: int, by: int = 2) -> int:
        return n * by + add

    copy = own(function)
    assert copy(20) == function(20) == 41
    assert copy.__code__ is not function.__code__  # type: ignore[attr-defined]


# --- contenders ----------------------------------------------------------------------------------------------------------


def test_no_two_plans_are_alike() -> None:
    first, second = islice(who.plans(Random(1), 50, 100, who.small), 2)
    assert first != second
    assert first == next(who.plans(Random(1), 50, 100, who.small))
    assert {i for i, _ in first} <= set(range(50))


def test_sizes() -> None:
    random = Random(1)
    small = [who.small(random) for _ in range(20_000)]
    assert (min(small), max(small)) == (16, 1024)
    wide = [who.wide(random) for _ in range(20_000)]
    assert 16 <= min(wide) < 20
    assert 60_000 < max(wide) <= 65536
    assert 0.45 < sum(size < 1024 for size in wide) / len(wide) < 0.55


@pytest.mark.parametrize("name", who.ENGINES)
def test_a_plan_leaves_blocks_of_its_sizes(name: str) -> None:
    sizes = [who.small(Random(i)) for i in range(50)]
    plan = next(who.plans(Random(2), 50, 200, who.small))
    with who.filled(who.ENGINES[name], sizes) as (heap, handles):
        assert all(set(heap.view(handle).tobytes()) == {255} for handle in handles)
        who.churn(heap, handles, plan)
        for i, size in plan:
            sizes[i] = size
        assert [heap.length(handle) for handle in handles] == sizes
        heap.check()


@pytest.mark.parametrize("make", [who.bytearrays, who.dictionary, who.arrays, who.malloc, who.shared, who.textbook])
def test_peers_play_plan_after_plan(make: who.Make) -> None:
    work = who.plans(Random(2), 20, 100, who.small)
    with make([1000] * 20) as play:
        for plan in islice(work, 3):
            play(plan)


def test_all_contenders_are_warmed_up_alike() -> None:
    played: dict[str, list[who.Plan]] = {"a": [], "b": []}

    @contextmanager
    def make(name: str, sizes: Sequence[int]) -> Iterator[who.Play]:
        played[name].append([(-1, size) for size in sizes])
        yield played[name].append

    rows = who.churned("part", {name: partial(make, name) for name in played}, 100, 50, 4)
    assert played["a"] == played["b"]
    assert sum(len(plan) for plan in played["a"][1:]) == 100 * who.WARM + 50 + 4 * 50
    assert [row.contender for row in rows] == ["a", "b"]


def test_the_peak_is_the_peak() -> None:
    now: list[int] = []
    most = 0

    def play(plan: who.Plan) -> None:
        nonlocal most
        for i, size in plan:
            now[i] = size
            most = max(most, sum(-(-size // 16) * 16 for size in now))

    @contextmanager
    def make(sizes: Sequence[int]) -> Iterator[who.Play]:
        now.extend(sizes)
        play([])
        yield play

    who.churned("part", {"probe": make}, 20, 30, 2)
    assert churn.peak(20, 30, 2) == most


@pytest.mark.parametrize("name", who.ENGINES)
def test_half_of_the_blocks_are_freed_and_all_were_written(name: str) -> None:
    with moving.half_freed(who.ENGINES[name], 100) as (heap, handles, span):
        assert len(heap) == len(handles) == 50
        assert set(heap.arena.view(0, span)) == {255}
        assert who.top(heap, handles) <= span
        assert heap.compact().moves > 0


def test_the_calls_of_kernel_do_what_their_names_say() -> None:
    told: list[Event] = []
    calls = win16.Calls(TINY, 80)
    calls.kernel.heap.tap = told.append
    for table in (calls.fixing, calls.allocating):
        table()
        assert {type(event) for event in told} >= {Allocated, Freed}
        assert not any(isinstance(event, Refused) for event in told)
    told.clear()
    calls.resizing()
    places = [(event.old_base == event.base, event.size) for event in told if isinstance(event, Resized)]
    assert places.count((False, costs.LARGE)) == calls.calls * TINY.turns
    assert not places.count((True, costs.LARGE))
    told.clear()
    calls.discarding()
    done = [type(event) for event in told if not isinstance(event, RungTried)]
    assert done == [Discarded, Reloaded] * calls.calls * TINY.turns
    calls.locking()
    calls.asking()
    calls.looking()
    calls.kernel.check()
    assert len({*calls.fixed, *calls.movable, *calls.discardable, *calls.resized}) == 40
    assert not any(block.locks for block in calls.kernel.walk())
    assert sum(bool(block.handle) for block in calls.kernel.walk()) == 80


def test_the_calls_of_the_toolbox_do_what_their_names_say() -> None:
    told: list[Event] = []
    calls = mac.Calls(TINY, 80)
    calls.toolbox.tap = told.append
    for table in (calls.fixing, calls.allocating):
        table()
        kinds = {type(event) for event in told}
        assert kinds >= {Allocated, Freed}
        assert not kinds & {Refused, TableGrew, Discarded}
    assert all(event.found for event in told if isinstance(event, RungTried))
    told.clear()
    calls.resizing()
    rungs_apart = [event for event in told if not isinstance(event, RungTried)]
    done = [(before, event) for before, event in pairwise(rungs_apart) if isinstance(event, Resized)]
    assert all(event.old_base == event.base for _, event in done)
    larger = [type(before) for before, event in done if event.length == costs.LARGE]
    assert larger == [CompactEnded] * calls.calls * TINY.turns  # those behind have moved away
    assert len(done) == 4 * len(larger)
    told.clear()
    calls.emptying()
    emptied = [type(event) for event in told if not isinstance(event, RungTried)]
    assert emptied == [Discarded, Reloaded] * calls.calls * TINY.turns


def test_the_turns_of_the_toolbox_leave_the_zone_as_full_as_it_was() -> None:
    calls = mac.Calls(TINY, 80)
    for table in calls.tables():
        table()
        for filled in (calls.filled, calls.first):
            filled.toolbox.check()
            blocks = [block for block in filled.toolbox.zone().walk() if block.handle]
            assert [sum(block.kind is kind for block in blocks) for kind in (Kind.FIXED, Kind.MOVABLE)] == [10, 70]
            assert not any(block.locks for block in blocks)
            handles = {*filled.pointers, *filled.movable, *filled.resized, *filled.purgeable}
            assert len(handles & {block.handle for block in blocks}) == 40


def test_no_call_of_the_toolbox_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are codes, which nobody looks at while the clock runs."""
    codes: set[int] = set()
    done = Toolbox._done

    def told(toolbox: Toolbox, code: int, *rest: int, **named: int) -> int:
        codes.add(code)
        return done(toolbox, code, *rest, **named)

    monkeypatch.setattr(Toolbox, "_done", told)
    list(mac.Calls(TINY, 80).rows())
    mac.half_freed(24, 40).CompactMem(maxSize)
    assert codes == {0}


def test_the_application_zone_has_three_times_the_live_bytes() -> None:
    calls = mac.Calls(TINY, 800)
    live, zone = sum(calls.sizes), calls.toolbox.zone()
    assert 2.8 < (zone.end - zone.first) / live < 3.2
    assert len(zone.spare_masters()) >= calls.few


@pytest.mark.parametrize("mode", ["enhanced", "standard"])
def test_blocks_and_holes_take_turns_in_windows(mode: str) -> None:
    kernel = win16.half_freed(mode, 40)
    kinds = [block.kind for block in kernel.walk() if block.kind is not Kind.TABLE]
    assert kinds == [Kind.FREE, Kind.MOVABLE] * 20 + [Kind.FREE]
    assert len(kernel.plan()) == 20


@pytest.mark.parametrize("bits", mac.FITTING)
def test_blocks_and_holes_take_turns_on_the_mac(bits: int) -> None:
    live = mac.FITTING[bits]
    toolbox = mac.half_freed(bits, live)
    kinds = [block.kind for block in toolbox.zone().walk() if block.kind is not Kind.TABLE]
    assert kinds == [Kind.FREE, Kind.MOVABLE] * (live // 2) + [Kind.FREE]
    assert len(toolbox.plan()) == live // 2


# --- processes -----------------------------------------------------------------------------------------------------------


def test_another_interpreter_finds_what_this_one_does() -> None:
    assert elsewhere("import handleheap\nresult = [handleheap.__file__, *arguments]", 1, "a")[1:] == [1, "a"]


def test_a_failure_elsewhere_is_one_here() -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        elsewhere("result = 1 / 0")
    assert "ZeroDivisionError" in caught.value.__notes__[0]


def test_peak_memory_is_that_of_this_process_only() -> None:
    here = peak_memory()
    if here:
        block = bytearray(b"x") * (64 << 20)
        assert peak_memory() >= here
        there = elsewhere("from handleheap.lab.bench.process import peak_memory\nresult = peak_memory()")
        assert 0 < there < peak_memory() or len(block) == 0


def test_records_are_plain() -> None:
    assert Figure._fields == ("part", "what", "blocks", "value", "unit", "must", "aim", "at_least", "holds")
    assert Remark._fields == ("part", "text")
