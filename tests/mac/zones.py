"""Zones of the textbook: Z24 and Z32 of the reference, zones with a given layout, and what a test asks of them.

A layout is a word per block, a letter and its physical size: `m` relocatable, `p` purgeable, `L` locked, `F` nonrelocatable,
`.` free. The zone has exactly room for it: "m48 .24 F24" ends with a nonrelocatable block against the trailer.
"""

from dataclasses import replace
from itertools import groupby

import pytest

from handleheap.block import Kind
from handleheap.events import RungTried
from handleheap.mac import SYSTEM7, Toolbox, noErr

from .steps import of

START, LIMIT = 0x10000, 0x10400
MASTERS = 16
HEADER = {24: 8, 32: 12}
ZONE_HEADER, TRAILER = 52, 12

both_widths = pytest.mark.parametrize("bits", [24, 32])
both_fits = pytest.mark.parametrize("fit", ["rover", "first"])


def physical(bits, logical, least=12):
    return max(least, (HEADER[bits] + logical + 3) & ~3)


def textbook(bits=24, masters=4, limit=LIMIT, gz=None, **facts):
    """A Toolbox whose current zone is the textbook zone: Z24 or Z32, as long as nothing else is asked for."""
    tb = Toolbox(0x20000, bits, replace(SYSTEM7, **facts))
    tb.InitZone(gz, masters, limit, START)
    assert tb.MemError() == noErr
    assert tb.GetZone() == START
    return tb


def field(tb, name):
    return tb.zone().header.get(name)


def blocks(tb):
    """The blocks of the current zone, but for its header, its master-pointer blocks and its trailer."""
    return [block for block in tb.zone().walk() if block.kind is not Kind.TABLE]


def holes(tb):
    return [(block.base, block.size) for block in blocks(tb) if block.kind is Kind.FREE]


def block_of(tb, handle):
    """The record of a handle's block, or of a pointer's."""
    (block,) = [block for block in blocks(tb) if block.handle == handle and block.kind is not Kind.FREE]
    return block


def merged(shape):
    """A list of (name, size) with neighbouring free ones taken together."""
    result = []
    for free, run in groupby(shape, key=lambda pair: pair[0] == "."):
        if free:
            result.append((".", sum(size for _, size in run)))
        else:
            result.extend(run)
    return result


def rungs(events):
    """(rung, found) in order. In a zone that cannot be extended, an attempt to do so says nothing."""
    return [(e.rung, e.found) for e in of(RungTried, events) if e.rung != "extend" or e.found]


class Laid:
    """A zone with a layout. Blocks are named by their place in it, and keep this name wherever they go."""

    def __init__(self, bits, text, gz=None, **facts):
        words = text.split()
        self.bits, self.kinds, self.sizes = bits, [word[0] for word in words], [int(word[1:]) for word in words]
        limit = START + ZONE_HEADER + HEADER[bits] + 4 * MASTERS + sum(self.sizes) + TRAILER
        assert limit <= LIMIT
        self.tb = textbook(bits, MASTERS, limit, gz, **facts)
        self.handles = [self._new(kind, size - HEADER[bits]) for kind, size in zip(self.kinds, self.sizes, strict=True)]
        self.bases = self.now()
        for name, kind in reversed(list(enumerate(self.kinds))):
            self._finish(name, kind)
        assert self.shape() == merged(zip([n if k != "." else k for n, k in enumerate(self.kinds)], self.sizes, strict=True))

    def _new(self, kind, length):
        """Everything is locked while the zone is built, so that each block comes next to the one before."""
        if kind == "F":
            handle = self.tb.NewPtr(length)
        else:
            handle = self.tb.NewHandle(length)
            self.tb.HLock(handle)
        assert handle
        return handle

    def _finish(self, name, kind):
        handle = self.handles[name]
        if kind == ".":
            self.tb.DisposeHandle(handle)
            self.handles[name] = 0
            return
        self.tb.write(self.data(name), self.pattern(name))
        if kind in "mp":
            self.tb.HUnlock(handle)
        if kind == "p":
            self.tb.HPurge(handle)

    def pattern(self, name):
        return bytes((name * 31 + i * 7) % 251 + 1 for i in range(self.sizes[name] - HEADER[self.bits]))

    def data(self, name):
        return self.handles[name] if self.kinds[name] == "F" else self.tb.deref(self.handles[name])

    def base(self, name):
        return self.data(name) - HEADER[self.bits]

    def now(self):
        """Where each block is: what is free now, or purged, is at None."""
        return [self.base(name) if handle and self.data(name) else None for name, handle in enumerate(self.handles)]

    def shape(self):
        """(name, physical size) in address order, neighbouring free blocks taken together; `new` for blocks made since."""
        names = {handle: name for name, handle in enumerate(self.handles) if handle}
        return merged((names.get(b.handle, "new") if b.kind is not Kind.FREE else ".", b.size) for b in blocks(self.tb))

    def intact(self, *but):
        """Every block that is still there has its bytes, and those that may not move are where they were."""
        for name, kind in enumerate(self.kinds):
            if name in but or not self.handles[name] or not self.data(name):
                continue
            assert self.tb.read(self.data(name), len(self.pattern(name))) == self.pattern(name)
            if kind in "LF":
                assert self.base(name) == self.bases[name]
        self.tb.check()
        return True

    def ask(self, gross):
        """The logical size of a block of this physical size."""
        return gross - HEADER[self.bits]


def lay(bits, text, **options):
    return Laid(bits, text, **options)
