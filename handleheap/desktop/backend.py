"""The one place that imports pygame, quietly, and says what to install where it is missing."""

from __future__ import annotations

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

try:
    import pygame
except ImportError as missing:
    raise ImportError("the demos draw with pygame, which is not here: pip install 'handleheap[demo]'") from missing

__all__ = ["pygame"]
