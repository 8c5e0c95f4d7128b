"""What all heaps answer alike whose blocks never move: a lock costs nothing, and there is nothing to compact."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from ..arena import Arena
from ..block import Block, Compaction, Kind, Move, Traits
from ..errors import NotDiscardable
from ..events import Tap


class NonMoving(ABC):
    """The moving and discarding verbs of `protocols.Heap`, for a heap that has neither. A handle is the address of the body."""

    arena: Arena
    traits: Traits
    tap: Tap | None

    @abstractmethod
    def info(self, handle: int) -> Block: ...

    @abstractmethod
    def walk(self) -> Iterator[Block]: ...

    def lock(self, handle: int) -> int:
        return self.info(handle).body

    def unlock(self, handle: int) -> None:
        self.info(handle)

    def touch(self, handle: int) -> bool:
        self.info(handle)
        return True

    def discard(self, handle: int) -> None:
        raise NotDiscardable(self.info(handle).handle)

    def is_discarded(self, handle: int) -> bool:
        self.info(handle)
        return False

    def set_discardable(self, handle: int, discardable: int) -> None:
        self.info(handle)
        if discardable:
            raise ValueError(f"{self.traits.name} has no discardable blocks")

    def length(self, handle: int) -> int:
        return self.info(handle).length

    def address(self, handle: int) -> int:
        return self.info(handle).body

    def discarded(self) -> list[Block]:
        return []

    def plan(self) -> list[Move]:
        return []

    def commit(self, moves: Iterable[Move]) -> None:
        for move in moves:
            raise ValueError(f"{self.traits.name} moves nothing, so not {move} either")

    def compact(self, *, max_bytes: int | None = None, max_moves: int | None = None) -> Compaction:
        largest = max((block.size for block in self.walk() if block.kind is Kind.FREE), default=0)
        return Compaction(0, 0, largest, True)


def refuse_flags(name: str, discardable: int) -> None:
    """Raise ValueError for an allocation that asks for what only handles can do."""
    if discardable:
        raise ValueError(f"{name} has no discardable blocks")
