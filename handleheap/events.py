"""What a heap tells its tap, and how listeners share, keep and number it.

Each event has a stable code: a log written today can be read by every later version. Codes are never used again for
something else.

`.tap.after`  a tap is told after the state is consistent, and does not call the heap back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Union

from .block import Kind


class Allocated(NamedTuple):
    """A block was handed out. `base` is NOWHERE when it has no bytes yet, as if it had been discarded."""

    handle: int
    base: int
    size: int
    length: int
    kind: int = Kind.MOVABLE
    discardable: int = 0


class Freed(NamedTuple):
    """A block was given back. `base` is NOWHERE when it was discarded before."""

    handle: int
    base: int
    size: int


class Resized(NamedTuple):
    """A block got a new length: in place if `old_base == base`."""

    handle: int
    old_base: int
    old_size: int
    base: int
    size: int
    length: int
    new_handle: int = 0
    """Where handles are addresses and the block has moved, the handle from now on; otherwise 0."""


class Locked(NamedTuple):
    """`locks` is the count after the lock."""

    handle: int
    locks: int


class Unlocked(NamedTuple):
    """`locks` is the count after the unlock."""

    handle: int
    locks: int


class Moved(NamedTuple):
    """A block has moved; header and body, `size` bytes."""

    handle: int
    src: int
    dst: int
    size: int


class Discarded(NamedTuple):
    """A block lost its memory and kept its handle."""

    handle: int
    base: int
    size: int


class Reloaded(NamedTuple):
    """A discarded block has memory again, and its loader has filled it."""

    handle: int
    base: int
    size: int
    length: int


class TableGrew(NamedTuple):
    """The heap took `size` bytes at `base` for handles of its own."""

    base: int
    size: int


class CompactBegan(NamedTuple):
    """A compaction starts; `free` and `largest_free` as they are before it."""

    free: int
    largest_free: int


class CompactEnded(NamedTuple):
    """A compaction is over."""

    moves: int
    bytes_moved: int
    largest_free: int


class RungTried(NamedTuple):
    """One rung of the ladder was tried for `wanted` bytes; `found` tells whether it served."""

    rung: str
    wanted: int
    found: bool


class Refused(NamedTuple):
    """The whole ladder was tried in vain."""

    wanted: int
    free: int
    largest_free: int


class Marked(NamedTuple):
    """A block became discardable, or has to be kept from now on (0)."""

    handle: int
    discardable: int


class Reported(NamedTuple):
    """A debugging kernel complains: its code, the handle it is about (or 0), and what is wrong."""

    code: int
    handle: int
    text: str


Event = Union[  # noqa: UP007 - evaluated at run time by the registry below
    Allocated,
    Freed,
    Resized,
    Locked,
    Unlocked,
    Moved,
    Discarded,
    Reloaded,
    TableGrew,
    CompactBegan,
    CompactEnded,
    RungTried,
    Refused,
    Marked,
    Reported,
]
Tap = Callable[[Event], None]

EVENTS: dict[int, type[Event]] = {
    1: Allocated,
    2: Freed,
    3: Resized,
    4: Locked,
    5: Unlocked,
    6: Moved,
    7: Discarded,
    8: Reloaded,
    9: TableGrew,
    10: CompactBegan,
    11: CompactEnded,
    12: RungTried,
    13: Refused,
    14: Marked,
    15: Reported,
}
CODES: dict[type[Event], int] = {event: code for code, event in EVENTS.items()}


def pack(event: Event) -> list[object]:
    """The event as a list for a JSON line: its code, then its fields.

    >>> pack(Freed(3, 0x40, 16))
    [2, 3, 64, 16]
    """
    return [CODES[type(event)], *event]


def unpack(row: list[Any]) -> Event:
    """The inverse of `pack`. Raises ValueError for an unknown code or a wrong number of fields.

    >>> unpack([2, 3, 64, 16])
    Freed(handle=3, base=64, size=16)
    """
    if not row or not isinstance(row[0], int) or row[0] not in EVENTS:
        raise ValueError(f"{row!r} starts with no event code")
    kind: Callable[..., Event] = EVENTS[row[0]]
    try:
        return kind(*row[1:])
    except TypeError as error:
        raise ValueError(f"{row!r} is no {EVENTS[row[0]].__name__}: {error}") from None


def fan_out(taps: Iterable[Tap]) -> Tap:
    """One tap that tells all of `taps`, in their order.

    >>> left, right = Recorder(), Recorder()
    >>> fan_out([left, right])(Locked(1, 1))
    >>> left.events == right.events == [Locked(1, 1)]
    True
    """
    listeners = tuple(taps)

    def tell(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return tell


class Recorder:
    """A tap that keeps what it is told, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)
