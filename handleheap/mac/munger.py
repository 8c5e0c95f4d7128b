"""What Munger is to do, found out before anything is changed (Inside Macintosh: Text, 329).

look for the target from an offset on    replace what was found    tell where to go on
"""

from __future__ import annotations

from typing import NamedTuple

NOT_FOUND = -1


class Splice(NamedTuple):
    """Replace `length` bytes at `at`."""

    at: int
    length: int


def found(text: bytes, offset: int, target: bytes | None, length: int) -> Splice | None:
    """The bytes that Munger finds in a block; None where it finds none.

    `target` None: no search, `length` bytes at the offset are meant; a negative length means all to the end. No bytes at
    all are found where the search begins. If the block ends before the whole target was seen, its beginning is enough, but
    only right at the offset (Executor).

    >>> found(b"the cat", 2, b"cat", 3), found(b"the cat", 0, b"dog", 3), found(b"the cat", 4, b"cattle", 6)
    (Splice(at=4, length=3), None, Splice(at=4, length=3))
    >>> found(b"the cat", 4, None, -1), found(b"the cat", 8, None, 0)
    (Splice(at=4, length=3), None)
    """
    rest = len(text) - offset
    if not 0 <= rest <= len(text):
        return None
    if target is None:
        return Splice(offset, rest if length < 0 else min(length, rest))
    if length <= 0:
        return Splice(offset, 0) if length == 0 else None
    at = text.find(target, offset)
    if at >= 0:
        return Splice(at, length)
    if 0 < rest < length and target.startswith(text[offset:]):
        return Splice(offset, rest)
    return None
