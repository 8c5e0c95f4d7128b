"""The conformance table of the global heap, rows 50 to 56: who is discarded."""

import pytest

from handleheap.win16 import (
    GMEM_DISCARDABLE,
    GMEM_FIXED,
    GMEM_MOVEABLE,
    GMEM_NOCOMPACT,
    GMEM_NODISCARD,
    GMEM_NOTIFY,
)

from .steps import (
    KB,
    PAGE,
    ask,
    clear,
    discardable,
    discarded,
    end,
    fill,
    full,
    get,
    gone,
    moved,
    put,
    sixteen_bit,
    stacked,
    state,
    told,
    where,
)

MB = 1024 * KB
KINDS = [GMEM_FIXED, GMEM_MOVEABLE, GMEM_MOVEABLE | GMEM_DISCARDABLE]


# --- 50-56: who is discarded ---------------------------------------------------------------------------------------------


def squeeze(kernel, blocks, flags=GMEM_MOVEABLE):
    """A request that needs one of the full memory's 4 KB blocks discarded; -> those that went, in order."""
    data = {block: put(kernel, block) for block in blocks}
    handle, events = told(kernel, lambda: kernel.GlobalAlloc(flags, ask(kernel, PAGE)))
    assert handle
    assert kernel.GlobalSize(handle) == ask(kernel, PAGE)
    victims = discarded(events)
    assert gone(kernel) == set(victims)
    for block in set(blocks) - set(victims):
        assert get(kernel, block) == data[block]
    return victims


@sixteen_bit
@pytest.mark.parametrize("flags", KINDS)
def test_row_50_the_oldest_block_goes(boot, profile, flags):
    """PETZ prog53e0: least recently used."""
    kernel = boot(profile)
    (a, b, c), filler = full(kernel)
    others = {handle: put(kernel, handle) for handle in filler}
    assert squeeze(kernel, (a, b, c), flags) == [a]
    for handle, data in others.items():
        assert get(kernel, handle) == data


@sixteen_bit
def test_row_50_a_discardable_block_takes_the_place_of_the_one_discarded(boot, profile):
    """PETZ prog53e0: from the top down; there is nothing to move."""
    kernel = boot(profile)
    (a, _, _), _ = full(kernel)
    place = where(kernel, a)
    handle, events = told(kernel, lambda: kernel.GlobalAlloc(GMEM_MOVEABLE | GMEM_DISCARDABLE, ask(kernel, PAGE)))
    assert where(kernel, handle) == place
    assert (discarded(events), moved(events)) == ([a], set())


@sixteen_bit
def test_row_50_a_fixed_block_gets_the_bottom(boot, profile):
    """PETZ prog53e0: discards, then moves everything up again."""
    kernel = boot(profile)
    (a, b, c), filler = full(kernel)
    bottom, top = min(where(kernel, *filler)), end(kernel, a)
    handle = kernel.GlobalAlloc(GMEM_FIXED, ask(kernel, PAGE))
    assert where(kernel, handle) == [bottom]
    assert min(where(kernel, *filler)) == bottom + PAGE
    assert where(kernel, b, c) == [top - PAGE, top - 2 * PAGE]


@sixteen_bit
def test_row_50_a_block_that_grows_is_not_discarded_for_itself(boot, profile):
    """QCWIN qcwi8smm: the contents are kept, though it is the oldest."""
    kernel = boot(profile)
    (a, b, c), _ = full(kernel)
    data = put(kernel, a)
    result, events = told(kernel, lambda: kernel.GlobalReAlloc(a, ask(kernel, 2 * PAGE), GMEM_MOVEABLE))
    assert result == a
    assert kernel.GlobalSize(a) == ask(kernel, 2 * PAGE)
    assert get(kernel, a, len(data)) == data
    assert discarded(events) in ([b], [b, c])


@sixteen_bit
def test_row_51_what_was_made_newest_stays(boot, profile):
    """SDK31 sdk33nou: GlobalLRUNewest."""
    kernel = boot(profile)
    (a, b, c), _ = full(kernel)
    assert kernel.GlobalLRUNewest(a) == a
    assert squeeze(kernel, (a, b, c)) == [b]


@sixteen_bit
def test_row_52_what_was_made_oldest_goes(boot, profile):
    """SDK31 sdk33nou: GlobalLRUOldest."""
    kernel = boot(profile)
    (a, b, c), _ = full(kernel)
    assert kernel.GlobalLRUOldest(c) == c
    assert squeeze(kernel, (a, b, c)) == [c]


@sixteen_bit
def test_rows_51_and_52_the_lru_calls_refuse_what_is_no_handle(boot, profile):
    """SDK31 sdk33nou: 0 if invalid."""
    kernel = boot(profile)
    handle = discardable(kernel)
    clear(kernel, handle)
    assert kernel.GlobalLRUNewest(handle) == kernel.GlobalLRUOldest(handle) == 0


@sixteen_bit
def test_row_53_a_lock_makes_a_block_the_newest(boot, profile):
    """HABR."""
    kernel = boot(profile)
    (a, b, c), _ = full(kernel)
    kernel.GlobalLock(a)
    kernel.GlobalUnlock(a)
    assert squeeze(kernel, (a, b, c)) == [b]


@sixteen_bit
def test_row_54_a_locked_block_stays_even_if_it_is_the_oldest(boot, profile):
    """SDK."""
    kernel = boot(profile)
    (a, b, c), _ = full(kernel)
    kernel.GlobalLock(a)
    kernel.GlobalLRUNewest(b)
    kernel.GlobalLRUNewest(c)
    place = where(kernel, a)
    assert squeeze(kernel, (a, b, c)) == [b]
    assert where(kernel, a) == place


@sixteen_bit
def test_row_55_a_notify_procedure_can_keep_a_block(boot, profile):
    """SDK31 sdk36vjh: 0 keeps it."""
    kernel = boot(profile)
    asked = []
    with kernel.task("APP"):
        kernel.GlobalNotify(lambda handle: asked.append(handle) or handle != blocks[0])
        blocks, _ = full(kernel, GMEM_NOTIFY)
        assert squeeze(kernel, blocks) == [blocks[1]]
        assert asked == blocks[:2]


@sixteen_bit
def test_row_55_a_notify_procedure_that_keeps_all(boot, profile):
    """SDK31 sdk36vjh: then there is no memory."""
    kernel = boot(profile)
    asked = []
    with kernel.task("APP"):
        kernel.GlobalNotify(lambda handle: bool(asked.append(handle)))
        blocks, _ = full(kernel, GMEM_NOTIFY)
        handle, events = told(kernel, lambda: kernel.GlobalAlloc(GMEM_MOVEABLE, ask(kernel, PAGE)))
        assert (handle, discarded(events)) == (0, [])
        assert asked == blocks


@sixteen_bit
def test_row_55_nobody_is_asked_without_notify(boot, profile):
    """SDK31 sdk33qy6: nor for a block that came back without the flag."""
    kernel = boot(profile)
    asked = []
    with kernel.task("APP"):
        kernel.GlobalNotify(lambda handle: asked.append(handle) or True)
        plain, back, c = (discardable(kernel, PAGE, flags) for flags in (0, GMEM_NOTIFY, GMEM_NOTIFY))
        kernel.GlobalDiscard(back)
        assert kernel.GlobalReAlloc(back, ask(kernel, PAGE), GMEM_MOVEABLE) == back
        fill(kernel)
        kernel.GlobalLRUOldest(back)
        kernel.GlobalLRUOldest(plain)
        asked.clear()
        assert squeeze(kernel, (plain, back, c)) == [plain]
        assert kernel.GlobalAlloc(GMEM_MOVEABLE, ask(kernel, PAGE))
        assert gone(kernel) == {plain, back}
        assert asked == []
        assert kernel.GlobalAlloc(GMEM_MOVEABLE, ask(kernel, PAGE))
        assert asked == [c]


@sixteen_bit
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flag", [GMEM_NODISCARD, GMEM_NOCOMPACT, GMEM_NODISCARD | GMEM_NOCOMPACT])
def test_row_56_nothing_is_discarded_for_a_request_that_forbids_it(boot, profile, kind, flag):
    """QCWIN qcwi3fzi: NOCOMPACT forbids both."""
    kernel = boot(profile)
    full(kernel)
    before = state(kernel)
    handle, events = told(kernel, lambda: kernel.GlobalAlloc(kind | flag, ask(kernel, PAGE)))
    assert (handle, discarded(events)) == (0, [])
    if flag & GMEM_NOCOMPACT:
        assert moved(events) == set()
    assert state(kernel) == before


@sixteen_bit
@pytest.mark.parametrize("kind", KINDS)
def test_row_56_nothing_is_moved_for_a_request_that_forbids_it(boot, profile, kind):
    """QCWIN qcwi3fzi: even where moving would do."""
    kernel = boot(profile)
    (low, _, high), _ = stacked(kernel, PAGE, PAGE, PAGE, discardables=1)
    clear(kernel, low, high)
    before = state(kernel)
    n = ask(kernel, 2 * PAGE)
    handle, events = told(kernel, lambda: kernel.GlobalAlloc(kind | GMEM_NOCOMPACT, n))
    assert (handle, moved(events), discarded(events)) == (0, set(), [])
    assert state(kernel) == before
    assert kernel.GlobalAlloc(kind | GMEM_NODISCARD, n)
