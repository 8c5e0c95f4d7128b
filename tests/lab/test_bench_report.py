"""The results as text and as a page: from figures that are made up, and the page that is published."""

import re
from pathlib import Path

import pytest

from handleheap.lab.bench import FULL, PARTS, Measured, Remark, Row, explanation, machine, report
from handleheap.lab.bench.records import figure

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
RESULTS = [
    Measured(
        "pure",
        [
            Row("alloc+free, pure, 1,000 live blocks", "dict of bytes", 0.002, 5e6, "ops", 1.0, ""),
            Row("alloc+free, pure, 1,000 live blocks", "pure heap", 0.006, 1e7 / 6, "ops", 3.0, ""),
        ],
        [
            figure("pure", "alloc+free, pure / dict of bytes", 3.0, "x", 1_000),
            figure("pure", "alloc+free, multiprocessing.heap / pure", 16.0, "x", 1_000),
            figure("pure", "something plain", 1234.5, "ns"),
        ],
        [],
    ),
    Measured(
        "compact",
        [Row("compaction", "one memmove", 0.05, 2e9, "bytes", None, "5 moves")],
        [],
        [Remark("compaction, large", "the engine is not compiled")],
    ),
]


def test_text() -> None:
    lines = list(report.text(RESULTS, machine()))
    assert lines[0].startswith(str(machine()["python"]))
    (row,) = [line for line in lines if line.startswith("  pure heap")]
    assert row.split() == ["pure", "heap", "600", "ns", "3.00x", "1,666,667", "ops/s"]
    (row,) = [line for line in lines if line.startswith("  one memmove")]
    assert row.split() == ["one", "memmove", "50.0", "ms", "2,000", "MB/s", "5", "moves"]
    assert "\nLeft out: compaction, large: the engine is not compiled" in lines
    missed, reached = (line.split() for line in lines[-3:-1])
    assert missed[-6:] == ["3.00x", "≤", "2.5x", "≤", "1x", "no"]
    assert reached[-6:] == ["16.0x", "≥", "8x", "≥", "15x", "aim"]
    assert lines[-1] == "1 of 2 bars hold; 1 of the aims are reached."


def test_text_without_bars() -> None:
    lines = list(report.text(RESULTS[1:], machine()))
    assert not any("holds" in line for line in lines)


def rows_of(page: str) -> list[list[str]]:
    return [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]


def test_page() -> None:
    page = report.page(RESULTS, machine(), FULL)
    assert page.startswith("# Performance\n")
    assert f"medians of {FULL.turns} timings" in " ".join(page.split())
    rows = rows_of(page)
    assert ["alloc+free, pure / dict of bytes, 1,000 blocks", "3.00x", "≤ 2.5x", "≤ 1x", "**no**"] in rows
    assert ["something plain", "1,234 ns"] in rows
    assert "Left out: compaction, large: the engine is not compiled.\n" in page
    assert re.findall("^## (.*)$", page, re.MULTILINE) == [
        "What is asked, and what came out",
        *(explanation(name)[0] for name in ("pure", "compact")),
    ]


@pytest.mark.parametrize("page", [report.page(RESULTS, machine(), FULL), PAGE.read_text("utf-8")], ids=["made up", "published"])
def test_a_page_is_tables_and_words(page: str) -> None:
    assert "```" not in page
    assert ">>>" not in page
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_the_published_page_is_whole_and_of_today() -> None:
    """Words that have changed since are a reason to run the command again."""
    page = PAGE.read_text("utf-8")
    assert report.COMMAND in page
    for name in PARTS:
        title, words = explanation(name)
        assert f"## {title}\n\n{words}\n" in page, f"{name} has changed: run {report.COMMAND}"
    assert len([row for row in rows_of(page) if row[-1] in ("aim", "yes", "**no**")]) > 20
