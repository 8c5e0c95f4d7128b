"""README and docs tell the truth: what they show is run, what they point at is there, and they can be built.

Examples with `>>>` are pytest's business (`--doctest-glob=*.md`). Here every fenced block is found and must be of a language that
somebody executes or checks. A block of JSON is a script of the desktop, which the next console block plays.
`HANDLEHEAP_UPDATE_GOLDEN=1` writes the drawing of the tour anew.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.main import get_command

from handleheap import cli
from handleheap.lab.workloads import load, names
from handleheap.trace import Trace
from win16demo import command as demo
from win16demo.player.tour import MOMENTS
from win16demo.script import SHOT
from win16demo.script import load as load_script

from .test_layers import FLOOR_OF

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PICTURES = DOCS / "pictures"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
TOUR = [str(command[1]) for act in load_script("tour") for command in act.commands if command[0] == SHOT]
EXEMPT = {
    "make demo": "opens a window, and installs packages",
    "make test": "runs this test",
    "python -m venv .venv": "makes an environment, which costs time and proves nothing",
    ". .venv/bin/activate": "changes the shell",
    "pip install '.[demo]'": "installs packages",
    "python -m win16demo": "opens a window",
    "python -m win16demo --script tour": "opens a window",
}
"""Commands that are shown and not run, each with the reason."""

FENCE = re.compile(r"^```(?P<language>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
STATUS = re.compile(r"\s+# exit status (\d+)$")


class Fenced(NamedTuple):
    page: Path
    line: int
    language: str
    body: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


class Command(NamedTuple):
    text: str
    status: int
    output: str


def fenced(page: Path) -> list[Fenced]:
    text = page.read_text()
    found = list(FENCE.finditer(text))
    assert 2 * len(found) == len(re.findall("^```", text, re.MULTILINE)), f"{page.name}: a block is not closed"
    return [Fenced(page, text[: at.start()].count("\n") + 1, at["language"], at["body"]) for at in found]


BLOCKS = [block for page in PAGES for block in fenced(page)]
SCRIPTS = [block for block in BLOCKS if block.language == "python" and ">>>" not in block.body]


def commands(block: Fenced) -> list[Command]:
    """The commands of a console block, each with what is shown below it."""
    found = []
    for part in re.split(r"^\$ ", block.body, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        status = STATUS.search(line)
        found.append(Command(STATUS.sub("", line).strip(), int(status[1]) if status else 0, output))
    return found


def tidy(text: str) -> str:
    """The text without spaces at line ends, and without blank lines at both ends."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def matches(shown: str, printed: str) -> bool:
    """Whether `printed` is what is shown: `…` alone on a line is any lines, within one any text."""
    pattern = ""
    for line in tidy(shown).splitlines():
        if line.strip() == "…":
            pattern += r"(?:[^\n]*\n)*"
        else:
            pattern += "[^\n]*".join(map(re.escape, line.split("…"))) + "\n"
    return re.fullmatch(pattern, tidy(printed) + "\n") is not None


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command line of the docs with this interpreter, on a terminal of 80 columns."""
    words = re.sub(r"^handleheap\b", "python -m handleheap", command)
    arguments = [sys.executable if word == "python" else word for word in words.split()]
    environment = os.environ | {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb", "PYTHONIOENCODING": "utf-8"}
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        arguments,
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )


def section(page: str, title: str) -> str:
    """The text under a heading of a page."""
    text = (DOCS / page).read_text()
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{page} has no heading {title!r}"
    return found[1]


# --- blocks --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_block_is_of_a_language_that_is_run_or_checked(block):
    assert block.language in {"python", "console", "rep", "json"} or re.fullmatch(r"\{(toctree|eval-rst)\}", block.language)
    if block.language == "python" and ">>>" in block.body:
        assert block.body.startswith(">>> ")
        assert block.body.endswith("\n\n"), "without a blank line, doctest takes the fence for output"


@pytest.mark.parametrize("block", SCRIPTS, ids=str)
def test_scripts_run(block, tmp_path):
    (tmp_path / "test_script.py").write_text(block.body)
    result = run("python -m pytest -q -p no:cacheprovider test_script.py", tmp_path)
    assert result.returncode == 0, result.stdout
    assert "1 passed" in result.stdout


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "rep"], ids=str)
def test_traces_are_traces(block):
    assert len(Trace.parse(block.body))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_do_what_is_shown(page, tmp_path):
    script = ""
    for block in fenced(page):
        if block.language == "json":
            script = block.body
        if block.language != "console":
            continue
        if script:
            named = re.search(r"--script (\S+\.jsonl)", block.body)
            assert named, f"{block}: the script above it is not played"
            (tmp_path / named[1]).write_text(script)
            script = ""
        assert block.body.startswith("$ "), f"{block}: a console block begins with a command"
        for command in commands(block):
            if command.text in EXEMPT:
                assert not command.output.strip(), f"{block}: {command.text} is not run, so it shows nothing"
                continue
            assert re.match(r"handleheap |python -m win16demo .*--(headless|text|replay)", command.text), (
                f"{block}: {command.text}"
            )
            if command.text.startswith("handleheap record") and not (sys.platform == "linux" and shutil.which("cc")):
                pytest.skip("recording needs Linux and a C compiler")
            result = run(command.text, tmp_path)
            assert result.returncode == command.status, f"{block}: {command.text}\n{result.stdout}"
            assert matches(command.output or "…", result.stdout), f"{block}: {command.text}\n{result.stdout}"


def test_exempt_commands_are_all_shown():
    shown = {command.text for block in BLOCKS if block.language == "console" for command in commands(block)}
    assert set(EXEMPT) <= shown


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a\n…\n", "a\n", True),
        ("a … d\n", "a b c d   \n", True),
        ("a … d\n", "a b\nc d\n", False),
        ("a\n", "a\nb\n", False),
        ("…\nb.c\n", "a\nbxc\n", False),
    ],
)
def test_an_ellipsis_stands_for_lines_or_for_text(shown, printed, same):
    assert matches(shown, printed) is same


# --- links and pictures --------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub and Sphinx link to them."""
    text = FENCE.sub("", page.read_text())
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text())):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        there = page.parent / path if path else page
        assert there.is_file(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(there), f"{page.name}: {target}"


def test_every_page_is_in_the_contents():
    contents = next(block.body for block in BLOCKS if block.language == "{toctree}")
    assert {page.stem for page in PAGES[1:]} == {"index", *re.findall(r"^[\w-]+$", contents, re.MULTILINE)}


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ("--headless --script tour", [f"tour-{at:02}-{name}.png" for at, name in enumerate(TOUR, 1)]),
        ("--trace cc1-rec --headless", [f"trace-{at}-{name}.png" for at, name in enumerate(MOMENTS, 1)]),
    ],
    ids=["desktop", "trace player"],
)
def test_the_pictures_of_the_demo_are_what_it_shows(options, wanted, tmp_path):
    assert f"`python -m win16demo {options} --shots docs/pictures`" in (DOCS / "index.md").read_text()
    assert run(f"python -m win16demo {options} --shots {tmp_path}", tmp_path).returncode == 0
    assert [path.name for path in sorted(tmp_path.iterdir())] == wanted
    assert {path.name for path in PICTURES.glob(f"{wanted[0].partition('-')[0]}-*.png")} == set(wanted)
    for name in wanted:
        assert (tmp_path / name).read_bytes() == (PICTURES / name).read_bytes(), f"{name} is not what the demo shows now"


def test_the_maps_of_the_command_line_are_what_it_paints(tmp_path):
    shown = [command.text for block in fenced(DOCS / "cli.md") if block.language == "console" for command in commands(block)]
    for name in ("never.png", "on-failure.png"):
        (command,) = [text for text in shown if text.endswith(f"--png {name}")]
        assert run(command, tmp_path).returncode == 0
        assert (tmp_path / name).read_bytes() == (PICTURES / name).read_bytes()


def test_the_drawing_of_the_tour_is_what_its_example_draws():
    text = (DOCS / "tour.md").read_text()
    text = text[: text.index("![Two strips")]
    example = doctest.DocTestParser().get_doctest(text, {}, "tour.md", None, 0)
    doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(example, clear_globs=False)
    drawing, path = example.globs["drawing"], PICTURES / "compaction.svg"
    if os.environ.get("HANDLEHEAP_UPDATE_GOLDEN") == "1":
        path.write_text(drawing)
    assert path.read_text() == drawing


# --- tables --------------------------------------------------------------------------------------------------------------


def test_the_table_of_workloads_is_what_trace_info_prints():
    rows = [line.strip("| ").split(" | ") for line in section("traces.md", "What comes with the package").splitlines()]
    told = {row[0].strip("`"): row[2:] for row in rows if len(row) == 11 and row[0].startswith("`")}
    assert told == {name: [f"{figure:,}" for figure in load(name).statistics()] for name in names()}


def test_the_parameters_of_the_generators_are_told():
    rows = [line.strip("| ").split(" | ") for line in section("traces.md", "What comes with the package").splitlines()]
    told = {row[0].strip("`"): row[1].strip("`") for row in rows if len(row) == 3 and "=" in row[1]}
    for name, generator in cli.GENERATORS.items():
        wanted = dict(re.findall(r"(\w+)=([\d_]+)", told[name]))
        assert {key: int(value) for key, value in wanted.items()} == generator.__kwdefaults__


@pytest.mark.parametrize("command", list(cli.JSON_KEYS))
def test_the_keys_of_json_are_documented(command):
    told = re.findall(r"`(\w+)`", section("cli.md", command)) + re.findall(r'"(\w+)":', section("cli.md", command))
    assert set(cli.JSON_KEYS[command]) <= set(told)


def leaves(command: Any, path: tuple[str, ...] = ()) -> dict[str, Any]:
    if hasattr(command, "commands"):
        return {name: leaf for word, sub in command.commands.items() for name, leaf in leaves(sub, (*path, word)).items()}
    return {" ".join(path): command}


def test_every_command_and_option_is_documented():
    for name, command in leaves(get_command(cli.app)).items():
        text = section("cli.md", name) + (section("cli.md", "replay") if name == "walk" else "")
        for parameter in command.params:
            for option in parameter.opts:
                assert not option.startswith("--") or option == "--help" or option in text, f"{name} {option}"


def test_every_option_of_the_demo_is_documented():
    told = re.findall(r"^\| `(--[\w-]+)` \|", section("cli.md", "win16demo"), re.MULTILINE)
    options = [option for parameter in get_command(demo.app).params for option in parameter.opts]
    assert sorted(told) == sorted(set(options) - {"--help"})


def test_the_floors_and_tags_of_the_design_are_those_of_the_tree():
    rows = [
        line.strip("| ").split(" | ")
        for line in section("design.md", "Floors").splitlines()
        if line.startswith("| ") and line[2] in "012345"
    ]
    told = {path for row in rows for path in re.findall(r"`([\w/.]+)`", row[2])}
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "handleheap").rglob("*.py") if path.stem != "__init__"}
    assert {path for path in told if not path.endswith("/")} <= modules
    assert {module for module in modules if not any(module.startswith(path) for path in told)} == set()
    for row in rows:
        for path in re.findall(r"`handleheap/([\w/]+)\.py`", row[2]):
            assert FLOOR_OF(path.replace("/", ".")) == int(row[0]), f"{path} is not on floor {row[0]}"
    for tag, owners in re.findall(r"^\| `(\.\w+\.\w+)` \| .* \| (.*) \|$", (DOCS / "design.md").read_text(), re.MULTILINE):
        for owner in re.findall(r"`([^`]+)`", owners):
            assert f"`{tag}`" in (ROOT / owner).read_text(), f"{tag} is not in {owner}"


# --- the whole -----------------------------------------------------------------------------------------------------------


def test_the_documentation_builds_without_a_warning(tmp_path):  # some seconds: the slowest test here
    result = run(f"python -m sphinx -W --keep-going -q -d {tmp_path}/trees -b html {DOCS} {tmp_path}/html", ROOT)
    assert result.returncode == 0, result.stdout
    assert "compaction.svg" in (tmp_path / "html" / "tour.html").read_text()
