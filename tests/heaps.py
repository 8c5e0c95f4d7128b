"""Heaps of the shelf in as much memory as a test thinks of, whatever their tables take."""

from handleheap import shelf


def make(name, room, **options):
    """The heap called `name` with some `room` bytes for blocks."""
    return shelf.make(name, shelf.SHELF[name].needed(room), **options)
