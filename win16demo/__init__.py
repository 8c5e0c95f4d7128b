"""A Heap Walker in the style of Windows 3.1, and the one-minute tour of what compaction does."""
