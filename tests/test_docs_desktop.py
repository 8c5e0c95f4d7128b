"""The page of the desktop tells the truth: its tables are those of the program. What it shows is run by `test_docs`."""

from __future__ import annotations

import re

import pytest

from handleheap.desktop.screen import Screen
from tests.test_docs import ROOT, TOUR, section
from win16demo.apps import PROGRAMS
from win16demo.apps.listing import TITLES
from win16demo.apps.progman import ORDER
from win16demo.apps.walker import AMOUNTS, WALKER
from win16demo.front import Front
from win16demo.record import Win
from win16demo.script import names
from win16demo.session import Session, header_for
from win16demo.verbs import VERBS
from win16demo.world import AREA, parameters

PAGE = "desktop.md"
KEYS = {"left": "←", "right": "→"}


def rows(title: str, cells: int) -> list[list[str]]:
    """The rows of the tables under a heading that have so many cells, without those that begin and rule a table."""
    found = [line.strip().strip("|").split("|") for line in section(PAGE, title).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in found if len(row) == cells and row[0].strip().startswith("`")]


def arguments(act) -> str:
    """The arguments of a verb as the page has them."""
    wanted = parameters(act)
    named = ["window" if kind is Win else name for kind, name in zip(wanted.types, wanted.names.split(), strict=False)]
    return ", ".join(f"[{name}]" if at >= wanted.least else name for at, name in enumerate(named)) or "–"


def test_the_commands_of_all_windows_are_those_of_the_world():
    told = {verb.strip("`"): wanted for verb, wanted, _ in rows("Commands", 3)}
    assert told == {verb: arguments(act) for verb, act in VERBS.items()}


def test_the_commands_of_the_programs_are_those_they_know():
    told = [(program.strip("`"), verb.strip("`"), wanted) for program, verb, wanted, _ in rows("Commands", 4)]
    known = []
    for name, program in PROGRAMS.items():
        for verb, act in program.verbs.items():
            first, _, rest = arguments(act).partition(", ")
            assert first == "window", f"{name}: {verb}"
            known.append((name, verb, rest or "–"))
    assert sorted(told) == sorted(known)


def test_every_command_has_a_word_about_it():
    assert all(row[-1] for cells in (3, 4) for row in rows("Commands", cells))


def test_the_programs_to_open_are_told():
    (opens,) = [row[2] for row in rows("Commands", 3) if row[0] == "`open`"]
    assert re.findall("`([^`]+)`", opens) == list(ORDER)
    told = re.findall(r"^\| ([A-Z][\w ]+) \|", section(PAGE, "The programs"), re.MULTILINE)
    assert sorted(told) == sorted(program.title for program in PROGRAMS.values())


def test_the_desktop_is_as_large_as_is_told():
    assert f"{AREA.w} by {AREA.h} pixels" in section(PAGE, "Commands")


def test_the_scripts_are_told():
    assert sorted(name.strip("`") for name, _ in rows("Scripts", 2)) == names()


def test_the_columns_of_the_heap_walker_are_told():
    told = re.findall(r"^\| ([A-Z]+) \|", section(PAGE, "Heap Walker"), re.MULTILINE)
    assert told == list(TITLES)


def test_the_menus_of_the_heap_walker_are_told():
    text = section(PAGE, "Heap Walker")
    shown = "".join(f", {n}K" for n in AMOUNTS[1:])
    assert f"Allocate All but {AMOUNTS[0]}K{shown}" in text
    assert f"Free {AMOUNTS[0]}K … {AMOUNTS[-1]}K" in text
    for line in WALKER.menu.splitlines():
        label = line.strip().partition("|")[0].replace("&", "").rstrip("…")
        if label in ("", "-") or re.search(r"\d+K$", label):
            continue
        assert re.search(
            rf"\| {re.escape(label)} \|" if not line.startswith("\t") else rf"\| [^|]*{re.escape(label)}[,| ]", text
        ), label


def test_the_keys_are_told():
    text = section(PAGE, "Keys")
    front = Front(Session(header_for("real")), Screen.headless(), slides=False)
    for name in front.scene.desktop.shortcuts:
        pressed = "+".join(f"<kbd>{KEYS.get(part, part.capitalize())}</kbd>" for part in name.split("+"))
        assert pressed in text, name


@pytest.mark.parametrize("house", ["handleheap/desktop", "win16demo"])
def test_the_design_names_every_file(house):
    text = section("design.md", "The desktop, and what its windows live in")
    table = text.partition(f"In `{house}/`:")[2].partition("\n\n|")[2].partition("\n\n")[0]
    told = re.findall(r"`(\w+\.py)`", table)
    apps = {path.name for path in (ROOT / house / "apps").glob("*.py")}
    wanted = {path.name for path in (ROOT / house).glob("*.py") if not path.name.startswith("__")}
    assert wanted <= set(told)
    assert set(told) <= wanted | apps


@pytest.mark.parametrize("page", ["README.md", "docs/index.md", "docs/desktop.md"])
def test_pages_that_open_with_a_picture_show_one_of_the_tour(page):
    first = re.search(r"pictures/tour-\d+-([\w-]+)\.png", (ROOT / page).read_text())
    assert first
    assert first[1] in TOUR
