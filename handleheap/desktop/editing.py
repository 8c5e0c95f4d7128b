"""Changing a text at a caret: pure functions for whoever owns the text.

text "one two"   caret 3   anchor 3        a caret between two characters, nothing selected
                 caret 7   anchor 4        "two" is selected: what lies between anchor and caret
"""

from __future__ import annotations

ERASING = ("back", "forward", "word")
"""What can be erased: the character before the caret, the one behind it, the word before it."""


def selected(caret: int, anchor: int) -> tuple[int, int]:
    """First position of the selection and the one behind it.

    >>> selected(7, 4)
    (4, 7)
    """
    return min(caret, anchor), max(caret, anchor)


def inserted(text: str, caret: int, anchor: int, new: str) -> tuple[str, int]:
    """The text with `new` in place of the selection, and the caret behind it.

    >>> inserted("one two", 7, 4, "2")
    ('one 2', 5)
    """
    start, end = selected(caret, anchor)
    return text[:start] + new + text[end:], start + len(new)


def erased(text: str, caret: int, anchor: int, what: str) -> tuple[str, int]:
    """The text without its selection or, if nothing is selected, without what `what` of `ERASING` says; and the caret.

    Raises ValueError for anything else.

    >>> erased("one two", 7, 7, "back"), erased("one two", 7, 7, "word"), erased("one two", 0, 3, "back")
    (('one tw', 6), ('one ', 4), (' two', 0))
    """
    if what not in ERASING:
        raise ValueError(f"{what!r} cannot be erased: {', '.join(ERASING)}")
    start, end = selected(caret, anchor)
    if start == end:
        if what == "forward":
            end = min(len(text), end + 1)
        else:
            start = max(0, start - 1) if what == "back" else word_before(text, start)
    return text[:start] + text[end:], start


def word_before(text: str, position: int) -> int:
    """Where the word before a position begins.

    >>> word_before("one two ", 8)
    4
    """
    while position > 0 and text[position - 1].isspace():
        position -= 1
    while position > 0 and not text[position - 1].isspace():
        position -= 1
    return position


def word_after(text: str, position: int) -> int:
    """Where the next word begins, or the end of the text.

    >>> word_after("one two", 1), word_after("one two", 4)
    (4, 7)
    """
    while position < len(text) and not text[position].isspace():
        position += 1
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def word_around(text: str, position: int) -> tuple[int, int]:
    """The word at a position, as start and end; nothing between two spaces.

    >>> word_around("one two", 5)
    (4, 7)
    """
    start = end = position
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end
