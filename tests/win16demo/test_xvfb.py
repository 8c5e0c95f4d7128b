"""The tour in a real window, to its end, on a virtual X server."""

import os
import shutil
import subprocess
import sys

import pytest


@pytest.mark.xvfb
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")
def test_the_tour_in_a_real_window_ends_by_itself(tmp_path):
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x768x24"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            display = ":" + pipe.readline().strip()
        demo = [sys.executable, "-m", "win16demo", "--speed", "8", "--shot", "compacting:seen.png"]
        env = os.environ | {"DISPLAY": display, "SDL_VIDEODRIVER": "x11"}
        done = subprocess.run(demo, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False)
    finally:
        server.terminate()
        server.wait()
    assert done.returncode == 0, done.stderr
    assert "2 compactions moved 4,211,648 bytes" in done.stdout
    assert (tmp_path / "seen.png").stat().st_size > 1_000
