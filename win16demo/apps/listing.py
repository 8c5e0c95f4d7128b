"""The listing of the Heap Walker: a walk written down as a text, a block a line. It is a snapshot and grows old, as it did then.

    00012C40	0A3E	4096	L 1	D		NOTEPAD	Edit Text

The columns are those of the HeapWalker of the SDK 3.1. HEAP is always empty: no block has a local heap in it yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from handleheap.block import NOWHERE, Block, Kind
from handleheap.win16.tasks import modules

if TYPE_CHECKING:
    from ..world import World

TITLES = ("ADDRESS", "HANDLE", "SIZE", "LOCK", "FLG", "HEAP", "OWNER", "TYPE")
VIEWS = ("heap", "lru", "free")
AGE = "age"
"""The order of the LRU list, which no item of the menu asks for."""
BLOCKS = {"text": "Edit Text", "list": "Listing", "picture": "Bitmap"}
"""Types of what a program keeps, by the names it gives them; other names stand for themselves."""
RESOURCES = {
    "font": "Font resource",
    "icon": "Icon resource",
    "menu": "Menu resource",
    "message": "Message",
    "clipboard": "Clipboard",
}


class Row(NamedTuple):
    """A block as the listing has it."""

    base: int
    """NOWHERE if it was discarded."""
    handle: int
    size: int
    lock: str
    """`L` and how often it is locked, `P` and how often its pages are; empty if it is not."""
    flag: str
    """D discardable, F fixed."""
    owner: str
    type: str

    @property
    def key(self) -> tuple[int, int]:
        """Which block it is, in any walk: its handle; without one, its address."""
        return (self.handle, 0) if self.handle else (0, self.base)

    @property
    def note(self) -> bool:
        """Whether it stands for no block."""
        return not self.handle and self.base == NOWHERE


# --- from the world ------------------------------------------------------------------------------------------------------


def kinds(world: World) -> dict[int, str]:
    """What the blocks of the desktop are, by handle."""
    kernel, record = world.kernel, world.record
    found = dict.fromkeys(modules(kernel.heap), "Module Database")
    for task in kernel.running():
        found |= {task.database: "Task", task.dgroup: "DGroup"}
    for win in record.windows:
        found |= {handle: BLOCKS.get(name, name.capitalize()) for name, handle in win.blocks.items()}
        found |= dict.fromkeys(win.held, "Private")
        found[win.bitmap] = "Bitmap"
        found[win.number("undo")] = "Undo"
    found |= {handle: RESOURCES[name.partition(" ")[0]] for name, handle in record.resources.items()}
    found[record.reserve] = "Reserve"
    found.pop(0, None)
    return found


def snapshot(world: World, view: str) -> list[Row]:
    """The rows of a view as they are now, in the order in which the heap has them; of the LRU list, the oldest first."""
    named = kinds(world)
    blocks = list(world.kernel.walk())
    if view == "free":
        blocks = [block for block in blocks if block.kind is Kind.FREE]
    elif view == "lru":
        blocks = sorted((block for block in blocks if block.discardable), key=lambda block: block.age)
    else:
        blocks += world.kernel.heap.discarded()
    return [row(block, named, _pages(world, block)) for block in blocks]


def _pages(world: World, block: Block) -> int:
    """How many of its locks are page locks."""
    header = world.kernel.heap.header_of(block.handle) if block.handle and block.locks else None
    return header.page_locks if header is not None and not world.kernel.heap.header else 0


def row(block: Block, named: dict[int, str], pages: int = 0) -> Row:
    """A block as a row.

    >>> row(Block(0x10040, 4096, Kind.MOVABLE, 0x10040, 4096, 0x8E, 1, owner="NOTEPAD"), {0x8E: "Edit Text"})
    Row(base=65600, handle=142, size=4096, lock='L 1', flag='', owner='NOTEPAD', type='Edit Text')
    >>> row(Block(0x20, 65536, Kind.TABLE, 0x20, 65536, owner="LDT"), {})[3:]
    ('', 'F', 'KERNEL', 'LDT')
    """
    if block.kind is Kind.FREE:
        return Row(block.base, 0, block.size, "", "", "FREE", "Free")
    if block.kind is Kind.TABLE:
        return Row(block.base, 0, block.size, "", "F", "KERNEL", block.owner)
    lock = f"P {pages}" if pages else f"L {block.locks}" if block.locks else ""
    flag = "D" if block.discardable else "F" if block.kind is Kind.FIXED else ""
    return Row(block.base, block.handle, block.size, lock, flag, block.owner, named.get(block.handle, "Private"))


# --- order ---------------------------------------------------------------------------------------------------------------


def _address(row: Row) -> tuple[object, ...]:
    return (row.base == NOWHERE, row.base, row.handle)


ORDERS: dict[str, Callable[[Row], tuple[object, ...]]] = {
    "address": _address,
    "owner": lambda row: (row.owner, row.type, *_address(row)),
    "size": lambda row: (-row.size, *_address(row)),
    "type": lambda row: (row.type, row.owner, *_address(row)),
    "handle": lambda row: (not row.handle, row.handle, row.base),
}
"""Keys of a sort; owner is sorted by type further on, and type by owner. The largest come first."""


def ordered(rows: Iterable[Row], sort: str) -> list[Row]:
    """Rows in an order; `age` leaves them as they came. What stands for no block goes last."""
    if sort == AGE:
        return list(rows)
    key = ORDERS[sort]
    return sorted(rows, key=lambda row: (row.note, key(row)))


# --- as a text -----------------------------------------------------------------------------------------------------------


def written(rows: Iterable[Row]) -> str:
    """Rows as the text that lies in the heap."""
    return "\n".join("\t".join(cells(row, authentic=True, commas=False)) for row in rows)


def read(text: str) -> list[Row]:
    r"""The inverse of `written`; lines that are damaged are left out.

    >>> read("00000040\t\t64\t\t\t\tFREE\tFree")
    [Row(base=64, handle=0, size=64, lock='', flag='', owner='FREE', type='Free')]
    """
    found = []
    for line in text.splitlines():
        parts = line.split("\t")
        if len(parts) == len(TITLES):
            base, handle, size, lock, flag, _, owner, kind = parts
            try:
                numbers = int(base, 16) if base else NOWHERE, int(handle or "0", 16), int(size or "0")
            except ValueError:
                continue
            found.append(Row(*numbers, lock, flag, owner, kind))
    return found


def fitting(rows: Sequence[Row], room: int) -> list[Row]:
    """As many rows as `room` bytes of text hold; if not all, the last line says how many are missing."""
    used, ends = -1, []
    for row in rows:
        used += 1 + len(written([row]).encode())
        ends.append(used)
    if used <= room:
        return list(rows)
    for kept in range(len(rows) - 1, -1, -1):
        rest = Row(NOWHERE, 0, 0, "", "", "", f"… {len(rows) - kept} more")
        if (ends[kept - 1] + 1 if kept else 0) + len(written([rest]).encode()) <= room:
            return [*rows[:kept], rest]
    return []


def cells(row: Row, *, authentic: bool = False, commas: bool = True) -> tuple[str, ...]:
    """A row in columns; `authentic` as the original wrote it, without prefixes.

    >>> cells(Row(0x12C40, 0xA3E, 4096, "", "", "NOTEPAD", "Bitmap"))
    ('0x00012c40', '0x0a3e', '4,096', '', '', '', 'NOTEPAD', 'Bitmap')
    >>> cells(Row(0x12C40, 0xA3E, 4096, "", "", "NOTEPAD", "Bitmap"), authentic=True)[:2]
    ('00012C40', '0A3E')
    """
    number = "{:0{}X}".format if authentic else "0x{:0{}x}".format
    base = number(row.base, 8) if row.base != NOWHERE else "" if authentic or row.note else "discarded"
    handle = number(row.handle, 4) if row.handle else ""
    size = "" if row.note else f"{row.size:,}" if commas else str(row.size)
    return base, handle, size, row.lock, row.flag, "", row.owner, row.type


def paper(rows: Iterable[Row]) -> str:
    """The listing as a file for people: columns side by side.

    >>> print(paper([Row(64, 0x8E, 4096, "L 1", "D", "GDI", "Font resource")]))
    ADDRESS     HANDLE        SIZE  LOCK  FLG  HEAP  OWNER     TYPE
    0x00000040  0x008e       4,096  L 1   D          GDI       Font resource
    """
    return "\n".join(
        f"{base:<10}  {handle:<6}  {size:>10}  {lock:<4}  {flag:<3}  {heap:<4}  {owner:<8}  {kind}".rstrip()
        for base, handle, size, lock, flag, heap, owner, kind in (TITLES, *map(cells, rows))
    )
