"""Heaps that never move a block, to compare with: their handles are addresses."""
