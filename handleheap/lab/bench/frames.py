"""What it costs to show an event: a map that is told what changed, beside a picture that is drawn again from all blocks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from itertools import islice
from random import Random

from ...block import Block, Kind
from ...events import Allocated, Discarded, Event, Freed, Locked, Moved, Reloaded, Resized, Unlocked
from ...view.livemap import LiveMap, gaps
from ...view.picture import band_picture
from . import contenders as who
from .records import SEED, Result, Scale, Step, figure
from .stopwatch import quiet, ratio, rows

BLOCKS = (1_000, 10_000, 100_000)
WIDTH, ROWS, ROW_HEIGHT = 640, 16, 12
"""The map, in cells, bands and pixels."""
EVENTS = 500
"""In one timing of the map that is told."""


def frames(scale: Scale) -> list[Step]:
    """An event on a map.

    A map of 16 bands, 640 x 12 pixels each. Blocks have 16 to 1,024 bytes, and behind each there is a hole of the same size.
    The events are of nine kinds, each as frequent as the others, on blocks chosen at random: locks, moves, resizes, discards.
    `told` is a LiveMap, which paints what an event changes; its pixels are the same, byte by byte. `redrawn` paints the whole
    picture again; that it would have to walk the heap first is not counted.
    """
    most = max(scale.lives)
    return [partial(_frames, scale, sorted({min(live, most) for live in BLOCKS}))]


def _frames(scale: Scale, lives: list[int]) -> Iterator[Result]:
    told = []
    for live in lives:
        found = rows(f"an event on the map, {live:,} blocks", _times(scale, live), 1, "ops")
        yield from found
        value = ratio(found, "redrawn", "told")
        assert value is not None
        yield figure("an event on the map", "redrawn / told", value, "x", live)
        told.append(found[0].seconds)
    if len(lives) > 1:
        yield figure("an event on the map", f"told, {lives[-1]:,} blocks / {lives[0]:,}", told[-1] / told[0], "x")


def _times(scale: Scale, live: int) -> dict[str, list[float]]:
    """Seconds per event."""
    random = Random(SEED)
    blocks = spaced(random, live)
    end = blocks[-1].base + 2 * blocks[-1].size
    live_map = LiveMap([*blocks, *gaps(blocks, 0, end)], WIDTH, ROWS, ROW_HEIGHT)
    stream = events(random, blocks)
    times: dict[str, list[float]] = {"told": [], "redrawn": []}
    for _ in range(scale.turns):
        work = list(islice(stream, EVENTS))
        with quiet():
            start = time.perf_counter()
            for event in work:
                live_map.apply(event)
            times["told"].append((time.perf_counter() - start) / EVENTS)
        walk = live_map.blocks()
        with quiet():
            start = time.perf_counter()
            picture = band_picture(walk, WIDTH + 2, ROWS, ROW_HEIGHT)
            times["redrawn"].append(time.perf_counter() - start)
        assert picture == live_map.pixels
    return times


def spaced(random: Random, live: int) -> list[Block]:
    """Movable blocks, behind each of which as many bytes are free."""
    blocks, at = [], 0
    for handle in range(1, live + 1):
        size = who.small(random)
        blocks.append(Block(at, size, Kind.MOVABLE, at, size, handle, discardable=handle % 4 == 0))
        at += 2 * size
    return blocks


def events(random: Random, blocks: list[Block]) -> Iterator[Event]:
    """Events without end; each nine leave their block as it was."""
    while True:
        base, size, _, _, length, handle, _, discardable, *_ = random.choice(blocks)
        behind, half = base + size, size // 2
        yield Locked(handle, 1)
        yield Unlocked(handle, 0)
        yield Moved(handle, base, behind, size)
        yield Resized(handle, behind, size, behind, half, half)
        yield Resized(handle, behind, half, base, size, length)
        yield Discarded(handle, base, size)
        yield Reloaded(handle, base, size, length)
        yield Freed(handle, base, size)
        yield Allocated(handle, base, size, length, Kind.MOVABLE, discardable)
