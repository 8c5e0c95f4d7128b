"""Real programs in little more memory than they use at their peak: what compaction is for."""

import os
from pathlib import Path

import pytest

import handleheap
from handleheap import Heap
from handleheap.check import check
from handleheap.core.pure import load_pure
from handleheap.lab.workloads import load
from handleheap.replay import Replay
from handleheap.trace import Trace

CORPUS = os.environ.get("HANDLEHEAP_CORPUS")
TRACES = sorted(path.relative_to(CORPUS) for path in Path(CORPUS, "traces").rglob("*.gz")) if CORPUS else []
ALIGN = 16
MODES = {handleheap.engine: Heap, "pure": load_pure().Heap}


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


def fits(trace, make):
    """That nothing is refused in the peak and a twentieth, and the heap is whole at the end."""
    heap = make(rounded_peak(trace) * 21 // 20)
    assert Replay(trace, heap).run().refused == 0
    check(heap)


@pytest.mark.parametrize("name", ["cc1-rec", "git-log", "perl-wordfreq"])
@pytest.mark.parametrize("mode", MODES)
def test_the_recordings_that_come_along(mode, name):
    fits(load(name), MODES[mode])


@pytest.mark.skipif(not CORPUS, reason="HANDLEHEAP_CORPUS is not set")
def test_the_corpus_is_there():
    assert len(TRACES) == 15


@pytest.mark.parametrize("name", TRACES, ids=str)
def test_the_corpus(name):
    fits(Trace.read(Path(CORPUS, name)), Heap)
