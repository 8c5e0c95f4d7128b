"""One `construct` definition of a record, turned into a `struct` codec with its offsets.

    Struct("flags" / Int8ub, "size" / Int32ub, …)  ── codec() ──>  offsets["size"] == 1, unpack, pack, get, put, annotate

`.hot.struct`  construct never runs in a hot loop: it is read once, here, and `struct` does the work from then on. To read a
header of five fields took construct 8.0 µs, `unpack` 0.27 µs, `get` of one field 0.17 µs, the bare `struct` 0.07 µs.

What a definition may consist of: the fixed integers Int8ub to Int64sl, `Bytes(n)`, `Padding(n)`, `Const` of those, `Array(n,
integer)` and `Struct` within `Struct`; the field `outer.inner` becomes the attribute `outer_inner`. Integers of more than a
byte all have the same byte order. A `Const` is a field that `pack` fills in unless told otherwise; reading does not compare
it, for that is the business of a heap's check.
"""

from __future__ import annotations

import struct
from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from keyword import iskeyword
from types import MappingProxyType
from typing import Any, NamedTuple

import construct

from .errors import ArenaBounds

SUPPORTED = "integers Int8ub to Int64sl, Bytes(n), Padding(n), Const of these, Array(n, integer) and Struct"
ORDERS = {"<": "little-endian", ">": "big-endian"}
Buffer = bytes | bytearray | memoryview


class Field(NamedTuple):
    """A field of a layout; offset and width in bytes."""

    path: str
    """The name as in the definition, `outer.inner`; empty for padding."""
    offset: int
    width: int
    code: str
    """What `struct` calls one item: a letter of bBhHiIlLqQ, s for bytes, x for padding."""
    items: int | None = None
    """The number of items of an array."""
    const: Any = None
    docs: str = ""

    @property
    def name(self) -> str:
        """The name as an attribute, `outer_inner`."""
        return self.path.replace(".", "_")

    @property
    def format(self) -> str:
        if self.code in "sx":
            return f"{self.width}{self.code}"
        return self.code if self.items is None else f"{self.items}{self.code}"

    def limits(self) -> tuple[int, int]:
        """The smallest and the largest integer that an item may be."""
        bits = 8 * struct.calcsize("<" + self.code)
        return (-(1 << bits - 1), (1 << bits - 1) - 1) if self.code.islower() else (0, (1 << bits) - 1)

    @property
    def kind(self) -> str:
        """The type in words, as in `describe`."""
        if self.code in "sx":
            return "padding" if self.code == "x" else f"bytes[{self.width}]"
        bits = 8 * struct.calcsize("<" + self.code)
        return f"{'int' if self.code.islower() else 'uint'}{bits}" + ("" if self.items is None else f"[{self.items}]")

    def shown(self, value: Any) -> str:
        """A value in hex; integers in decimal, too."""
        if isinstance(value, bytes):
            return value.hex(" ")
        if isinstance(value, tuple):
            return " ".join(f"{item:#x}" for item in value)
        return f"{value:#x} ({value:,})"


class Codec:
    """The codec of a layout, as `codec` makes it. Offsets and widths in bytes, by attribute name.

    `struct` is the bare `struct.Struct` for the hottest of loops, `record` the named tuple that `unpack` returns.
    """

    def __init__(self, name: str, order: str, rows: tuple[Field, ...]) -> None:
        named = [field for field in rows if field.path]
        self.name, self.order, self.rows = name, order, rows
        self.struct = struct.Struct(order + "".join(field.format for field in rows))
        self.size = self.struct.size
        self.fields = tuple(field.name for field in named)
        self.offsets: Mapping[str, int] = MappingProxyType({field.name: field.offset for field in named})
        self.widths: Mapping[str, int] = MappingProxyType({field.name: field.width for field in named})
        self.record: Any = namedtuple(name, self.fields)  # type: ignore[misc]
        self._named = {field.name: (field, struct.Struct(order + field.format)) for field in named}
        self._flat = all(field.items is None for field in named)
        self._plain = all(field.items is None and field.code != "s" for field in named)

    def __repr__(self) -> str:
        return f"Codec({self.name!r}, {self.size} bytes)"

    def unpack(self, buffer: Buffer, address: int) -> Any:
        """The record at `address`, as a named tuple; an array is a tuple. Raises ArenaBounds."""
        if address < 0:
            raise ArenaBounds(f"buffer of {self.name}", address, self.size, len(buffer))
        try:
            values = self.struct.unpack_from(buffer, address)
        except struct.error:
            raise ArenaBounds(f"buffer of {self.name}", address, self.size, len(buffer)) from None
        return self.record(*values) if self._flat else self.record(*self._grouped(values))

    def pack(self, buffer: bytearray | memoryview, address: int, /, *values: Any, **named: Any) -> None:
        """Write a record to `address`: the values in the order of the fields, or by name; padding becomes zero.

        Raises ValueError naming the field that is missing, unknown, given twice or out of range, and ArenaBounds; then
        nothing is written.
        """
        if named or len(values) != len(self.fields):
            values = self._filled(values, named)
        try:
            data = self.struct.pack(*(values if self._plain else self._spread(values)))
        except struct.error:
            for name, value in zip(self.fields, values, strict=True):
                self._check(name, value)
            raise
        self._write(buffer, address, 0, data, self.name)

    def get(self, buffer: Buffer, address: int, field: str) -> Any:
        """One field of the record at `address`. Raises ValueError for an unknown field, ArenaBounds."""
        found, reader = self._field(field)
        where = address + found.offset
        if address < 0 or where + found.width > len(buffer):
            raise ArenaBounds(f"buffer of {self.name}.{field}", where, found.width, len(buffer))
        values = reader.unpack_from(buffer, where)
        return values[0] if found.items is None else values

    def put(self, buffer: bytearray | memoryview, address: int, field: str, value: Any) -> None:
        """Write one field of the record at `address`. Raises as `get` and `pack` do."""
        found, writer = self._field(field)
        if found.code == "s" or found.items is not None:
            self._check(field, value)
        try:
            data = writer.pack(value) if found.items is None else writer.pack(*value)
        except struct.error:
            self._check(field, value)
            raise
        self._write(buffer, address, found.offset, data, f"{self.name}.{field}")

    def describe(self) -> str:
        """The layout as a table with hex offsets."""
        lines = [f"{self.name}: {self.size} bytes, {ORDERS[self.order]}", "offset  size  type       field"]
        for field in self.rows:
            line = f"{field.offset:#06x} {field.width:>5}  {field.kind:<10} {field.path:<16} {field.docs}"
            lines.append(line.rstrip())
        return "\n".join(lines)

    def annotate(self, buffer: Buffer, address: int) -> str:
        """The record at `address`, a field a line: address, offset, bytes, name, value, docs. Raises ArenaBounds."""
        self.unpack(buffer, address)
        lines = [f"{self.name} at {address:#x}"]
        for field in self.rows:
            where = address + field.offset
            digits = bytes(buffer[where : where + field.width]).hex(" ")
            what = f"{field.path} = {field.shown(self.get(buffer, address, field.name))}" if field.path else "padding"
            line = f"{where:#06x} +{field.offset:#04x}  {digits:<23}  {what:<28} {field.docs}"
            lines.append(line.rstrip())
        return "\n".join(lines)

    def _field(self, name: str) -> tuple[Field, struct.Struct]:
        try:
            return self._named[name]
        except KeyError:
            raise ValueError(f"{self.name} has no field {name!r}, but {', '.join(self.fields)}") from None

    def _write(self, buffer: bytearray | memoryview, address: int, offset: int, data: bytes, what: str) -> None:
        where = address + offset
        if address < 0 or where + len(data) > len(buffer):
            raise ArenaBounds(f"buffer of {what}", where, len(data), len(buffer))
        buffer[where : where + len(data)] = data

    def _filled(self, values: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """All values in order, constants filled in. Raises ValueError naming a field that does not come out once."""
        if len(values) > len(self.fields):
            raise ValueError(f"{self.name} has {len(self.fields)} fields, not {len(values)}")
        given = dict(zip(self.fields, values, strict=False))
        for name in named:
            self._field(name)
            if name in given:
                raise ValueError(f"{self.name}.{name} is given twice")
        given |= named
        for name, (field, _) in self._named.items():
            if name not in given and field.const is None:
                raise ValueError(f"{self.name}.{name} has no value")
        return tuple(given.get(name, field.const) for name, (field, _) in self._named.items())

    def _check(self, name: str, value: Any) -> None:
        """Raise ValueError if the field cannot hold the value."""
        field, _ = self._named[name]
        what = f"{self.name}.{name}: {value!r}"
        if field.code == "s":
            if not (isinstance(value, bytes | bytearray | memoryview) and len(value) == field.width):
                raise ValueError(f"{what} is not {field.width} bytes") from None
            return
        if field.items is not None and not (isinstance(value, Sequence) and len(value) == field.items):
            raise ValueError(f"{what} is not a sequence of {field.items} integers") from None
        low, high = field.limits()
        for item in (value,) if field.items is None else value:
            if not hasattr(item, "__index__") or not low <= item <= high:
                raise ValueError(f"{what} is no integer from {low:,} to {high:,}") from None

    def _spread(self, values: tuple[Any, ...]) -> list[Any]:
        """The values with arrays taken apart. Raises ValueError naming an array or bytes of the wrong length."""
        out: list[Any] = []
        for name, value in zip(self.fields, values, strict=True):
            self._check(name, value)
            if self._named[name][0].items is None:
                out.append(value)
            else:
                out += value
        return out

    def _grouped(self, values: tuple[Any, ...]) -> list[Any]:
        """The inverse of `_spread`."""
        out: list[Any] = []
        at = 0
        for field, _ in self._named.values():
            count = field.items
            out.append(values[at] if count is None else values[at : at + count])
            at += 1 if count is None else count
        return out


def codec(definition: Any, name: str | None = None) -> Codec:
    """The codec of a `construct.Struct`, called `name`, or as the definition is named, or "layout".

    Raises ValueError or TypeError naming a field that a `struct` format cannot say. Cost: once, when a module is imported.

    >>> from construct import Int8ub, Int32ub, Padding, Struct
    >>> header = codec(Struct("flags" / Int8ub * "bit 7: in use", Padding(1), "at" / Struct("size" / Int32ub)), "Header")
    >>> memory = bytearray(8)
    >>> header.pack(memory, 2, 0x80, at_size=0x1234)
    >>> header.unpack(memory, 2)
    Header(flags=128, at_size=4660)
    >>> print(header.annotate(memory, 2))
    Header at 0x2
    0x0002 +0x00  80                       flags = 0x80 (128)           bit 7: in use
    0x0003 +0x01  00                       padding
    0x0004 +0x02  00 00 12 34              at.size = 0x1234 (4,660)
    """
    given, _, outer = unwrapped(definition)
    if not isinstance(outer, construct.Struct):
        raise TypeError(f"{definition!r} is no construct.Struct")
    name = name or given or "layout"
    orders: dict[str, str] = {}
    rows = tuple(_rows(outer, name, "", 0, orders))
    names = [field.name for field in rows if field.path]
    for word in [name, *names]:
        if not word.isidentifier() or iskeyword(word) or word.startswith("_") or names.count(word) > 1:
            raise ValueError(f"{name}: {word!r} is no name for a field, or not the only one of that name")
    made = Codec(name, next(iter(orders), "<"), rows)
    for field in rows:
        if field.const is not None:
            made._check(field.name, field.const)
    return made


def unwrapped(definition: Any) -> tuple[str, str, Any]:
    """Name, docs and the bare construct beneath them."""
    name = docs = ""
    while isinstance(definition, construct.Renamed):
        name, docs, definition = name or definition.name or "", docs or definition.docs or "", definition.subcon
    return name, docs, definition


def _rows(outer: Any, path: str, prefix: str, offset: int, orders: dict[str, str]) -> Iterator[Field]:
    """The fields of a Struct and of those within it; `orders` collects byte orders with the first field of each."""
    for number, definition in enumerate(outer.subcons):
        name, docs, bare = unwrapped(definition)
        where = f"{path}.{name or f'(unnamed, number {number})'}"
        if isinstance(bare, construct.Padded) and bare.subcon is construct.Pass:
            if bare.pattern != b"\0":
                raise ValueError(f"{where}: padding is zero bytes here, not {bare.pattern!r}")
            rows = [Field("", offset, _fixed(bare.length, where), "x", docs=docs)]
        elif not name:
            raise ValueError(f"{where}: only padding can do without a name")
        elif isinstance(bare, construct.Struct):
            rows = list(_rows(bare, where, f"{prefix}{name}.", offset, orders))
        else:
            rows = [_field(bare, where, prefix + name, offset, orders)._replace(docs=docs)]
        yield from rows
        offset += sum(field.width for field in rows)


def _field(bare: Any, where: str, path: str, offset: int, orders: dict[str, str]) -> Field:
    """A single field. Raises TypeError for a construct that is not supported, ValueError for a byte order of its own."""
    if isinstance(bare, construct.Const):
        return _field(unwrapped(bare.subcon)[2], where, path, offset, orders)._replace(const=bare.value)
    if isinstance(bare, construct.Bytes):
        return Field(path, offset, _fixed(bare.length, where), "s")
    if isinstance(bare, construct.Array):
        item = unwrapped(bare.subcon)[2]
        count = _fixed(bare.count, where)
        if isinstance(item, construct.FormatField):
            one = _field(item, where, path, offset, orders)
            return one._replace(items=count, width=count * one.width)
    if isinstance(bare, construct.FormatField) and bare.fmtstr[1] in "bBhHlLqQ":
        order, code = bare.fmtstr
        if bare.length > 1:
            if order == "=":
                raise ValueError(f"{where} has the byte order of the machine: say little- or big-endian")
            first, sooner = next(iter(orders.items()), (order, where))
            if order != first:
                raise ValueError(f"{where} is {ORDERS[order]}, {sooner} {ORDERS[first]}: a layout has one byte order")
            orders[order] = sooner
        return Field(path, offset, bare.length, code)
    raise TypeError(f"{where} is {bare!r}; supported are {SUPPORTED}")


def _fixed(length: Any, where: str) -> int:
    """A length known now. Raises ValueError for one that depends on other fields."""
    if not isinstance(length, int) or length < 0:
        raise ValueError(f"{where}: the length {length!r} is not fixed")
    return length
