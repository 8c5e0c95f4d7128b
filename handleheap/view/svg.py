"""One heap or several, before and after say, as an SVG drawing to look at, to print and to be read aloud.

    title
    before   [####|      |//|          ]      one address scale for all strips
    after    [####|//|                 ]      hatches, a tooltip on every block a pixel wide
    0x0                         0x10000
    legend   F fixed    2 blocks, 8,192 bytes …

No script and no reference to anything outside; equal input gives equal text. As many elements as pixels at most, however
many blocks there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from ..block import Block
from .classes import BlockClass, classify, tally
from .palette import OKABE, PATTERNS, PERIOD, Palette, hexadecimal, pattern_at
from .strip import ROOMY, runs, spans, strip, window
from .textmap import plural

MARGIN = 8
LINE = 18
"""The height of a line of text, in pixels."""
HEIGHT = 32
"""The height of a strip, in pixels."""
NAMES = 130
"""The width of the column of class names, in pixels."""
FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that XML cannot carry."""


def svg(
    strips: Mapping[str, Sequence[Block]],
    *,
    title: str,
    width: int = 720,
    palette: Palette = OKABE,
    start: int = 0,
    end: int | None = None,
    prefix: str = "heap",
) -> str:
    """The drawing of labelled strips: label to blocks in address order. `end` defaults to the end of the longest heap.

    `width` is that of the strips, in pixels. Drawings with different palettes on one page need different `prefix`es.
    Raises ValueError without a strip and for an impossible range. Cost: O(blocks + width) per strip.
    """
    if not strips:
        raise ValueError("a drawing needs at least one strip")
    start, end = window([block for blocks in strips.values() for block in blocks], start, end)
    fills = [_fills(cls, palette, prefix) for cls in BlockClass]
    body: list[str] = [_text(MARGIN, LINE, title, ' font-weight="bold"')]
    y = LINE + 6
    for label, blocks in strips.items():
        body.append(_text(MARGIN, y + 13, label))
        body += _strip(blocks, width, y + LINE, start, end, fills)
        y += LINE + HEIGHT + 6
    body.append(_text(MARGIN, y + 10, f"{start:#x}"))
    body.append(_text(MARGIN + width, y + 10, f"{end:#x}", ' text-anchor="end"'))
    body += _legend(strips, width, y + LINE, fills)
    high = y + LINE + LINE * (1 + len(BlockClass)) + MARGIN
    wide = width + 2 * MARGIN
    spoken = " ".join([f"{title}.", *(summary(label, blocks) for label, blocks in strips.items())])
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
            f' role="img" aria-label={quoteattr(_plain(spoken))} font-family="sans-serif" font-size="12">',
            f"<title>{escape(_plain(title))}</title>",
            "<defs>",
            *(_pattern(cls, palette, prefix) for cls in BlockClass),
            "</defs>",
            f'<rect width="{wide}" height="{high}" fill="#ffffff"/>',
            *body,
            "</svg>\n",
        ]
    )


def summary(label: str, blocks: Sequence[Block]) -> str:
    """What a strip shows, in words, for those who do not see it.

    >>> from handleheap.block import Kind
    >>> summary("after", [Block(0, 16, Kind.FIXED, 0, 16), Block(16, 48, Kind.FREE, 16, 0)])
    'after: fixed 1 block, 16 bytes; free 1 block, 48 bytes.'
    """
    parts = [f"{cls.label} {_count(*counts)}" for cls, counts in tally(blocks).items() if counts.blocks]
    return f"{label}: {'; '.join(parts) or 'no blocks'}."


def tooltip(block: Block) -> str:
    """A block in words.

    >>> from handleheap.block import Kind
    >>> tooltip(Block(0x100, 4096, Kind.MOVABLE, 0x108, 4000, handle=0x1f2, locks=1, owner="PAINT"))
    'locked, handle 0x1f2: 4,096 bytes at 0x100, 4,000 of them asked for, 1 lock, owner PAINT'
    """
    name = classify(block).label + (f", handle {block.handle:#x}" if block.handle else "")
    words = [f"{name}: {plural(block.size, 'byte')} at {block.base:#x}"]
    if block.handle:
        words.append(f"{block.length:,} of them asked for")
    if block.locks:
        words.append(plural(block.locks, "lock"))
    if block.owner:
        words.append(f"owner {block.owner}")
    return ", ".join(words)


def _count(blocks: int, size: int) -> str:
    return f"{plural(blocks, 'block')}, {plural(size, 'byte')}"


def _plain(text: str) -> str:
    """The text with a replacement for each character that XML cannot carry."""
    return FORBIDDEN.sub("\ufffd", text)


def _text(x: int, y: int, text: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}"{more}>{escape(_plain(text))}</text>'


def _pattern(cls: BlockClass, palette: Palette, prefix: str) -> str:
    """The ground of a class with its hatch, the same pixels as in a PNG."""
    hatch = PATTERNS[cls]
    cells = [(x, y) for y in range(PERIOD) for x in range(PERIOD) if pattern_at(hatch, x, y)]
    ink = "".join(f"M{x} {y}h1v1h-1z" for x, y in cells)
    drawn = f'<path d="{ink}" fill="{hexadecimal(palette.ink(cls))}"/>' if ink else ""
    ground = f'<rect width="{PERIOD}" height="{PERIOD}" fill="{hexadecimal(palette.ground(cls))}"/>'
    return (
        f'<pattern id="{prefix}-{cls.label}" width="{PERIOD}" height="{PERIOD}" patternUnits="userSpaceOnUse"'
        f' shape-rendering="crispEdges">{ground}{drawn}</pattern>'
    )


def _fills(cls: BlockClass, palette: Palette, prefix: str) -> tuple[str, str]:
    """How a class is painted, plain where it is narrow and hatched where it is not; the plain colour is the fallback, too."""
    plain = hexadecimal(palette.ground(cls))
    return plain, f"url(#{prefix}-{cls.label}) {plain}"


def _rect(x: int, y: int, width: int, height: int, fill: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}"/>'


def _strip(blocks: Sequence[Block], width: int, y: int, start: int, end: int, fills: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The colours of a strip, then an invisible rectangle with a tooltip per block, then the frame."""
    for x0, x1, cls in runs(strip(blocks, width, start=start, end=end)):
        yield _rect(MARGIN + x0, y, x1 - x0, HEIGHT, fills[cls][x1 - x0 >= ROOMY])
    for span in spans(blocks, width, start=start, end=end):
        x, wide = MARGIN + span.x0, span.x1 - span.x0
        line = f'<path d="M{x}.5 {y}v{HEIGHT}" stroke="#000000"/>' if wide >= ROOMY and span.x0 else ""
        area = f'<rect x="{x}" y="{y}" width="{wide}" height="{HEIGHT}" fill="none" pointer-events="all"/>'
        yield f"<g><title>{escape(_plain(tooltip(span.block)))}</title>{area}{line}</g>"
    yield f'<rect x="{MARGIN}.5" y="{y}.5" width="{width - 1}" height="{HEIGHT - 1}" fill="none" stroke="#000000"/>'


def _legend(strips: Mapping[str, Sequence[Block]], width: int, y: int, fills: Sequence[tuple[str, str]]) -> Iterator[str]:
    """A line per class: its swatch, its name and its counts in every strip."""
    column = (width - NAMES) // len(strips)
    counts = [tally(blocks) for blocks in strips.values()]
    if len(strips) > 1:
        for number, label in enumerate(strips):
            yield _text(MARGIN + NAMES + number * column, y + 13, label, ' font-weight="bold"')
    for cls in reversed(BlockClass):
        y += LINE
        yield _rect(MARGIN, y, 16, 12, fills[cls][True])
        yield f'<rect x="{MARGIN}.5" y="{y}.5" width="15" height="11" fill="none" stroke="#000000"/>'
        yield _text(MARGIN + 24, y + 11, cls.label)
        for number, count in enumerate(counts):
            yield _text(MARGIN + NAMES + number * column, y + 11, _count(*count[cls]))
