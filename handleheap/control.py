"""A record at a fixed place in memory, a field at a time, by the names of its layout."""

from __future__ import annotations

from struct import Struct

from .layout import Codec


class Control:
    """The record of `codec` at linear address `at`, a field at a time. All fields are unsigned integers."""

    def __init__(self, memory: memoryview, codec: Codec, at: int) -> None:
        self.memory, self.codec, self.at = memory, codec, at
        self._fields = {row.name: (Struct(codec.order + row.format), at + row.offset) for row in codec.rows if row.code in "BHIL"}

    def get(self, name: str) -> int:
        field, at = self._fields[name]
        value: int = field.unpack_from(self.memory, at)[0]
        return value

    def put(self, name: str, value: int) -> None:
        field, at = self._fields[name]
        field.pack_into(self.memory, at, value)

    def add(self, name: str, difference: int) -> None:
        """Count up or down, within the width of the field: a counter that is full begins at 0 again."""
        field, at = self._fields[name]
        value = field.unpack_from(self.memory, at)[0] + difference
        field.pack_into(self.memory, at, value & ((1 << 8 * field.size) - 1))
