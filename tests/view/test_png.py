import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from handleheap.view.png import LONGEST, Apng, changed, png, write_png

PALETTE = [(index * 16, 255 - index * 16, index) for index in range(16)]


def draw(data):
    width, height = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 20))
    return width, height, st.binary(min_size=width * height, max_size=width * height).map(lambda b: bytes(x & 15 for x in b))


@given(st.data())
def test_a_picture_reads_back(data):
    width, height, pictures = draw(data)
    pixels = data.draw(pictures)
    written = png(width, height, pixels, PALETTE)
    with Image.open(io.BytesIO(written)) as image:
        assert (image.mode, image.size) == ("P", (width, height))
        assert image.tobytes() == pixels
        assert image.getpalette()[: 3 * 16] == [part for colour in PALETTE for part in colour]
    assert written == png(width, height, bytearray(pixels), PALETTE)


@given(st.data())
def test_an_animation_reads_back(tmp_path_factory, data):
    width, height, pictures = draw(data)
    frames = data.draw(st.lists(pictures, min_size=1, max_size=5))
    frames = frames + frames[-1:]
    path = tmp_path_factory.mktemp("film") / "film.png"
    with Apng(path, width, height, PALETTE, fps=20) as film:
        for frame in frames:
            film.add(frame)
    distinct = [frame for at, frame in enumerate(frames) if at == 0 or frame != frames[at - 1]]
    with Image.open(path) as image:
        assert getattr(image, "n_frames", 1) == len(distinct)
        shown, total = [], 0.0
        for number in range(len(distinct)):
            image.seek(number)
            shown.append(image.convert("RGB").tobytes())
            total += image.info["duration"]
    assert shown == [b"".join(bytes(PALETTE[index]) for index in frame) for frame in distinct]
    assert total == 50 * len(frames)


def test_frames_store_only_the_rows_that_changed(tmp_path):
    width, height = 300, 200
    still = bytes((x * y) % 16 for y in range(height) for x in range(width))
    moved = bytearray(still)
    moved[100 * width : 101 * width] = bytes(width)
    path = tmp_path / "film.png"
    with Apng(path, width, height, PALETTE) as film:
        film.add(still)
        film.add(moved, delay=500)
    assert path.stat().st_size < len(png(width, height, still, PALETTE)) + 300


def test_a_pause_may_be_longer_than_a_frame_can_last(tmp_path):
    with Apng(tmp_path / "film.png", 2, 2, PALETTE) as film:
        film.add(b"\1\2\3\4", LONGEST)
        film.add(b"\1\2\3\4", LONGEST)
    with Image.open(tmp_path / "film.png") as image:
        assert image.n_frames == 2
        image.seek(1)
        assert image.convert("RGB").tobytes() == b"".join(bytes(PALETTE[index]) for index in (1, 2, 3, 4))


def test_a_file_appears_complete_or_not_at_all(tmp_path):
    write_png(tmp_path / "a.png", 2, 1, b"\0\1", PALETTE)
    before = (tmp_path / "a.png").read_bytes()
    with pytest.raises(ValueError, match="3 pixels"):
        write_png(tmp_path / "a.png", 2, 1, b"\0\1\2", PALETTE)

    def film():
        with Apng(tmp_path / "b.png", 2, 1, PALETTE) as out:
            out.add(b"\0\1")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        film()
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):  # noqa: PT011 - the text is the system's
        write_png(tmp_path / "folder", 2, 1, b"\0\1", PALETTE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "folder"]
    assert (tmp_path / "a.png").read_bytes() == before


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda p: png(0, 4, b"", PALETTE), "0 x 4"),
        (lambda p: png(2, 2, b"\0", PALETTE), "1 pixels for a picture of 2 x 2, which has 4"),
        (lambda p: png(1, 2, b"\0\x10", PALETTE), "pixel 1 has index 16, but the palette has 16"),
        (lambda p: png(1, 1, b"\0", []), "0 colours"),
        (lambda p: png(1, 1, b"\0", [(0, 0, 0)] * 257), "257 colours"),
        (lambda p: png(1, 1, b"\0", [(0, 0, 256)]), "colour 0"),
        (lambda p: Apng(p, 1, 1, PALETTE, fps=0), "0 frames a second"),
        (lambda p: Apng(p, 1, 1, PALETTE).add(b"\0", 0), "delay of 0"),
        (lambda p: Apng(p, 1, 1, PALETTE).add(b"\0\0"), "2 pixels"),
        (lambda p: Apng(p, 1, 1, PALETTE).close(), "without frames"),
    ],
)
def test_what_cannot_be_written_is_named(tmp_path, call, word):
    with pytest.raises(ValueError, match=word):
        call(tmp_path / "x.png")


@given(st.data())
def test_outside_the_band_nothing_changed(data):
    width, _, pictures = draw(data)
    old, new = data.draw(pictures), data.draw(pictures)
    first, last = changed(old, new, width)
    assert old[: first * width] == new[: first * width]
    assert old[last * width :] == new[last * width :]
    assert (first == last) == (old == new)
