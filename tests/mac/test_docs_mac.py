"""The tables of docs/mac.md are those of the code: every call of the Toolbox, every code, every rule; every source has a key."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from handleheap import mac
from handleheap.mac import MAY_MOVE, NEVER_MOVE, SYSTEM7, TRAPS, Profile, Toolbox

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "mac.md").read_text()
BEFORE, SOURCES = PAGE.split("\n## Sources\n")
LESSONS = "".join(path.read_text() for path in [DOCS / "mac-scenarios.md"] if path.exists())

GRADES = "AOEDCM"
GRADE = re.compile(rf"[{GRADES}](; [^|;]+: [{GRADES}])*")
ROUTINES = {name for name in dir(Toolbox) if name[0].isupper()}
OURS = {"name", "foresight", "guarded", "scramble", "fresh_fill", "free_fill"}
"""Fields of a Profile that no Macintosh had."""


def cells(line):
    return re.split(r"\s*\|\s*", line.strip().removeprefix("|").removesuffix("|").strip())


def section(title):
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title):
    """The rows of the table under a heading, by the name in their first cell."""
    lines = [cells(line) for line in section(title).splitlines() if line.startswith("| `")]
    assert len({line[0] for line in lines}) == len(lines)
    return {line[0].strip("`"): line[1:] for line in lines}


def told(value):
    """A value as the table shows it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def keys():
    """The keys of the sources; those by page one by one."""
    found = set()
    for line in SOURCES.splitlines():
        if line.startswith("| ") and not line.startswith("| key "):
            key, what = cells(line)
            found |= set(re.findall(rf"\b{key[:3]}-\d+\b", what.split("`")[-1])) if key.endswith("…") else {key}
    return found


def prose(text):
    """A text without its code, and without the table of the grades, which names keys of every kind."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^\| `\[.*$|(?<!`)`[^`\n]+`", "", text, flags=re.MULTILINE)


def claimed(text):
    """What a text gives as sources: in parentheses, and in the columns for sources and evidence."""
    found = set()
    for group in re.findall(r"\(([A-Z]{2}[\w-]*(?:, [A-Z]{2}[\w-]*)*) ?[;)]", prose(text)):
        found |= set(group.split(", "))
    column = None
    for line in text.splitlines():
        if not line.startswith("|"):
            column = None
        elif column is None:
            column = next((i for i, title in enumerate(cells(line)) if title in {"source", "evidence"}), -1)
        elif column >= 0 and not line.startswith("|--"):
            found |= set(cells(line)[column].split(", ")) - {"–", "open"}
    return found


# --- calls ---------------------------------------------------------------------------------------------------------------


def test_every_call_of_the_toolbox_is_told_and_no_other():
    assert set(rows("Every call")) == ROUTINES


def test_every_call_has_all_its_cells_and_a_grade():
    for name, row in rows("Every call").items():
        trap, effect, codes, source, grade = row
        assert trap == "–" or re.fullmatch(r"\$A[0-9A-F]{3}(, \$[0-9A-F]{2})?", trap), name
        assert effect, name
        assert codes, name
        assert source, name
        assert GRADE.fullmatch(grade), name


def test_every_call_has_the_trap_of_the_code():
    traps = {name: int(row[0][1:5], 16) for name, row in rows("Every call").items() if row[0] != "–"}
    assert traps == TRAPS


def test_every_call_names_codes_that_there_are():
    named = {name: row[2].split(", ") for name, row in rows("Every call").items() if row[2] != "–"}
    for name, codes in named.items():
        assert codes[0] == "noErr", name
        assert set(codes) <= set(rows("Result codes")), name


def test_every_result_code_has_its_value():
    table = rows("Result codes")
    assert set(table) == {name for name in dir(mac) if name.endswith("Err")}
    for name, (value, when, grade) in table.items():
        assert int(value.replace("−", "-")) == getattr(mac, name), name
        assert when, name
        assert GRADE.fullmatch(grade), name


def test_what_may_move_is_told_of_routines_only():
    assert MAY_MOVE | NEVER_MOVE <= ROUTINES
    assert not MAY_MOVE & NEVER_MOVE


# --- rules ---------------------------------------------------------------------------------------------------------------


def test_every_rule_is_told_with_its_default():
    table = rows("Every rule")
    assert list(table) == [field.name for field in fields(Profile)]
    for name, (default, what, other, grade, source) in table.items():
        assert default == told(getattr(SYSTEM7, name)), name
        assert what, name
        assert other or name == "name", name
        assert source, name
        assert GRADE.fullmatch(grade), name


def test_the_defaults_of_a_profile_are_system_7():
    assert Profile() == SYSTEM7


def test_every_open_point_is_a_rule_and_every_rule_that_is_not_ours_is_open():
    named = re.findall(r"\| `(\w+)` \|$", section("What is open"), re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == {field.name for field in fields(Profile)} - OURS


# --- sources and grades --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [BEFORE, LESSONS], ids=["mac", "scenarios"])
def test_every_source_has_its_key(text):
    assert claimed(text) <= keys()


def test_no_source_is_listed_in_vain():
    words = set(re.findall(r"[\w-]+", prose(BEFORE + LESSONS)))
    assert keys() <= words


def test_every_grade_is_one_of_the_table():
    listed = re.findall(r"^\| `\[([A-Z])\]` \| \w+ \| ", PAGE, re.MULTILINE)
    assert "".join(listed) == GRADES
    assert set(re.findall(r"`\[(\w)\]`", PAGE + LESSONS)) <= set(GRADES)


def test_the_feature_table_has_a_cell_and_evidence_for_each_system():
    lines = [cells(line) for line in PAGE.split("\n## ")[0].splitlines() if line.startswith("| ")]
    features = lines[1 : [line[0] for line in lines].index("grade")]
    assert lines[0][0] == "feature"
    assert lines[0][-2:] == ["handleheap", "evidence"]
    for line in features:
        assert len(line) == len(lines[0]), line[0]
        assert all(line), line[0]
    assert all(line[-2] == "not yet" for line in features if "resources" in line[0] or "code segments" in line[0])
