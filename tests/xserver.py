"""A virtual X server with a window manager, and hands in it: what a person does to a real window, done by xdotool.

Without a window manager nobody hands out the focus of the keys, and keys get lost.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

TOOLS = ("Xvfb", "openbox", "xdotool", "xwininfo", "xprop")
MISSING = [name for name in TOOLS if shutil.which(name) is None]
PATIENCE = 60.0
"""Seconds that something may take on a busy machine."""
CLOSE = ("alt+F4", "A-F4")
"""The key by which the window manager asks a window to close, in the words of xdotool and of openbox."""
SETTINGS = f"""<openbox_config xmlns="http://openbox.org/3.4/rc"><keyboard>
<keybind key="{CLOSE[1]}"><action name="Close"/></keybind>
</keyboard></openbox_config>"""

needed = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
"""For tests that want all of it."""


def wait_for(what, found, patience=PATIENCE):
    """What `found` returns as soon as it is true. Raises TimeoutError."""
    end = time.monotonic() + patience
    while not (answer := found()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {patience:.0f} s")
        time.sleep(0.05)
    return answer


@contextmanager
def server(folder, size=(1024, 768), manager=True):
    """An X server of its own for as long as the block lasts; gives the environment for programs that are to be seen on it."""
    read, write = os.pipe()
    screen = f"{size[0]}x{size[1]}x24"
    programs = [
        subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", screen], pass_fds=[write], stderr=subprocess.DEVNULL)
    ]
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            display = ":" + pipe.readline().strip()
        env = os.environ | {"DISPLAY": display, "SDL_VIDEODRIVER": "x11", "HOME": str(folder)}
        if manager:
            settings = Path(folder, "openbox.xml")
            settings.write_text(SETTINGS)
            command = ["openbox", "--sm-disable", "--config-file", str(settings)]
            programs.append(subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            wait_for("the window manager", lambda: "window id" in _run(env, "xprop", "-root", "_NET_SUPPORTING_WM_CHECK"))
        yield env
    finally:
        for program in reversed(programs):
            program.terminate()
            program.wait(PATIENCE)


class Place(NamedTuple):
    """A window and the inside of it, in pixels of the screen."""

    window: str
    x: int
    y: int
    w: int
    h: int


class Seen:
    """A program with one window on an X server. Positions are pixels of its canvas, whatever the window's scale and place."""

    def __init__(self, env, folder, arguments, title, canvas=(640, 480)):
        self.env, self.folder, self.canvas = env, Path(folder), canvas
        command = [sys.executable, *arguments]
        self.output = open(self.folder / "output.txt", "w+")  # noqa: SIM115 - as long as the program runs
        self.process = subprocess.Popen(command, cwd=folder, env=env, stdout=self.output, stderr=subprocess.STDOUT)
        self.title = title
        try:
            self.place()
        except Exception:
            self.end()
            raise

    def place(self):
        """Where the inside of the window is on the screen, as soon as it has the focus."""
        return wait_for("the window with the focus", self._place)

    def _place(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the program has ended: {self.said()}")
        found = re.search(rf'(0x[0-9a-f]+) "{re.escape(self.title)}"', _run(self.env, "xwininfo", "-root", "-tree"))
        if not found or _run(self.env, "xdotool", "getwindowfocus").strip() != str(int(found[1], 16)):
            return None
        told = _run(self.env, "xwininfo", "-id", found[1])
        names = ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")
        numbers = [re.search(rf"{name}:\s+(-?\d+)", told) for name in names]
        return Place(found[1], *(int(number[1]) for number in numbers)) if all(numbers) else None

    def wait_for_size(self, wide, high):
        """Wait until the inside of the window is as large as this."""
        wait_for(f"a size of {wide} x {high}", lambda: (self.place().w, self.place().h) == (wide, high))

    def resize(self, wide, high):
        """Let the window manager make the window as large as this."""
        _run(self.env, "xdotool", "windowsize", self.place().window, str(wide), str(high))
        self.wait_for_size(wide, high)

    def at(self, x, y):
        """The pixel of the screen in the middle of a pixel of the canvas."""
        place = self.place()
        scale = max(1, min(place.w // self.canvas[0], place.h // self.canvas[1]))
        left, top = (place.w - self.canvas[0] * scale) // 2, (place.h - self.canvas[1] * scale) // 2
        return [str(place.x + left + x * scale + scale // 2), str(place.y + top + y * scale + scale // 2)]

    def key(self, *names):
        """Keys, one after the other, as in `alt+a` or `Return`."""
        for name in names:
            _run(self.env, "xdotool", "key", name)

    def type(self, text):
        """A text, letter by letter."""
        _run(self.env, "xdotool", "type", "--delay", "20", text)

    def click(self, x, y, times=1):
        """The left button, so many times."""
        _run(self.env, "xdotool", "mousemove", *self.at(x, y), "click", "--repeat", str(times), "--delay", "30", "1")

    def drag(self, *points):
        """The left button goes down at the first point and up at the last."""
        down, *rest = (self.at(*point) for point in points)
        moves = [word for point in rest for word in ("mousemove", *point, "sleep", "0.05")]
        _run(self.env, "xdotool", "mousemove", *down, "mousedown", "1", "sleep", "0.05", *moves, "mouseup", "1")

    def shot(self):
        """F12: the picture after all that was done. Returns its path once it is there.

        A window that has just been made anew may not hear the first key.
        """
        before = self._shots()

        def pressed():
            self.key("F12")
            with suppress(TimeoutError):
                return wait_for("a picture", lambda: sorted(self._shots() - before), patience=4)

        return wait_for("an answer to F12", pressed)[0]

    def _shots(self):
        return set(self.folder.glob("shot-*.png"))

    def said(self):
        """What the program has written so far."""
        return Path(self.output.name).read_text()

    def close(self):
        """Ask for the window to be closed, as the window manager does. Returns the exit status."""
        self.key(CLOSE[0])
        return self.process.wait(PATIENCE)

    def interrupt(self):
        """Ctrl-C. Returns the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)

    def end(self):
        """Whatever it does: it is over."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        self.output.close()


def _run(env, *command):
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False).stdout
