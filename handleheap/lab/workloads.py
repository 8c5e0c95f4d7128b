"""Workloads by name: recordings of real programs that come with the package, and generators that make up a trace from a seed.

    cc1-rec  git-log  perl-wordfreq          recorded          real programs: young blocks die, survivors stay
    uniform  exponential  few-sizes          from a seed       random sizes and lifetimes, at a steady number of live blocks
    phase-change  binary                     from a rule       full of one size, then asked for another

The same name, seed and parameters give the same trace on every machine. Random lifetimes mislead: real programs fragment less.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from importlib import resources
from random import Random

from ..errors import TraceError
from ..trace import Op, Progress, Trace

RECORDED = {
    "cc1-rec": "recorded: the C compiler proper (cc1) on a file of 70 lines, with -O2",
    "git-log": "recorded: git log --stat -n 150",
    "perl-wordfreq": "recorded: a word count in Perl",
}


def names() -> list[str]:
    """All names that `workload` knows.

    >>> names()
    ['cc1-rec', 'git-log', 'perl-wordfreq', 'uniform', 'exponential', 'few-sizes', 'phase-change', 'binary']
    """
    return [*RECORDED, *GENERATORS]


def describe(name: str) -> str:
    """One line about a workload. Raises TraceError, with all names, where there is none.

    >>> describe("few-sizes")
    'generated: sizes from a set of 8, random lifetimes'
    """
    if name in RECORDED:
        return RECORDED[name]
    if name in GENERATORS:
        doc = GENERATORS[name].__doc__ or ""
        first = doc.split("\n")[0].rstrip(".").replace("`", "")
        return f"generated: {first[:1].lower()}{first[1:]}"
    raise _unknown(name, "workload")


def workload(name: str, *, seed: int = 0, ops: int | None = None, **parameters: float) -> Trace:
    """The workload of that name.

    `ops` limits the number of operations: a recording is cut off there, the random generators make exactly that many, and those
    by a rule are scaled to stay below it with their story complete. `parameters` go to the generator, whose docstring tells
    them; one that it does not know is a TypeError, one that makes no sense a ValueError.

    >>> workload("uniform", seed=1, ops=4000) == workload("uniform", seed=1, ops=4000)
    True
    >>> workload("git-log", ops=1000)
    <Trace git-log: 1,000 ops>
    """
    if ops is not None and ops < 1:
        raise ValueError(f"a trace needs at least 1 operation, not {ops}")
    if name in GENERATORS:
        return Trace.build(GENERATORS[name](Random(seed), ops, **parameters), name=name)
    if name not in RECORDED:
        raise _unknown(name, "workload")
    if parameters:
        raise TypeError(f"{name} is a recording and has no parameter {next(iter(parameters))!r}")
    trace = Trace.read(resources.files(__package__).joinpath("traces", f"{name}.rep.gz").read_bytes(), name=name)
    if ops is None or ops >= len(trace):
        return trace
    return Trace(name, trace.verbs[:ops], trace.ids[:ops], trace.sizes[:ops])


def load(name_or_path: str | os.PathLike[str], *, seed: int = 0, progress: Progress | None = None) -> Trace:
    """The workload of that name, with its defaults and the given seed; where there is none, the trace in that file.

    Raises TraceError: for a file that is no trace, and with all names where there is neither workload nor file.
    """
    name = os.fspath(name_or_path)
    if name in RECORDED or name in GENERATORS:
        return workload(name, seed=seed)
    if not os.path.lexists(name):
        raise _unknown(name, "workload or file")
    return Trace.read(name, progress=progress)


def _unknown(name: str, what: str) -> TraceError:
    return TraceError(name, None, f"no such {what}; the workloads are {', '.join(names())}")


# Generators: (random numbers, limit of operations, parameters) -> operations.


def uniform(random: Random, ops: int | None, *, low: int = 1, high: int = 1000, live: int = 1500) -> Iterator[Op]:
    """Sizes spread evenly from `low` to `high`, random lifetimes.

    First `live` blocks are allocated; then, by turns, a block at random is freed and a new one is allocated. First fit comes to
    half as many holes as blocks: Knuth's fifty-percent rule. Makes 20,000 operations unless told.
    """
    if not 0 <= low <= high:
        raise ValueError(f"sizes from {low} to {high} are none")
    return _steady(random, ops, live, lambda: random.randrange(low, high + 1))


def exponential(random: Random, ops: int | None, *, mean: float = 100, live: int = 1500) -> Iterator[Op]:
    """Many small sizes and few large ones, `mean` bytes on average, random lifetimes.

    As `uniform`, with sizes of 1 byte up, distributed exponentially.
    """
    if mean < 1:
        raise ValueError(f"a mean of {mean} bytes is too small: sizes begin at 1")
    return _steady(random, ops, live, lambda: 1 + int(-(mean - 0.5) * math.log(1 - random.random())))


def few_sizes(random: Random, ops: int | None, *, smallest: int = 16, live: int = 1500) -> Iterator[Op]:
    """Sizes from a set of 8, random lifetimes.

    As `uniform`, with sizes of 1, 2, 3, 4, 6, 8, 12 and 16 times `smallest`: exact fits are frequent, so holes are few.
    """
    if smallest < 1:
        raise ValueError(f"a smallest size of {smallest} bytes is none")
    sizes = [smallest * factor for factor in (1, 2, 3, 4, 6, 8, 12, 16)]
    return _steady(random, ops, live, lambda: sizes[random.randrange(8)])


def _steady(random: Random, ops: int | None, live: int, size: Callable[[], int]) -> Iterator[Op]:
    if live < 1:
        raise ValueError(f"{live} live blocks are none")
    blocks: list[int] = []
    fresh = 0
    for _ in range(20_000 if ops is None else ops):
        if len(blocks) < live:
            yield "a", fresh, size()
            blocks.append(fresh)
            fresh += 1
        else:
            yield "f", _take(random, blocks), 0


def _take(random: Random, blocks: list[int]) -> int:
    """Remove a block at random from the list, in constant time."""
    i = random.randrange(len(blocks))
    blocks[i], blocks[-1] = blocks[-1], blocks[i]
    return blocks.pop()


def phase_change(
    random: Random, ops: int | None, *, maxmemory: int = 1_000_000, before: int = 240, after: int = 492
) -> Iterator[Op]:
    """A cache full of values of one size is refilled with another size: the Redis test of Mesh and Alaska.

    Published: maxmemory 100 MB, allkeys-lru; 700,000 values of 240 bytes are set, then 170,000 of 492. Here `maxmemory` scales
    both counts, so that 100_000_000 is the published test (4.6 million operations) and the default its hundredth. Each key is
    three allocations, a dictionary entry of 24 bytes, a name of 16 and the value. Memory counts as bytes asked for; when the
    next key would exceed it, the key that was set first among five at random goes, as Redis approximates LRU.

    `ops` replaces maxmemory by the largest round figure that needs no more operations.
    """
    if ops is not None:
        maxmemory = ops * 19
    if maxmemory < 1000 or min(before, after) < 0:
        raise ValueError(f"maxmemory {maxmemory} with values of {before} and {after} bytes is no cache")
    keys: list[int] = []  # by the id of their first block; smaller is older
    sizes: dict[int, int] = {}
    used = fresh = 0
    for count, value in ((maxmemory * 7 // 1000, before), (maxmemory * 17 // 10_000, after)):
        blocks = (24, 16, value)
        for _ in range(count):
            while keys and used + sum(blocks) > maxmemory:
                i = min((random.randrange(len(keys)) for _ in range(5)), key=keys.__getitem__)
                keys[i], keys[-1] = keys[-1], keys[i]
                key = keys.pop()
                used -= sizes.pop(key)
                for part in range(3):
                    yield "f", key + part, 0
            for part, size in enumerate(blocks):
                yield "a", fresh + part, size
            keys.append(fresh)
            sizes[fresh] = sum(blocks)
            used += sum(blocks)
            fresh += 3


def binary(random: Random, ops: int | None, *, pairs: int = 2000, small: int = 32, large: int = 224) -> Iterator[Op]:
    """The trap: every second block is freed, and every hole is just too small for what comes next.

    The rule: `pairs` times a small and a large block; free all large ones; then `pairs` blocks of small + large bytes; free all.

        s LLLLLLL s LLLLLLL s LLLLLLL              n (s + L)
        s ....... s ....... s .......              the holes are L, the requests s + L
        s ....... s ....... s ....... WWWWWWWW WWWWWWWW WWWWWWWW

    The heap reaches n (s + L) + n (s + L), the live blocks n s + n (s + L). Every fit that does not move blocks therefore needs
    2 (s + L) / (2 s + L) times what is live: 512 / 288 = 1.78 by default. Compaction needs 1.00, and so does a binary buddy heap,
    which keeps the small blocks apart. Nothing here is random. `ops` replaces pairs, which take 6 operations each.
    """
    if ops is not None:
        pairs = ops // 6
    if min(pairs, small, large) < 1:
        raise ValueError(f"{pairs} pairs of {small} and {large} bytes are no trap")
    for i in range(pairs):
        yield "a", 2 * i, small
        yield "a", 2 * i + 1, large
    for i in range(pairs):
        yield "f", 2 * i + 1, 0
    for i in range(pairs):
        yield "a", 2 * pairs + i, small + large
    for i in range(pairs):
        yield "f", 2 * i, 0
        yield "f", 2 * pairs + i, 0


GENERATORS: dict[str, Callable[..., Iterator[Op]]] = {
    "uniform": uniform,
    "exponential": exponential,
    "few-sizes": few_sizes,
    "phase-change": phase_change,
    "binary": binary,
}
"""Every generator by its name. Its docstring's first line describes it, its keywords are its parameters."""
