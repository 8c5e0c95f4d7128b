"""A desktop with a bit of everything: what the golden pictures show."""

from handleheap.desktop import icons, win31
from handleheap.desktop.box import Box
from handleheap.desktop.canvas import Canvas
from handleheap.desktop.checkbox import CheckBox
from handleheap.desktop.choice import Choice
from handleheap.desktop.desk import Desktop, Icon
from handleheap.desktop.editbox import EditBox
from handleheap.desktop.field import Field
from handleheap.desktop.fonts import faces
from handleheap.desktop.groupbox import GroupBox
from handleheap.desktop.listbox import Column, ListBox
from handleheap.desktop.menu import Item, Menu
from handleheap.desktop.skin import Ink
from handleheap.desktop.slider import Slider
from handleheap.desktop.widget import Button, Label, Meter, Panel
from handleheap.desktop.window import Window
from handleheap.view.classes import BlockClass
from handleheap.view.palette import INK, PATTERNS

ROWS = [
    ("00000100", "0206", "256", "", "F", "KERNEL", "Task Database"),
    ("00000200", "Free", "12,288", "", "", "", ""),
    ("00003200", "0A3E", "4,096", "L1", "", "NOTEPAD", "Edit Buffer"),
    ("00004200", "0A42", "16,384", "", "D", "CLOCK", "Face Bitmap"),
    ("00008200", "0A3F", "24,576", "", "", "PAINT", "Picture"),
    ("0000E200", "Free", "8,192", "", "", "", ""),
    ("00010200", "0A4A", "2,048", "L2", "F", "USER", "Task Database"),
    ("00010A00", "0A4E", "1,024", "", "D", "CLOCK", "Menu"),
    ("00010E00", "0A52", "512", "", "", "SHELL", "Icon"),
    ("00011000", "Free", "61,440", "", "", "", ""),
]
COLUMNS = [
    Column("ADDRESS", 80),
    Column("HANDLE", 64),
    Column("SIZE", 72, "right"),
    Column("LOCK", 48, "centre"),
    Column("FLG", 40),
    Column("OWNER", 80),
    Column("TYPE", 120),
]
BLOCKS = "F14 .60 L30 d50 m70 .40 F18 m44 d37 .28 m60 L22 .46 m40 d24 .20"
LEGEND = "FLmd."
LETTERS = ".dmLFT"


def strip(canvas: Canvas, box: Box) -> None:
    canvas.fill(box, BlockClass.FREE)
    x = 1
    for block in BLOCKS.split():
        cls, width = LETTERS.index(block[0]), int(block[1:])
        canvas.hatch(Box(x, 1, width - 1, box.h - 2), PATTERNS[cls], cls, cls + INK)
        canvas.vline(x + width - 1, 0, box.h, Ink.FRAME)
        x += width
    canvas.frame(box, Ink.FRAME)


def legend(canvas: Canvas, box: Box) -> None:
    canvas.fill(box, Ink.FACE)
    x = 0
    for char in LEGEND:
        cls = BlockClass(LETTERS.index(char))
        win31.swatch(canvas, Box(x, 0, 15, 13), PATTERNS[cls], cls, cls + INK)
        x = canvas.text(x + 20, 1, cls.label.capitalize(), faces().small, Ink.FACE_TEXT) + 12


def grid(canvas: Canvas, x: int, y: int) -> None:
    """The face of the Heap Walker icon: blocks."""
    canvas.fill(Box(x, y, 24, 4), Ink.NAVY)
    inks = (Ink.RED, Ink.YELLOW, Ink.SILVER, Ink.BLUE, Ink.TEAL)
    for at in range(15):
        canvas.fill(Box(x + 1 + at % 5 * 5, y + 5 + at // 5 * 4, 4, 3), inks[at * 7 % 5])


def page(canvas: Canvas, x: int, y: int) -> None:
    """The face of the Notepad icon: lines of text."""
    for line, width in enumerate((18, 13, 19, 10)):
        canvas.hline(x + 2, y + 3 + 4 * line, width, Ink.BLACK)


def clock(canvas: Canvas, x: int, y: int) -> None:
    """The face of the Clock icon."""
    canvas.disc(x + 4, y, 17, Ink.TEAL, Ink.BLACK)
    canvas.vline(x + 12, y + 3, 6, Ink.WHITE)
    canvas.hline(x + 12, y + 8, 5, Ink.WHITE)


def program(face: icons.Picture) -> icons.Picture:
    return lambda canvas, x, y: icons.monitor(canvas, x, y, face)


PROGRAMS = [("Heap Walker", program(grid)), ("Notepad", program(page)), ("Clock", program(clock))]


def manager() -> Window:
    def group(canvas: Canvas, box: Box) -> None:
        canvas.fill(box, Ink.WINDOW)
        for at, (label, picture) in enumerate(PROGRAMS):
            icons.icon(canvas, 28 + 75 * at, 14, picture, label, chosen=at == 0, on=Ink.TEXT)

    menus = [Menu(f"&{title}", [Item(f"&{title}…")]) for title in ("File", "Options", "Window", "Help")]
    window = Window(Box(8, 6, 304, 172), "Program Manager", menus=menus)
    window.add(Panel(Box(0, 0, 296, 126), group, "programs"))
    return window


def notepad() -> Window:
    menus = [Menu(f"&{title}", [Item(f"&{title}…")]) for title in ("File", "Edit", "Search", "Help")]
    window = Window(Box(320, 6, 312, 172), "Notepad - LETTER.TXT", menus=menus)
    lines = [
        "This text lives in a movable handle,",
        "0x0A3F of the global heap.",
        "",
        "It was at 0x00012C40 and slid",
        "to 0x00004100 in a compaction.",
    ]
    window.add(*(Label(Box(6, 4 + 16 * at, 272, 16), line) for at, line in enumerate(lines)))
    scroll = Box(window.client.w - win31.SCROLL + 1, -1, win31.SCROLL, window.client.h + 2)
    window.add(Panel(scroll, lambda canvas, box: win31.scroll_bar(canvas, box, 2, 9), "position"))
    return window


TEXT = """This text lives in a movable handle, 0x0A3F of the global heap.

It was at 0x00012C40 and slid to 0x00004100 in a compaction. Nothing here noticed: the handle is still the same.
"""


def editor() -> Window:
    """A Notepad with two words selected and the caret behind them."""
    window = Window(Box(8, 8, 330, 190), "Notepad - LETTER.TXT", menus=[Menu("&File", [Item("&New")]), Menu("&Edit", [])])
    client = window.client
    start = TEXT.index("movable")
    window.add(
        EditBox(
            Box(0, -1, client.w + 1, client.h + 2),
            "text",
            text=lambda: TEXT,
            caret=lambda: start + len("movable handle"),
            anchor=lambda: start,
            top=lambda: 0,
            on_insert=lambda *_: None,
            on_erase=lambda *_: None,
            on_caret=lambda *_: None,
            on_scroll=lambda *_: None,
        )
    )
    return window


def form() -> Window:
    """A dialog with one of each widget that is chosen, pushed or written into."""
    window = Window(Box(352, 8, 280, 330), "Allocate", dialog=True)
    size = Field(Box(14, 14, 240, 22), "&Size in bytes:", "32768", digits=True, label=108)
    owner = Field(Box(14, 42, 240, 22), "&Owner:", "NOTEPAD", label=108)
    modes = Choice(Box(26, 92, 110, 60), "kind", ["&Movable", "&Fixed", "Dis&cardable"])
    boxes = [
        CheckBox(Box(150, 92, 110, 20), "&Zero it", checked=True),
        CheckBox(Box(150, 112, 110, 20), "&Lock it"),
        CheckBox(Box(150, 132, 110, 20), "Not &banked"),
    ]
    boxes[2].enabled = False
    window.add(size, owner, GroupBox(Box(14, 76, 120, 84), "Kind", Ink.WINDOW), modes, *boxes)
    window.add(Label(Box(14, 172, 100, 16), "Speed"), Slider(Box(84, 172, 170, 17), "speed", 12, 20))
    window.add(Label(Box(14, 196, 100, 16), "In use"), Meter(Box(84, 196, 170, 18), "in use", 62, 100))
    window.add(Button(Box(54, 240, 68, 24), "OK", lambda: None, default=True))
    window.add(Button(Box(146, 240, 68, 24), "Cancel", lambda: None))
    return window


class Gallery:
    """The desktop and the parts a test wants to get at; `log` holds what was chosen."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.desktop = Desktop()
        self.canvas = Canvas()
        say = self.log.append
        self.window = window = Window(
            Box(8, 184, 624, 238),
            "Heap Walker - (Main Heap)",
            status="10 blocks, 3 of them free: 80 KB in all, the largest 60 KB.",
            ground=Ink.FACE,
            on_close=lambda: say("closed"),
            menus=[
                Menu("&File", [Item("&Save…", lambda: say("save"), "Ctrl+S"), Item(), Item("E&xit", lambda: say("exit"))]),
                Menu(
                    "&Walk",
                    [
                        Item("Walk &Heap", lambda: say("heap"), "F5", checked=True),
                        Item("Walk &LRU List", lambda: say("lru")),
                        Item("Walk &Free List", lambda: say("free")),
                        Item(),
                        Item("&GC(0) and Walk", lambda: say("gc 0")),
                        Item("GC(-&1) and Walk", lambda: say("gc -1")),
                        Item("Set S&wap Area", lambda: say("swap"), enabled=False),
                    ],
                ),
                Menu("&Sort", [Item("&Address", lambda: say("by address")), Item("&Size", lambda: say("by size"))]),
                Menu("&Object", [Item("&Show", lambda: say("show"))]),
                Menu("&Alloc", [Item("&Allocate…", lambda: say("alloc"))]),
                Menu("A&dd!", [Item(action=lambda: say("add"))]),
            ],
        )
        client = window.client
        self.list = ListBox(
            Box(0, -1, client.w + 1, 108),
            "blocks",
            COLUMNS,
            ROWS,
            on_select=lambda row: say(f"row {row}"),
            on_open=lambda row: say(f"open {row}"),
        )
        self.compact = Button(Box(client.w - 96, client.h - 29, 88, 24), "&Compact", lambda: say("compact"), default=True)
        window.add(self.list, Panel(Box(8, 113, client.w - 16, 24), strip, "map", say=lambda: BLOCKS))
        window.add(Panel(Box(8, client.h - 23, client.w - 120, 13), legend, "legend"), self.compact)
        self.list.select(4)
        self.log.clear()
        for other in (manager(), notepad(), window):
            self.desktop.show(other)
        for at, (label, picture) in enumerate(PROGRAMS):
            self.desktop.icons.append(Icon(28 + 75 * at, 430, picture, label))

    def draw(self) -> Canvas:
        self.desktop.draw(self.canvas)
        return self.canvas

    def refuse(self) -> None:
        self.desktop.ask("Not Enough Memory", "GlobalAlloc(32,768) failed:\nlargest free block is 12,288.", self.log.append)
