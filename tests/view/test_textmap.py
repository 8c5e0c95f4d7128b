import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap import events
from handleheap.block import NOWHERE, Kind
from handleheap.events import EVENTS
from handleheap.view.classes import LETTERS
from handleheap.view.textmap import bytes_per_letter, free_shares, legend, map_lines, sentence, text_map

from .heaps import EXAMPLE, heaps, oracle


@given(heaps, st.integers(1, 70), st.integers(1, 20))
def test_the_map_is_what_a_look_at_every_byte_gives(blocks, columns, rows):
    end = max((b.end for b in blocks), default=0)
    scale = bytes_per_letter(end, columns, rows)
    lines = map_lines(blocks, start=0, end=end, columns=columns, scale=scale)
    assert len(lines) <= rows
    assert all(int(line.split()[0], 16) == number * columns * scale for number, line in enumerate(lines))
    letters = "".join(line.split()[1] for line in lines)
    cells = -(-end // scale)
    assert letters == "".join(LETTERS[code] for code in (oracle(blocks, cells, 0, cells * scale) if cells else ()))


def test_the_whole_text():
    text = text_map(EXAMPLE)
    lines = text.splitlines()
    assert lines[0] == "One letter is 64 bytes."
    assert re.fullmatch(r"0x0000  [TFLmd.]{64}  [ 0-9]{3} % free", lines[1])
    assert lines[-6:] == legend(EXAMPLE)
    assert "F fixed           2 blocks        3,040 bytes" in lines
    assert max(map(len, lines)) <= 88


def test_a_map_needs_room():
    with pytest.raises(ValueError, match="0 x 16"):
        text_map(EXAMPLE, columns=0)


EXAMPLES = [
    (
        events.Allocated(0x1F2, 0x8000, 4096, 4000),
        "Allocated handle 0x1f2 (movable): 4,000 bytes asked for, 4,096 taken at 0x8000.",
    ),
    (events.Allocated(2, 0, 16, 1, Kind.FIXED), "Allocated handle 0x2 (fixed): 1 byte asked for, 16 taken at 0x0."),
    (
        events.Allocated(2, 0, 16, 8, Kind.MOVABLE, 1),
        "Allocated handle 0x2 (movable, discardable): 8 bytes asked for, 16 taken at 0x0.",
    ),
    (events.Freed(2, 0x40, 16), "Freed handle 0x2: 16 bytes at 0x40."),
    (events.Freed(2, NOWHERE, 0), "Freed handle 0x2, which was discarded."),
    (
        events.Resized(2, 0x40, 16, 0x40, 32, 30),
        "Resized handle 0x2 to 30 bytes, in place at 0x40: it takes 32, before 16.",
    ),
    (
        events.Resized(2, 0x40, 16, 0x80, 32, 30),
        "Resized handle 0x2 to 30 bytes, moved from 0x40 to 0x80: it takes 32, before 16.",
    ),
    (
        events.Resized(2, NOWHERE, 0, 0x80, 32, 30),
        "Resized handle 0x2 to 30 bytes, given memory at 0x80: it takes 32, before 0.",
    ),
    (
        events.Resized(2, NOWHERE, 0, NOWHERE, 0, 30),
        "Resized handle 0x2 to 30 bytes, while it is discarded: it takes 0, before 0.",
    ),
    (
        events.Resized(2, 0x40, 16, NOWHERE, 0, 0),
        "Resized handle 0x2 to 0 bytes, which discards it: it takes 0, before 16.",
    ),
    (events.Locked(2, 1), "Locked handle 0x2: 1 lock on it."),
    (events.Unlocked(2, 0), "Unlocked handle 0x2: 0 locks left."),
    (events.Moved(0x1F2, 0x8000, 0x6A40, 4096), "Moved handle 0x1f2: 4,096 bytes from 0x8000 to 0x6a40."),
    (events.Discarded(2, 0x40, 16), "Discarded handle 0x2: its 16 bytes at 0x40 are free, the handle stays."),
    (events.Reloaded(2, 0x40, 16, 12), "Reloaded handle 0x2: 16 bytes at 0x40."),
    (events.TableGrew(0x40, 1024), "The handle table grew: 1,024 bytes at 0x40."),
    (events.CompactBegan(60000, 12000), "Compaction begins: 60,000 bytes free, the largest free block has 12,000."),
    (
        events.CompactEnded(1, 4096, 60000),
        "Compaction ends: 1 move, 4,096 bytes moved; the largest free block has 60,000 bytes.",
    ),
    (events.RungTried("compact", 32768, True), "Looked for 32,768 bytes by compact: found."),
    (events.RungTried("compact", 32768, False), "Looked for 32,768 bytes by compact: not found."),
    (events.Refused(32768, 60000, 12000), "Refused 32,768 bytes: 60,000 bytes free, but the largest free block has 12,000."),
    (events.Marked(2, 1), "Marked handle 0x2: it may be discarded."),
    (events.Marked(2, 0), "Marked handle 0x2: it must be kept."),
    (events.Reported(0x2F0, 2, "object usage count underflow"), "Reported 0x02f0 for handle 0x2: object usage count underflow."),
    (events.Reported(0xFF, 0, "free memory is overwritten"), "Reported 0x00ff: free memory is overwritten."),
]


@pytest.mark.parametrize(("event", "expected"), EXAMPLES)
def test_sentences(event, expected):
    assert sentence(event) == expected


def test_every_event_has_a_sentence():
    assert {type(event) for event, _ in EXAMPLES} == set(EVENTS.values())


@given(heaps, st.integers(1, 20), st.integers(1, 8))
def test_the_shares_of_free_bytes_are_true(blocks, columns, rows):
    end = max((b.end for b in blocks), default=0)
    scale = bytes_per_letter(end, columns, rows)
    owned = {
        at for block in blocks if block.kind is not Kind.FREE and block.base != NOWHERE for at in range(block.base, block.end)
    }
    for number, share in enumerate(free_shares(blocks, 0, end, columns * scale)):
        stretch = range(number * columns * scale, min(end, (number + 1) * columns * scale))
        free = sum(1 for at in stretch if at not in owned)
        assert share == 100 * free // len(stretch)
