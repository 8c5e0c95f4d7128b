"""One heap or several, before and after say, as an SVG drawing to look at, to print and to be read aloud.

    title
    before   [####|      |//|          ]      one address scale for all strips
    after    [####|//|                 ]      hatches, a tooltip on every block a pixel wide
    0x0                         0x10000
    legend   F fixed    2 blocks, 8,192 bytes …

With `ranges`, each strip has an address scale of its own beneath it and its label on the left: see `swatch`.

No script and no reference to anything outside; equal input gives equal text. As many elements as pixels at most, however
many blocks there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from ..block import Block
from .classes import BlockClass, classify, tally
from .palette import OKABE, PERIOD, Palette, hexadecimal, pattern_at
from .strip import ROOMY, runs, separated, spans, strip, window
from .textmap import plural

MARGIN = 8
LINE = 18
"""The height of a line of text, in pixels."""
HEIGHT = 32
"""The height of a strip, in pixels."""
NAMES = 130
"""The width of the column of class names, in pixels."""
COUNTS = 180
"""The width of a column of counts that has room for large ones, in pixels."""
LETTER = 8
"""The width of a letter of a label, in pixels, at a guess that is seldom too low."""
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
    ranges: Mapping[str, tuple[int, int]] | None = None,
    prefix: str = "heap",
) -> str:
    """The drawing of labelled strips: label to blocks in address order. `end` defaults to the end of the longest heap.

    `ranges` gives each label the start and end of a scale of its own, instead. `width` is that of the strips, in pixels.
    Drawings with different palettes on one page need different `prefix`es. Raises ValueError without a strip, for an
    impossible range and where `ranges` has other labels than `strips`. Cost: O(blocks + width) per strip.
    """
    if not strips:
        raise ValueError("a drawing needs at least one strip")
    fills = [_fills(cls, palette, prefix) for cls in BlockClass]
    body: list[str] = [_text(MARGIN, LINE, title, ' font-weight="bold"')]
    wide, y, column = width, LINE + 6, 0
    if ranges is None:
        start, end = window([block for blocks in strips.values() for block in blocks], start, end)
        for label, blocks in strips.items():
            body.append(_text(MARGIN, y + 13, label))
            body += _strip(blocks, MARGIN, width, y + LINE, start, end, fills)
            y += LINE + HEIGHT + 6
        body += _scale(MARGIN, width, y, start, end)
    else:
        if ranges.keys() != strips.keys():
            raise ValueError(f"the strips are {', '.join(strips)}, the ranges those of {', '.join(ranges) or 'none'}")
        column = LETTER * max(map(len, strips)) + MARGIN
        wide += column
        for label, blocks in strips.items():
            start, end = window(blocks, *ranges[label])
            body.append(f"<g><title>{_escaped(summary(label, blocks))}</title>{_text(MARGIN, y + 20, label)}</g>")
            body += _strip(blocks, MARGIN + column, width, y, start, end, fills, thin=True)
            body += _scale(MARGIN + column, width, y + HEIGHT + 2, start, end)
            y += HEIGHT + LINE
        y -= LINE
    across = len(strips) if ranges is None else max(1, (wide - NAMES) // max(COUNTS, column))
    labels = [*strips]
    for at in range(0, len(labels), across):
        shown = labels[at : at + across]
        body += _legend({label: strips[label] for label in shown}, wide, y + LINE, fills, named=len(labels) > 1)
        y += LINE * (1 + len(BlockClass))
    high = y + LINE + MARGIN
    wide += 2 * MARGIN
    spoken = " ".join([f"{title}.", *(summary(label, blocks) for label, blocks in strips.items())])
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
            f' role="img" aria-label={quoteattr(_plain(spoken))} font-family="sans-serif" font-size="12">',
            f"<title>{_escaped(title)}</title>",
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


def _escaped(text: str) -> str:
    return escape(_plain(text))


def _text(x: int, y: int, text: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}"{more}>{_escaped(text)}</text>'


def _scale(left: int, width: int, y: int, start: int, end: int) -> Iterator[str]:
    """The first and the last address beneath a strip."""
    yield _text(left, y + 10, f"{start:#x}")
    yield _text(left + width, y + 10, f"{end:#x}", ' text-anchor="end"')


def _pattern(cls: BlockClass, palette: Palette, prefix: str) -> str:
    """The ground of a class with its hatch, the same pixels as in a PNG."""
    hatch = palette.hatches[cls]
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


def _strip(
    blocks: Sequence[Block],
    left: int,
    width: int,
    y: int,
    start: int,
    end: int,
    fills: Sequence[tuple[str, str]],
    thin: bool = False,
) -> Iterator[str]:
    """The colours of a strip, then an invisible rectangle with a tooltip per block, then the frame.

    With `thin`, nothing covers a block of one pixel, neither a separator nor the frame, which is then outside the strip.
    """
    codes = strip(blocks, width, start=start, end=end)
    for x0, x1, cls in runs(codes):
        yield _rect(left + x0, y, x1 - x0, HEIGHT, fills[cls][x1 - x0 >= ROOMY])
    for span in spans(blocks, width, start=start, end=end):
        x, wide = left + span.x0, span.x1 - span.x0
        line = f'<path d="M{x}.5 {y}v{HEIGHT}" stroke="#000000"/>' if separated(span, codes, thin=thin) else ""
        area = f'<rect x="{x}" y="{y}" width="{wide}" height="{HEIGHT}" fill="none" pointer-events="all"/>'
        yield f"<g><title>{_escaped(tooltip(span.block))}</title>{area}{line}</g>"
    wide, high = width - 1 + 2 * thin, HEIGHT - 1 + 2 * thin
    yield f'<rect x="{left - thin}.5" y="{y - thin}.5" width="{wide}" height="{high}" fill="none" stroke="#000000"/>'


def _legend(
    strips: Mapping[str, Sequence[Block]], width: int, y: int, fills: Sequence[tuple[str, str]], *, named: bool
) -> Iterator[str]:
    """A line per class: its swatch, its name and its counts in every strip; above, the labels of the strips if `named`."""
    column = (width - NAMES) // len(strips)
    counts = [tally(blocks) for blocks in strips.values()]
    if named:
        for number, label in enumerate(strips):
            yield _text(MARGIN + NAMES + number * column, y + 13, label, ' font-weight="bold"')
    for cls in reversed(BlockClass):
        y += LINE
        yield _rect(MARGIN, y, 16, 12, fills[cls][True])
        yield f'<rect x="{MARGIN}.5" y="{y}.5" width="15" height="11" fill="none" stroke="#000000"/>'
        yield _text(MARGIN + 24, y + 11, cls.label)
        for number, count in enumerate(counts):
            yield _text(MARGIN + NAMES + number * column, y + 11, _count(*count[cls]))
