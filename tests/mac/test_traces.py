"""Real programs in a zone: every byte that they wrote is there in the end."""

import pytest

from handleheap import shelf
from handleheap.lab.workloads import load
from handleheap.replay import Replay


def replay(name, heap, fit, times):
    """A recording, to be played in memory that is so many times its peak."""
    trace = load(name)
    room = int(times * trace.statistics().peak_live_bytes)
    return Replay(trace, shelf.make(heap, shelf.SHELF[heap].needed(room), fit=fit))


@pytest.mark.parametrize(("heap", "fit"), [("mac-24", "next"), ("mac-32", "first")])
@pytest.mark.parametrize(("name", "times"), [("git-log", 1.05), ("cc1-rec", 1.05), ("perl-wordfreq", 1.4)])
def test_a_recorded_program_runs_in_a_zone(name, times, heap, fit):
    """Headers and master pointers are not in the peak, so many small blocks need more room than a few large ones."""
    play = replay(name, heap, fit, times)
    result = play.run()
    assert (result.refused, result.ops) == (0, len(load(name)))
    assert result.compactions > 0
    play.heap.check()


def test_many_small_blocks_are_too_many_for_their_headers():
    """A header, a master pointer and the rest to the next multiple of 4 for each block: 5 % of the peak are used up by them."""
    play = replay("perl-wordfreq", "mac-24", "next", 1.05)
    while not play.refused and play.step():
        pass
    blocks = [block for block in play.heap.walk() if block.handle]
    assert play.first_refusal.wanted > play.first_refusal.largest_free
    assert sum(block.size - block.length + 4 for block in blocks) > 0.05 * sum(block.length for block in blocks)
    play.heap.check()
