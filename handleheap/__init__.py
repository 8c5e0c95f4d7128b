"""handleheap: memory that can move.

A movable-memory manager hands out handles instead of pointers, so that it can slide blocks together, discard what can be
made again, and never fragment. Importing this package is light: it brings the engine to embed and nothing else; the other
heaps, the lab and the demos load when asked for.
"""

from .core import MODE, Heap

engine = MODE
"""Which one `Heap` is, "compiled" or "pure"."""

__all__ = ["Heap", "engine"]

__version__ = "0.1.0"
