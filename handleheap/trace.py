"""Allocation traces: what a program asked of its heap, call by call, without the contents.

    20480        suggested heap in bytes (we write the peak of live bytes)  | newer files:  weight 0..3
    2            number of ids: 0 and 1                                     |               ids
    5            number of operations                                       |               operations
    1            weight, 0..3                                               |               peak of live bytes, verified
    a 0 512      allocate id 0, 512 bytes            f -1   free(NULL), which does nothing
    a 1 16       allocate id 1                       l 0    lock       u 0  unlock
    r 0 640      resize id 0                         d 0    may be discarded from now on
    f 1          free id 1                           t 0    touch: the program uses the block
    f 0          free id 0                           c      compact    # comment, here or anywhere

That is the `.rep` format of CS:APP's malloc lab; the verbs l, u, d, t and c are ours. The lines of wee_alloc's traces,
`Alloc(512),` and `Free(0),`, are read as well. Which format it is, and whether gzip packed it, the contents say, not the name.

What a replay must know, since C's realloc is four functions in one:

    r id n    id never seen, or gone by "r id 0"   an allocation of n bytes, as realloc(NULL, n) is
    r id 0    id is live                           a free; one "f id" may follow, and is free(NULL)
    r id n    id is live, n > 0                    a resize
    r id n    id was freed by "f id"               an error

An id may be allocated again once it is free; blocks may be live at the end; a block of 0 bytes is a block.

- `.trace.whole` reading checks every line and returns a whole trace or raises; it never returns half of one.
"""

from __future__ import annotations

import gzip
import io
import os
import secrets
import statistics as stdlib_statistics
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from .errors import TraceError
from .tracefile import LARGEST, VERBS, Op, Progress, columns_of, read_columns, reason

__all__ = ["LARGEST", "VERBS", "Op", "Progress", "Statistics", "Trace"]

ALLOC, REALLOC, FREE = b"arf"


class Statistics(NamedTuple):
    """A trace in nine figures."""

    ops: int
    malloc: int
    realloc: int
    free: int
    peak_live_bytes: int
    peak_live_blocks: int
    total_bytes: int
    """All sizes ever asked for, by allocations and by resizes."""
    median_size: int
    """The lower median of those sizes; 0 where there are none."""
    live_at_end: int
    """Bytes that nobody freed."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Trace:
    """A whole, checked trace: three columns, 17 bytes an operation. Two traces with the same operations are equal.

    >>> trace = Trace.build([("a", 0, 512), ("a", 1, 16), ("r", 0, 640), ("f", 1, 0)], name="tiny")
    >>> trace
    <Trace tiny: 4 ops>
    >>> list(trace)[2]
    ('r', 0, 640)
    >>> trace.statistics().peak_live_bytes
    656
    """

    name: str
    verbs: bytes
    """The letter of each operation, as a byte."""
    ids: array[int]
    sizes: array[int]

    @classmethod
    def read(cls, source: str | os.PathLike[str] | bytes, *, name: str | None = None, progress: Progress | None = None) -> Trace:
        """Read a trace from a file, or from the bytes of one. The name is the file's without its extensions.

        Raises TraceError, which names file, line, what was expected and what was found. Cost: one pass, less than 1 µs a line.
        """
        if isinstance(source, bytes):
            return cls._parse(io.BytesIO(source), name or "trace", name or "trace", progress)
        path = os.fspath(source)
        try:
            file = open(path, "rb")  # noqa: SIM115 - closed below; an error of opening has words of its own
        except (OSError, ValueError) as error:
            raise TraceError(path, None, reason(error)) from error
        with file:
            return cls._parse(file, name or Path(path).name.split(".")[0] or path, path, progress)

    @classmethod
    def parse(cls, text: str | bytes, *, name: str = "trace") -> Trace:
        r"""Read a trace from its text.

        >>> Trace.parse("0\n1\n2\n1\na 0 8\nf 0").statistics().total_bytes
        8
        >>> Trace.parse("0\n1\n1\n1\nf 0", name="wrong")
        Traceback (most recent call last):
        handleheap.errors.TraceError: wrong:5: f 0: id 0 was never allocated
        """
        return cls.read(text.encode(errors="surrogatepass") if isinstance(text, str) else text, name=name)

    @classmethod
    def build(cls, ops: Iterable[Op], *, name: str) -> Trace:
        """Check operations that a program makes up. An error's line is the number of the operation, from 1.

        >>> Trace.build([("a", 0, 8), ("f", 0, 0), ("f", 0, 0)], name="twice")
        Traceback (most recent call last):
        handleheap.errors.TraceError: twice:3: f 0: id 0 was freed before, by line 2
        """
        return cls(name, *columns_of(name, ops))

    @classmethod
    def _parse(cls, file: BinaryIO, name: str, path: str, progress: Progress | None) -> Trace:
        return cls(name, *read_columns(file, path, progress))

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the trace as `.rep`, packed if the name ends in .gz. The same trace always gives the same bytes.

        The file appears when it is complete, under a temporary name before that. Raises TraceError with the system's words.
        """
        try:
            if os.path.exists(path) and not os.path.isfile(path):  # a device or pipe must not be replaced by a file
                self._write_to(os.fspath(path))
                return
            target = os.path.realpath(path)
            temporary = f"{target}.{secrets.token_hex(4)}.tmp"
            try:
                self._write_to(temporary, pack=target.endswith(".gz"))
                os.replace(temporary, target)
            finally:
                with suppress(OSError):
                    os.unlink(temporary)
        except (OSError, ValueError) as error:
            raise TraceError(os.fspath(path), None, reason(error)) from error

    def _write_to(self, path: str, *, pack: bool = False) -> None:
        with open(path, "wb") as file:
            if pack:
                with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                    packed.write(b"".join(self._text()))
            else:
                file.writelines(self._text())

    def statistics(self) -> Statistics:
        """The trace in figures. Cost: one pass."""
        live: dict[int, int] = {}
        peak_bytes = peak_blocks = now = 0
        for verb, ident, size in self:
            if verb == "a":
                live[ident] = size
                now += size
            elif verb == "f":
                now -= live.pop(ident, 0)
            elif verb == "r":
                old = live.pop(ident, None)
                now += size - (old or 0)
                if size or old is None:
                    live[ident] = size
            else:
                continue
            if now > peak_bytes:
                peak_bytes = now
            if len(live) > peak_blocks:
                peak_blocks = len(live)
        sizes = [size for verb, _, size in self if verb in "ar"]
        return Statistics(
            ops=len(self),
            malloc=self.verbs.count(ALLOC),
            realloc=self.verbs.count(REALLOC),
            free=self.verbs.count(FREE),
            peak_live_bytes=peak_bytes,
            peak_live_blocks=peak_blocks,
            total_bytes=sum(sizes),
            median_size=stdlib_statistics.median_low(sizes) if sizes else 0,
            live_at_end=now,
        )

    def __len__(self) -> int:
        return len(self.verbs)

    def __iter__(self) -> Iterator[Op]:
        return zip(self.verbs.decode("ascii"), self.ids, self.sizes, strict=True)

    def __repr__(self) -> str:
        return f"<Trace {self.name}: {len(self):,} ops>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trace):
            return NotImplemented
        return (self.verbs, self.ids, self.sizes) == (other.verbs, other.ids, other.sizes)

    def _text(self) -> Iterator[bytes]:
        peak = self.statistics().peak_live_bytes
        yield b"%d\n%d\n%d\n1\n" % (peak, max(self.ids, default=-1) + 1, len(self))
        for verb, ident, size in self:
            if verb in "ar":
                yield b"%s %d %d\n" % (verb.encode(), ident, size)
            elif verb == "c":
                yield b"c\n"
            else:
                yield b"%s %d\n" % (verb.encode(), ident)
