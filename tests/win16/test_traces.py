"""Real programs on the heaps of Windows: what enhanced mode can carry, and what standard mode cannot."""

import pytest

from handleheap import shelf
from handleheap.lab.workloads import load
from handleheap.replay import Replay

MEMORY = 16 << 20


@pytest.mark.parametrize("name", ["git-log", "cc1-rec", "perl-wordfreq"])
def test_a_recorded_program_runs_in_enhanced_mode(name):
    heap = shelf.make("win16-enhanced", MEMORY)
    result = Replay(load(name), heap).run()
    assert (result.refused, result.ops) == (0, len(load(name)))
    heap.check()


@pytest.mark.parametrize("name", ["cc1-rec", "perl-wordfreq"])
def test_standard_mode_has_too_few_selectors_and_says_so(name):
    """KB-Q68644: 4,096 blocks at most, since each takes two selectors."""
    heap = shelf.make("win16-standard", MEMORY)
    replay = Replay(load(name), heap)
    while not replay.refused and replay.step():
        pass
    assert replay.first_refusal.lacking.startswith("selector")
    assert replay.first_refusal.largest_free > MEMORY // 2 > replay.first_refusal.wanted
    assert 3_900 < len([block for block in heap.walk() if block.handle]) <= 4_096
    heap.check()


def test_memory_that_is_just_enough_for_a_program_is_compacted():
    """A compiler in 2 % more than its peak: holes alone would refuse it, sliding and its tables of real size do not."""
    trace = load("cc1-rec")
    room = int(1.02 * trace.statistics().peak_live_bytes)
    heap = shelf.make("win16-enhanced", shelf.SHELF["win16-enhanced"].needed(room))
    result = Replay(trace, heap).run()
    assert (result.refused, result.compactions, result.bytes_moved) == (0, 2, 4_211_648)
