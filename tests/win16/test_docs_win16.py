"""The tables of docs/win16.md are those of the code: every call of KERNEL, every rule with its values; every source has a key."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from handleheap.win16 import ENHANCED, REAL, STANDARD, WIN32, Kernel, Profile

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "win16.md").read_text()
LESSONS = (DOCS / "win16-scenarios.md").read_text()
GRADE = re.compile(r"[SDLC](; [^|;]+: [SDLC])*")
PROFILES = (REAL, STANDARD, ENHANCED, WIN32)


def rows(title):
    """The rows of the table under a heading, by the name in their first cell."""
    text = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [re.split(r"\s*\|\s*", line.strip("| ")) for line in text.splitlines() if line.startswith("| `")]
    assert len({line[0] for line in lines}) == len(lines)
    return {line[0].strip("`"): line[1:] for line in lines}


def told(value):
    """A value as the table shows it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else value


def test_every_call_of_kernel_is_told_and_no_other():
    assert set(rows("Every call")) == {name for name in dir(Kernel) if name[0].isupper()}


def test_every_call_has_all_its_cells_and_a_grade():
    for name, row in rows("Every call").items():
        number, effect, result, source, grade = row
        assert number in {"macro", "–"} or number.isdigit(), name
        assert effect or result, name
        assert source, name
        assert GRADE.fullmatch(grade) or grade == "S; Windows stops there, the address is C", name


def test_every_rule_is_told_with_its_values():
    table = rows("Every rule")
    assert list(table) == [field.name for field in fields(Profile)]
    for name, (what, *values, grade, source) in table.items():
        assert values == [told(getattr(profile, name)) for profile in PROFILES], name
        assert what, name
        assert source, name
        assert GRADE.fullmatch(grade), name


def test_rules_that_are_said_to_be_open_are_rules():
    named = set(re.findall(r"\| `(\w+)` \|$", PAGE, re.MULTILINE))
    assert {"realloc_to_zero_frees", "unlock_of_fixed"} <= named <= {field.name for field in fields(Profile)}


@pytest.mark.parametrize("text", [PAGE, LESSONS], ids=["win16", "scenarios"])
def test_every_source_has_its_key(text):
    keys = PAGE.split("\n## Sources\n")[1]
    articles = set(re.findall(r"\bQ\d+\b", keys))
    assert set(re.findall(r"KB-(Q\d+)", text)) <= articles
    for pattern in (r"\bsdk[0-9a-z]{5}\b", r"\bqcwi[0-9a-z]{4}\b", r"\bprog[0-9][0-9a-z]{3}\b", r"\b(?:19|20)\d\d-\d\d-\d\d\b"):
        assert set(re.findall(pattern, text)) <= set(re.findall(pattern, keys))


def test_no_source_is_listed_in_vain():
    before, keys = PAGE.split("\n## Sources\n")
    for article in re.findall(r"\bQ\d+\b", keys):
        assert f"KB-{article}" in before + LESSONS, article
