"""Tasks and modules, as far as the global heap knows them: who owns a block, and whose data segment is DS.

    THHOOK ── first_task ──> task database ── next ──> …        512 bytes, fixed, below 1 MB; its second half is the PDB
           └─ first_module ─> module database ── next ──> …     a movable block that owns itself

A task needs 512 bytes of conventional memory to start: where fixed blocks have used that up, no program starts, however much
is free above (KB-Q105274 [S]).
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

from ..control import Control
from ..errors import OutOfMemory
from ..layout import Codec
from .globalheap import GlobalHeap
from .handles import Selectors
from .layout import DGROUP, NE, PDB_AT, TD, ModuleDatabase, TaskDatabase

CONVENTIONAL = 1 << 20
NAME = 8
INT20 = 0x20CD


class Task:
    """A running program. `with task:` makes it the current one; `exit` ends it."""

    def __init__(self, heap: GlobalHeap, database: int) -> None:
        self.heap, self.database = heap, database
        self._before: list[int] = []

    def __repr__(self) -> str:
        return f"Task({self.name!r}, database {self.database:04X})"

    def __enter__(self) -> Task:
        self._before.append(self.heap.thhook.get("current_task"))
        self.heap.thhook.put("current_task", self.database)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        before = self._before.pop()
        self.heap.thhook.put("current_task", before if before in databases(self.heap) else 0)

    @property
    def fields(self) -> Control:
        """Its database. Fixed, so that the address holds."""
        return Control(self.heap.arena.memory, TaskDatabase, self.heap.handles.base(self.database))

    @property
    def name(self) -> str:
        return self.heap.owners.name(self.pdb)

    @property
    def pdb(self) -> int:
        """The owner word of what it allocates."""
        return self.fields.get("hPDB")

    @property
    def module(self) -> int:
        """The handle of its module: the owner word of what it shares."""
        return self.fields.get("hModule")

    @property
    def dgroup(self) -> int:
        """The handle of its automatic data segment."""
        return self.fields.get("hInst")

    @property
    def ds(self) -> int:
        """The selector or segment of its automatic data segment now."""
        return self.heap.handles.selector(self.dgroup)

    def exit(self) -> None:
        """End the task: free what it owns, but not what it shares. Its module goes with the last instance if it owns nothing."""
        heap, pdb, module = self.heap, self.pdb, self.module
        _unlink(heap, "first_task", TaskDatabase, self.database)
        if heap.thhook.get("current_task") == self.database:
            heap.thhook.put("current_task", 0)
        free_all(heap, pdb)
        if isinstance(heap.handles, Selectors):
            heap.descriptors.release(pdb >> 3)
        _leave(heap, module)


def start(heap: GlobalHeap, name: str, dgroup: int) -> Task:
    """A new task of the module `name` with a data segment of `dgroup` bytes. Raises OutOfMemory, and leaves nothing then."""
    data = name.encode("ascii", "replace")[:NAME]
    if not data:
        raise ValueError("a task needs a name")
    made: list[int] = []
    module = next((handle for handle in modules(heap) if heap.owners.name(handle).encode() == data), 0)
    try:
        made.append(database := heap.alloc(TaskDatabase.size, movable=False, below=CONVENTIONAL, zero=True))
        if not module:
            made.append(module := heap.alloc(ModuleDatabase.size, zero=True))
        made.append(instance := heap.alloc(dgroup, flags=DGROUP, zero=True))
        pdb = _pdb(heap, database)
    except OutOfMemory:
        for handle in made:
            heap.release(handle)
        raise
    at = heap.address(database)
    for handle in (database, instance):
        heap.set_owner(handle, pdb)
    TaskDatabase.pack(
        heap.arena.memory,
        at,
        next=heap.thhook.get("first_task"),
        hInst=instance,
        hModule=module,
        notify=0,
        hPDB=pdb,
        name=data.ljust(NAME, b"\0"),
        signature=TD,
        int20=INT20,
    )
    heap.thhook.put("first_task", database)
    if module in made:
        heap.set_owner(module, module)
        ModuleDatabase.pack(
            heap.arena.memory,
            heap.address(module),
            signature=NE,
            usage=0,
            next=heap.thhook.get("first_module"),
            resident_names=ModuleDatabase.offsets["length"],
            length=len(data),
            name=data.ljust(NAME, b"\0"),
        )
        heap.thhook.put("first_module", module)
    Control(heap.arena.memory, ModuleDatabase, heap.address(module)).add("usage", 1)
    return Task(heap, database)


def _pdb(heap: GlobalHeap, database: int) -> int:
    """A selector for the second half of a task database, or its segment. Raises OutOfHandles."""
    if not isinstance(heap.handles, Selectors):
        return database + (PDB_AT >> 4)
    pdb = heap.handles.reserve(PDB_AT, movable=False)
    heap.descriptors.set(pdb >> 3, heap.address(database) + PDB_AT, PDB_AT)
    return pdb


def databases(heap: GlobalHeap) -> list[int]:
    """The task databases, the latest first."""
    return list(_linked(heap, "first_task", TaskDatabase))


def modules(heap: GlobalHeap) -> list[int]:
    """The handles of the module databases, the latest first."""
    return list(_linked(heap, "first_module", ModuleDatabase))


def free_all(heap: GlobalHeap, owner: int) -> None:
    """Free every block of this owner, discarded ones included."""
    blocks = [block.handle for block in [*heap.walk(), *heap.discarded()] if block.handle]
    for handle in blocks:
        if heap.words(handle)[0] == owner:
            heap.release(handle)


def _leave(heap: GlobalHeap, module: int) -> None:
    """One instance less; a module without instances and without blocks of its own goes."""
    fields = Control(heap.arena.memory, ModuleDatabase, heap.address(module))
    fields.add("usage", -1)
    own = [block.handle for block in [*heap.walk(), *heap.discarded()] if block.handle and block.handle != module]
    if not fields.get("usage") and not any(heap.words(handle)[0] == module for handle in own):
        _unlink(heap, "first_module", ModuleDatabase, module)
        heap.release(module)


def _linked(heap: GlobalHeap, head: str, layout: Codec) -> Iterator[int]:
    word = heap.thhook.get(head)
    while word:
        yield word
        word = Control(heap.arena.memory, layout, heap.address(word)).get("next")


def _unlink(heap: GlobalHeap, head: str, layout: Codec, word: int) -> None:
    linked = list(_linked(heap, head, layout))
    at = linked.index(word)
    after = linked[at + 1] if at + 1 < len(linked) else 0
    if at:
        Control(heap.arena.memory, layout, heap.address(linked[at - 1])).put("next", after)
    else:
        heap.thhook.put(head, after)
