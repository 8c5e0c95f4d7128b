r"""A text as lines on a page: pure functions between positions, lines and pixels.

"one two three\nfour"      wrapped: (0, 8) (8, 13) (14, 18)
 one two_                  a line that was broken keeps its space, which may hang over the edge
 three                     one that ends in a newline ends before it
 four
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

from .fonts import Font

Line = tuple[int, int]
"""First position of a line and the one behind its last."""
Lines = tuple[Line, ...]


@lru_cache(maxsize=16)
def wrapped(text: str, font: Font, width: int) -> Lines:
    """The lines of a text, at least one: broken behind spaces, a word that is too long where the pixels end.

    Looks at each character once; what was wrapped lately is known.
    """
    lines: list[Line] = []
    start = 0
    for paragraph in text.split("\n"):
        end = start + len(paragraph)
        lines += _broken(text, start, end, font, width)
        start = end + 1
    return tuple(lines)


def line_of(lines: Lines, position: int) -> int:
    """The line that a caret at a position stands in; between two halves of a broken line, the second.

    >>> line_of(((0, 8), (8, 13), (14, 18)), 8), line_of(((0, 8), (8, 13), (14, 18)), 13)
    (1, 1)
    """
    return max(0, bisect_right(lines, position, key=lambda line: line[0]) - 1)


def place_of(text: str, lines: Lines, font: Font, position: int) -> tuple[int, int]:
    """Where a caret stands: pixels from the left, and the line."""
    line = line_of(lines, position)
    return font.width(text[lines[line][0] : position]), line


def position_at(text: str, lines: Lines, font: Font, line: int, x: int) -> int:
    """The position nearest to `x` pixels from the left in a line, or in the nearest line there is."""
    line = max(0, min(line, len(lines) - 1))
    for at in range(lines[line][0], last_of(lines, line)):
        width = font.width(text[at])
        if x < (width + 1) // 2:
            return at
        x -= width
    return last_of(lines, line)


def last_of(lines: Lines, line: int) -> int:
    """The last position in a line where a caret is seen in it: in a broken line, before its last character."""
    start, end = lines[line]
    broken = line + 1 < len(lines) and lines[line + 1][0] == end
    return max(start, end - 1) if broken else end


def top_for(lines: Lines, caret: int, top: int, rows: int) -> int:
    """The first line to show, as near to `top` as can be, so that the caret is seen among `rows` lines."""
    line = line_of(lines, caret)
    top = max(min(top, line), line - max(1, rows) + 1)
    return max(0, min(top, last_top(lines, rows)))


def last_top(lines: Lines, rows: int) -> int:
    """The first line of the last page."""
    return max(0, len(lines) - max(1, rows))


def _broken(text: str, start: int, end: int, font: Font, width: int) -> list[Line]:
    """A paragraph in lines."""
    lines: list[Line] = []
    used = 0
    space = start
    at = start
    while at < end:
        wide = font.width(text[at])
        if text[at] == " ":
            space = at + 1
        elif used + wide > width and at > start:
            cut = space if space > start else at
            lines.append((start, cut))
            start = space = cut
            used = font.width(text[cut:at])
            continue
        used += wide
        at += 1
    return [*lines, (start, end)]
