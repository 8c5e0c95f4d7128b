"""The Heap Walker: the listing of all blocks, the strip of all memory beneath it, and everything that can be done to a block.

    +----------------------------------------+
    | File Walk Sort Object Alloc Free …     |
    | ADDRESS  HANDLE  SIZE  LOCK  FLG  …    |    a snapshot, as a text in a block of the heap
    | 0x00000020          64  …              |
    | |###|     |////|      |::::|           |    memory as it is now
    | legend      free 60 K    largest 12 K  |
    +----------------------------------------+

Column titles and menus are those of HeapWalker in the SDK 3.1 (docs/win16.md has the sources). What KERNEL does not serve yet,
local heaps, has its item all the same, in grey. Ours are the menus Free and Options, and Lock and Unlock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handleheap.desktop.box import Box
from handleheap.desktop.fonts import mnemonic
from handleheap.desktop.listbox import Column
from handleheap.desktop.menu import Item, Menu
from handleheap.desktop.widget import Button
from handleheap.desktop.window import Window

from .. import pictures
from ..program import Program, Tell, nobody
from ..record import Win
from ..world import MAP_WIDTH
from . import memview
from .listing import TITLES, Row, cells
from .rowlist import RowList
from .walkverbs import FOOT, VERBS, born, chosen, marked, rows_of

if TYPE_CHECKING:
    from ..world import World

AMOUNTS = (1, 2, 5, 10, 25, 50)
WIDTHS = (96, 64, 88, 48, 40, 48, 80, 140)
RIGHT, CENTRE = "right", "centre"
COLUMNS = [
    Column(title, width, RIGHT if title == "SIZE" else CENTRE if title in ("LOCK", "FLG", "HEAP") else "left")
    for title, width in zip(TITLES, WIDTHS, strict=True)
]
ON_A_BLOCK = ("Discard", "Oldest", "Newest", "Lock", "Unlock")
"""Items that want a row with a handle."""


def _lines(text: str, command: str) -> str:
    """An item of a menu for each usual amount."""
    return "".join(f"\t{text.format(n=n)}||{command.format(n=n)}\n" for n in AMOUNTS)


MENU = (
    """&File
\t&Save listing||@listing
\t-
\tE&xit|Alt+F4|close
&Walk
\t&Walk Heap|W|walk heap
\tWalk &LRU List||walk lru
\tWalk &Free List||walk free
\t-
\t&GC(0) and Walk|C|gc 0
\tGC(-&1) and Walk|Shift+C|gc -1
\tGC(-1) and &Hit A:||hit_a
\t-
\tSet Swap &Area…||swap_area 0
\t&Segmentation Test||@segments
&Sort
\t&Address||sort address
\t&Owner||sort owner
\t&Size||sort size
\t&Type||sort type
\t&Handle||sort handle
&Object
\t&Show|Enter|show
\t-
\t&LocalWalk||
\tLC(-&1) and LocalWalk||
\t&GDI LocalWalk||
\t&User LocalWalk||
\t-
\t&Discard||discard
\t&Oldest||oldest
\t&Newest||newest
\t-
\tLoc&k||lock
\tUnlo&ck||unlock
&Alloc
\t&Allocate All of Memory||alloc_all_but 0
"""
    + _lines("Allocate All but {n}K", "alloc_all_but {n}")
    + """\t-
\tAllocate 32K with &NOCOMPACT||alloc_nocompact 32
\tAllocate &32K|A|alloc 32
F&ree
\tFree &All||free_all
"""
    + _lines("Free {n}K", "free {n}")
    + """O&ptions
\t&Authentic||authentic
A&dd!
\t||add
"""
)


def fill(window: Window, world: World, win: Win, tell: Tell) -> None:
    """The listing, the strip and what explains it, a button."""
    client = window.client
    rows = rows_of(world, win)
    at = chosen(win, rows)
    top = client.h - FOOT
    authentic = bool(win.at.get("authentic"))
    row = None if at is None else rows[at]
    if window.menu:
        window.menu.menus = _ticked(window.menu.menus, win, row)
    now = memview.sight(world)
    now = now._replace(pixels=bytes(now.pixels))
    seen = (lambda: now) if tell is nobody else (lambda: memview.sight(world))
    left = max(4, (client.w - MAP_WIDTH) // 2)
    live = [
        memview.strip(
            Box(left, top + 6, MAP_WIDTH, memview.HEIGHT),
            world,
            seen,
            row,
            lambda handle, base: _choose(rows, handle, base, win, tell),
        ),
        memview.legend(Box(left, top + 37, 272, 32), seen),
        memview.figures(Box(left + 280, top + 36, 232, 32), seen),
    ]
    window.add(
        RowList(
            Box(0, -1, client.w + 1, top + 1),
            "blocks",
            COLUMNS,
            [cells(each, authentic=authentic, commas=not authentic) for each in rows],
            top=win.number("top"),
            chosen=-1 if at is None else at,
            marked=frozenset(marked(win)),
            on_scroll=lambda to: tell("scroll", win.id, to),
            on_select=lambda to: tell("select", win.id, to),
            on_extend=lambda to: tell("extend", win.id, to),
            on_point=lambda to: tell("point", win.id, to),
            on_mark=lambda to: tell("mark", win.id, to),
            on_open=lambda _: tell("show", win.id),
        ),
        *live,
        Button(Box(client.w - left - 86, top + 40, 86, 26), "&Compact", lambda: tell("gc", win.id, 0), default=True),
    )
    window.live += live


def _choose(rows: list[Row], handle: int, base: int, win: Win, tell: Tell) -> None:
    """Choose the row of a block that was pointed at, if the listing has one."""
    key = (handle, 0) if handle else (0, base)
    at = next((at for at, row in enumerate(rows) if row.key == key), None)
    if at is not None:
        tell("select", win.id, at)


def _ticked(menus: list[Menu], win: Win, row: Row | None) -> list[Menu]:
    """The menus with their ticks, and what makes no sense now in grey."""
    ticked = {f"Sort/{win.word('sort').capitalize()}"} | ({"Options/Authentic"} if win.at.get("authentic") else set())

    def seen(title: str, item: Item) -> Item:
        name = mnemonic(item.text)[0]
        can = True
        if title == "Object" and name in ON_A_BLOCK:
            can = row is not None and bool(row.handle)
        elif title == "Object" and name == "Show":
            can = row is not None and not row.note
        elif title == "Free":
            can = bool(win.held)
        return item._replace(enabled=can, checked=f"{title}/{name}" in ticked)

    return [Menu(menu.title, [seen(mnemonic(menu.title)[0], item) for item in menu.items]) for menu in menus]


WALKER = Program(
    name="walker",
    title="Heap Walker",
    box=Box(6, 193, 628, 236),
    picture=pictures.heap_walker,
    born=born,
    fill=fill,
    menu=MENU,
    verbs=VERBS,
)
