"""Real programs in little more memory than they use at their peak: what compaction is for."""

import os
from pathlib import Path

import pytest

from handleheap import Heap
from handleheap.check import check
from handleheap.replay import Replay
from handleheap.trace import Trace

CORPUS = os.environ.get("HANDLEHEAP_CORPUS")
TRACES = sorted(path.relative_to(CORPUS) for path in Path(CORPUS, "traces").rglob("*.gz")) if CORPUS else []
ALIGN = 16


def rounded_peak(trace):
    """The most bytes that are live at once, each block rounded up to the alignment."""
    live, now, peak = {}, 0, 0
    for verb, key, size in trace:
        if verb in "arf":
            now -= live.pop(key, 0)
        if verb == "a" or (verb == "r" and size):
            live[key] = max(ALIGN, -(-size // ALIGN) * ALIGN)
            now += live[key]
        peak = max(peak, now)
    return peak


@pytest.mark.skipif(not CORPUS, reason="HANDLEHEAP_CORPUS is not set")
def test_the_corpus_is_there():
    assert len(TRACES) == 15


@pytest.mark.parametrize("name", TRACES, ids=str)
def test_a_program_runs_in_its_peak_and_a_twentieth(name):
    trace = Trace.read(Path(CORPUS, name))
    heap = Heap(rounded_peak(trace) * 21 // 20)
    assert Replay(trace, heap).run().refused == 0
    check(heap)
