"""Pictures compared index by index. `HANDLEHEAP_UPDATE_GOLDEN=1` writes them anew; look at them before you keep them."""

import os
from pathlib import Path

import pytest

from handleheap.desktop.backend import pygame
from handleheap.desktop.canvas import Canvas, indices
from handleheap.desktop.skin import Ink

SHOTS = Path(__file__).parents[1] / "shots"


def assert_golden(canvas, path):
    """Fail, with pictures of what was drawn and of what differs, unless `canvas` is exactly the picture at `path`."""
    if os.environ.get("HANDLEHEAP_UPDATE_GOLDEN") == "1":
        canvas.save_png(path)
    expected = pygame.image.load(str(path))
    assert expected.get_bitsize() == 8
    assert expected.get_size() == canvas.size
    width, _ = canvas.size
    wanted, drawn = indices(expected), canvas.pixels()
    different = [at for at, pair in enumerate(zip(wanted, drawn, strict=True)) if pair[0] != pair[1]]
    if different:
        SHOTS.mkdir(exist_ok=True)
        canvas.save_png(SHOTS / f"{path.stem}-actual.png")
        marked = Canvas(*canvas.size)
        for at in different:
            marked.point(at % width, at // width, Ink.RED)
        marked.save_png(SHOTS / f"{path.stem}-diff.png")
        pytest.fail(f"{len(different)} pixels differ, first at {divmod(different[0], width)[::-1]}; see {SHOTS.name}/")
    assert [tuple(colour)[:3] for colour in expected.get_palette()] == list(canvas.colours)
