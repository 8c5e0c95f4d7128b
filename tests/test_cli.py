"""The command line: what it prints, what it writes, and how it says no."""

import gzip
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest
from typer.testing import CliRunner

from handleheap import __version__, shelf
from handleheap.cli import EXAMPLES, JSON_ARRAYS, JSON_KEYS, app, capacity_in_bytes
from handleheap.errors import HeapCorrupt
from handleheap.lab import bench
from handleheap.lab.bench import Scale
from handleheap.lab.workloads import names
from handleheap.textbook import Textbook

RUN = [sys.executable, "-m", "handleheap"]
TIGHT = ["replay", "git-log", "--heap", "textbook", "--capacity", "4261617"]
HEADER = "100\n2\n2\n1\n"
GOOD = HEADER + "a 0 60\na 1 40\n"
RECORDS = sys.platform.startswith("linux") and shutil.which("cc") is not None


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def run(*arguments: str, status: int = 0) -> str:
    """Standard output of a command that must end with that status and say nothing else."""
    result = CliRunner().invoke(app, arguments, prog_name="handleheap")
    assert (result.exit_code, result.stderr) == (status, "")
    return result.stdout


def refused(*arguments: str) -> str:
    """The one line with which a command must refuse."""
    result = CliRunner().invoke(app, arguments, prog_name="handleheap", env={"COLUMNS": "20"})
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


def data(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json"))


# --- replay --------------------------------------------------------------------------------------------------------------


def test_next_fit_refuses_where_compaction_does_not() -> None:
    never = data(*TIGHT, "--fit", "next", "--compact", "never")
    assert (never["refused"], never["compactions"]) == (41, 0)
    assert never["first_refusal"] == {"op": 36209, "wanted": 24864, "free": 500401, "largest_free": 16656, "lacking": ""}
    compacting = data(*TIGHT, "--fit", "next", "--compact", "on-failure")
    assert (compacting["refused"], compacting["compactions"], compacting["first_refusal"]) == (0, 2, None)


@pytest.mark.parametrize("fit", ["first", "best"])
def test_these_fits_need_no_compaction(fit: str) -> None:
    result = data(*TIGHT, "--fit", fit)
    assert (result["refused"], result["compactions"]) == (0, 0)


@pytest.mark.parametrize(
    ("text", "size"), [("1", 1), ("4096K", 4 << 20), ("16M", 16 << 20), ("1G", 1 << 30), ("1.02x", 4_261_617), ("2x", 8_356_112)]
)
def test_capacities(text: str, size: int) -> None:
    assert capacity_in_bytes(text, 4_178_056) == size


def test_capacity_reaches_the_heap() -> None:
    assert data("replay", "git-log", "--capacity", "1.02x")["capacity"] == 4_261_617
    assert data("replay", "binary")["capacity"] == 576_000 * 5 // 4


def test_compacting_every_so_often() -> None:
    assert data("replay", "binary", "--compact", "every:1000", "--capacity", "4M")["compactions"] == 12


def test_strict_is_a_status() -> None:
    tight = ["replay", "binary", "--heap", "implicit", "--capacity", "768K"]
    assert "The first refusal: operation 6,775 wanted 272 bytes;" in run(*tight)
    assert json.loads(run(*tight, "--strict", "--json", status=1))["refused"] == 1226
    run("replay", "binary", "--strict")


def test_torments_change_nothing_for_the_client(tmp_path: Path) -> None:
    file = tmp_path / "small.rep"
    file.write_text(GOOD)
    plain = data("replay", str(file))
    assert plain["trace"] == "small"
    assert data("replay", str(file), "--check") == plain
    for torments in (["--scramble"], ["--scramble", "--check"]):
        scrambled = data("replay", str(file), *torments)
        assert [key for key in plain if plain[key] != scrambled[key]] in ([], ["heap_bytes", "utilisation"])
    assert data("replay", str(file), "--heap", "implicit", "--capacity", "4K", "--scramble", "--check")["refused"] == 0


def test_the_seed_decides() -> None:
    assert data("replay", "uniform", "--seed", "7") == data("replay", "uniform", "--seed", "7")
    assert data("replay", "uniform", "--seed", "7") != data("replay", "uniform")
    assert data("replay", "uniform", "--seed", "0") == data("replay", "uniform")


def test_pictures_of_the_end(tmp_path: Path) -> None:
    drawing, painting = tmp_path / "heap.svg", tmp_path / "heap.png"
    printed = run("replay", "few-sizes", "--svg", str(drawing), "--png", str(painting), "--map")
    assert "One letter is " in printed
    assert "m movable " in printed
    assert drawing.read_text().startswith("<svg ")
    assert "few-sizes on textbook, 200,080 bytes" in drawing.read_text()
    assert painting.read_bytes().startswith(b"\x89PNG")
    assert sorted(tmp_path.iterdir()) == [painting, drawing]


def test_pictures_need_a_place(tmp_path: Path) -> None:
    assert refused("replay", "binary", "--svg", str(tmp_path / "no" / "a.svg")).endswith("a.svg: No such file or directory\n")
    assert "directory" in refused("replay", "binary", "--png", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_device_stays_a_device() -> None:
    run("replay", "binary", "--svg", os.devnull)
    assert not Path(os.devnull).is_file()


def test_a_corrupt_heap_is_one_line_and_a_piece_of_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(heap: Textbook) -> None:
        if len(heap.table) > 40:
            raise HeapCorrupt("the table is small", "it is not [here]")

    monkeypatch.setattr(Textbook, "check", broken)
    result = CliRunner().invoke(app, ["replay", "binary", "--check"])
    assert (result.exit_code, result.stdout) == (1, "")
    lines = result.stderr.splitlines()
    assert lines[0] == "error: the table is small: it is not [here]"
    assert lines[1].split()[:2] == ["base", "size"]
    assert (len(lines), lines[-1]) == (14, "…")


# --- the other commands --------------------------------------------------------------------------------------------------


def test_traces() -> None:
    rows = data("traces")
    assert [row["name"] for row in rows] == names()
    assert rows[1]["peak_live_bytes"] == 4_178_056
    printed = run("traces")
    assert all(name in printed for name in names())
    assert "4,178,056" in printed


def test_trace_info() -> None:
    figures = data("trace", "info", "git-log")
    assert list(figures) == (
        ["ops", "malloc", "realloc", "free", "peak_live_bytes", "peak_live_blocks", "total_bytes", "median_size", "live_at_end"]
    )
    assert figures["peak_live_bytes"] == 4_178_056
    lines = run("trace", "info", "git-log").splitlines()
    assert lines[0].split() == ["ops", "47,768"]
    assert len({len(line) for line in lines}) == 1


def test_a_file_is_as_good_as_a_name(tmp_path: Path) -> None:
    for file, content in ((tmp_path / "a.rep", GOOD.encode()), (tmp_path / "[b].rep.gz", gzip.compress(GOOD.encode()))):
        file.write_bytes(content)
        assert data("trace", "info", str(file))["peak_live_bytes"] == 100


def test_heaps() -> None:
    rows = data("heaps")
    assert [row["name"] for row in rows] == list(shelf.SHELF)
    assert rows[0]["moves"] is True
    assert all(name in run("heaps") for name in shelf.SHELF)


def test_walk() -> None:
    where = ["walk", "git-log", "--at", "36209", "--capacity", "1.02x", "--fit", "next", "--compact", "never"]
    blocks = data(*where)
    assert sum(block["size"] for block in blocks) == 4_261_617
    assert max(block["size"] for block in blocks if block["kind"] == "FREE") == 16_656
    assert data(*where, "--limit", "3") == blocks[:3]
    lines = run(*where, "--limit", "3").splitlines()
    assert len(lines) == 7
    assert lines[-3] == f"and {len(blocks) - 3:,} blocks more"
    assert lines[-1].endswith(" holes with 500,401 bytes, the largest 16,656")


def test_walk_at_birth_and_past_the_end() -> None:
    assert [block["kind"] for block in data("walk", "binary", "--at", "0")] == ["FREE"]
    assert "binary has 12,000 operations" in refused("walk", "binary", "--at", "12001")


@pytest.mark.skipif(not RECORDS, reason="needs Linux and a C compiler")
def test_record_passes_the_status_on(tmp_path: Path) -> None:
    out = tmp_path / "out.rep.gz"
    for end, status in (("exit 7", 7), ("kill -TERM $$", 128 + signal.SIGTERM)):
        result = CliRunner().invoke(app, ["record", str(out), "--", "sh", "-c", f"x=$(echo 1); {end}"])
        assert (result.exit_code, result.stdout) == (status, "")
        assert "peak live bytes" in result.stderr
        assert data("trace", "info", str(out))["malloc"] > 0
        out.unlink()


def test_record_says_what_is_missing(tmp_path: Path) -> None:
    assert "no such folder" in refused("record", str(tmp_path / "no" / "x.rep"), "--", "true")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    scale = Scale(1, 1, 500, 500, pairs=20, lives=(40,), moving=(40,), slow=(40,), large=40, budget=20_000)
    monkeypatch.setattr(bench, "QUICK", scale)
    monkeypatch.setattr(bench, "FULL", scale)


@pytest.mark.usefixtures("tiny")
def test_bench() -> None:
    result = data("bench", "--quick")
    assert list(result["machine"])[:4] == ["python", "processors", "system", "date"]
    assert list(result["rows"][0]) == ["part", "contender", "seconds", "per_second", "unit", "ratio", "note"]
    assert list(result["figures"][0]) == ["part", "what", "blocks", "value", "unit", "must", "aim", "at_least", "holds"]
    assert {figure["holds"] for figure in result["figures"]} <= {"aim", "yes", "no", None}
    printed = run("bench", "--quick")
    assert printed.startswith(result["machine"]["python"])
    assert all(row["part"] in printed for row in result["rows"])
    assert all(figure["what"] in printed for figure in result["figures"])


@pytest.mark.usefixtures("tiny")
def test_bench_by_parts() -> None:
    result = data("bench", "settled", "pure", "--live", "30")
    assert {row["part"].split(",")[0] for row in result["rows"]} == {"alloc+free", "nothing to move"}
    assert "alloc+free, pure, 30 live blocks" in {row["part"] for row in result["rows"]}
    assert refused("bench", "no").startswith("error: no: no such part; the parts are churn, ")


@pytest.mark.usefixtures("tiny")
def test_bench_writes_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    run("bench", "view", "--quick", "--write", str(page))
    assert page.read_text("utf-8").startswith("# Performance\n")
    assert "## Views and locks\n" in page.read_text("utf-8")
    assert list(tmp_path.iterdir()) == [page]
    assert "no such folder" in refused("bench", "view", "--write", str(tmp_path / "no" / "page.md"))


@pytest.mark.usefixtures("tiny")
def test_an_interrupted_bench_leaves_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(scale: Scale) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setitem(bench.PARTS, "view", interrupt)
    page = tmp_path / "page.md"
    page.write_text("old")
    CliRunner().invoke(app, ["bench", "view", "--write", str(page)])
    assert page.read_text() == "old"
    assert list(tmp_path.iterdir()) == [page]


# --- all commands --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("traces", []),
        ("trace info", ["binary"]),
        ("heaps", []),
        ("replay", ["binary"]),
        ("walk", ["binary", "--at", "9"]),
        ("bench", ["--quick"]),
    ],
)
def test_json_has_the_keys_that_the_help_promises(command: str, arguments: list[str]) -> None:
    result = data(*command.split(), *arguments)
    for item in result if command in JSON_ARRAYS else [result]:
        assert tuple(item) == JSON_KEYS[command]
    assert " ".join(JSON_KEYS[command]) in " ".join(run(*command.split(), "--help").split())


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("command", [command for command in EXAMPLES if command != "record" or RECORDS])
def test_the_examples_work(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed = run(*command.split(), "--help")
    for example in EXAMPLES[command]:
        assert f"  {example}\n" in printed + "\n"
        result = CliRunner().invoke(app, shlex.split(example)[1:])
        assert result.exit_code == ("--strict" in example), example


def test_help_without_arguments_and_version() -> None:
    assert run() == run("--help")
    assert "replay" in run()
    assert run("--version") == f"handleheap {__version__}\n"


BAD_FILES = {
    "cut.rep.gz": (gzip.compress(GOOD.encode() * 50)[:-12], None),
    "count.rep": (b"100\n2\n3\n1\na 0 60\na 1 40\n", 3),
    "verb.rep": (HEADER.encode() + b"a 0 60\nx 1 40\n", 6),
    "twice.rep": (b"100\n1\n3\n1\na 0 60\nf 0\nf 0\n", 7),
    "negative.rep": (HEADER.encode() + b"a 0 60\na 1 -40\n", 6),
    "picture.rep": (b"\x89PNG\r\n\x1a\n\0\0\0", 1),
    "words.rep": (b"This is [not] a trace\n", 1),
    "empty.rep": (b"", 1),
}


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.parametrize("command", [["trace", "info"], ["replay"], ["walk", "--at", "1"]])
def test_bad_files_are_one_line_with_file_and_line(name: str, command: list[str], tmp_path: Path) -> None:
    content, line = BAD_FILES[name]
    file = tmp_path / name
    file.write_bytes(content)
    assert (f"{file}:" if line is None else f"{file}:{line}: ") in refused(*command, str(file))


def test_missing_files_and_directories(tmp_path: Path) -> None:
    assert "the workloads are cc1-rec, git-log" in refused("trace", "info", str(tmp_path / "none.rep"))
    assert refused("replay", str(tmp_path)).startswith(f"error: {tmp_path}: ")
    assert r"two\nlines" in refused("replay", "two\nlines")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--heap", "no"], "no heap is called 'no'; there are textbook"),
        (["--fit", "tight"], "no fit 'tight': textbook has the fits first, next, best, worst"),
        (["--heap", "bump", "--fit", "first"], "bump has no fit to choose"),
        (["--heap", "implicit", "--compact", "every:10"], "--compact every:10: implicit moves nothing"),
        (["--heap", "implicit", "--capacity", "16"], "needs at least"),
        (["--compact", "often"], "--compact often: expected on-failure, never or every:N"),
        (["--compact", "every:0"], "it must be at least 1"),
        (["--capacity", "0"], "--capacity 0: "),
        (["--capacity", "-5"], "--capacity -5: "),
        (["--capacity", "1.5"], "--capacity 1.5: "),
        (["--capacity", "[red]x"], "--capacity [red]x: expected bytes, as 65536, 64K or 16M, or a multiple"),
        (["--capacity", "999999999999999999G"], "more than this machine gives"),
        (["--json", "--map"], "--json and --map"),
    ],
)
def test_bad_options_are_one_line(options: list[str], words: str) -> None:
    assert words in refused("replay", "binary", *options)


@pytest.mark.parametrize("arguments", [["no"], ["replay"], ["replay", "binary", "--no"], ["walk", "binary"], ["record", "x"]])
def test_usage_errors(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handleheap.cli.names", lambda: 1 / 0)
    assert isinstance(CliRunner().invoke(app, ["traces"]).exception, ZeroDivisionError)


# --- as a process of its own ---------------------------------------------------------------------------------------------


def test_python_m_handleheap() -> None:
    result = subprocess.run([*RUN, "--version"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"handleheap {__version__}\n", "")


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_a_missing_library_is_one_line(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from handleheap.__main__ import main; main()"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"error: the command line needs {missing}, which is missing: pip install 'handleheap[cli]'\n"


def test_nothing_heavy_is_imported() -> None:
    code = "import sys, handleheap.cli; print({'numpy', 'matplotlib', 'pygame', 'construct'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_ctrl_c_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.rep"
    os.mkfifo(pipe)
    arguments = ["replay", str(pipe), "--svg", str(tmp_path / "a.svg")]
    with (
        subprocess.Popen([*RUN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        pipe.open("w"),  # opens when the command has begun to read
    ):
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "interrupted\n")
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_ctrl_c_while_measuring_leaves_the_old_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("old")
    ours, theirs = os.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    arguments = [*RUN, "bench", "view", "compact", "settled", "--write", str(page)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:
        os.close(theirs)
        seen = bytearray()
        while b"measuring" not in seen:
            seen += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
        seen += os.read(ours, 4096)
    os.close(ours)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in seen
    assert page.read_text() == "old"
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="needs SIGPIPE")
def test_a_broken_pipe_is_quiet() -> None:
    arguments = [*RUN, "walk", "git-log", "--at", "40000"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == -signal.SIGPIPE


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_bars_are_for_terminals_only() -> None:
    ours, theirs = os.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen([*RUN, *TIGHT, "--json"], stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:
        os.close(theirs)
        seen = bytearray()
        try:
            while piece := os.read(ours, 4096):
                seen += piece
        except OSError:  # Linux's way to say that the other side is closed
            pass
        os.close(ours)
        out, _ = process.communicate(timeout=30)
    assert b"playing" in seen
    assert json.loads(out)["refused"] == 0
