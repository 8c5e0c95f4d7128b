"""Notepad: the text is in one moveable block, which GlobalReAlloc makes larger while somebody types.

    05 01 00 00 D e a r   r e a d e r , …          length in bytes, text, room for some more keys

Only every 64th byte costs a call. The clipboard is a block as well; it belongs to USER, for it outlives who has filled it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handleheap.desktop.box import Box
from handleheap.desktop.editbox import EditBox
from handleheap.desktop.editing import erased, inserted, selected
from handleheap.desktop.events import Key
from handleheap.desktop.lines import top_for
from handleheap.desktop.window import Window

from .. import pictures
from ..memory import decode, encode
from ..program import BadCommand, Program, Tell
from ..record import Win
from . import spare
from .marks import mark

if TYPE_CHECKING:
    from ..world import World

STEP = 64
"""The block grows and shrinks by so many bytes."""
LARGEST = 16_000
"""Bytes of the longest text."""
DATE = "4/6/92"
"""The machine has a clock and no calendar: it stands on the day on which Windows 3.1 came out."""
LETTER = """Dear reader,
this text is a moveable block. Notepad keeps its handle, never its address.

Type, and the block grows. Compact, and it slides: nothing is seen of it here, only the line below knows."""
MENU = """&File
\t&New||new
\t-
\tE&xit|Alt+F4|close
&Edit
\t&Undo|Ctrl+Z|undo
\t-
\tCu&t|Ctrl+X|cut
\t&Copy|Ctrl+C|copy
\t&Paste|Ctrl+V|paste
\tDe&lete|Del|erase forward
\t-
\tSelect &All|Ctrl+A|select_all
\tTime/&Date|F5|time_date
&Help
\t&About Notepad…||about
"""
KEYS = {
    ("z", "ctrl"): "undo",
    ("x", "ctrl"): "cut",
    ("c", "ctrl"): "copy",
    ("v", "ctrl"): "paste",
    ("a", "ctrl"): "select_all",
    ("delete", "shift"): "cut",
    ("f5", ""): "time_date",
}


class Page(EditBox):
    """The text; its keys for the Edit menu."""

    tell: Tell

    def key(self, event: Key) -> bool:
        verb = None if event.alt else KEYS.get((event.name, "ctrl" if event.ctrl else "shift" if event.shift else ""))
        if verb is None:
            return super().key(event)
        self.tell(verb)
        return True


# --- the window ----------------------------------------------------------------------------------------------------------


def born(world: World, win: Win) -> None:
    """The block of the text."""
    win.title = "Notepad - LETTER.TXT"
    data = encode(LETTER)
    win.blocks["text"] = world.memory.alloc(room_for(len(data)))
    with world.memory.pinned(win.blocks["text"]) as view:
        view[: len(data)] = data
    win.at |= {"caret": 0, "anchor": 0, "top": 0, "undo": 0, "run": ""}


def fill(window: Window, world: World, win: Win, tell: Tell) -> None:
    """The page, which covers the window."""
    client = window.client
    page = Page(
        Box(0, -1, client.w + 1, client.h + 2),
        "LETTER.TXT",
        text=lambda: text_of(world, win),
        caret=lambda: win.number("caret"),
        anchor=lambda: win.number("anchor"),
        top=lambda: win.number("top"),
        on_insert=lambda text: tell("insert", win.id, text),
        on_erase=lambda what: tell("erase", win.id, what),
        on_caret=lambda position, extend: tell("caret", win.id, position, extend),
        on_scroll=lambda top: tell("scroll", win.id, top),
    )
    page.tell = lambda verb: tell(verb, win.id)
    window.add(page)
    start, end = selection(win)
    greyed = {"Cut", "Copy", "Delete"} if start == end else set()
    greyed |= {"Undo"} if not win.number("undo") else set()
    greyed |= {"Paste"} if not clipboard(world) else set()
    mark(window, greyed=greyed)


def status(world: World, win: Win) -> str:
    """Where the block was when the window was painted, and how full it is."""
    handle = win.blocks["text"]
    view = world.memory.peek(handle)
    if view is None:
        return f"Handle {handle:#06x} is discarded"
    with view:
        used = int.from_bytes(view[:4], "little") + 4
    place = world.kernel.heap.address(handle)
    return f"{handle:#06x} painted at {place:#010x}: {used:,} of {world.kernel.heap.length(handle):,} bytes"


def text_of(world: World, win: Win) -> str:
    """The text as it lies in its block."""
    return world.memory.read_text(win.blocks["text"])


def selection(win: Win) -> tuple[int, int]:
    """The first selected position and the one behind the last."""
    return selected(win.number("caret"), win.number("anchor"))


def room_for(n: int) -> int:
    """The size of a block for `n` bytes."""
    return -(-n // STEP) * STEP


# --- changing the text ---------------------------------------------------------------------------------------------------


def change(world: World, win: Win, text: str, caret: int, what: str = "") -> None:
    """Let the window have another text. Key after key of the same `what` is one step for Undo. Raises NoMemory."""
    if len(encode(text)) > LARGEST:
        world.box("Notepad", f"A text of {LARGEST:,} bytes is the longest\nthat Notepad can hold.")
        return
    start, end = selection(win)
    goes_on = what and start == end and win.word("run") == f"{what} {win.number('caret')}"
    if not goes_on or spare.gone(world, win):
        spare.keep(world, win, encode(text_of(world, win)))
    store(world, win, text)
    win.at |= {"caret": caret, "anchor": caret, "run": f"{what} {caret}" if what else ""}
    follow(world, win)
    world.paint(win)


def store(world: World, win: Win, text: str) -> None:
    """Write a text into the block, which gets another size if it must, or if most of it would be empty. Raises NoMemory."""
    data = encode(text)
    size, wanted = world.kernel.GlobalSize(win.blocks["text"]), room_for(len(data))
    if size < len(data) or size >= wanted + 4 * STEP:
        with world.task_of(win):
            win.blocks["text"] = world.memory.resize(win.blocks["text"], wanted)
    with world.memory.pinned(win.blocks["text"]) as view:
        view[: len(data)] = data


def follow(world: World, win: Win) -> None:
    """Scroll so that the caret is seen."""
    page = page_of(world, win)
    win.at["top"] = top_for(page.lines, win.number("caret"), page.top, page.rows)


def page_of(world: World, win: Win) -> EditBox:
    """The page of a window, to measure with."""
    return next(part for part in world.window(win).children if isinstance(part, EditBox))


def clean(text: str) -> str:
    """What of a text can stand in a page: lines end in a newline, a tab is four spaces."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return "".join(char for char in text if char == "\n" or char.isprintable())


# --- verbs ---------------------------------------------------------------------------------------------------------------


def insert(world: World, win: Win, text: str) -> None:
    """Write a text in place of the selection."""
    new = clean(text)
    if new:
        change(world, win, *replaced(world, win, new), "insert")


def replaced(world: World, win: Win, new: str) -> tuple[str, int]:
    """The text with `new` in place of the selection, and the caret behind it."""
    return inserted(text_of(world, win), win.number("caret"), win.number("anchor"), new)


def erase(world: World, win: Win, what: str) -> None:
    """Erase the selection, or else the character before the caret (back), behind it (forward), or the word before it."""
    before = text_of(world, win)
    try:
        text, caret = erased(before, win.number("caret"), win.number("anchor"), what)
    except ValueError as wrong:
        raise BadCommand(f"erase: {wrong}") from None
    if text != before:
        change(world, win, text, caret, what)


def caret(world: World, win: Win, position: int, extend: bool = False) -> None:
    """Put the caret somewhere; with `extend` the anchor stays, and what is between them is selected."""
    if not 0 <= position <= len(text_of(world, win)):
        raise BadCommand(f"caret: there is no position {position}")
    win.at |= {"caret": position, "run": ""}
    if not extend:
        win.at["anchor"] = position
    follow(world, win)
    world.paint(win)


def scroll(world: World, win: Win, top: int) -> None:
    """Let another line be the first that is shown."""
    if not 0 <= top <= page_of(world, win).last_top:
        raise BadCommand(f"scroll: line {top} cannot be the first")
    win.at["top"] = top
    world.paint(win)


def select_all(world: World, win: Win) -> None:
    """Select the whole text."""
    win.at |= {"caret": len(text_of(world, win)), "anchor": 0, "run": ""}
    world.paint(win)


def copy(world: World, win: Win) -> None:
    """Put the selection into the clipboard."""
    if take(world, win):
        world.paint(win)


def take(world: World, win: Win) -> bool:
    """The selection goes into the block of the clipboard; False if there is none. Raises NoMemory."""
    start, end = selection(win)
    text, resources = text_of(world, win)[start:end], world.record.resources
    if text:
        with world.system:
            if handle := resources.get("clipboard", 0):
                resources["clipboard"] = world.memory.write_text(handle, text)
            else:
                resources["clipboard"] = world.memory.new_text(text)
    return bool(text)


def cut(world: World, win: Win) -> None:
    """Put the selection into the clipboard, and erase it."""
    if take(world, win):
        change(world, win, *replaced(world, win, ""))


def paste(world: World, win: Win) -> None:
    """Write the clipboard in place of the selection."""
    if text := clipboard(world):
        change(world, win, *replaced(world, win, text))


def clipboard(world: World) -> str:
    """The text in the clipboard."""
    handle = world.record.resources.get("clipboard", 0)
    return world.memory.read_text(handle) if handle else ""


def time_date(world: World, win: Win) -> None:
    """Write what time it is."""
    hour, minute = divmod(world.record.clock // 60, 60)
    said = f"{(hour + 11) % 12 + 1}:{minute:02}{'AM' if hour < 12 else 'PM'} {DATE}"
    change(world, win, *replaced(world, win, said))


def undo(world: World, win: Win) -> None:
    """Go back to the text before the last change; once more, and that is undone."""
    data = spare.back(world, win)
    if data is None:
        return
    text = decode(memoryview(data))
    win.at["anchor"] = win.at["caret"]
    change(world, win, text, last_difference(text_of(world, win), text))


def last_difference(before: str, after: str) -> int:
    """The position in `after` behind what is new in it.

    >>> last_difference("one three", "one two three")
    7
    """
    same = 0
    while same < min(len(before), len(after)) and before[-1 - same] == after[-1 - same]:
        same += 1
    return len(after) - same


def new(world: World, win: Win) -> None:
    """An empty page. Undo brings the text back."""
    change(world, win, "", 0)


def about(world: World, win: Win) -> None:
    """What there is to know."""
    world.box("About Notepad", f"A text in a moveable block.\nIt grows by {STEP} bytes at a time.", warn=False)


NOTEPAD = Program(
    name="notepad",
    title="Notepad",
    box=Box(328, 5, 306, 186),
    picture=pictures.notepad,
    born=born,
    fill=fill,
    menu=MENU,
    verbs={
        verb.__name__: verb for verb in (insert, erase, caret, scroll, cut, copy, paste, select_all, time_date, new, undo, about)
    },
    status=status,
)
