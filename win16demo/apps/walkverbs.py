"""What can be told to the Heap Walker. After everything that it does to the heap it walks it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from handleheap.block import Block
from handleheap.desktop import win31
from handleheap.desktop.fonts import faces
from handleheap.errors import StaleHandle
from handleheap.view.textmap import plural
from handleheap.win16.flags import GMEM_MOVEABLE, GMEM_NOCOMPACT, GMEM_NODISCARD

from ..memory import LENGTH
from ..program import BadCommand
from ..record import Win
from ..verbs import open_
from .listing import AGE, ORDERS, VIEWS, Row, fitting, ordered, read, snapshot, written

if TYPE_CHECKING:
    from ..world import World

TITLE = "HeapWalker- (Main Heap)"
FOOT = 68
"""Pixels below the listing."""
FIRST, STEP = 6 << 10, 1 << 10
"""Bytes of the block of the listing: at first, and what it grows by."""
MOST_LOCKS = 254
"""A count of 255 would stay for ever."""
MOST = 16 << 10
"""Kilobytes of one allocation."""
SWAP = 32 << 10
"""Bytes that Set Swap Area proposes."""
GENTLE = GMEM_NOCOMPACT | GMEM_NODISCARD


# --- the listing ---------------------------------------------------------------------------------------------------------


def born(world: World, win: Win) -> None:
    """Make room for the picture and the listing, so that both are in it, and walk."""
    win.title = TITLE
    world.fit(win)
    win.at |= {"view": "heap", "sort": "address", "top": 0, "selected": -1, "anchor": -1, "marked": ""}
    win.blocks["list"] = world.memory.alloc(FIRST)
    relist(world, win)


def rows_of(world: World, win: Win) -> list[Row]:
    """The listing as it was written."""
    return read(world.memory.read_text(win.blocks["list"]))


def chosen(win: Win, rows: Sequence[Row]) -> int | None:
    """The row where the focus stands."""
    at = win.number("selected", -1)
    return at if 0 <= at < len(rows) else None


def marked(win: Win) -> list[int]:
    """The rows that are chosen, if there are several."""
    return [int(row) for row in win.word("marked").split(",") if row]


def page(world: World, win: Win) -> int:
    """The rows that show."""
    height = win31.client(world.place(win), menu=True).h - FOOT
    line = faces().fixed.height
    return max(1, (height - line - 1) // line)


def relist(world: World, win: Win) -> None:
    """Walk, and write down what is found. Nothing is moved or discarded for that: what finds no room is left out."""
    handle = win.blocks["list"]
    rows = _found(world, win)
    need = LENGTH + len(written(rows).encode())
    if need > world.kernel.GlobalSize(handle):
        grown = world.kernel.GlobalReAlloc(handle, (need // STEP + 2) * STEP, GMEM_MOVEABLE | GENTLE)
        handle = win.blocks["list"] = grown or handle
        rows = _found(world, win)
    _write(world, win, fitting(rows, world.kernel.GlobalSize(handle) - LENGTH))


def _found(world: World, win: Win) -> list[Row]:
    return ordered(snapshot(world, win.word("view")), win.word("sort"))


def _write(world: World, win: Win, rows: list[Row]) -> None:
    """Another listing; what was chosen stays chosen, and in sight."""
    before = rows_of(world, win)
    keys = {row.key: at for at, row in enumerate(rows) if not row.note}

    def now(at: int) -> int:
        return keys.get(before[at].key, -1) if 0 <= at < len(before) else -1

    kept = sorted(at for at in map(now, marked(win)) if at >= 0)
    win.at["selected"], win.at["anchor"] = now(win.number("selected", -1)), now(win.number("anchor", -1))
    win.at["marked"] = ",".join(map(str, kept))
    win.blocks["list"] = world.memory.write_text(win.blocks["list"], written(rows))
    _show_row(world, win, len(rows), win.number("selected", -1))


def _show_row(world: World, win: Win, rows: int, at: int) -> None:
    """Scroll so that a row shows."""
    shown = page(world, win)
    top = win.number("top")
    if at >= 0:
        top = max(min(top, at), at - shown + 1)
    win.at["top"] = max(0, min(top, rows - shown))


def walk(world: World, win: Win, view: str) -> None:
    """Walk the heap, the LRU list with the oldest first, or the free list."""
    if view not in VIEWS:
        raise BadCommand(f"walk: {view!r} is none of {', '.join(VIEWS)}")
    win.at["view"] = view
    if view == "lru":
        win.at["sort"] = AGE
    elif win.at["sort"] == AGE:
        win.at["sort"] = "address"
    _again(world, win)


def _again(world: World, win: Win) -> None:
    relist(world, win)
    world.paint(win)


def sort(world: World, win: Win, key: str) -> None:
    """Sort what is listed; it is not walked for that."""
    if key not in ORDERS:
        raise BadCommand(f"sort: {key!r} is none of {', '.join(ORDERS)}")
    win.at["sort"] = key
    _write(world, win, ordered(rows_of(world, win), key))
    world.paint(win)


# --- rows ----------------------------------------------------------------------------------------------------------------


def select(world: World, win: Win, row: int) -> None:
    """Choose a row, and it alone."""
    _row(world, win, row)
    win.at["anchor"], win.at["marked"] = row, ""
    _focus(world, win, row)


def extend(world: World, win: Win, row: int) -> None:
    """Choose all rows from the one that was chosen to this one."""
    _row(world, win, row)
    anchor = win.number("anchor", -1)
    first, last = sorted((row if anchor < 0 else anchor, row))
    win.at["marked"] = ",".join(map(str, range(first, last + 1)))
    _focus(world, win, row)


def point(world: World, win: Win, row: int) -> None:
    """Go to a row; what is chosen stays so."""
    here = chosen(win, _row(world, win, row))
    if here is not None and not win.word("marked"):
        win.at["marked"] = str(here)
    _focus(world, win, row)


def mark(world: World, win: Win, row: int) -> None:
    """Choose one row more, or one less."""
    rows = _row(world, win, row)
    here = chosen(win, rows)
    before = set(marked(win)) or ({here} if here is not None and here != row else set())
    win.at["anchor"], win.at["marked"] = row, ",".join(map(str, sorted(before ^ {row})))
    _focus(world, win, row)


def _row(world: World, win: Win, row: int) -> list[Row]:
    rows = rows_of(world, win)
    if not 0 <= row < len(rows):
        raise BadCommand(f"row {row}: the listing has {len(rows)}")
    return rows


def _focus(world: World, win: Win, row: int) -> None:
    win.at["selected"] = row
    _show_row(world, win, len(rows_of(world, win)), row)
    world.paint(win)


def scroll(world: World, win: Win, top: int) -> None:
    """Let the listing begin with this row."""
    last = max(0, len(rows_of(world, win)) - page(world, win))
    win.at["top"] = max(0, min(top, last))
    world.paint(win)


def authentic(world: World, win: Win) -> None:
    """Write numbers as the original did, or as everybody does now."""
    win.at["authentic"] = not win.at.get("authentic")
    world.paint(win)


def add(world: World, win: Win) -> None:
    """Say how large all together are that are chosen."""
    rows = rows_of(world, win)
    here = chosen(win, rows)
    wanted = [at for at in marked(win) if at < len(rows)] or ([] if here is None else [here])
    if not wanted:
        raise BadCommand("add: no row is chosen")
    total = sum(rows[at].size for at in wanted)
    world.box("Add!", f"{plural(len(wanted), 'object')}:\n{plural(total, 'byte')}.", warn=False)


# --- one block -----------------------------------------------------------------------------------------------------------


def _row_chosen(world: World, win: Win, verb: str) -> Row:
    rows = rows_of(world, win)
    at = chosen(win, rows)
    if at is None or rows[at].note:
        raise BadCommand(f"{verb}: no row is chosen")
    return rows[at]


def _block(world: World, win: Win, verb: str) -> Block:
    """The block of the row that is chosen, as it is now."""
    row = _row_chosen(world, win, verb)
    try:
        return world.kernel.heap.info(row.handle)
    except StaleHandle:
        what = f"handle {row.handle:#06x} is free by now" if row.handle else "the row has no handle"
        raise BadCommand(f"{verb}: {what}") from None


def show(world: World, win: Win) -> None:
    """Open a window with the bytes of the block, or of a hole or a table."""
    row = _row_chosen(world, win, "show")
    if row.handle:
        _block(world, win, "show")
    open_(world, "dump")
    shown = world.record.windows[-1]
    shown.at |= {"handle": row.handle, "base": row.base, "size": row.size}
    shown.title = f"Show - {row.type}" + (f" {row.handle:#06x}" if row.handle else f" at {row.base:#x}")
    world.paint(shown)


def discard(world: World, win: Win) -> None:
    """Discard the block."""
    block = _block(world, win, "discard")
    if not block.may_go:
        raise BadCommand(f"discard: {_named(block)} is locked, discarded or not discardable")
    world.kernel.GlobalDiscard(block.handle)
    _again(world, win)


def oldest(world: World, win: Win) -> None:
    """Let the block be the next to go."""
    world.kernel.GlobalLRUOldest(_may_age(world, win, "oldest").handle)
    _again(world, win)


def newest(world: World, win: Win) -> None:
    """Let the block be the last to go."""
    world.kernel.GlobalLRUNewest(_may_age(world, win, "newest").handle)
    _again(world, win)


def _may_age(world: World, win: Win, verb: str) -> Block:
    block = _block(world, win, verb)
    if not block.discardable or world.memory.gone(block.handle):
        raise BadCommand(f"{verb}: {_named(block)} is not in the LRU list")
    return block


def lock(world: World, win: Win) -> None:
    """Pin the block once more."""
    block = _block(world, win, "lock")
    if world.memory.gone(block.handle) or block.locks >= MOST_LOCKS:
        raise BadCommand(f"lock: {_named(block)} cannot be locked")
    world.kernel.GlobalFix(block.handle)
    _again(world, win)


def unlock(world: World, win: Win) -> None:
    """Undo one lock."""
    block = _block(world, win, "unlock")
    if not block.locks:
        raise BadCommand(f"unlock: {_named(block)} is not locked")
    world.kernel.GlobalUnfix(block.handle)
    _again(world, win)


def _named(block: Block) -> str:
    return f"handle {block.handle:#06x}"


# --- the heap ------------------------------------------------------------------------------------------------------------


def gc(world: World, win: Win, n: int) -> None:
    """GlobalCompact for so many bytes: 0 slides only, -1 discards all."""
    if n < -1:
        raise BadCommand(f"gc: {n} bytes; -1 means all")
    world.kernel.GlobalCompact(n)
    _again(world, win)


def hit_a(world: World, win: Win) -> None:
    """Discard all and load everything again from its file. The original touched drive A:, to see who could not bear that."""
    world.kernel.GlobalCompact(-1)
    try:
        with world.system:
            for name in world.resources.names():
                if world.record.resources.get(name):
                    world.resources.touch(name)
    finally:
        _again(world, win)


def swap_area(world: World, win: Win, paragraphs: int) -> None:
    """Set the code reserve of real mode; 0 asks how large it is."""
    if not 0 <= paragraphs <= 0xFFFF:
        raise BadCommand(f"swap_area: {paragraphs} paragraphs")
    kernel = world.kernel
    if kernel.profile.protected:
        world.box("Set Swap Area", f"In {kernel.profile.name} mode there is no swap area:\nthis is for real mode.", warn=False)
        return
    result = kernel.SetSwapAreaSize(paragraphs)
    if paragraphs:
        _again(world, win)
        return
    now, most = (result & 0xFFFF) << 4, (result >> 16) << 4
    text = f"The swap area for code has {plural(now, 'byte')};\n{most:,} would be possible.\nSet it to {SWAP:,}?"
    world.box("Set Swap Area", text, warn=False, buttons="&Set|Cancel", then=f"swap_area {win.id} {SWAP >> 4}")


def alloc(world: World, win: Win, kilobytes: int, nocompact: bool = False) -> None:
    """Allocate a block and keep it; with `nocompact` only if there is a hole for it now."""
    if not 0 < kilobytes <= MOST:
        raise BadCommand(f"alloc: {kilobytes} K; 1 to {MOST:,} are possible")
    with world.task_of(win):
        win.held.append(world.memory.alloc(kilobytes << 10, GMEM_NOCOMPACT if nocompact else 0))
    _again(world, win)


def alloc_nocompact(world: World, win: Win, kilobytes: int) -> None:
    """The same for a menu, whose commands are in words and numbers."""
    alloc(world, win, kilobytes, True)


def alloc_all_but(world: World, win: Win, kilobytes: int) -> None:
    """Give back what is held, then take all that is free but for so many kilobytes, hole by hole."""
    if kilobytes < 0:
        raise BadCommand(f"alloc_all_but: {kilobytes} K")
    _give_back(world, win)
    kernel = world.kernel
    wanted = kernel.GetFreeSpace() - (kilobytes << 10)
    with world.task_of(win):
        while (n := min(wanted, world.memory.largest, kernel.profile.max_block - kernel.heap.header)) > 0:
            handle = kernel.GlobalAlloc(GMEM_MOVEABLE | GENTLE, n)
            if not handle:
                break
            win.held.append(handle)
            wanted -= n
    _again(world, win)


def free_all(world: World, win: Win) -> None:
    """Give back everything that is held."""
    _give_back(world, win)
    _again(world, win)


def _give_back(world: World, win: Win) -> None:
    for handle in win.held:
        world.kernel.GlobalFree(handle)
    win.held = []


def free(world: World, win: Win, kilobytes: int) -> None:
    """Give back so many kilobytes of what is held, the last ones first; the last of them shrinks."""
    if kilobytes < 1 or not win.held:
        raise BadCommand(f"free: {kilobytes} K of {plural(len(win.held), 'block')}")
    rest = kilobytes << 10
    while rest > 0 and win.held:
        n = world.kernel.GlobalSize(win.held[-1])
        if n <= rest:
            world.kernel.GlobalFree(win.held.pop())
        else:
            win.held[-1] = world.memory.resize(win.held[-1], n - rest)
        rest -= n
    _again(world, win)


VERBS = {
    verb.__name__: verb
    for verb in (
        walk, sort, select, extend, point, mark, scroll, authentic, add, show, discard, oldest, newest, lock, unlock,
        gc, hit_a, swap_area, alloc, alloc_nocompact, alloc_all_but, free_all, free,
    )
}  # fmt: skip
