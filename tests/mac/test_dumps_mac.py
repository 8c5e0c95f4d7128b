"""The annotated dumps in docs/dumps are what the textbook zones look like; and a dump that is attached goes on.

`HANDLEHEAP_UPDATE_GOLDEN=1` writes them anew. What a page shows as calls is what is run here.
"""

from __future__ import annotations

import os
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import pytest

from handleheap import mac
from handleheap.events import Discarded, Moved, Recorder, Refused, RungTried, TableGrew
from handleheap.mac import SYSTEM7, TRAPS, Toolbox, maxSize, noErr
from handleheap.mac.dump import dump_zone
from handleheap.view.textmap import sentence

from .zones import LIMIT, START, both_fits, both_widths

DUMPS = Path(__file__).parents[2] / "docs" / "dumps"
ERRORS = {getattr(mac, name): name for name in dir(mac) if name.endswith("Err")}
FILLING = {24: 760, 32: 744}
"""What takes all that is left behind blocks of 100 and 50 bytes."""

THREE = "h1 = NewHandle(100), h2 = NewHandle(50), h3 = NewHandle(30)"
FULL = "h1 = NewHandle(100), HPurge(h1), h2 = NewHandle(50), h3 = NewHandle({filling})"


class Moment(NamedTuple):
    title: str
    why: str
    calls: str = ""

    def lines(self, bits):
        return self.calls.format(filling=FILLING[bits]).split(", ") if self.calls else []


MOMENTS = [
    Moment(
        "A fresh zone", "One block of master pointers, one free block, the trailer. The master pointers are linked downwards."
    ),
    Moment(
        "One block with all flags",
        "10 bytes, and 2 to round them up. With 24 bits the flags are in the master pointer, with 32 in the block's header.",
        "h = NewHandle(10), HLock(h), HPurge(h), HSetRBit(h)",
    ),
    Moment("P1, before: three blocks", "Each is as long as header, bytes and rounding make it.", THREE),
    Moment(
        "P1, after: one is disposed of, and the zone compacted",
        "The third block slides down over the hole. What is free is one block.",
        f"{THREE}, DisposeHandle(h2), CompactMem(maxSize)",
    ),
    Moment(
        "P2: the same with a lock",
        "The third block is locked, and stays. There are two holes.",
        f"{THREE}, DisposeHandle(h2), HLock(h3), CompactMem(maxSize)",
    ),
    Moment(
        "P3: a nonrelocatable block goes low",
        "The first block hops over the second, though there was room above.",
        "h1 = NewHandle(100), h2 = NewHandle(50), p = NewPtr(20)",
    ),
    Moment(
        "P4: a purge",
        "Nothing is free, so the purgeable block goes. The new one takes all of its place: a rest of 8 bytes can be no block.",
        f"{FULL}, h4 = NewHandle(90)",
    ),
    Moment(
        "P5: the master pointers run out",
        "The fifth handle needs a new block of them. It is nonrelocatable, goes low, and the first block makes way.",
        "h1 = NewHandle(20), h2 = NewHandle(20), h3 = NewHandle(20), h4 = NewHandle(20), h5 = NewHandle(20)",
    ),
    Moment("P6: a block grows in place", "Nobody is behind it.", "h1 = NewHandle(100), SetHandleSize(h1; 200)"),
    Moment(
        "P7: a block of no bytes becomes one of four",
        "With 24 bits the smallest block has room for four bytes already; with 32 bits it is a header alone, and must grow.",
        "h = NewHandle(0), SetHandleSize(h; 4)",
    ),
    Moment(
        "P8: refused",
        "As P4, but the first block is locked. The master pointer that was taken is free again.",
        f"{FULL}, HLock(h1), h4 = NewHandle(90)",
    ),
    Moment(
        "P9: emptied",
        "A locked block cannot be emptied; an empty handle cannot be locked.",
        "h = NewHandle(8), HLock(h), EmptyHandle(h), HUnlock(h), EmptyHandle(h), HLock(h)",
    ),
]
APART = Moment(
    "Where the two fits part",
    "There is a hole at the bottom that is large enough, but the rover is above it.",
    "h1 = NewHandle(100), h2 = NewHandle(50), DisposeHandle(h1), h3 = NewHandle(30)",
)


def reach(moment, bits, fit):
    """(Toolbox, what was called with its results, line by line). Bodies are filled with the name of their handle."""
    profile = replace(SYSTEM7, fit=fit)
    toolbox = Toolbox(0x20000, bits, profile)
    assert toolbox.InitZone(None, 4, LIMIT, START) == noErr
    known = {name: getattr(toolbox, name) for name in TRAPS} | {"maxSize": maxSize}
    told = []
    for line in moment.lines(bits):
        line = line.replace("; ", ", ")
        name, _, call = line.rpartition(" = ")
        toolbox.tap = recorder = Recorder()
        result = known[name] = eval(call, known)
        toolbox.tap = None
        told += [f"{line:<24} {shown(name, result)}", *(f"    {what}" for what in heard(recorder.events))]
        if name and result:
            at, size = (
                (toolbox.deref(result), toolbox.GetHandleSize(result))
                if "Handle" in call
                else (result, toolbox.GetPtrSize(result))
            )
            toolbox.write(at, (f"{name} " * size).encode()[:size])
    toolbox.check()
    return toolbox, told


def shown(name, result):
    """A result as the page shows it: an address, a size, or a code by name."""
    if name:
        return f"${result:X}" if result else "nil"
    return ERRORS.get(result) or f"{result:,}"


def heard(events):
    """What is worth telling: of the rungs only if the first did not serve."""
    rungs = [event for event in events if isinstance(event, RungTried)]
    kinds = (Moved, Discarded, TableGrew, Refused) + ((RungTried,) if any(not rung.found for rung in rungs) else ())
    return [sentence(event) for event in events if isinstance(event, kinds)]


def shortened(dump, fresh):
    """A dump without the trailer, and without what the header of a fresh zone says, too."""
    header, *blocks, trailer = dump.split("\n\n")
    assert trailer == fresh.split("\n\n")[-1]
    old = fresh.splitlines()[1:]
    return "\n\n".join(["\n".join(line for line in header.splitlines() if line not in old), *blocks]) + "\n"


def section(moment, bits, fit, title=None):
    toolbox, told = reach(moment, bits, fit)
    dump = dump_zone(toolbox.zone())
    if told:
        dump = shortened(dump, dump_zone(reach(MOMENTS[0], bits, fit)[0].zone()))
    calls = ["```text", *told, "```", ""] if told else []
    return "\n".join([f"## {title or moment.title}", "", moment.why, "", *calls, "```text", f"{dump}```", ""])


INTRODUCTION = """# The textbook zone with {bits} bits, field by field

A zone of 1 KB from $10000 to $10400, with four master pointers to a block. The sequences P1 to P9 each begin with a fresh one.
Each block is filled with the name of its handle; of a block at most 32 bytes are shown. Behind a call is its result. The letters
in brackets are [grades](../mac.md).

From the second section on, only those fields of the zone's header are shown that have changed, and no trailer, which has not.

In all sections but the last two, the memory is the same under both fits, `rover` and `first`; a test compares them.
"""


def text(bits):
    parts = [section(moment, bits, "rover") for moment in MOMENTS]
    parts += [section(APART, bits, fit, f"{APART.title}: {fit}") for fit in ("rover", "first")]
    return "\n".join([INTRODUCTION.format(bits=bits), *parts])


def digest(toolbox):
    return blake2b(toolbox.arena.memory).hexdigest()


@both_widths
def test_the_committed_dumps_are_what_the_zones_look_like(bits):
    path = DUMPS / f"mac-{bits}.md"
    if os.environ.get("HANDLEHEAP_UPDATE_GOLDEN") == "1":
        path.write_text(text(bits))
    assert path.read_text() == text(bits)


@both_widths
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.title)
def test_both_fits_come_to_the_same_memory(bits, moment):
    rover, first = (reach(moment, bits, fit) for fit in ("rover", "first"))
    assert rover[1] == first[1]
    assert digest(rover[0]) == digest(first[0])


@both_widths
def test_where_the_two_fits_part_they_do(bits):
    rover, first = (reach(APART, bits, fit) for fit in ("rover", "first"))
    assert rover[1][:-1] == first[1][:-1]
    assert digest(rover[0]) != digest(first[0])


@both_fits
@both_widths
@pytest.mark.parametrize("moment", [*MOMENTS, APART], ids=lambda moment: moment.title)
def test_each_moment_can_be_attached_and_goes_on(bits, fit, moment):
    toolbox, _ = reach(moment, bits, fit)
    copy = Toolbox.attach(bytearray(toolbox.arena.memory), profile=toolbox.profile)
    assert (copy.bits, copy.GetZone()) == (bits, START)
    answers = []
    for each in (toolbox, copy):
        calls = [each.NewHandle(n) for n in (10, 60, 0)] + [each.NewPtr(12), each.PurgeMem(200), each.CompactMem(maxSize)]
        answers.append((calls, each.MemError(), each.regs))
    assert answers[0] == answers[1]
    assert digest(copy) == digest(toolbox)
    assert dump_zone(copy.zone()) == dump_zone(toolbox.zone())
    assert copy.dump() == toolbox.dump()
