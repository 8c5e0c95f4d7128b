"""Whose block it is: the name behind an owner word, read from the task's or the module's database in memory."""

from __future__ import annotations

from ..errors import StaleHandle
from .arenas import InBand, OutOfLine
from .handles import Entries, Selectors
from .layout import NE, OWNER_TEMPORARY, PDB_AT, TD, ModuleDatabase, TaskDatabase


class Owners:
    """The names behind owner words."""

    def __init__(self, memory: memoryview, handles: Selectors | Entries, arenas: OutOfLine | InBand) -> None:
        self.memory, self.handles, self.arenas = memory, handles, arenas

    def task_at(self, word: int) -> int | None:
        """The linear address of the database of the task whose PDB this is, or None."""
        at = self.handles.base(word) - PDB_AT
        if not 0 <= at <= len(self.memory) - TaskDatabase.size:
            return None
        return at if TaskDatabase.get(self.memory, at, "signature") == TD else None

    def module_at(self, word: int) -> int | None:
        """The linear address of the module database of this handle, or None."""
        try:
            ref, absent = self.handles.find(word)
        except StaleHandle:
            return None
        if absent is not None:
            return None
        at = self.arenas.read(ref).base + self.arenas.header
        return at if ModuleDatabase.get(self.memory, at, "signature") == NE else None

    def name(self, word: int) -> str:
        """The name of a task or module; "" for what belongs to nobody in particular, hex for who is not there any more."""
        if word == OWNER_TEMPORARY:
            return ""
        if (at := self.module_at(word)) is not None:
            name = ModuleDatabase.get(self.memory, at, "name")[: ModuleDatabase.get(self.memory, at, "length")]
        elif (at := self.task_at(word)) is not None:
            name = TaskDatabase.get(self.memory, at, "name").rstrip(b"\0")
        else:
            return f"{word:04X}"
        return str(name, "ascii", "replace")
