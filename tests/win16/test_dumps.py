"""The annotated dumps in docs/dumps are what the kernel's memory looks like; and a dump that is attached goes on.

`HANDLEHEAP_UPDATE_GOLDEN=1` writes them anew.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path

import pytest

from handleheap.win16 import (
    ENHANCED,
    GMEM_DISCARDABLE,
    GMEM_FIXED,
    GMEM_MOVEABLE,
    GMEM_NOTIFY,
    GMEM_ZEROINIT,
    REAL,
    STANDARD,
    Kernel,
)
from handleheap.win16.memorymap import needed

DUMPS = Path(__file__).parents[2] / "docs" / "dumps"
MOVABLE = GMEM_MOVEABLE | GMEM_ZEROINIT
PROFILES = pytest.mark.parametrize("profile", [REAL, STANDARD, ENHANCED], ids=lambda profile: profile.name)


def digest(kernel):
    return blake2b(kernel.arena.memory).hexdigest()


def moments(profile):
    """(title, kernel) of a heap of some 4 KB at four moments of its life."""
    kernel = Kernel(profile, needed(profile, 0x1000))
    yield "1. A fresh heap", kernel
    fixed = kernel.GlobalAlloc(GMEM_FIXED | GMEM_ZEROINIT, 20)
    low = kernel.GlobalAlloc(MOVABLE, 30)
    high = kernel.GlobalAlloc(MOVABLE, 50)
    code = kernel.GlobalAlloc(MOVABLE | GMEM_DISCARDABLE | GMEM_NOTIFY, 70)
    kernel.GlobalAlloc(GMEM_MOVEABLE, 0)
    for handle, text in ((fixed, b"fixed"), (low, b"movable, below"), (high, b"movable, above"), (code, b"discardable")):
        kernel.write(kernel.GlobalLock(handle), text)
        kernel.GlobalUnlock(handle)
    yield "2. One allocation of each kind: fixed, movable (two), discardable with GMEM_NOTIFY, and of no bytes", kernel
    kernel.GlobalFree(low)
    kernel.GlobalCompact(0)
    yield "3. The lower movable block is freed, the upper one slides down: GlobalCompact(0)", kernel
    kernel.GlobalDiscard(code)
    yield "4. The discardable block is discarded; its handle remains", kernel


def text(profile):
    parts = [f"# The memory of {profile.kernel}, {profile.name} mode\n\nField by field. Addresses are linear.\n"]
    parts += [f"## {title}\n\n```text\n{kernel.dump()}```\n" for title, kernel in moments(profile)]
    return "\n".join(parts)


@PROFILES
def test_the_committed_dumps_are_what_memory_looks_like(profile):
    path = DUMPS / f"{profile.name}.md"
    if os.environ.get("HANDLEHEAP_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text(profile))
    assert path.read_text() == text(profile)


@PROFILES
def test_each_moment_can_be_attached_and_goes_on(profile):
    for _, kernel in moments(profile):
        copy = Kernel.attach(bytearray(kernel.arena.memory), profile)
        for each in (kernel, copy):
            each.answers = [each.GlobalAlloc(GMEM_MOVEABLE, n) for n in (10, 500, 0)] + [each.GlobalCompact(0xFFFFFFFF)]
        assert copy.answers == kernel.answers
        assert digest(copy) == digest(kernel)
        assert copy.dump() == kernel.dump()
        for handle in kernel.answers[:3]:
            kernel.GlobalFree(handle)
