"""The figures in the engine's tables. Not compiled: each compiled module reads them once.

    handle     generation << 30 | index of its slot
    cell[i]    the handle of the block in slot i, or minus the one that the slot gives out next; 0 when it has had its last
    extent[i]  bytes asked for of a block, all bytes of a free record; the size is this, rounded up

    word[i] of a block, cell > 0        0..6 units if the size has a quick list   7 DISCARDABLE  8 SIDE  9 GONE
                                        10 FIXED  11 LOADING  12..31 locks  32.. views
    word[i] of a record without one     0 unused   FIXED: a wall between two segments
                                        < 0 freed lately, not merged: ~(the next one on its quick list)
                                        < BINNED free: BINNED + ~(before << 30 | behind), its neighbours in the bin

A block whose word is below FIXED can move; one whose word is its units has nothing special at all.
"""

INDEX = (1 << 30) - 1
GENERATION = 1 << 30
LAST = 1 << 62
"""A handle from here on is the last of its slot."""

QUICK = 64
"""So many units of alignment have quick lists."""
UNITS = 127
DISCARDABLE = 1 << 7
SIDE = 1 << 8
"""The block has a row in a side table: a loader or an `on_discard`."""
GONE = 1 << 9
"""Discarded: it has a handle and no memory."""
FIXED = 1 << 10
LOADING = 1 << 11
"""Its loader runs."""
LOCK = 1 << 12
LOCKS = (1 << 20) - 1
VIEW = 1 << 32
UNUSUAL = GONE | LOADING | 1 << 31
"""One of these sends `view` and `lock` the long way: half of all locks are a reason, too."""
PINS = ~(LOADING - 1)
"""All that keeps a movable block in its place."""
BINNED = -GENERATION
"""Below it, a record is free and in a bin."""

TOP = (1 << 62) - 1
"""Larger than every address and every budget."""
SHALLOW = 1024
"""How far a step looks through the quick lists before it starts from the bottom."""
