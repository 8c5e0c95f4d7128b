"""The one-minute tour: a program's own allocations break a heap into holes, and compaction makes it whole.

    play … refused       enough bytes are free, but not in one piece
    compact, retry       the same request is served
    play … the end       and what other fits would have done: honesty is the point

The tour is a generator of beats. It acts on the machine between two beats; whoever runs it shows each beat for as long as
its `hold` says, or not at all. How much happens in a beat is up to the `Pace`; what happens is not.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import NamedTuple, Protocol

from handleheap.replay import Refusal, Replay
from handleheap.textbook import NEVER_COMPACT, Textbook
from handleheap.view.textmap import plural

from .machine import Machine

MOMENTS = ("start", "full", "refused", "compacting", "satisfied", "end")
"""The pictures of the tour, by name."""
SHOWN = 3
"""So many refusals are shown; the rest are cured in silence."""
RULES = {
    "first": "First fit takes the lowest hole that is large enough.",
    "next": "Next fit goes on from where it last found room.",
    "best": "Best fit takes the smallest hole that is large enough.",
    "worst": "Worst fit takes the largest hole.",
}


class Beat(NamedTuple):
    """A moment of the tour. An empty caption leaves the one before; `hold` is in seconds."""

    caption: str = ""
    hold: float = 0.0
    moment: str = ""
    box: tuple[str, str] | None = None
    """Title and text of a message box that stays for this beat."""


class Pace(Protocol):
    """How much is to happen between two beats."""

    def ops(self, done: int) -> int:
        """Operations to play, when `done` have been played."""
        ...

    def moves(self, planned: int) -> int:
        """Moves to make, when `planned` are ahead."""
        ...


def tour(machine: Machine, pace: Pace) -> Iterator[Beat]:
    """The beats of the tour over a machine that stands at operation 0."""
    peak = machine.trace.statistics().peak_live_bytes
    name = machine.trace.name
    yield Beat(
        f"{len(machine.trace):,} recorded operations of a real program, {name}. It never needs more than {peak:,} bytes at "
        f"once; this heap has {machine.capacity:,}, which is {machine.capacity / peak:.2f} times as much. "
        f"The fit is {machine.fit} fit, and nothing is moved.",
        7,
        "start",
    )
    cures = 0
    while (refusal := (yield from _play(machine, pace))) is not None:
        cures += 1
        if cures <= SHOWN:
            yield from _cure(machine, pace, refusal, moments=cures == 1)
        else:
            machine.compact()
            machine.retry()
    yield from _sum_up(machine)


def _play(machine: Machine, pace: Pace) -> Generator[Beat, None, Refusal | None]:
    """Play until a request is refused; returns the refusal, or None at the end."""
    end = len(machine.trace)
    captions = [
        (0, "Each block has a handle. The program keeps handles; only the heap knows where the blocks lie."),
        (end // 5, f"Blocks come and go. {RULES[machine.fit]} Freed blocks leave holes, and what is left of a hole is smaller."),
        (end // 2, "Every byte is written when its block is born and compared when it dies, so nothing here is only painted."),
        (end, ""),
    ]
    captions = [(op, caption) for op, caption in captions if op >= machine.replay.done]
    while not machine.over:
        if captions[0][0] == machine.replay.done:
            yield Beat(captions.pop(0)[1])
        done = machine.replay.done
        refusal = machine.play(min(pace.ops(done), captions[0][0] - done))
        if refusal is not None:
            return refusal
        yield Beat()
    return None


def _cure(machine: Machine, pace: Pace, refusal: Refusal, *, moments: bool) -> Iterator[Beat]:
    """A refusal, the compaction, and the same request again."""
    full, refused, compacting, satisfied = MOMENTS[1:5] if moments else ("",) * 4
    figures = machine.figures
    yield Beat(
        f"Operation {refusal.op:,}: {figures.blocks:,} blocks with {figures.holes:,} holes between them. "
        f"{refusal.free:,} bytes are free, but no hole has more than {refusal.largest_free:,}.",
        6 if moments else 2,
        full,
    )
    lines = (
        f"{refusal.wanted:,} bytes are refused: {refusal.free:,}\nare free, but no hole has more than {refusal.largest_free:,}."
    )
    times = f"{refusal.free / refusal.wanted:.0f}"
    yield Beat(
        f"The program {asks(machine, refusal)} {refusal.wanted:,} bytes and is refused, although {times} times as "
        "much is free. A heap of pointers could only give up, or ask for more memory.",
        6 if moments else 3,
        refused,
        ("Not Enough Memory", lines),
    )
    planned = len(machine.heap.plan())
    yield Beat(f"But handles let memory move: {planned:,} blocks slide down, one after the other. No handle changes.", 1.5)
    while not (done := machine.compact(pace.moves(planned))).done:
        left = len(machine.heap.plan())
        yield Beat(moment=compacting if planned // 2 <= left else "")
    yield Beat(f"Compacted: the {machine.figures.free:,} free bytes are one hole of {done.largest_free:,}.", 3)
    if machine.retry():
        yield Beat(
            f"The same request again: {refusal.wanted:,} bytes are there, at {machine.heap.address(machine.handle):#x}. "
            f"{machine.figures.bytes_moved:,} bytes were moved for it in all.",
            5 if moments else 3,
            satisfied,
        )
    else:
        yield Beat(f"Even so, {refusal.wanted:,} bytes are more than there is. The program goes on without.", 3, satisfied)


def asks(machine: Machine, refusal: Refusal) -> str:
    """What the refused operation was."""
    return "wants to resize a block to" if machine.trace.verbs[refusal.op - 1] == ord("r") else "asks for"


def _sum_up(machine: Machine) -> Iterator[Beat]:
    """What it came to, and what other fits would have done with nothing moved."""
    result = machine.finish()
    refused = "nothing was refused" if not result.refused else f"{plural(result.refused, 'request')} could not be served"
    story = (
        f"All {result.ops:,} operations are played, every byte is verified, and in the end {refused}: "
        f"{plural(machine.compactions, 'compaction')} moved {plural(result.bytes_moved, 'byte')}."
    )
    yield Beat(story, 5)
    yield Beat("And with nothing ever moved? The same program on the same memory, with four fits …", 0.5)
    counts = {}
    for fit in RULES:
        other = Textbook(machine.capacity, fit=fit, ladder=NEVER_COMPACT)
        counts[fit] = Replay(machine.trace, other).run().refused
        yield Beat()
    good = [fit for fit, count in counts.items() if not count]
    figures = ", ".join(f"{fit} fit refuses {count:,}" for fit, count in counts.items())
    moral = (
        "A good fit needs no compaction here: that wins where programs change their habits, and where memory ends."
        if good
        else "Here no fit does without compaction."
    )
    yield Beat(f"Never moving: {figures}. {moral}", 12, "end")
