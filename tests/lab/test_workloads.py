"""Workloads by name: complete, repeatable, and with the story they promise."""

from pathlib import Path
from zlib import crc32

import pytest

from handleheap.errors import TraceError
from handleheap.lab.workloads import GENERATORS, RECORDED, describe, load, names, workload
from handleheap.trace import Trace


@pytest.mark.parametrize("name", names())
def test_every_name_has_a_description_and_operations(name: str) -> None:
    assert describe(name).startswith(("recorded: ", "generated: "))
    assert "\n" not in describe(name)
    trace = load(name)
    assert trace.name == name
    assert 10_000 < len(trace) < 150_000


@pytest.mark.parametrize("name", names())
def test_ops_is_a_limit(name: str) -> None:
    for ops in (1000, 5000):
        assert ops * 0.8 < len(workload(name, ops=ops)) <= ops


def test_a_recording_is_cut_off() -> None:
    whole, part = workload("git-log"), workload("git-log", ops=1000)
    assert list(part) == list(whole)[:1000]
    assert workload("git-log", ops=10**9) == whole


@pytest.mark.parametrize("name", ["uniform", "exponential", "few-sizes", "phase-change"])
def test_the_seed_decides(name: str) -> None:
    assert workload(name, seed=1, ops=4000) == workload(name, seed=1, ops=4000)
    assert workload(name, seed=1, ops=4000) != workload(name, seed=2, ops=4000)


def test_generated_traces_never_change() -> None:
    """The same seed gives the same trace on every machine and with every Python: published figures depend on it."""
    fingerprints = [crc32(repr(list(workload(name, ops=2000, seed=7))).encode()) for name in GENERATORS]
    assert fingerprints == [566655478, 1012900715, 3411426764, 1139848155, 2907397886]


def test_uniform_is_steady() -> None:
    trace = workload("uniform", ops=10_000, low=5, high=9, live=100)
    assert set(trace.sizes) - {0} == {5, 6, 7, 8, 9}
    assert trace.statistics().peak_live_blocks == 100
    assert trace.statistics().malloc - trace.statistics().free in (99, 100)


def test_exponential_has_its_mean() -> None:
    statistics = workload("exponential", ops=100_000, mean=200).statistics()
    assert statistics.total_bytes / statistics.malloc == pytest.approx(200, rel=0.02)
    assert statistics.median_size == pytest.approx(200 * 0.69, rel=0.05)


def test_few_sizes_are_eight() -> None:
    assert len(set(workload("few-sizes").sizes) - {0}) == 8


def test_phase_change_stays_within_maxmemory_and_changes_over() -> None:
    trace = workload("phase-change", maxmemory=200_000)
    statistics = trace.statistics()
    assert statistics.malloc == 3 * (1400 + 340)
    assert 199_000 < statistics.peak_live_bytes <= 200_000
    values = [size for size in trace.sizes if size > 24]
    assert values == [240] * 1400 + [492] * 340


def test_binary_wastes_what_its_rule_says() -> None:
    trace = workload("binary", pairs=100)
    peak = trace.statistics().peak_live_bytes
    assert peak == 100 * (32 + 256)
    without_reuse = sum(trace.sizes)  # no hole is large enough, so the heap grows by every request
    assert without_reuse / peak == pytest.approx(16 / 9)
    assert trace.statistics().live_at_end == 0


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("uniform", {"low": 9, "high": 8}),
        ("uniform", {"live": 0}),
        ("uniform", {"ops": 0}),
        ("exponential", {"mean": 0}),
        ("few-sizes", {"smallest": 0}),
        ("phase-change", {"maxmemory": 10}),
        ("binary", {"ops": 5}),
    ],
)
def test_parameters_that_make_no_sense(name: str, parameters: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"\d"):
        workload(name, **parameters)


def test_unknown_parameters() -> None:
    with pytest.raises(TypeError, match="colour"):
        workload("uniform", colour=1)
    with pytest.raises(TypeError, match="git-log is a recording and has no parameter 'live'"):
        workload("git-log", live=1)


def test_load_prefers_names_and_reads_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mine = Trace.build([("a", 0, 8)], name="mine")
    mine.write("mine.rep")
    mine.write("git-log")
    assert load("mine.rep") == mine
    assert load(tmp_path / "mine.rep").name == "mine"
    assert load("git-log") == workload("git-log")
    assert load("./git-log") == mine


def test_unknown_names_tell_the_known_ones(tmp_path: Path) -> None:
    listed = ", ".join(names())
    with pytest.raises(TraceError, match=f"^none: no such workload; the workloads are {listed}$"):
        workload("none")
    with pytest.raises(TraceError, match=f"^none: no such workload; the workloads are {listed}$"):
        describe("none")
    with pytest.raises(TraceError, match=f"none: no such workload or file; the workloads are {listed}$"):
        load(tmp_path / "none")


def test_the_recordings_are_there() -> None:
    assert [workload(name).statistics().peak_live_bytes for name in RECORDED] == [3_036_434, 4_178_056, 716_806]
