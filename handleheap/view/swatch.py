"""The zones of a Mac, or several heaps of any kind, as Swatch showed them: a strip for each, name on the left.

    System       [T|FFFF|mmm|    |dd|  |T]
                 0x1400            0x8000     each strip has an address scale of its own
    Application  [T|F|LL|mmm|            |T]
                 0x10400          0x1d000     red cannot move, yellow can, orange can be purged, green is free

A zone is a sequence of blocks in address order, its first address that of the first block. `zoom` narrows what a strip
shows to a range inside its zone; counts are always those of the whole zone. The view's words stand for Apple's:

    table            zone header, trailer and master pointers
    fixed            nonrelocatable
    locked           relocatable and locked, purgeable or not
    movable          relocatable, neither locked nor purgeable
    discardable      relocatable, purgeable and not locked
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..block import NOWHERE, Block
from .classes import LETTERS, BlockClass, Tally, tally
from .palette import PAPER, SWATCH, Palette, Pattern, rgb
from .picture import strip_picture
from .strip import block_at, strip
from .svg import svg

Zones = Mapping[str, Sequence[Block]]
"""Name to blocks, in the order in which the strips are stacked."""
Zoom = Mapping[str, tuple[int, int]]
"""Name to start and end of what is shown of that zone."""

ROW = 26
"""The height of a strip in a picture, in pixels, its frame included."""
GAP = 6
"""The paper between two strips, in pixels."""

BLACK_AND_WHITE = Palette(
    "swatch-mono",
    tuple(map(rgb, ["FFFFFF", "D9D9D9", "8C8C8C", "000000", "000000", "404040"])),
    tuple(map(rgb, ["000000", "000000", "000000", "FFFFFF", "000000", "FFFFFF"])),
    (Pattern.PLAIN, Pattern.DIAGONAL, Pattern.PLAIN, Pattern.DOTS, Pattern.PLAIN, Pattern.LINES),
)
"""As Swatch painted on a screen without colours: black cannot move, grey can, stripes can be purged, white is free.

Locked blocks are black with white dots, so that they can be told from fixed ones; narrow stretches are plain.
"""


def extents(zones: Zones, zoom: Zoom | None = None) -> dict[str, tuple[int, int]]:
    """The addresses that each strip shows: start and end of its zone, or what `zoom` says.

    Raises ValueError without a zone, for a zone without a block in memory, and for a zoom that is empty or not inside a zone.

    >>> from handleheap.block import Kind
    >>> system, finder = Block(0x1400, 0x6C00, Kind.FREE, 0x1400, 0), Block(0x8000, 0x400, Kind.FREE, 0x8000, 0)
    >>> extents({"System": [system], "Finder": [finder]}, {"System": (0x2000, 0x3000)})
    {'System': (8192, 12288), 'Finder': (32768, 33792)}
    """
    if not zones:
        raise ValueError("a picture of zones needs at least one zone")
    found = {}
    for name, blocks in zones.items():
        there = [block for block in blocks if block.base != NOWHERE]
        if not there:
            raise ValueError(f"zone {name!r} has no block in memory, and so no addresses")
        found[name] = there[0].base, there[-1].end
    for name, (start, end) in (zoom or {}).items():
        if name not in found:
            raise ValueError(f"no zone {name!r} to zoom in on: there are {', '.join(found)}")
        low, high = found[name]
        if not low <= start < end <= high:
            raise ValueError(f"{start:#x} to {end:#x} is no range inside zone {name!r}, {low:#x} to {high:#x}")
        found[name] = start, end
    return found


def zones_svg(
    zones: Zones,
    *,
    title: str,
    width: int = 720,
    palette: Palette = SWATCH,
    zoom: Zoom | None = None,
    prefix: str = "swatch",
) -> str:
    """The drawing, with names, scales, tooltips and legend; `width` is that of the strips, in pixels.

    Drawings with different palettes on one page need different `prefix`es. Raises ValueError as `extents` and `svg` do.
    Cost: O(blocks + width) per zone.
    """
    return svg(zones, title=title, width=width, palette=palette, ranges=extents(zones, zoom), prefix=prefix)


def zones_picture(
    zones: Zones, width: int, row_height: int = ROW, *, palette: Palette = SWATCH, zoom: Zoom | None = None
) -> bytearray:
    """The strips, `width` pixels wide and `zones_height` high, in palette indices: for `write_png` and `palette.indexed()`.

    The palette is asked for its hatches only. There are no names, since a picture has no letters; `zone_at` tells them.
    Raises ValueError as `extents` does and if no pixel is left inside a frame. Cost: O(blocks + pixels).
    """
    shown = extents(zones, zoom)
    gap = bytes((PAPER,)) * (width * GAP)
    return bytearray(gap).join(
        strip_picture(zones[name], width, row_height, start=start, end=end, hatches=palette.hatches, thin=True)
        for name, (start, end) in shown.items()
    )


def zones_height(zones: int, row_height: int = ROW) -> int:
    """The height of the picture of so many zones, in pixels.

    >>> zones_height(3)
    90
    """
    return zones * (row_height + GAP) - GAP


class Spot(NamedTuple):
    """What a pixel of a picture shows."""

    zone: str
    address: int
    """The first of the addresses under the pixel."""
    block: Block | None
    """The block that gave the pixel its colour; None where no block is."""


def zone_at(zones: Zones, x: int, y: int, width: int, row_height: int = ROW, *, zoom: Zoom | None = None) -> Spot | None:
    """What the pixel at (x, y) of `zones_picture` shows; None on a frame, between strips and outside. Cost: O(blocks).

    >>> from handleheap.block import Kind
    >>> zones = {"Finder": [Block(0x8000, 0x100, Kind.FIXED, 0x8000, 0), Block(0x8100, 0x300, Kind.FREE, 0x8000, 0)]}
    >>> spot = zone_at(zones, 129, 10, 258)
    >>> spot.zone, hex(spot.address), spot.block.kind.name
    ('Finder', '0x8200', 'FREE')
    """
    shown = extents(zones, zoom)
    row, inside = divmod(y, row_height + GAP)
    column, inner = x - 1, width - 2
    if not (0 <= row < len(shown) and 0 < inside < row_height - 1 and 0 <= column < inner):
        return None
    name, (start, end) = [*shown.items()][row]
    address = start + column * (end - start) // inner
    return Spot(name, address, block_at(zones[name], column, inner, start=start, end=end))


def zones_text(zones: Zones, *, columns: int = 48, zoom: Zoom | None = None) -> str:
    """The zones in letters, then the blocks and bytes of each class, a line per zone each time.

    Of the blocks under a letter, the most restrictive class is shown, as in a strip; each zone is `columns` letters long.
    Raises ValueError as `extents` and `strip` do. Cost: O(blocks + letters).

    >>> from handleheap.block import Kind
    >>> low = [Block(0x1400, 0x40, Kind.TABLE, 0x1400, 0), Block(0x1440, 0x3C0, Kind.FREE, 0x1440, 0)]
    >>> high = [Block(0x10000, 0x8000, Kind.FIXED, 0x10000, 0), Block(0x18000, 0x8000, Kind.MOVABLE, 0x18000, 0)]
    >>> print(zones_text({"System": low, "Application": high}, columns=32))
    System        0x1400  TT..............................   0x1800
    Application  0x10000  FFFFFFFFFFFFFFFFmmmmmmmmmmmmmmmm  0x20000
    <BLANKLINE>
    blocks, bytes  T table   F fixed  L locked  m movable  d discardable  . free       all
    System            1 64         -         -          -              -   1 960  2  1,024
    Application          -  1 32,768         -   1 32,768              -       -  2 65,536
    """
    maps, names, counts = [], ["blocks, bytes"], []
    for name, (start, end) in extents(zones, zoom).items():
        letters = "".join(LETTERS[code] for code in strip(zones[name], columns, start=start, end=end))
        maps.append([name, f"{start:#x}", letters, f"{end:#x}"])
        names.append(name)
        tallies = [*tally(zones[name]).values()]
        counts.append([*tallies, Tally(sum(each.blocks for each in tallies), sum(each.bytes for each in tallies))])
    heads = [*(f"{cls.letter} {cls.label}" for cls in reversed(BlockClass)), "all"]
    totals = [[head, *_counted(column)] for head, column in zip(heads, zip(*counts, strict=True), strict=True)]
    return "\n".join([*_aligned([*zip(*maps, strict=True)]), "", *_aligned([names, *totals])])


def _counted(tallies: Sequence[Tally]) -> list[str]:
    """Blocks and bytes, each flush right."""
    digits = max(len(f"{each.blocks:,}") for each in tallies)
    places = max(len(f"{each.bytes:,}") for each in tallies)
    return [f"{each.blocks:>{digits},} {each.bytes:>{places},}" if each.blocks else "-" for each in tallies]


def _aligned(columns: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table of these columns: the first one flush left, the others flush right."""
    wide = [max(map(len, column)) for column in columns]
    return ["  ".join([f"{row[0]:<{wide[0]}}", *map(str.rjust, row[1:], wide[1:])]) for row in zip(*columns, strict=True)]
