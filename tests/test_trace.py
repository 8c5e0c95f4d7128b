"""Reading, refusing, writing and measuring traces."""

import gzip
import os
import re
import tracemalloc
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap.errors import TraceError
from handleheap.trace import LARGEST, Op, Statistics, Trace

CORPUS = os.environ.get("HANDLEHEAP_CORPUS")
corpus = pytest.mark.skipif(not CORPUS, reason="HANDLEHEAP_CORPUS is not set")

RECORDED = {
    "cc1-rec": (129_377, 65_091, 2_917, 61_369, 3_036_434, 4_137, 60, 2_147_561),
    "cc1plus-map": (565_846, 289_500, 1_941, 274_405, 4_127_236, 15_407, 104, 3_571_618),
    "git-log": (47_768, 23_771, 1_332, 22_665, 4_178_056, 1_204, 378, 3_743_853),
    "pdftotext-mesh": (528_517, 264_192, 1_060, 263_265, 2_989_941, 16_058, 32, 369_432),
    "perl-wordfreq": (63_381, 32_096, 128, 31_157, 716_806, 5_815, 24, 521_494),
    "python-json": (266_613, 131_806, 3_517, 131_290, 4_705_356, 47_431, 60, 69_632),
}


def rep(*ops: str, ids: int = 1, count: int | None = None) -> str:
    """A file with a right header: its operations begin on line 5."""
    return "\n".join(["20480", str(ids), str(len(ops) if count is None else count), "1", *ops, ""])


# What is legal.


def test_reads_every_verb() -> None:
    trace = Trace.parse(rep("a 0 8", "l 0", "u 0", "d 0", "t 0", "c", "r 0 16", "f 0", "f -1"))
    assert list(trace) == [
        ("a", 0, 8),
        ("l", 0, 0),
        ("u", 0, 0),
        ("d", 0, 0),
        ("t", 0, 0),
        ("c", -1, 0),
        ("r", 0, 16),
        ("f", 0, 0),
        ("f", -1, 0),
    ]
    assert (trace.verbs, trace.ids[0], trace.sizes) == (b"aludtcrff", 0, array("q", [8, 0, 0, 0, 0, 0, 16, 0, 0]))


@pytest.mark.parametrize(
    "text",
    [
        rep("a 0 8", "f 0").replace("\n", "\r\n"),
        rep("a 0 8", "f 0").rstrip("\n"),
        "\ufeff" + rep("a 0 8", "f 0"),
        "# a comment – first\n\n" + rep("  a\t0  8 ", "f 0\n\n   # the end").replace("\n1\n", "\n# weight\n1\n"),
    ],
    ids=["CRLF", "no last newline", "byte order mark", "comments"],
)
def test_line_ends_and_comments_make_no_difference(text: str) -> None:
    assert list(Trace.parse(text)) == [("a", 0, 8), ("f", 0, 0)]


@pytest.mark.parametrize(
    ("ops", "live"),
    [
        (["a 0 0", "f 0"], 0),
        (["a 0 10000000000"], 10_000_000_000),
        (["a 0 00000000000000000000008"], 8),
        ([f"a 0 {LARGEST}"], LARGEST),
        (["a 0 8", "f 0", "a 0 9"], 9),
        (["r 0 8"], 8),
        (["r 0 0", "f 0"], 0),
        (["a 0 8", "r 0 0"], 0),
        (["a 0 8", "r 0 0", "f 0"], 0),
        (["a 0 8", "r 0 0", "r 0 7"], 7),
        (["a 0 8", "r 0 0", "a 0 6"], 6),
        (["a 0 8", "l 0", "l 0", "u 0", "u 0", "f 0"], 0),
        (["a 0 8", "l 0"], 8),
    ],
)
def test_legal_and_odd(ops: list[str], live: int) -> None:
    assert Trace.parse(rep(*ops)).statistics().live_at_end == live


def test_header_without_operations() -> None:
    assert Trace.parse("0\n0\n0\n1\n").statistics() == Statistics(0, 0, 0, 0, 0, 0, 0, 0, 0)


def test_newer_header_promises_the_peak() -> None:
    assert len(Trace.parse("1\n2\n3\n24\na 0 8\nr 0 16\na 1 8\n")) == 3
    with pytest.raises(TraceError, match=r"^t:4: the header promises a peak of 25 live bytes, the operations reach 24$"):
        Trace.parse("1\n2\n3\n25\na 0 8\nr 0 16\na 1 8\n", name="t")


def test_wee_alloc() -> None:
    trace = Trace.parse("Alloc(552),\nAlloc(0),\nFree(0),\nAlloc(8)\n")
    assert list(trace) == [("a", 0, 552), ("a", 1, 0), ("f", 0, 0), ("a", 2, 8)]


# What is not.

BAD = [
    ("", 1, "empty: expected the 4 header lines of a trace"),
    ("# nothing\n\n", 1, "empty: expected the 4 header lines of a trace"),
    ("hello world\n", 1, "not a trace: expected header line 1 of 4, one number, found 'hello world'"),
    ("1\n-2\n", 2, "not a trace: expected header line 2 of 4, one number, found '-2'"),
    ("1 2 3 4\n", 1, "not a trace: expected header line 1 of 4, one number, found '1 2 3 4'"),
    ("1\n2\n", 2, "the file ends after 2 of the 4 header lines"),
    ("20480\n1\n1\n17\na 0 8\n", 4, "not a trace: expected a weight of 0 to 3 in header line 1 or 4, found 20480 and 17"),
    (b"\x7fELF\x02\x01\x00", 1, "not a trace: expected header line 1 of 4, one number, found '\\x7fELF\\x02\\x01\\x00'"),
    (b"\x89PNG\r\n\x1a\n", 1, "not a trace: byte 0x89 is no text (UTF-8)"),
    (rep("a 0 8").encode() + b"# caf\xe9\n", 6, "not a trace: byte 0xe9 is no text (UTF-8)"),
    (rep("a 0").encode() + b"\xff\n", 5, "too few fields: expected 'a id bytes', found 'a 0'"),
    (rep("a 0"), 5, "too few fields: expected 'a id bytes', found 'a 0'"),
    (rep("a 0 8", "r 0"), 6, "too few fields: expected 'r id bytes', found 'r 0'"),
    (rep("f"), 5, "too few fields: expected 'f id', found 'f'"),
    (rep("a 0 8 16"), 5, "too many fields: expected 'a id bytes', found 'a 0 8 16'"),
    (rep("a 0 8", "f 0 8"), 6, "too many fields: expected 'f id', found 'f 0 8'"),
    (rep("c 1"), 5, "too many fields: expected 'c', found 'c 1'"),
    (rep("# one", "x 0 8"), 6, "expected one of the verbs a r f l u d t c, found 'x'"),
    (rep("A 0 8"), 5, "expected one of the verbs a r f l u d t c, found 'A'"),
    (rep("a 0 -8"), 5, "negative size '-8': expected a number from 0 up"),
    (rep("a -1 8"), 5, "negative id '-1': expected a number from 0 up"),
    (rep("f -2"), 5, "negative id '-2': expected a number from 0 up"),
    (rep("a 0 8.5"), 5, "expected a size, a number from 0 up, found '8.5'"),
    (rep("a zero 8"), 5, "expected an id, a number from 0 up, found 'zero'"),
    (rep("a 0 1_000"), 5, "expected a size, a number from 0 up, found '1_000'"),
    (rep("a 0 ٣"), 5, "expected a size, a number from 0 up, found '\\u0663'"),
    (rep(f"a 0 {2**63}"), 5, f"size '{2**63}' is too large: the limit is {LARGEST}"),
    (rep(f"a 0 {'9' * 5000}"), 5, f"size '{'9' * 56}…' is too large: the limit is {LARGEST}"),
    (rep("a 0 8", "a 1 8"), 6, "id 1 is too high: the header (line 2) promises ids below 1"),
    (rep("f 0", ids=0), 5, "id 0 is too high: the header (line 2) promises no ids"),
    (rep("a 0 8", ids=3), 2, "the header promises 3 ids, the highest id is 0 (expected 2)"),
    (rep("c", ids=3), 2, "the header promises 3 ids, the highest id is missing (expected 2)"),
    (rep("a 0 8", count=2), 3, "the header promises 2 operations, the file has 1"),
    (rep("a 0 8", "f 0", count=1), 3, "the header promises 1 operations, the file has 2"),
    ("# made by hand\n" + rep("a 0 8", count=2), 4, "the header promises 2 operations, the file has 1"),
    (rep("a 0 8", "f 0", "f 0"), 7, "f 0: id 0 was freed before, by line 6"),
    (rep("a 0 8", "r 0 0", "f 0", "f 0"), 8, "f 0: id 0 was freed before, by line 7"),
    (rep("f 0"), 5, "f 0: id 0 was never allocated"),
    (rep("a 0 8", "a 0 9"), 6, "a 0: id 0 is live already (8 bytes)"),
    (rep("a 0 8", "f 0", "r 0 9"), 7, "r 0: id 0 was freed before, by line 6"),
    (rep("a 0 1", f"a 1 {LARGEST}", ids=2), 6, f"{2**63} live bytes are too many: the limit is {LARGEST}"),
    (rep("l 0"), 5, "l 0: id 0 was never allocated"),
    (rep("a 0 8", "f 0", "u 0"), 7, "u 0: id 0 was freed before, by line 6"),
    (rep("a 0 8", "f 0", "d 0"), 7, "d 0: id 0 was freed before, by line 6"),
    (rep("a 0 8", "r 0 0", "t 0"), 7, "t 0: id 0 was freed before, by line 6"),
    (rep("a 0 8", "u 0"), 6, "u 0: id 0 is not locked"),
    (rep("a 0 8", "l 0", "u 0", "u 0"), 8, "u 0: id 0 is not locked"),
    (rep("a 0 8", "l 0", "f 0"), 7, "f 0: id 0 is locked, by line 6"),
    (rep("a 0 8", "l 0", "l 0", "u 0", "f 0"), 9, "f 0: id 0 is locked, by line 6"),
    (rep("a 0 8", "l 0", "r 0 9"), 7, "r 0: id 0 is locked, by line 6"),
    ("Alloc(8),\nFree(1),\n", 2, "f 1: id 1 was never allocated"),
    ("Alloc(8),\nFree(0),\nFree(0),\n", 3, "f 0: id 0 was freed before, by line 2"),
    ("Alloc(8),\nRealloc(0, 9),\n", 2, "expected 'Alloc(bytes),' or 'Free(index),', found 'Realloc(0, 9),'"),
    ("Alloc(-8),\n", 1, "expected 'Alloc(bytes),' or 'Free(index),', found 'Alloc(-8),'"),
    (f"Alloc({2**63}),\n", 1, f"size '{2**63}' is too large: the limit is {LARGEST}"),
    (b"1" * (2 << 20), 1, "not a trace: a line longer than 1048576 bytes"),
]


@pytest.mark.parametrize(("data", "line", "problem"), BAD, ids=[f"{i}-{problem[:40]}" for i, (_, _, problem) in enumerate(BAD)])
def test_refuses(data: str | bytes, line: int, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.rep"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(TraceError) as caught:
        Trace.read(path)
    assert str(caught.value) == f"{path}:{line}: {problem}"
    assert (caught.value.file, caught.value.line) == (str(path), line)


def test_refuses_damaged_gzip() -> None:
    ops = [f"a {i} {i * 7919 % 1000}" for i in range(5000)]
    packed = gzip.compress(rep(*ops, ids=5000).encode())
    assert len(Trace.parse(packed)) == 5000
    with pytest.raises(TraceError, match=r"^t:\d+: the gzip file is cut short$") as caught:
        Trace.parse(packed[: len(packed) // 2], name="t")
    assert caught.value.line is not None
    assert 1000 < caught.value.line < 4000
    with pytest.raises(TraceError, match=r"the gzip file is corrupt"):
        Trace.parse(packed[:-8] + b"\0\0\0\0" + packed[-4:])
    with pytest.raises(TraceError, match=r"^t:1: the gzip file is"):
        Trace.parse(b"\x1f\x8bnonsense", name="t")


def test_refuses_what_the_system_refuses(tmp_path: Path) -> None:
    for path, words in [
        (tmp_path / "none.rep", "No such file or directory"),
        (tmp_path, "Is a directory"),
        (Path("a\0b"), "embedded null byte"),
    ]:
        with pytest.raises(TraceError, match=f"^{re.escape(str(path))}: {words}$"):
            Trace.read(path)


@given(st.binary() | st.binary().map(lambda data: rep().encode() + data) | st.binary().map(lambda data: b"\x1f\x8b\x08\0" + data))
def test_any_bytes_are_a_trace_or_a_trace_error(data: bytes) -> None:
    assert "\n" not in problem(data)


def problem(data: bytes) -> str:
    try:
        Trace.parse(data)
    except TraceError as error:
        return str(error)
    return ""


words = st.sampled_from([*"arfludtc#", "0", "1", "2", "3", "-1", "8", "16", "Alloc(8),", "Free(0),", "\n", "\r\n"])


@given(st.lists(words, max_size=30))
def test_any_lines_are_a_trace_or_a_trace_error(fields: list[str]) -> None:
    for header in ("", "20480\n4\n3\n1\n"):
        assert "\n" not in problem((header + " ".join(fields)).encode())


# Building, writing, iterating.


@st.composite
def operations(draw: st.DrawFn) -> list[Op]:
    """Operations that a careful program could make, with ids from 0 to 9."""
    live: dict[int, int] = {}
    ops: list[Op] = []
    sizes = st.integers(0, LARGEST // 10)
    for ident, verb, size in draw(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("arfludtc"), sizes))):
        locks = live.get(ident)
        if verb == "c":
            ops.append(("c", -1, 0))
        elif verb == "a" and locks is None:
            live[ident] = 0
            ops.append(("a", ident, size))
        elif verb == "f" and locks == 0:
            del live[ident]
            ops.append(("f", ident, 0))
        elif verb == "f":
            ops.append(("f", -1, 0))
        elif (verb == "r" and locks == 0 and size) or (verb in "ldt" and locks is not None) or (verb == "u" and locks):
            live[ident] += {"l": 1, "u": -1}.get(verb, 0)
            ops.append((verb, ident, size if verb == "r" else 0))
    return ops


@given(operations(), st.sampled_from(["t.rep", "t.rep.gz"]))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, ops: list[Op], file: str) -> None:
    path = tmp_path_factory.getbasetemp() / file
    trace = Trace.build(ops, name="t")
    assert list(trace) == ops
    trace.write(path)
    first = path.read_bytes()
    again = Trace.read(path)
    assert again == trace
    assert again.name == "t"
    again.write(path)
    assert path.read_bytes() == first
    assert first.startswith(b"\x1f\x8b") == file.endswith(".gz")
    assert [p.name for p in path.parent.iterdir() if p.name.endswith(".tmp")] == []


def test_written_file() -> None:
    assert b"".join(Trace.build([("a", 0, 8), ("r", 0, 32), ("l", 0, 0), ("c", 0, 0)], name="t")._text()) == (
        b"32\n1\n4\n1\na 0 8\nr 0 32\nl 0\nc\n"
    )


def test_write_keeps_the_old_file_when_it_fails(tmp_path: Path) -> None:
    trace = Trace.build([], name="t")
    with pytest.raises(TraceError, match=r"none/t\.rep: No such file or directory$"):
        trace.write(tmp_path / "none" / "t.rep")
    (tmp_path / "folder").mkdir()
    with pytest.raises(TraceError, match=r"folder: Is a directory$"):
        trace.write(tmp_path / "folder")
    with pytest.raises(TraceError, match=r"embedded null (byte|character in path)$"):
        trace.write("a\0b")
    (tmp_path / "target.rep").write_text("old")
    (tmp_path / "link.rep").symlink_to("target.rep")
    trace.write(tmp_path / "link.rep")
    assert (tmp_path / "target.rep").read_text() == "0\n0\n0\n1\n"
    assert (tmp_path / "link.rep").is_symlink()


def test_write_to_a_device() -> None:
    Trace.build([], name="t").write("/dev/null")
    assert not os.path.isfile("/dev/null")


@pytest.mark.parametrize(
    ("op", "problem"),
    [
        (("x", 0, 8), "expected one of the verbs a r f l u d t c, found 'x'"),
        (("", 0, 8), "expected one of the verbs a r f l u d t c, found ''"),
        (("a", -1, 8), "negative id -1: only 'f -1', a free(NULL), may have one"),
        (("a", 0, -8), "negative size -8"),
        (("a", 0, 2**63), f"{2**63} is too large: the limit is {LARGEST}"),
        (("a", 2**63, 0), f"{2**63} is too large: the limit is {LARGEST}"),
    ],
)
def test_build_refuses(op: Op, problem: str) -> None:
    with pytest.raises(TraceError) as caught:
        Trace.build([("c", -1, 0), op], name="mine")
    assert str(caught.value) == f"mine:2: {problem}"


def test_equality_is_of_operations() -> None:
    one, other = (Trace.build([("a", 0, 8)], name=name) for name in ("one", "other"))
    assert one == other
    assert one != Trace.build([("a", 0, 9)], name="one")
    assert one != "one"


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    ops: list[Op] = [("a", i, i) for i in range(50_000)]
    for file in ("t.rep", "t.rep.gz"):
        path = tmp_path / file
        Trace.build(ops, name="t").write(path)
        calls: list[tuple[int, int]] = []
        Trace.read(path, progress=lambda done, total, calls=calls: calls.append((done, total)))  # type: ignore[misc]
        size = path.stat().st_size
        assert len(calls) > 2
        assert calls == sorted(calls)
        assert calls[-1] == (size, size)


def test_a_trace_is_small() -> None:
    tracemalloc.start()
    try:
        trace = Trace.build(((("a", i, 8) if i < 1000 else ("t", i % 1000, 0)) for i in range(100_000)), name="t")
        now, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(trace) == 100_000
    assert now < 30 * len(trace)


# The corpus.


@corpus
@pytest.mark.parametrize("name", RECORDED)
def test_statistics_of_the_recordings(name: str) -> None:
    statistics = Trace.read(Path(CORPUS or "", "traces", "own-recorded", f"{name}.rep.gz")).statistics()
    assert statistics[:6] + statistics[7:] == RECORDED[name]


@corpus
def test_reads_the_wee_alloc_traces() -> None:
    paths = sorted(Path(CORPUS or "", "traces", "wee_alloc").glob("*.gz"))
    assert len(paths) == 9
    for path in paths:
        lines = gzip.decompress(path.read_bytes()).decode().split()
        sizes = [int(line[6:-2]) for line in lines if line.startswith("Alloc(")]
        statistics = Trace.read(path).statistics()
        assert statistics.ops == len(lines)
        assert statistics.malloc == len(sizes)
        assert statistics.total_bytes == sum(sizes)
