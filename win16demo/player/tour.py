"""The one-minute tour: a program's own allocations break a heap into holes, and compaction makes it whole.

    play … refused       enough bytes are free, but not in one piece
    compact, retry       the same request is served
    play … the end       and what never moving would have come to: honesty is the point

The tour is a generator of beats. It acts on the machine between two beats; whoever runs it shows each beat for as long as
its `hold` says, or not at all. How much happens in a beat is up to the `Pace`; what happens is not.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import NamedTuple, Protocol

from handleheap.lab.workloads import RECORDED
from handleheap.replay import Refusal
from handleheap.view.textmap import plural

from .machine import Machine

MOMENTS = ("start", "full", "refused", "compacting", "satisfied", "end")
"""The pictures of the tour, by name."""
SHOWN = 3
"""So many refusals are shown; the rest are cured in silence."""
STRIDE = 2_000
"""Operations a beat of the run that nobody looks at."""


class Beat(NamedTuple):
    """A moment of the tour. An empty caption leaves the one before; `hold` is in seconds."""

    caption: str = ""
    hold: float = 0.0
    moment: str = ""
    box: tuple[str, str] | None = None
    """Title and text of a message box that stays for this beat."""


class Pace(Protocol):
    """How much is to happen between two beats."""

    def ops(self, done: int, end: int) -> int:
        """Operations to play, when `done` of `end` have been played."""
        ...

    def moves(self, planned: int) -> int:
        """Moves to make, when `planned` are ahead."""
        ...


def tour(machine: Machine, pace: Pace) -> Iterator[Beat]:
    """The beats of the tour over a machine that stands at operation 0."""
    trace, peak = machine.trace, machine.trace.statistics().peak_live_bytes
    what = f"recorded operations of a real program, {trace.name}" if trace.name in RECORDED else f"operations, {trace.name}"
    left = machine.figures.free
    yield Beat(
        f"{len(trace):,} {what}, under Windows in {machine.mode} mode. Of {machine.memory:,} bytes of memory the kernel's tables "
        f"take {machine.tables:,}. {left:,} are left, {left / peak:.2f} times what the program has at most.",
        7,
        "start",
    )
    cures = 0
    while (refusal := (yield from _play(machine, pace))) is not None:
        cures += 1
        if cures > SHOWN:
            if machine.curable(refusal):
                machine.compact()
                machine.retry()
            yield Beat()
        elif machine.curable(refusal):
            yield from _cure(machine, pace, refusal, moments=cures == 1)
        else:
            yield from _give_up(machine, refusal)
    yield from _sum_up(machine)


def _play(machine: Machine, pace: Pace) -> Generator[Beat, None, Refusal | None]:
    """Play until a request is refused; returns the refusal, or None at the end."""
    end = len(machine.trace)
    captions = [
        (0, "GlobalAlloc returns handles; where the blocks lie, only the kernel knows. Here all calls say GMEM_NOCOMPACT."),
        (end // 5, "A block gets the lowest hole that is large enough. Freed blocks leave holes, and their rests are smaller."),
        (end // 3, "At the bottom is what never moves: tables of the kernel, the task's database. Movable blocks lie above."),
        (end // 2, "Every byte is written when its block is born and compared when it dies: nothing here is only painted."),
        (end, ""),
    ]
    captions = [(op, caption) for op, caption in captions if op >= machine.replay.done]
    while not machine.over:
        if captions[0][0] == machine.replay.done:
            yield Beat(captions.pop(0)[1])
        done = machine.replay.done
        refusal = machine.play(min(pace.ops(done, end), captions[0][0] - done))
        if refusal is not None:
            return refusal
        yield Beat()
    return None


def _cure(machine: Machine, pace: Pace, refusal: Refusal, *, moments: bool) -> Iterator[Beat]:
    """A refusal, the compaction, and the same request again."""
    full, refused, compacting, satisfied = MOMENTS[1:5] if moments else ("",) * 4
    before = machine.figures
    lack = f"there is no {refusal.lacking}" if refusal.lacking else f"no hole has room for more than {room(machine, refusal):,}"
    yield Beat(
        f"Operation {refusal.op:,}: {before.blocks:,} blocks with {before.holes:,} holes between them. "
        f"{refusal.free:,} bytes are free, but {lack}.",
        6 if moments else 2,
        full,
    )
    times = refusal.free / refusal.wanted
    yield Beat(
        f"{call(machine, refusal)} returns 0, although {times:,.{0 if times >= 10 else 1}f} times as much is free. "
        "A heap of pointers could only give up, or ask for more memory.",
        6 if moments else 3,
        refused,
        box(machine, refusal),
    )
    plan = machine.heap.plan()
    middle = before.bytes_moved + sum(move.size for move in plan) // 2
    yield Beat(f"GlobalCompact: {plural(len(plan), 'block')} slide together, one after the other. No handle changes.", 1.5)
    while not machine.compact(pace.moves(len(plan))).done:
        yield Beat(moment=compacting if machine.figures.bytes_moved >= middle else "")
    after = machine.figures
    pieces = "in one piece" if after.holes == 1 else f"and the largest hole has {after.largest_free:,}"
    yield Beat(f"Compacted: {after.free:,} bytes are free, {pieces}.", 3)
    if machine.retry():
        yield Beat(
            f"The same call again: its bytes are there, at {machine.heap.address(machine.handle):#x}. "
            f"{after.bytes_moved - before.bytes_moved:,} bytes were moved for it.",
            5 if moments else 3,
            satisfied,
        )
    else:
        yield Beat(f"Even so, {call(machine, refusal)} returns 0. The program goes on without.", 3, satisfied)


def _give_up(machine: Machine, refusal: Refusal) -> Iterator[Beat]:
    """A refusal that no compaction can cure."""
    most = machine.heap.traits.max_block - machine.heap.traits.header
    if refusal.lacking:
        why = f"{refusal.free:,} bytes are free, but there is no {refusal.lacking}, and moving makes none."
    elif refusal.wanted > machine.heap.traits.max_block:
        why = f"No block may have more than {most:,} bytes in {machine.mode} mode."
    else:
        why = f"{refusal.free:,} bytes are free in all: nothing to be moved could help."
    yield Beat(f"Operation {refusal.op:,}: {call(machine, refusal)} returns 0. {why}", 4, box=box(machine, refusal))


def room(machine: Machine, refusal: Refusal) -> int:
    """The most that a block could have had, in bytes without its header."""
    return max(0, refusal.largest_free - machine.heap.traits.header)


def call(machine: Machine, refusal: Refusal) -> str:
    """What the refused operation was, in Windows' words: a discarded block comes back by GlobalReAlloc, too."""
    verb, size = chr(machine.trace.verbs[refusal.op - 1]), machine.trace.sizes[refusal.op - 1]
    asked = size if verb in "ar" else refusal.wanted - machine.heap.traits.header
    return f"{'GlobalAlloc' if verb == 'a' else 'GlobalReAlloc'}({asked:,})"


def box(machine: Machine, refusal: Refusal) -> tuple[str, str]:
    """Title and text of the message that a program would show."""
    lack = f"there is no {refusal.lacking}" if refusal.lacking else f"largest free block is {room(machine, refusal):,}"
    return "Not Enough Memory", f"{call(machine, refusal)} failed:\n{lack}."


def _sum_up(machine: Machine) -> Iterator[Beat]:
    """What it came to, and what it would have come to with nothing moved."""
    result = machine.finish()
    refused = f"{plural(result.refused, 'request')} could not be served" if result.refused else "nothing was refused"
    moved = f"{plural(machine.compactions, 'compaction')} moved {plural(result.bytes_moved, 'byte')}"
    story = f"All {result.ops:,} operations are played, every byte is verified, and in the end {refused}"
    if not machine.compactions:
        moral = "it makes neither memory nor handles" if result.refused else "there was always a hole"
        yield Beat(f"{story}. Moving anything would not have helped: {moral}.", 12, "end")
        return
    yield Beat(f"{story}: {moved}.", 5)
    yield Beat("And with nothing ever moved? The same program once more, in the same memory …", 0.5)
    never = Machine(machine.trace, machine.memory, machine.mode)
    while not never.over:
        for _ in range(STRIDE):
            never.replay.step()
        yield Beat()
    first = never.replay.first_refusal
    told = f", the first at operation {first.op:,}" if first else ""
    rest = f"{result.refused:,}" if result.refused else "none"
    yield Beat(
        f"Never moving: {plural(never.finish().refused, 'request')} refused{told}. With {plural(result.bytes_moved, 'byte')} "
        f"moved: {rest}. Moving pays where memory ends; with more of it, or a better fit, a heap may do without.",
        12,
        "end",
    )
