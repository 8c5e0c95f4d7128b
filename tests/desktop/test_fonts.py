import pytest

from handleheap.desktop.fonts import STAND_IN, Font, FontError, faces

REQUIRED = [chr(code) for code in range(0x20, 0x7F)] + list("…–×÷▸▾▴←→↑↓✓⌘•·") + [STAND_IN]
HEAD = "height 2 ascent 1\nU+FFFD\n##\n##\n"


@pytest.mark.parametrize("face", faces(), ids=lambda face: face.name)
def test_every_face_draws_every_character(face):
    for char in REQUIRED:
        rows = face.glyphs[char]
        assert len(rows) == face.height, char
        assert len({len(row) for row in rows}) == 1, char
        assert char == " " or any("#" in row for row in rows), char


@pytest.mark.parametrize("face", faces(), ids=lambda face: face.name)
def test_only_two_plain_strokes_look_alike(face):
    drawn = {}
    alike = [(drawn[face.glyphs[char]], char) for char in REQUIRED if drawn.setdefault(face.glyphs[char], char) != char]
    assert alike == ([] if face is faces().fixed else [("I", "l")])


@pytest.mark.parametrize("face", faces(), ids=lambda face: face.name)
def test_heights_are_consistent(face):
    def inked(char):
        return [y for y, row in enumerate(face.glyphs[char]) if "#" in row]

    assert {inked(char)[0] for char in "ABCDEFGHIJKLMNOPRSTUVWXYZ0123456789bdfhkl"} == {inked("H")[0]}
    assert {inked(char)[0] for char in "acegmnopqrsuvwxyz"} == {inked("g")[0]}
    assert {inked(char)[-1] for char in "ABCDEFGHIKLMNOPRSTUVWXYZ0123456789abcdefhiklmnorstuvwxz."} == {face.ascent - 1}
    assert {inked(char)[-1] for char in "gpqyj"} == {inked("g")[-1]}


def test_metrics():
    system, small, fixed = faces()
    assert (system.height, small.height, fixed.height) == (16, 13, 15)
    assert {fixed.width(char) for char in REQUIRED} == {8}
    for face in faces():
        assert len({face.width(digit) for digit in "0123456789"}) == 1
        assert face.width("ab") == face.width("a") + face.width("b")
        assert face.glyph("\u4e00") == face.glyph(STAND_IN)


def test_fit_keeps_to_the_width():
    small = faces().small
    for width in range(60):
        assert small.width(small.fit("Discardable", width)) <= width
    assert small.fit("Discardable", 100) == "Discardable"


def test_load_by_path(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("; a comment\n" + HEAD + "U+0041 A\n#.\n##\n", "utf-8")
    assert Font.load(path).glyph("A") == ("#.", "##")
    assert Font.load(str(path)).width("AA") == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("height x\n", "f:1: expected `height"),
        (HEAD + "U+0041 A\n#.\n", "f:6: 'A' above has 1 rows, the line has 2"),
        (HEAD + "U+0041 A\n#.\n#\n", "f:7: a row of 1 pixels in a glyph of 2"),
        (HEAD + "U+0041 A\n#.\nx.\n", "f:7: 'x.' is no row"),
        (HEAD + "U+FFFD\n", "f:5: '\ufffd' is drawn twice"),
        (HEAD + "U+zz\n", "f:5: U.zz is no code"),
        ("#.\n", "f:1: '#.' is no row"),
        ("height 2 ascent 1\n", "f:1: U\\+FFFD is missing"),
        ("U+0041 A\n", "f:1: 'A' above has 0 rows|f:1: no line"),
    ],
)
def test_errors_name_file_and_line(text, message):
    with pytest.raises(FontError, match=message):
        Font.parse(text, "f")
