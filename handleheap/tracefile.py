"""Reading trace files: every line checked in one pass, each error with its file, line and what was expected.

    bytes -> lines -> fields -> steps (line, verb, id, size) -> columns
    gzip?    UTF-8?   .rep or     what each reader makes       what no program could
                      wee_alloc?  of its lines                 have done is refused

The formats are described in `trace`.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import zlib
from array import array
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
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

Columns = tuple[bytes, "array[int]", "array[int]"]
"""Verbs, ids and sizes of a trace."""


def read_columns(file: BinaryIO, path: str, progress: Progress | None) -> Columns:
    """The columns of a trace file, whichever its format. Raises TraceError."""
    lines = _meaningful(_lines(file, path, progress))
    first = next(lines, None)
    if first is None:
        raise TraceError(path, 1, "empty: expected the 4 header lines of a trace")
    lines = chain([first], lines)
    if first[1][0].startswith((b"Alloc(", b"Free(")):
        return _check(path, _steps_of_wee(path, lines))[:3]
    header = _Header.of(path, lines)
    verbs, ids, sizes, peak = _check(path, _steps_of_rep(path, header, lines))
    header.verify(path, len(verbs), max(ids, default=-1), peak)
    return verbs, ids, sizes


def columns_of(name: str, ops: Iterable[Op]) -> Columns:
    """The columns of operations that a program makes up. Raises TraceError, whose line is the number of the operation."""
    return _check(name, _steps_of_ops(name, ops))[:3]


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
        raise TraceError(path, number + 1, reason(error)) from error
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


def reason(error: Exception) -> str:
    """The system's own words."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _size(file: BinaryIO) -> int:
    """The size of a file in bytes; 0 if it has none, as a pipe."""
    if not file.seekable():
        return 0
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size
