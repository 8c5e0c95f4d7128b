import json

import pytest

from handleheap.block import Kind
from handleheap.desktop.log import Log, LogError, Step, as_command
from handleheap.events import Allocated, Freed, Locked, Reported, RungTried, Unlocked

HEADER = {"profile": "real", "memory": 65536, "seed": 7, "title": "a tour", "more": {"of": ["it"]}}
DIGEST = "0123456789abcdef" * 4
BOOT = (Allocated(1, 64, 32, 20, Kind.FIXED), RungTried("first", 20, True))
STEPS = [
    Step(None, BOOT),
    Step(("open", "notepad", 3, -1.5, True, None)),
    Step(("say", 'three\n"lines"\u2028of \U0001f600 \x85 text'), (Locked(1, 1), Unlocked(1, 0))),
    Step(("close", 1), (Freed(1, 64, 32), Reported(4, 1, "freed twice"))),
]


def log():
    return Log(dict(HEADER), list(STEPS), DIGEST)


def test_a_log_comes_back_from_its_file_as_it_was(tmp_path):
    path = tmp_path / "session.jsonl"
    log().save(path)
    back = Log.load(path)
    assert (back.header, back.steps, back.digest, back.name) == (HEADER, STEPS, DIGEST, str(path))
    assert [type(event) for event in back.events] == [type(event) for event in log().events]
    assert back.text() == log().text() == path.read_text()
    assert [found.name for found in tmp_path.iterdir()] == ["session.jsonl"]


def test_the_lines_are_those_that_are_promised():
    lines = [json.loads(line) for line in log().text().splitlines()]
    assert lines[0] == {"log": "handleheap", "version": 1, **HEADER}
    assert list(lines[0])[:2] == ["log", "version"]
    assert [line[0] for line in lines[1:]] == list("eecceeceed")
    assert lines[2] == ["e", 12, "first", 20, True]
    assert lines[3] == ["c", "open", "notepad", 3, -1.5, True, None]
    assert lines[-1] == ["d", DIGEST]


def test_stripped_is_what_a_file_of_the_commands_is():
    lines = log().text().splitlines(keepends=True)
    bare = "".join(line for line in lines if line[2] not in "ed" or line[0] == "{")
    assert log().stripped().text() == bare == Log.parse(bare, "bare").text()
    assert Log.parse(bare, "bare").commands == log().commands
    assert (log().stripped().events, log().stripped().digest) == ([], None)


def test_a_log_begins_with_its_start():
    assert Log({}).steps == [Step(None)]
    assert Log({}, [Step(("say", "a"))]).steps == [Step(None), Step(("say", "a"))]
    assert Log.parse(log().text(), "log").steps[0] == Step(None, BOOT)


def test_a_script_needs_neither_header_nor_tags():
    script = Log.parse('\n["say", "This is a tour."]\r\n\n["c", "pause", 2.5]\n["open", "notepad"]', "tour")
    assert script.header == {}
    assert script.commands == [("say", "This is a tour."), ("pause", 2.5), ("open", "notepad")]


def test_a_mark_in_front_of_the_text_is_none_of_it(tmp_path):
    path = tmp_path / "script"
    path.write_bytes(b'\xef\xbb\xbf["gc"]\n')
    assert Log.load(path).commands == [("gc",)]


HEAD = '{"log": "handleheap", "version": 1}'
BAD = {
    "nothing": ("", 1, "empty"),
    "blank": ("\n \n", 1, "empty"),
    "no JSON": (f"{HEAD}\n\nhello", 3, "no JSON: Expecting value at column 1: hello"),
    "half a line": (f'{HEAD}\n["c", "gc"]\n["c", "g', 3, "no JSON"),
    "a number": (f"{HEAD}\n3", 2, "expected a header, or a list"),
    "a text": (f'{HEAD}\n"c"', 2, "expected a header, or a list"),
    "null": ("null", 1, "expected a header, or a list"),
    "an empty list": (f"{HEAD}\n[]", 2, "expected a header, or a list"),
    "a tag of another kind": (f'{HEAD}\n["x", 1]', 2, 'expected c, e or d in front, found ["x", 1]'),
    "a tag that is a list": ('[["c"], 1]', 1, "expected c, e or d in front"),
    "no tag after a header": (f'{HEAD}\n["gc", 1]', 2, "expected c, e or d in front"),
    "another's log": ('{"log": "system"}', 1, 'expected "log": "handleheap"'),
    "a header without its name": ('{"profile": "real"}', 1, 'expected "log": "handleheap"'),
    "a later version": ('{"log": "handleheap", "version": 2}', 1, "a log of version 2"),
    "no version": ('{"log": "handleheap"}', 1, "a log of version None"),
    "a true version": ('{"log": "handleheap", "version": true}', 1, "a log of version True"),
    "a profile that is a number": ('{"log": "handleheap", "version": 1, "profile": 3}', 1, "profile is 3, expected str"),
    "a memory that is a text": ('{"log": "handleheap", "version": 1, "memory": "64K"}', 1, "memory is '64K', expected int"),
    "a seed that is a list": ('{"log": "handleheap", "version": 1, "seed": []}', 1, "seed is [], expected int"),
    "two headers": (f"{HEAD}\n{HEAD}", 2, "a header stands in the first line"),
    "a late header": (f'["gc"]\n{HEAD}', 2, "a header stands in the first line"),
    "a command without a verb": (f'{HEAD}\n["c"]', 2, "a command is a verb and its arguments"),
    "a verb that is a number": (f'{HEAD}\n["c", 3]', 2, "a command is a verb and its arguments"),
    "an empty verb": (f'{HEAD}\n["c", ""]', 2, "a command is a verb and its arguments"),
    "a list among the arguments": (f'{HEAD}\n["c", "gc", [1]]', 2, "[1] in 'gc': expected a text, a number"),
    "an object among the arguments": (f'{HEAD}\n["c", "gc", {{}}]', 2, "{} in 'gc'"),
    "no number": (f'{HEAD}\n["c", "gc", NaN]', 2, "NaN is no number"),
    "an infinite number": (f'{HEAD}\n["c", "gc", 1e999]', 2, "inf in 'gc'"),
    "a large number": (f'{HEAD}\n["c", "gc", {2**63}]', 2, "9223372036854775808 in 'gc'"),
    "a huge number": (f'{HEAD}\n["c", "gc", {"9" * 5000}]', 2, ""),
    "half a letter": (f'{HEAD}\n["c", "say", "\\ud83d"]', 2, "in 'say'"),
    "an event without a code": (f'{HEAD}\n["e"]', 2, "[] starts with no event code"),
    "an unknown event": (f'{HEAD}\n["e", 99, 1]', 2, "[99, 1] starts with no event code"),
    "a code that is true": (f'{HEAD}\n["e", true, 1, 1, 1, 1]', 2, "starts with no event code"),
    "a code that is a list": (f'{HEAD}\n["e", [1]]', 2, "starts with no event code"),
    "an event with too few fields": (f'{HEAD}\n["e", 2, 1]', 2, "is no Freed"),
    "an event with too many fields": (f'{HEAD}\n["e", 2, 1, 2, 3, 4]', 2, "is no Freed"),
    "an event with a text for a number": (f'{HEAD}\n["e", 2, 1, "2", 3]', 2, "Freed: base is '2', expected int"),
    "an event with a number for a text": (f'{HEAD}\n["e", 12, 5, 1, true]', 2, "RungTried: rung is 5, expected str"),
    "an event with a number for a truth": (f'{HEAD}\n["e", 12, "x", 1, 1]', 2, "RungTried: found is 1, expected bool"),
    "no digest": (f'{HEAD}\n["d"]', 2, "expected a digest of 64"),
    "a short digest": (f'{HEAD}\n["d", "abc"]', 2, "expected a digest of 64"),
    "a digest that is a number": (f'{HEAD}\n["d", 5]', 2, "expected a digest of 64"),
    "a digest with a line's end": (f'{HEAD}\n["d", "{DIGEST}\\n"]', 2, "expected a digest of 64"),
    "a command after the digest": (f'{HEAD}\n["d", "{DIGEST}"]\n["c", "gc"]', 3, "the digest is the last line"),
    "two digests": (f'{HEAD}\n["d", "{DIGEST}"]\n["d", "{DIGEST}"]', 3, "the digest is the last line"),
    "deep brackets": (f"{HEAD}\n{'[' * 200_000}", 2, "recursion"),
}


@pytest.mark.parametrize(("text", "line", "words"), BAD.values(), ids=BAD)
def test_a_bad_line_is_named(text, line, words):
    with pytest.raises(LogError) as caught:
        Log.parse(text, "bad.jsonl")
    assert str(caught.value).startswith(f"bad.jsonl:{line}: ")
    assert words in str(caught.value)
    assert (caught.value.file, caught.value.line) == ("bad.jsonl", line)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


def test_every_line_of_a_log_that_is_cut_short_is_refused_or_read_whole():
    text = log().text()
    for end in range(len(text)):
        last = text[:end].rpartition("\n")[2]
        if end and (not last or last in text.splitlines()):
            assert text.startswith(Log.parse(text[:end], "cut").text().rstrip("\n"))
        else:
            with pytest.raises(LogError, match=f"cut:{text[:end].count(chr(10)) + 1}: "):
                Log.parse(text[:end], "cut")


def test_bytes_that_are_no_text_are_named_with_their_line(tmp_path):
    path = tmp_path / "bad"
    path.write_bytes(b'["gc"]\n["say", "\xff"]\n')
    with pytest.raises(LogError, match=r"bad:2: byte 0xff is no text"):
        Log.load(path)


def test_a_file_that_cannot_be_read_is_a_log_error(tmp_path):
    for path in (tmp_path, tmp_path / "missing", f"{tmp_path}/a\0b"):
        with pytest.raises(LogError) as caught:
            Log.load(path)
        assert caught.value.line is None


def test_memory_that_runs_out_is_a_log_error(tmp_path, monkeypatch):
    path = tmp_path / "log"
    log().save(path)

    def no_memory(*_, **__):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("handleheap.desktop.log.json.loads", no_memory)
        with pytest.raises(LogError, match=r"log:1: MemoryError"):
            Log.load(path)
    with monkeypatch.context() as patch:
        patch.setattr("handleheap.desktop.log.Path.read_bytes", no_memory)
        with pytest.raises(LogError, match=r"log: the file is too large for the memory there is"):
            Log.load(path)


@pytest.mark.parametrize(
    "wrong",
    [
        Log({"memory": 1 << 80, "set": {1}}),
        Log({"ratio": float("nan")}),
        Log({"memory": "much"}),
        Log({}, [Step(("gc", [1]))]),
        Log({}, [Step((3,))]),
        Log({}, [Step(("say", "\ud800"))]),
        Log({}, [Step(("gc",), (Freed("1", 2, 3),))]),
        Log({}, [], "no digest"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(tmp_path, wrong):
    path = tmp_path / "log"
    path.write_text("the old one")
    with pytest.raises(LogError):
        wrong.save(path)
    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_header_cannot_pose_as_another():
    assert Log.parse(Log({"log": "another", "version": 9, "seed": 1}).text(), "log").header == {"seed": 1}


@pytest.mark.parametrize("wrong", ["gc", b"gc", None, 5, {"gc": 1}, [], ["gc", object()], ["gc", Kind.FIXED], [Kind.FIXED]])
def test_what_is_no_command(wrong):
    with pytest.raises(ValueError, match=r"expected a text|a command is a verb"):
        as_command(wrong)
