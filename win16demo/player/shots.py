"""Which pictures of the tour are wanted, and under which names they are saved."""

from __future__ import annotations

from pathlib import Path

from handleheap.desktop.canvas import Canvas

from .tour import MOMENTS


class Shots:
    """Pictures by moment (see `MOMENTS`) or by number of the operation after which they are taken."""

    def __init__(self, wanted: dict[str, Path]) -> None:
        self.wanted = dict(wanted)
        self.saved: list[Path] = []

    @classmethod
    def parse(cls, options: list[str], operations: int) -> Shots:
        """From `EVENT:FILE.png` options. Raises ValueError for what is neither a moment nor an operation of the trace.

        >>> Shots.parse(["full:a.png", "120:b.png"], operations=200).wanted
        {'full': PosixPath('a.png'), '120': PosixPath('b.png')}
        """
        wanted = {}
        for option in options:
            event, colon, file = option.partition(":")
            if not colon or not file:
                raise ValueError(f"--shot {option}: expected EVENT:FILE.png")
            if event not in MOMENTS and not (event.isdecimal() and 1 <= int(event) <= operations):
                moments = ", ".join(MOMENTS)
                raise ValueError(f"--shot {option}: the event is one of {moments}, or an operation from 1 to {operations:,}")
            if not Path(file).parent.is_dir():
                raise ValueError(f"--shot {option}: there is no folder {Path(file).parent}")
            wanted[event if event in MOMENTS else str(int(event))] = Path(file)
        return cls(wanted)

    @classmethod
    def all(cls, folder: Path) -> Shots:
        """One of each moment, into `folder`, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls({moment: folder / f"trace-{at}-{moment}.png" for at, moment in enumerate(MOMENTS, 1)})

    def next_stop(self, done: int, end: int) -> int:
        """The next operation after `done` at which a picture is wanted, or `end`."""
        return min((int(event) for event in self.wanted if event.isdecimal() and int(event) > done), default=end)

    def wants(self, event: str) -> bool:
        return event in self.wanted

    def take(self, event: str, canvas: Canvas) -> None:
        """Save the picture for `event`, once."""
        path = self.wanted.pop(event)
        canvas.save_png(path)
        self.saved.append(path)
