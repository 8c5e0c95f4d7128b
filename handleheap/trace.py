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
import re
import secrets
import statistics as stdlib_statistics
import zlib
from array import array
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from .errors import TraceError

Op = tuple[str, int, int]
"""(verb, id, size). The size is 0 where the verb has none, the id of `c` and of a free(NULL) is -1."""

Progress = Callable[[int, int], None]
"""Called now and then with the bytes read so far and the bytes of the file."""

VERBS = "arfludtc"
LARGEST = 2**63 - 1
LONGEST_LINE = 1 << 20
CHUNK = 1 << 16

_ALLOC, _REALLOC, _FREE, _LOCK, _UNLOCK, _DISCARDABLE, _TOUCH, _COMPACT = VERBS.encode()
_FORMS = {
    b"a": "a id bytes",
    b"r": "r id bytes",
    b"f": "f id",
    b"l": "l id",
    b"u": "u id",
    b"d": "d id",
    b"t": "t id",
    b"c": "c",
}
_FIELDS = {verb: len(form.split()) for verb, form in _FORMS.items()}
_WEE = re.compile(rb"(Alloc|Free)\(([0-9]+)\),?")

_Line = tuple[int, list[bytes]]
"""(number, fields) of a line that says something."""

_Step = tuple[int, int, int, int]
"""(line, code of the verb, id, size): what every reader makes of its lines."""


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
            raise TraceError(path, None, _reason(error)) from error
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
        return cls(name, *_check(name, _steps_of_ops(name, ops))[:3])

    @classmethod
    def _parse(cls, file: BinaryIO, name: str, path: str, progress: Progress | None) -> Trace:
        lines = _meaningful(_lines(file, path, progress))
        first = next(lines, None)
        if first is None:
            raise TraceError(path, 1, "empty: expected the 4 header lines of a trace")
        lines = chain([first], lines)
        if first[1][0].startswith((b"Alloc(", b"Free(")):
            return cls(name, *_check(path, _steps_of_wee(path, lines))[:3])
        header = _Header.of(path, lines)
        verbs, ids, sizes, peak = _check(path, _steps_of_rep(path, header, lines))
        header.verify(path, len(verbs), max(ids, default=-1), peak)
        return cls(name, verbs, ids, sizes)

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
            raise TraceError(os.fspath(path), None, _reason(error)) from error

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
            malloc=self.verbs.count(_ALLOC),
            realloc=self.verbs.count(_REALLOC),
            free=self.verbs.count(_FREE),
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


class _Header(NamedTuple):
    """The four numbers at the head of a `.rep`, each with its line."""

    lines: list[int]
    ids: int
    ops: int
    peak: int | None
    """Peak of live bytes, where the file says it."""

    @classmethod
    def of(cls, file: str, rest: Iterator[_Line]) -> _Header:
        lines: list[int] = []
        numbers: list[int] = []
        for line, fields in islice(rest, 4):
            if len(fields) != 1 or not fields[0].isdigit():
                expected = f"expected header line {len(lines) + 1} of 4, one number"
                raise TraceError(file, line, f"not a trace: {expected}, found {_shown(b' '.join(fields))}")
            lines.append(line)
            numbers.append(_number(file, line, fields[0], "number"))
        if len(lines) < 4:
            raise TraceError(file, lines[-1], f"the file ends after {len(lines)} of the 4 header lines")
        first, ids, ops, last = numbers
        if last > 3 and first > 3:
            problem = f"not a trace: expected a weight of 0 to 3 in header line 1 or 4, found {first} and {last}"
            raise TraceError(file, lines[3], problem)
        return cls(lines, ids, ops, last if last > 3 else None)

    def verify(self, file: str, ops: int, highest: int, peak: int) -> None:
        """Compare what the header promises with what the file had."""
        if ops != self.ops:
            raise TraceError(file, self.lines[2], f"the header promises {self.ops} operations, the file has {ops}")
        if highest != self.ids - 1:
            problem = f"the header promises {self.ids} ids, the highest id is {highest if highest >= 0 else 'missing'}"
            raise TraceError(file, self.lines[1], f"{problem} (expected {self.ids - 1})")
        if self.peak is not None and peak != self.peak:
            problem = f"the header promises a peak of {self.peak} live bytes, the operations reach {peak}"
            raise TraceError(file, self.lines[3], problem)


def _lines(file: BinaryIO, path: str, progress: Progress | None) -> Iterator[tuple[int, bytes]]:
    """The lines of a file, unpacked and known to be text, with their numbers from 1."""
    stream = io.BufferedReader(file) if isinstance(file, io.BytesIO) else file
    number, rest = 0, b""
    try:
        total = _size(file) if progress else 0
        packed = stream.peek(2)[:2] == b"\x1f\x8b"  # type: ignore[attr-defined]
        source = gzip.GzipFile(fileobj=stream) if packed else stream
        while chunk := source.read1(CHUNK):  # type: ignore[union-attr]
            if progress:
                progress(file.tell() if total else 0, total)
            block, newline, rest = (rest + chunk).rpartition(b"\n")
            for line in _text_lines(path, number, block) if newline else ():
                number += 1
                yield number, line
            if len(rest) > LONGEST_LINE:
                raise TraceError(path, number + 1, f"not a trace: a line longer than {LONGEST_LINE} bytes")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        problem = "the gzip file is cut short" if isinstance(error, EOFError) else f"the gzip file is corrupt ({error})"
        raise TraceError(path, number + 1, problem) from error
    except OSError as error:
        raise TraceError(path, number + 1, _reason(error)) from error
    for line in _text_lines(path, number, rest):
        number += 1
        yield number, line


def _text_lines(path: str, before: int, block: bytes) -> Iterator[bytes]:
    """The lines of a block, up to the first that is no text: that one raises."""
    if not before:
        block = block.removeprefix(BOM_UTF8)
    try:
        block.decode()
    except UnicodeDecodeError as error:
        bad = block[error.start]
        good = block[: error.start].split(b"\n")[:-1]
        yield from good
        raise TraceError(path, before + len(good) + 1, f"not a trace: byte {bad:#04x} is no text (UTF-8)") from None
    yield from block.split(b"\n")


def _meaningful(lines: Iterator[tuple[int, bytes]]) -> Iterator[_Line]:
    """The fields of the lines that are neither blank nor comments."""
    for number, line in lines:
        fields = line.split()
        if fields and fields[0][0] != 0x23:
            yield number, fields


def _steps_of_rep(file: str, header: _Header, lines: Iterator[_Line]) -> Iterator[_Step]:
    ids = header.ids
    for line, fields in lines:
        verb = fields[0]
        count = _FIELDS.get(verb)
        if count is None:
            raise TraceError(file, line, f"expected one of the verbs {' '.join(VERBS)}, found {_shown(verb)}")
        if len(fields) != count:
            found = _shown(b" ".join(fields))
            kind = "too many fields" if len(fields) > count else "too few fields"
            raise TraceError(file, line, f"{kind}: expected '{_FORMS[verb]}', found {found}")
        ident, size = -1, 0
        if count > 1:
            if verb != b"f" or fields[1] != b"-1":
                ident = _number(file, line, fields[1], "id")
                if ident >= ids:
                    promised = f"ids below {ids}" if ids else "no ids"
                    raise TraceError(
                        file, line, f"id {ident} is too high: the header (line {header.lines[1]}) promises {promised}"
                    )
            if count > 2:
                size = _number(file, line, fields[2], "size")
        yield line, verb[0], ident, size


def _steps_of_wee(file: str, lines: Iterator[_Line]) -> Iterator[_Step]:
    allocated = 0
    for line, fields in lines:
        text = b" ".join(fields)
        match = _WEE.fullmatch(text)
        if match is None:
            raise TraceError(file, line, f"expected 'Alloc(bytes),' or 'Free(index),', found {_shown(text)}")
        if match[1] == b"Alloc":
            yield line, _ALLOC, allocated, _number(file, line, match[2], "size")
            allocated += 1
        else:
            yield line, _FREE, _number(file, line, match[2], "index"), 0


def _steps_of_ops(file: str, ops: Iterable[Op]) -> Iterator[_Step]:
    for line, (verb, ident, size) in enumerate(ops, 1):
        if len(verb) != 1 or verb not in VERBS:
            raise TraceError(file, line, f"expected one of the verbs {' '.join(VERBS)}, found {verb!r}")
        if verb == "c":
            ident = -1
        elif ident < 0 and (verb != "f" or ident != -1):
            raise TraceError(file, line, f"negative id {ident}: only 'f -1', a free(NULL), may have one")
        if size < 0:
            raise TraceError(file, line, f"negative size {size}")
        if max(ident, size) > LARGEST:
            raise TraceError(file, line, f"{max(ident, size)} is too large: the limit is {LARGEST}")
        yield line, ord(verb), ident, size if verb in "ar" else 0


def _check(file: str, steps: Iterator[_Step]) -> tuple[bytes, array[int], array[int], int]:
    """The columns of a trace and its peak of live bytes, or the first operation that no program could have made."""
    verbs, ids, sizes = bytearray(), array("q"), array("q")
    state: dict[int, int] = {}  # id -> size of the live block, or ~line of the operation that freed it
    nulls: set[int] = set()  # ids whose pointer a realloc to 0 made NULL
    locks: dict[int, list[int]] = {}  # id -> lines of its locks
    live = peak = 0
    for line, verb, ident, size in steps:
        old = state.get(ident)
        if verb == _ALLOC:
            if old is not None and old >= 0:
                raise TraceError(file, line, f"a {ident}: id {ident} is live already ({old} bytes)")
            state[ident] = size
            live += size
            nulls.discard(ident)
        elif verb == _FREE:
            if ident in locks:
                raise TraceError(file, line, f"f {ident}: id {ident} is locked, by line {locks[ident][-1]}")
            if old is not None and old >= 0:
                live -= old
                state[ident] = ~line
            elif ident in nulls:
                nulls.remove(ident)
                state[ident] = ~line
            elif ident >= 0:
                raise TraceError(file, line, f"f {ident}: {_gone(ident, old)}")
        elif verb == _REALLOC:
            if ident in locks:
                raise TraceError(file, line, f"r {ident}: id {ident} is locked, by line {locks[ident][-1]}")
            if old is None or ident in nulls:
                state[ident] = size
                live += size
                nulls.discard(ident)
            elif old < 0:
                raise TraceError(file, line, f"r {ident}: {_gone(ident, old)}")
            else:
                live += size - old
                state[ident] = size
                if not size:
                    state[ident] = ~line
                    nulls.add(ident)
        elif verb != _COMPACT:
            if old is None or old < 0:
                raise TraceError(file, line, f"{chr(verb)} {ident}: {_gone(ident, old)}")
            if verb == _LOCK:
                locks.setdefault(ident, []).append(line)
            elif verb == _UNLOCK:
                if ident not in locks:
                    raise TraceError(file, line, f"u {ident}: id {ident} is not locked")
                locks[ident].pop()
                if not locks[ident]:
                    del locks[ident]
        if live > peak:
            peak = live
            if peak > LARGEST:
                raise TraceError(file, line, f"{peak} live bytes are too many: the limit is {LARGEST}")
        verbs.append(verb)
        ids.append(ident)
        sizes.append(size)
    return bytes(verbs), ids, sizes, peak


def _gone(ident: int, state: int | None) -> str:
    return f"id {ident} was never allocated" if state is None else f"id {ident} was freed before, by line {~state}"


def _number(file: str, line: int, field: bytes, what: str) -> int:
    """An integer of 0 to 2**63-1, from its digits."""
    if field.isdigit():
        if len(field) < 19:
            return int(field)
        digits = field.lstrip(b"0") or b"0"
        if len(digits) <= 19 and (number := int(digits)) <= LARGEST:
            return number
        raise TraceError(file, line, f"{what} {_shown(field)} is too large: the limit is {LARGEST}")
    if field[:1] == b"-" and field[1:].isdigit():
        raise TraceError(file, line, f"negative {what} {_shown(field)}: expected a number from 0 up")
    raise TraceError(file, line, f"expected {'an' if what[0] == 'i' else 'a'} {what}, a number from 0 up, found {_shown(field)}")


def _shown(text: bytes) -> str:
    """A piece of the file for an error message: quoted, on one line, not too long."""
    shown = ascii(text.decode(errors="replace"))
    return shown if len(shown) <= 60 else f"{shown[:57]}…{shown[0]}"


def _reason(error: Exception) -> str:
    """The system's own words."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _size(file: BinaryIO) -> int:
    """The size of a file in bytes; 0 if it has none, as a pipe."""
    if not file.seekable():
        return 0
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size
