"""Traces played on heaps: every byte verified, every refusal counted, and the figures that are published."""

import pytest

from handleheap import shelf
from handleheap.errors import HeapCorrupt
from handleheap.events import Allocated, Recorder
from handleheap.lab.workloads import load, workload
from handleheap.metrics import measure
from handleheap.replay import Refusal, Replay, contents
from handleheap.textbook import LADDER, NEVER_COMPACT, Textbook, search
from handleheap.torture import Torture
from handleheap.trace import Trace

from .heaps import make


def trace(*ops, name="test"):
    """A trace from lines like "a 0 100"."""

    def parsed(op):
        verb, *numbers = op.split()
        key, size = [*map(int, numbers), 0, 0][:2]
        return verb, key, size

    return Trace.build(map(parsed, ops), name=name)


def play(heap, *ops, **options):
    return Replay(trace(*ops), heap, **options).run()


# --- contents ------------------------------------------------------------------------------------------------------------


def test_contents_belong_to_their_block():
    assert contents(3, 0) == b""
    assert len(contents(3, 1000)) == 1000
    assert len({contents(key, 16) for key in range(20_000)}) == 20_000
    assert contents(3, 200_000)[:70_000] == contents(3, 70_000)
    assert contents(3, 16) * 2 != contents(3, 32)


class Spoils(Textbook):
    """Changes one bit of the block with handle 1 as soon as the third block comes."""

    def alloc(self, n, **options):
        handle = super().alloc(n, **options)
        if handle == 3:
            block = self.info(1)
            self.arena.poke(block.body + block.length - 1, 1, self.arena.peek(block.body + block.length - 1, 1) ^ 0x10)
        return handle


@pytest.mark.parametrize(
    ("ops", "operation"),
    [
        (["f 0", "a 9 10"], 4),
        (["a 9 10", "r 0 200", "a 8 8"], 5),
        (["a 9 10", "r 0 100", "a 8 8"], 5),
        (["r 0 60", "a 9 10"], None),
        (["r 0 99", "f 0"], None),
        (["a 9 10"], 4),
    ],
)
def test_one_wrong_bit_is_found_at_free_at_resize_or_at_the_end(ops, operation):
    """The last bit of 100 bytes is wrong; who shrinks the block first has thrown the bit away and finds nothing."""
    replay = Replay(trace("a 0 100", "a 1 10", "a 2 10", *ops), Spoils(1024))
    if operation is None:
        assert replay.run().refused == 0
        return
    with pytest.raises(HeapCorrupt, match=r"contents survive: block 0 \(handle 0x1\) holds other bytes") as caught:
        replay.run()
    assert f"at operation {operation} of test" in str(caught.value)


def test_a_heap_that_hands_out_the_same_memory_twice_is_found():
    class Twice(Textbook):
        def info(self, handle):
            block = super().info(handle)
            return block._replace(base=0, body=0) if handle == 2 else block

    with pytest.raises(HeapCorrupt, match="block 0"):
        play(Twice(1024), "a 0 40", "a 1 40", "f 0")


def test_a_heap_that_loses_contents_on_compaction_is_found():
    class MovesNoBytes(Textbook):
        def commit(self, moves):
            before = bytes(self.arena.memory)
            super().commit(moves)
            self.arena.memory[:] = before

    with pytest.raises(HeapCorrupt, match="block 1"):
        play(MovesNoBytes(1024), "a 0 40", "a 1 40", "f 0", "c")


# --- what is refused -----------------------------------------------------------------------------------------------------


def test_a_refused_block_is_skipped_for_good():
    heap = Textbook(256, tap=(recorder := Recorder()))
    result = play(heap, "a 0 100", "a 1 500", "l 1", "t 1", "u 1", "d 1", "r 1 20", "r 1 30", "f 1", "a 2 16", "f 0", "f 2")
    assert (result.refused, result.ops, result.live_at_end) == (1, 12, 0)
    assert result.first_refusal == Refusal(op=2, wanted=512, free=144, largest_free=144)
    assert [event.length for event in recorder.events if isinstance(event, Allocated)] == [100, 16]
    assert list(heap.walk()) == list(Textbook(256).walk())


def test_an_id_that_was_refused_may_be_allocated_again():
    result = play(Textbook(256), "a 0 500", "f 0", "a 0 100", "r 0 120")
    assert (result.refused, result.live_at_end) == (1, 120)


def test_a_refused_resize_keeps_the_block():
    heap = Textbook(256)
    replay = Replay(trace("a 0 100", "a 1 50", "r 0 200", "r 0 110", "f 1"), heap)
    result = replay.run(until=3)
    assert (result.refused, result.first_refusal.op, result.live_at_end) == (1, 3, 150)
    assert heap.length(1) == 100
    assert replay.run().live_at_end == 110


def test_every_refusal_counts_and_the_first_is_kept():
    result = play(Textbook(128), "a 0 200", "a 1 300", "a 2 64", "r 2 1000", "a 3 400")
    assert (result.refused, result.first_refusal.op, result.first_refusal.wanted) == (4, 1, 208)
    assert play(Textbook(128), "a 0 100").first_refusal is None


@pytest.mark.parametrize("name", list(shelf.SHELF))
def test_ten_gigabytes_are_refused_and_nobody_else_notices(name):
    lines = ["a 0 1000", "a 1 300", "d 0", "f 1"]
    alone, disturbed = make(name, 20_000), make(name, 20_000)
    play(alone, *lines)
    result = play(disturbed, *lines[:3], "a 2 10000000000", "r 0 10000000000", "r 2 99", "f 2", *lines[3:])
    assert result.refused == 2
    assert result.discards == result.moves == result.compactions == 0
    assert [b[:6] for b in disturbed.walk()] == [b[:6] for b in alone.walk()]
    assert disturbed.discarded() == []


# --- realloc is four functions in one ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(shelf.SHELF))
@pytest.mark.parametrize(
    ("ops", "live"),
    [
        (["r 0 100"], 100),
        (["r 0 0"], 0),
        (["a 0 100", "r 0 50"], 50),
        (["a 0 100", "r 0 400"], 400),
        (["a 0 100", "r 0 0"], 0),
        (["a 0 100", "r 0 0", "r 0 70"], 70),
        (["a 0 100", "r 0 0", "f 0"], 0),
        (["a 0 100", "f 0", "a 0 30"], 30),
        (["f -1", "a 0 10", "f -1"], 10),
        (["a 0 0", "r 0 40", "a 1 0", "f 1"], 40),
        (["a 0 40", "a 1 40", "r 0 80", "r 1 80", "r 0 160", "f 1"], 160),
    ],
)
def test_realloc(name, ops, live):
    heap = make(name, 4096)
    result = play(heap, *ops)
    assert (result.live_at_end, result.refused, result.ops) == (live, 0, len(ops))
    lengths = [block.length for block in heap.walk() if block.handle]
    if heap.traits.exact_length:
        assert sum(lengths) == live
    assert sum(lengths) >= live
    assert lengths or not live


# --- the other verbs -----------------------------------------------------------------------------------------------------


def test_locks_hold_while_the_trace_compacts():
    heap = Textbook(512)
    replay = Replay(trace("a 0 64", "a 1 64", "l 1", "l 1", "f 0", "c", "u 1", "c", "u 1", "c"), heap)
    for op, address in enumerate([None, 64, 64, 64, 64, 64, 64, 64, 64, 0]):
        replay.step()
        assert address is None or heap.address(2) == address, op
    result = replay.run()
    assert (result.compactions, result.moves, result.bytes_moved) == (3, 1, 64)


def test_discardable_blocks_go_and_come_back_with_their_contents():
    """A tight heap: three caches of 100 in room for two. Each touch brings one back and throws the oldest out."""
    ops = ["a 0 100", "d 0", "a 1 100", "d 1", "a 2 100", "d 2", "t 0", "t 1", "t 2", "l 0", "u 0", "r 1 90", "f 2"]
    result = play(Textbook(240), *ops)
    assert result.refused == 0
    assert result.discards == 6
    assert result.reloads == 5
    assert result.live_at_end == 190


def test_what_must_be_kept_is_never_discarded():
    result = play(Textbook(240), "a 0 100", "a 1 100", "a 2 100", "t 0")
    assert (result.refused, result.discards) == (1, 0)


def test_a_refused_touch_or_lock_leaves_the_block_discarded():
    """Its memory is taken by blocks that must be kept; its unlock is skipped with the lock; it comes back when there is room."""
    heap = Textbook(240)
    ops = ["a 0 100", "d 0", "a 1 100", "a 2 100", "t 0", "l 0", "u 0", "r 0 50", "f 1", "l 0", "u 0", "f 0", "f 2"]
    replay = Replay(trace(*ops), heap)
    result = replay.run(until=8)
    assert (result.refused, result.discards, result.reloads) == (3, 1, 0)
    assert heap.is_discarded(1)
    result = replay.run(until=10)
    assert (result.refused, result.reloads, heap.info(1).locks) == (3, 1, 1)
    assert replay.run().live_at_end == 0


def test_a_refused_operation_can_be_retried_at_once_and_only_once():
    heap = Textbook(512, ladder=NEVER_COMPACT)
    replay = Replay(trace("a 0 112", "a 1 112", "a 2 112", "f 1", "a 3 200", "f 3", "a 3 50"), heap)
    assert replay.run(until=4).refused == 0
    assert not replay.retry()
    assert replay.step()
    assert (replay.refused, replay.refusal.op, replay.retry(), replay.refused) == (1, 5, False, 1)
    heap.compact()
    assert replay.retry()
    assert (replay.refused, replay.result().peak_live_bytes, heap.length(4)) == (0, 424, 200)
    assert not replay.retry()
    assert replay.first_refusal.op == 5
    assert replay.run().live_at_end == 274


def test_it_is_too_late_to_retry_when_the_trace_has_gone_on():
    heap = Textbook(128)
    replay = Replay(trace("a 0 128", "a 1 100", "f 1", "f 0", "a 1 20"), heap)
    replay.run(until=4)
    assert not replay.retry()
    assert (replay.run().live_at_end, replay.refused) == (20, 1)


def test_a_lock_that_is_served_at_the_second_try_is_unlocked():
    heap = Textbook(240)
    replay = Replay(trace("a 0 100", "d 0", "a 1 100", "a 2 100", "l 0", "u 0", "f 0"), heap)
    replay.run(until=5)
    assert (replay.refused, replay.retry()) == (1, False)
    heap.resize(2, 0)
    heap.resize(3, 0)
    assert replay.retry()
    assert heap.info(1).locks == 1
    replay.lengths.update({1: 0, 2: 0})
    replay.run()
    assert replay.refused == 0


def test_verbs_that_a_heap_has_not_do_nothing():
    for name in ("bump", "implicit"):
        result = play(make(name, 1000), "a 0 100", "d 0", "l 0", "c", "t 0", "u 0", "c", "f 0")
        assert (result.refused, result.compactions, result.discards) == (0, 0, 0)


# --- stepping, figures ---------------------------------------------------------------------------------------------------


def test_every_compacts_after_each_so_many_operations():
    ops = [f"a {i} 16" for i in range(10)]
    counts = [play(Textbook(1000), *ops, every=every).compactions for every in (None, 1, 3, 10, 11)]
    assert counts == [0, 10, 3, 1, 0]
    with pytest.raises(ValueError, match="compacting every 0 operations: it must be at least 1"):
        Replay(trace(*ops), Textbook(1000), every=0)


def test_stepping_is_running():
    part = workload("git-log", ops=1500)
    ran = Replay(part, Textbook(900_000, fit="next"), every=100).run()
    stepped, in_parts = (Replay(part, Textbook(900_000, fit="next"), every=100) for _ in range(2))
    for count in range(1500):
        assert stepped.done == count
        assert stepped.step()
    assert not stepped.step()
    assert stepped.result() == stepped.run() == ran
    for until in (1, 700, 700, 99, 10**9):
        assert in_parts.run(until=until).ops == min(max(until, in_parts.done), 1500)
    assert in_parts.result() == ran


def test_progress_is_told_and_ends_with_the_end():
    told = []
    Replay(workload("git-log", ops=2000), Textbook(3_000_000)).run(progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (2000, 2000)
    assert len(told) >= 4
    assert told == sorted(told)


def test_the_figures_by_hand():
    heap = Textbook(480, fit="first")
    result = play(heap, "a 0 100", "a 1 50", "a 2 100", "f 1", "a 3 30", "f 3", "r 2 20", "a 4 300", "f 0")
    # 0:[0,112) 1:[112,176) 2:[176,288); 3:[112,144); 2 shrinks into the lowest hole [112,144); 4:[144,448)
    assert [(b.base, b.size) for b in heap.walk() if b.handle] == [(112, 32), (144, 304)]
    assert result == (
        "textbook",
        480,
        9,
        0,
        0,
        0,
        0,
        0,
        0,
        5,
        420,  # 100 + 20 + 300
        448,
        420 / 448,
        320,
        144,
        112,
        1 - 112 / 144,
        None,
    )
    assert result.free == measure(heap).free


def test_high_water_counts_what_compaction_and_reloading_lift():
    assert play(Textbook(1024, planner="slide-up"), "a 0 64", "c").heap_bytes == 1024
    ops = ["a 0 64", "d 0", "a 1 64", "a 2 800", "f 2", "a 3 64", "t 0"]
    heap = Textbook(1024, ladder=(search,))
    replay = Replay(trace("a 0 64", "d 0", "a 1 64", "t 0"), heap)
    replay.run(until=2)
    heap.discard(1)
    heap.alloc(64)
    assert replay.run().heap_bytes == 192
    assert play(Textbook(1024), *ops).heap_bytes == 928


def test_discarded_bytes_are_not_in_the_heap():
    """Peak and utilisation count what lay in memory at one time: no heap is used to more than all of it."""
    result = play(Textbook(240), *[line for i in range(5) for line in (f"a {i} 112", f"d {i}")])
    assert result.discards == 3
    assert result.peak_live_bytes == 224
    assert result.utilisation == 1.0
    assert result.live_at_end == 560


def test_a_tap_of_the_client_hears_everything_still():
    recorder = Recorder()
    heap = Textbook(256, tap=recorder)
    result = play(heap, "a 0 10", "f 0")
    assert (result.searches, len(recorder.events)) == (1, 3)


def test_nothing_at_all():
    result = play(Textbook(0))
    assert (result.ops, result.heap_bytes, result.utilisation, result.external) == (0, 0, 0.0, 0.0)


# --- published figures ---------------------------------------------------------------------------------------------------

CAPACITY = 4_261_617  # 1.02 x the peak of live bytes


@pytest.fixture(scope="module")
def git_log():
    return load("git-log")


@pytest.mark.parametrize(
    ("fit", "ladder", "refused", "compactions", "first"),
    [
        ("next", NEVER_COMPACT, 41, 0, Refusal(op=36_209, wanted=24_864, free=500_401, largest_free=16_656)),
        ("next", LADDER, 0, 2, None),
        ("first", LADDER, 0, 0, None),
        ("best", LADDER, 0, 0, None),
    ],
)
def test_git_log_in_two_percent_more_than_its_peak(git_log, fit, ladder, refused, compactions, first):
    result = Replay(git_log, Textbook(CAPACITY, fit=fit, ladder=ladder)).run()
    assert (result.refused, result.compactions, result.first_refusal) == (refused, compactions, first)
    assert result.ops == len(git_log) == 47_768
    if not refused:
        statistics = git_log.statistics()
        assert result.peak_live_bytes == statistics.peak_live_bytes
        assert result.live_at_end == statistics.live_at_end
        assert result.utilisation == pytest.approx(statistics.peak_live_bytes / result.heap_bytes)
        assert CAPACITY >= result.heap_bytes > result.peak_live_bytes


def test_git_log_under_torture():
    """Scrambled before each call, filled and verified after it: the same blocks with the same bytes as on a heap in peace."""
    part = workload("git-log", ops=6000)
    capacity = part.statistics().peak_live_bytes * 103 // 100
    quiet, tortured = Replay(part, Textbook(capacity)), Replay(part, Torture(Textbook(capacity), seed=1992))
    assert quiet.run().refused == tortured.run().refused == 0
    assert tortured.heap.scrambles == 3089 + 2 * 191

    def held(replay):
        heap = replay.heap
        return {h: bytes(heap.arena.view(b.body, b.length)) for b in heap.walk() if (h := b.handle)}

    assert held(quiet) == held(tortured)
    assert len(held(quiet)) == 369


def test_a_heap_that_moves_its_last_block_and_then_discards_it_is_counted_as_it_is():
    def squeeze(heap, need, high):
        heap.compact()

    def lose(heap, need, high):
        for block in heap.victims(list(heap.walk())):
            heap.discard(block.handle)

    trace = Trace.build([("a", 0, 16), ("a", 1, 16), ("d", 1, 0), ("f", 0, 0), ("a", 2, 100)], name="lost")
    result = Replay(trace, Textbook(64, ladder=(search, squeeze, lose))).run()
    assert (result.refused, result.moves, result.discards, result.heap_bytes) == (1, 1, 1, 32)
