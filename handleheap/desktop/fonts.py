"""Bitmap faces, read from text files in `fonts/`: drawn for this package, the same pixels on every machine.

    height 16 ascent 12         height of the line, rows above the baseline

    U+0069 i                    code, character
    ......
    .##...                      `height` rows, as wide as the advance of the glyph
    .##...                      `#` ink, `.` paper

Lines that begin with `;` are comments. U+FFFD stands in for what the face has not. Nothing here knows pygame.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

STAND_IN = "\ufffd"
"""The box that is shown for every character a face has not."""


class FontError(ValueError):
    """A font file that cannot be read; the message names file and line."""


class Font:
    """A face: `height` of its line, `ascent` of its baseline, and a bitmap for every character."""

    def __init__(self, name: str, height: int, ascent: int, glyphs: dict[str, tuple[str, ...]]) -> None:
        self.name = name
        self.height = height
        self.ascent = ascent
        self.glyphs = glyphs

    @classmethod
    def load(cls, source: str | Path) -> Font:
        """A face by name (`system`, `small`, `fixed`) or by path. Raises FontError, and OSError for a path without a file."""
        if isinstance(source, Path) or source.endswith(".txt"):
            return cls.parse(Path(source).read_text("utf-8"), str(source))
        return cls.parse((files(__package__) / "fonts" / f"{source}.txt").read_text("utf-8"), source)

    @classmethod
    def parse(cls, text: str, name: str) -> Font:
        """A face from the text of its file. Raises FontError."""
        height = ascent = 0
        glyphs: dict[str, list[str]] = {}
        rows: list[str] = []
        numbered = list(enumerate(text.splitlines(), 1))

        def wrong(number: int, what: str) -> FontError:
            return FontError(f"{name}:{number}: {what}")

        def complete(number: int) -> None:
            if glyphs and len(rows) != height:
                raise wrong(number, f"{next(reversed(glyphs))!r} above has {len(rows)} rows, the line has {height}")

        for number, line in numbered:
            words = line.split()
            if not words or line.startswith(";"):
                continue
            if words[0] == "height":
                try:
                    height, ascent = int(words[1]), int(words[3])
                except (IndexError, ValueError):
                    raise wrong(number, "expected `height H ascent A`") from None
            elif line.startswith("U+"):
                complete(number)
                try:
                    char = chr(int(words[0][2:], 16))
                except ValueError:
                    raise wrong(number, f"{words[0]} is no code of a character") from None
                if char in glyphs:
                    raise wrong(number, f"{char!r} is drawn twice")
                glyphs[char] = rows = []
            elif not glyphs or line.strip("#."):
                raise wrong(number, f"{line!r} is no row of a glyph")
            elif rows and len(line) != len(rows[0]):
                raise wrong(number, f"a row of {len(line)} pixels in a glyph of {len(rows[0])}")
            else:
                rows.append(line)
        complete(len(numbered))
        if not 0 < ascent <= height:
            raise wrong(len(numbered), "no line `height H ascent A` with A up to H")
        if STAND_IN not in glyphs:
            raise wrong(len(numbered), "U+FFFD is missing")
        return cls(name, height, ascent, {char: tuple(drawn) for char, drawn in glyphs.items()})

    def glyph(self, char: str) -> tuple[str, ...]:
        """The rows of a character, `#` for ink.

        >>> Font.load("small").glyph("-")[7]
        '###.'
        """
        return self.glyphs.get(char) or self.glyphs[STAND_IN]

    def width(self, text: str) -> int:
        """The width of a text in pixels: the sum of its advances.

        >>> Font.load("fixed").width("0x00012C40")
        80
        """
        return sum(len(self.glyph(char)[0]) for char in text)

    def centred(self, height: int) -> int:
        """Where the line begins so that its capitals stand in the middle of `height` pixels, if its tails find room."""
        capital = sum("#" in row for row in self.glyph("H"))
        return min((height - capital) // 2 - (self.ascent - capital), max(0, height - self.height))

    def fit(self, text: str, width: int) -> str:
        """The text, or as much of its beginning as `width` pixels hold with … behind it.

        >>> Font.load("fixed").fit("Task Database", 64)
        'Task Da…'
        """
        if self.width(text) <= width:
            return text
        while text and self.width(text + "…") > width:
            text = text[:-1]
        return text + "…" if self.width(text + "…") <= width else ""

    def wrap(self, text: str, width: int) -> list[str]:
        """The text in lines of at most `width` pixels, broken at spaces; a longer word has a line of its own.

        >>> Font.load("fixed").wrap("Not Enough Memory", 88)
        ['Not Enough', 'Memory']
        """
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if self.width(longer) <= width or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines


class Faces(NamedTuple):
    """The three faces of the desktop."""

    system: Font
    small: Font
    fixed: Font


@cache
def faces() -> Faces:
    """The faces, read once."""
    return Faces(*map(Font.load, Faces._fields))


def mnemonic(text: str) -> tuple[str, int | None]:
    """A label without its `&`, and the place of the letter behind it; `&&` is an ampersand.

    >>> mnemonic("&File"), mnemonic("Save && E&xit"), mnemonic("OK")
    (('File', 0), ('Save & Exit', 8), ('OK', None))
    """
    plain = ""
    marked = None
    at = 0
    while at < len(text):
        if text[at] == "&" and at + 1 < len(text):
            at += 1
            if text[at] != "&" and marked is None:
                marked = len(plain)
        plain += text[at]
        at += 1
    return plain, marked


def letter(text: str) -> str:
    """The mnemonic of a label in lower case, or nothing.

    >>> letter("E&xit")
    'x'
    """
    plain, marked = mnemonic(text)
    return "" if marked is None else plain[marked].lower()
