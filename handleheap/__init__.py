"""handleheap: memory that can move.

A movable-memory manager hands out handles instead of pointers, so that it can slide blocks together, discard what can be
made again, and never fragment. Importing this package is light: the heaps, the lab and the demos load when asked for.
"""

__version__ = "0.1.0"
