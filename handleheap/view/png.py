"""PNG and animated PNG with a palette, written by the standard library alone.

    signature | IHDR | acTL | PLTE | fcTL IDAT | fcTL fdAT | fcTL fdAT | … | IEND
                       ^ animation only: each frame after the first holds the rows that changed

Equal input gives equal bytes. A file appears under its name when it is complete, or not at all.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

RGB = tuple[int, int, int]
SIGNATURE = b"\x89PNG\r\n\x1a\n"
LONGEST = 0xFFFF
"""The longest delay of a frame, in milliseconds; a picture that stays longer is written again."""


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk: length, name, data, checksum of name and data."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def scanlines(pixels: bytes, width: int) -> bytes:
    """Rows of pixels, each behind a filter byte (0, none: the best for palettes), compressed."""
    return zlib.compress(b"".join(b"\0" + pixels[at : at + width] for at in range(0, len(pixels), width)), 9)


def head(width: int, height: int) -> bytes:
    """The header of an 8-bit picture with a palette. Raises ValueError for a size that PNG does not know."""
    if not (0 < width < 1 << 31 and 0 < height < 1 << 31):
        raise ValueError(f"a picture of {width} x {height} pixels cannot be written")
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))


def colours(palette: Sequence[RGB]) -> bytes:
    """The palette. Raises ValueError unless it has 1 to 256 colours of three bytes."""
    if not 1 <= len(palette) <= 256:
        raise ValueError(f"a palette of {len(palette)} colours: 1 to 256 can be written")
    for index, colour in enumerate(palette):
        if len(colour) != 3 or not all(0 <= part <= 255 for part in colour):
            raise ValueError(f"colour {index} of the palette is {colour}: three numbers from 0 to 255 are expected")
    return chunk(b"PLTE", b"".join(map(bytes, palette)))


def fitting(pixels: bytes | bytearray, width: int, height: int, palette: Sequence[RGB]) -> bytes:
    """The pixels as bytes. Raises ValueError if their number is wrong or one has no colour."""
    if len(pixels) != width * height:
        raise ValueError(f"{len(pixels):,} pixels for a picture of {width} x {height}, which has {width * height:,}")
    if (largest := max(pixels)) >= len(palette):
        raise ValueError(f"pixel {pixels.index(largest):,} has index {largest}, but the palette has {len(palette)} colours")
    return bytes(pixels)


def png(width: int, height: int, pixels: bytes | bytearray, palette: Sequence[RGB]) -> bytes:
    r"""The bytes of a PNG file; `pixels` are palette indices, row by row. Raises ValueError as the parts above do.

    >>> png(2, 1, b"\0\1", [(0, 0, 0), (255, 255, 255)])[:8]
    b'\x89PNG\r\n\x1a\n'
    """
    start = head(width, height) + colours(palette)
    data = scanlines(fitting(pixels, width, height, palette), width)
    return SIGNATURE + start + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def save(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file under another name in the same folder, then rename it. Raises OSError and leaves nothing behind."""
    target = Path(path)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def write_png(path: str | os.PathLike[str], width: int, height: int, pixels: bytes | bytearray, palette: Sequence[RGB]) -> None:
    """Write a picture to a file. Raises ValueError for sizes that do not fit, OSError."""
    save(path, png(width, height, pixels, palette))


class Apng:
    """An animation, written when it is closed; leaving a `with` block by an exception writes nothing.

    `fps` is the speed of frames added without a delay of their own, `loops` how often it is played, 0 for ever.
    Memory: one picture and the compressed frames. Raises ValueError for a size, palette or speed that cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        width: int,
        height: int,
        palette: Sequence[RGB],
        *,
        fps: float = 10,
        loops: int = 0,
    ) -> None:
        if not 0 < fps <= 1000:
            raise ValueError(f"{fps} frames a second: more than 0 and at most 1000 are possible")
        self.path, self.width, self.height, self.palette = path, width, height, palette
        self._head, self._colours = head(width, height), colours(palette)
        self._delay, self._loops = max(1, min(LONGEST, round(1000 / fps))), loops
        self._last = b""
        self._frames: list[tuple[int, int, int, bytes]] = []  # first row, rows, delay in ms, compressed rows

    def add(self, pixels: bytes | bytearray, delay: int | None = None) -> None:
        """Add a frame that stays `delay` milliseconds; one like the frame before makes that one stay longer.

        Raises ValueError for a wrong number of pixels, an index without a colour, and a delay not in 1 to 65,535.
        """
        delay = self._delay if delay is None else delay
        if not 0 < delay <= LONGEST:
            raise ValueError(f"a delay of {delay} ms: 1 to {LONGEST:,} can be written")
        pixels = fitting(pixels, self.width, self.height, self.palette)
        first, last = changed(self._last, pixels, self.width) if self._frames else (0, self.height)
        if first == last:
            top, rows, before, data = self._frames[-1]
            if before + delay <= LONGEST:
                self._frames[-1] = top, rows, before + delay, data
                return
            first, last = 0, 1
        band = pixels[first * self.width : last * self.width]
        self._frames.append((first, last - first, delay, scanlines(band, self.width)))
        self._last = pixels

    def close(self) -> None:
        """Write the file. Raises ValueError if there is no frame, OSError."""
        if not self._frames:
            raise ValueError(f"{os.fspath(self.path)}: an animation without frames cannot be written")
        out = [SIGNATURE, self._head, chunk(b"acTL", struct.pack(">II", len(self._frames), self._loops)), self._colours]
        number = 0
        for top, rows, delay, data in self._frames:
            out.append(chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, self.width, rows, 0, top, delay, 1000, 0, 0)))
            number += 1
            if number == 1:
                out.append(chunk(b"IDAT", data))
            else:
                out.append(chunk(b"fdAT", struct.pack(">I", number) + data))
                number += 1
        save(self.path, b"".join([*out, chunk(b"IEND", b"")]))

    def __enter__(self) -> Apng:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()


def changed(old: bytes, new: bytes, width: int) -> tuple[int, int]:
    """The band of rows, first up to last, outside of which two pictures are equal.

    >>> changed(b"aabbccdd", b"aabxccdd", 2)
    (1, 2)
    """
    rows = [at // width for at in range(0, len(new), width) if old[at : at + width] != new[at : at + width]]
    return (rows[0], rows[-1] + 1) if rows else (0, 0)
