"""The conformance table of the Memory Manager, row 71: Munger in 3,600 combinations against its rules, stated plainly here.

Handle states, offsets, pointers and lengths as in the matrix of Executor's generator; texts and values are our own. Where no
source says what happens, every harmless reading is accepted.
"""

from itertools import product
from random import Random

import pytest

from . import steps
from .steps import LOCKED, each_width, everywhere, get, put, text

boot = steps.booting

STATES = ["nil", "empty", "no bytes", "unlocked", "locked"]
OFFSETS = ["negative", "start", "inside", "end", "beyond"]
STRINGS = [None, b"never", b"once", b"again"]
LENGTHS = ["negative", "nothing", "all"]
TEXT = {"no bytes": b"", "unlocked": b"once more, and once again, and aga", "locked": b"say it once again, then again and on"}
INSIDE = {"no bytes": 0, "unlocked": len(TEXT["unlocked"]) - 3, "locked": 9}  # before "aga" at the end; before " again, then"
SILENT = "nothing is said"


def rules(data, off, p1, n1, p2, n2):
    """-> (the rule that decides, the accepted outcomes). An outcome is (result, bytes after the call).

    `data` is None for a nil handle and for an empty one; `p1` and `p2` are None for nil, or the bytes at the pointer.
    """
    refused = (-1, data)
    if data is None or not 0 <= off <= len(data):
        return "8: no such place", [refused]
    rest = len(data) - off
    if p1 is None and p2 is None:
        deleted = [replaced(data, off, rest if n1 < 0 else n1, b"")] if n2 <= 0 else []
        return SILENT, [(off, data), refused, *deleted]
    if p1 is None:
        rule, at, old = "2: replaces without a search", off, rest if n1 < 0 else n1
    elif n1 == 0:
        rule, at, old = "3: inserts", off, 0
    elif n1 < 0:
        rule, at, old = SILENT, off, rest
    elif (at := data.find(p1[:n1], off)) >= 0:
        rule, old = "1: finds", n1
    elif rest and p1[:n1].startswith(data[off:]):
        rule, at, old = "7: finds the beginning of it at the very end", off, rest
    else:
        return "1: does not find", [refused]
    outcomes = [(at, data) if p2 is None else replaced(data, at, old, p2[: max(n2, 0)])]
    if rule == SILENT or old > rest or (p2 is not None and n2 < 0):
        return SILENT, [*outcomes, refused]
    if p2 is None:
        return "4: only searches", outcomes
    return ("5: deletes" if n2 == 0 and rule.startswith(("1", "7")) else rule), outcomes


def replaced(data, at, old, new):
    """Rule 6: the result is the offset of the first byte after the replacement."""
    return at + len(new), data[:at] + new + data[at + old :]


def offset(which, state):
    size = len(TEXT.get(state, b""))
    return {"negative": -2, "start": 0, "inside": INSIDE.get(state, 0), "end": size, "beyond": size + 3}[which]


def length(which, string):
    return {"negative": -5, "nothing": 0, "all": len(string or b"again")}[which]


def combinations(state):
    for where, p1, l1, p2, l2 in product(OFFSETS, STRINGS, LENGTHS, STRINGS, LENGTHS):
        yield offset(where, state), p1, length(l1, p1), p2, length(l2, p2)


@each_width
@pytest.mark.parametrize("state", STATES)
def test_row_71_munger_obeys_its_rules_in_720_combinations_of_each_handle(boot, bits, state):
    """Executor's generator; the rules are Inside Macintosh: Text (1-6), Executor (7) and Advanced Mac Substitute (8)."""
    tb = boot(bits)
    data = TEXT.get(state)
    at = {string: text(tb, string) if string else 0 for string in STRINGS}
    source = text(tb, data or b"-")
    h = {"nil": lambda: 0, "empty": tb.NewEmptyHandle}.get(state, lambda: tb.NewHandle(len(data)))()
    flags = LOCKED if state == "locked" else 0
    if data is not None:
        put(tb, h, data)
        tb.HSetState(h, flags)
    home = tb.deref(h) if data is not None else 0
    for number, (off, p1, n1, p2, n2) in enumerate(combinations(state)):
        rule, outcomes = rules(data, off, p1, n1, p2, n2)
        result = tb.Munger(h, off, at[p1], n1, at[p2], n2)
        after = get(tb, h) if data is not None else None
        said = f"{rule}: Munger({state}, {off}, {p1}, {n1}, {p2}, {n2}) -> {result}, {after}"
        assert (result, after) in outcomes, said
        if data is not None:
            assert tb.HGetState(h) == flags, said
            assert tb.RecoverHandle(tb.deref(h)) == h, said
            assert not flags or tb.deref(h) == home, said
            if after != data:
                assert tb.PtrToXHand(source, h, len(data)) == 0
        if number % 60 == 59:
            tb.check()
            assert [tb.read(p, len(string)) for string, p in at.items() if p] == STRINGS[1:]
    if state == "empty":
        assert tb.deref(h) == 0


def test_row_71_the_matrix_has_3600_combinations_and_meets_every_rule():
    """The statement above, looked at: no rule stands there in vain, and silence is the exception."""
    met = [rules(TEXT.get(state), off, p1, n1, p2, n2)[0] for state in STATES for off, p1, n1, p2, n2 in combinations(state)]
    assert len(met) == 3600
    assert {rule[0] for rule in met} == {"1", "2", "3", "4", "5", "7", "8", SILENT[0]}
    assert {"1: finds", "1: does not find"} <= set(met)
    assert met.count(SILENT) < 800


@each_width
@pytest.mark.parametrize("lock", [False, True])
def test_row_71_munger_obeys_its_rules_on_short_texts_of_two_letters(boot, bits, lock):
    """The same rules where matches, and beginnings of them at the very end, are frequent."""
    tb = boot(bits)
    dice = Random(71)
    p, q = tb.NewPtr(4), tb.NewPtr(4)
    h = tb.NewHandle(0)
    if lock:
        tb.HLock(h)
    for number in range(1000):
        data, p1, p2 = (bytes(dice.choices(b"ab", k=dice.randrange(least, 5))) for least in (0, 1, 1))
        off, n1, n2 = dice.randint(-1, len(data) + 1), len(p1), dice.choice([0, len(p2)])
        assert tb.SetHandleSize(h, len(data)) == 0
        tb.write(tb.deref(h), data)
        tb.write(p, p1)
        tb.write(q, p2)
        rule, outcomes = rules(data, off, p1, n1, p2, n2)
        outcome = tb.Munger(h, off, p, n1, q, n2), get(tb, h)
        assert [outcome] == outcomes, f"{number}, {rule}: Munger({data}, {off}, {p1}, {n1}, {p2}, {n2}) -> {outcome}"
        assert tb.HGetState(h) == (LOCKED if lock else 0)


# --- the rules, one by one, in words a reader can follow ------------------------------------------------------------------

HELLO = b"hello, hello"
EXAMPLES = [
    ("rule 1: the first match from the offset on", (1, b"hello", 5, b"bye", 3), 10, b"hello, bye"),
    ("rule 1: no match", (0, b"adieu", 5, b"bye", 3), -1, HELLO),
    ("rule 2: no search", (5, None, 2, b"-", 1), 6, b"hello-hello"),
    ("rule 2: no search, to the end", (5, None, -1, b".", 1), 6, b"hello."),
    ("rule 2: no search, nothing instead", (5, None, 2, b"?", 0), 5, b"hellohello"),
    ("rule 3: insertion", (5, b"?", 0, b" there", 6), 11, b"hello there, hello"),
    ("rule 3: insertion at the end", (12, None, 0, b"!", 1), 13, b"hello, hello!"),
    ("rule 4: a search only", (1, b"hello", 5, None, 0), 7, HELLO),
    ("rule 4: a search only, whatever the length", (1, b"hello", 5, None, 9), 7, HELLO),
    ("rule 5: deletion", (0, b", ", 2, b"?", 0), 5, b"hellohello"),
    ("rule 6: behind the replacement", (0, b"h", 1, b"J'", 2), 2, b"J'ello, hello"),
    ("rule 7: all that is left begins the target", (9, b"llord", 5, b"y!", 2), 11, b"hello, hey!"),
    ("rule 7: all that is left does not begin it", (9, b"llyod", 5, b"y!", 2), -1, HELLO),
    ("rule 7: from the offset itself", (10, b"lo-fi", 5, b"p!", 2), 12, b"hello, help!"),
    ("rule 7: not from a later place", (8, b"lo-fi", 5, b"p!", 2), -1, HELLO),
    ("rule 7: a search only", (10, b"lo-fi", 5, None, 0), 10, HELLO),
    ("rule 7: nothing is left", (12, b"lo-fi", 5, b"p!", 2), -1, HELLO),
    ("rule 8: beyond the end", (13, None, 0, b"!", 1), -1, HELLO),
]


@everywhere
@pytest.mark.parametrize(("arguments", "result", "after"), [row[1:] for row in EXAMPLES], ids=[row[0] for row in EXAMPLES])
def test_row_71_munger_by_example(boot, bits, fit, arguments, result, after):
    """Inside Macintosh: Text; Executor for rule 7; Advanced Mac Substitute for rule 8."""
    tb = boot(bits, fit)
    off, p1, n1, p2, n2 = arguments
    h = tb.NewHandle(len(HELLO))
    put(tb, h, HELLO)
    at1, at2 = (text(tb, p) if p else 0 for p in (p1, p2))
    assert rules(HELLO, off, p1, n1, p2, n2)[1] == [(result, after)]
    assert tb.Munger(h, off, at1, n1, at2, n2) == result
    assert get(tb, h) == after


@everywhere
def test_row_71_munger_moves_what_it_must(boot, bits, fit):
    """A replacement too long for the place moves the block and keeps the handle; a locked block stays and is not changed."""
    for lock in (False, True):
        tb = boot(bits, fit)
        p, q = text(tb, b"x" * 60), text(tb, b"lo")
        h, barrier = tb.NewHandle(len(HELLO)), tb.NewHandle(4)
        put(tb, h, HELLO)
        tb.HLock(barrier)
        if lock:
            tb.HLock(h)
        home = tb.deref(h)
        result = tb.Munger(h, 0, q, 2, p, 60)
        if lock:
            assert result < 0
            assert (tb.deref(h), get(tb, h), tb.HGetState(h)) == (home, HELLO, LOCKED)
        else:
            assert result == 63
            assert get(tb, h) == b"hel" + b"x" * 60 + b", hello"
            assert tb.deref(h) != home
