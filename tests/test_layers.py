"""The floors of the house: every import in every module is read, and points down."""

import ast
import sys
from pathlib import Path

import pytest

import handleheap

ROOT = Path(handleheap.__file__).parent.parent
PACKAGES = ("handleheap", "win16demo", "macdemo")

FLOORS = {
    0: "errors arena layout control block events",
    1: "protocols fit compaction purge check metrics trace tracefile replay torture testing",
    2: "textbook malloc.* core.* palm.* win16.globalheap win16.localheap win16.layout win16.profile"
    " win16.memorymap win16.state win16.ladder win16.ask win16.descriptors win16.arenas win16.handles"
    " win16.blocklist win16.plans win16.owners"
    " mac.heap mac.zone mac.state mac.moving mac.ladder mac.ask mac.plans mac.freelist mac.notebook mac.blocks"
    " mac.layout mac.profile",
    3: "shelf cache win16.* mac.*",
    4: "lab.* view.* cli __main__",
    5: "desktop.* win16demo.* macdemo.*",
}
"""From docs/design.md; the more exact name wins over one with a star. `shelf`, the registry, stands right above the heaps."""

HELPERS = {"malloc.nonmoving", "malloc", "core", "win16", "mac", "palm"}
HELPERS |= {f"core.{path.stem}" for path in (ROOT / "handleheap" / "core").glob("*.py")}
HEAPS = {"win16.globalheap", "win16.localheap", "mac.heap"}
HELPERS |= {f"{house}.{path.stem}" for house in ("win16", "mac") for path in (ROOT / "handleheap" / house).glob("*.py")} - HEAPS
"""What stands on floor 2 and is no heap: a heap may import those of its own house, and no other heap."""

READERS = {"layout", "core.image", "win16.layout", "mac.layout", "palm.layout", "win16.ne", "mac.rsrc"}
ONLY = {
    "construct": lambda module: module in READERS,
    "pygame": lambda module: module == "desktop.backend" or module.startswith(("win16demo", "macdemo")),
    "numpy": lambda module: module.startswith("lab."),
    "matplotlib": lambda module: module.startswith("lab."),
    "joblib": lambda module: module.startswith("lab."),
    "cachetools": lambda module: module.startswith("lab."),
    "hypothesis": lambda module: module == "testing",
    "typer": lambda module: FLOOR_OF(module) >= 4,
    "rich": lambda module: FLOOR_OF(module) >= 4,
}
"""Who may import what does not come with Python."""

ADVICE = (
    "Give it one in FLOORS of tests/test_layers.py and in docs/design.md; what is new in lab, view or a demo has one already."
)


def short(name):
    """handleheap.malloc.bump -> malloc.bump; a demo keeps its name; handleheap itself is ''."""
    return name.removeprefix("handleheap").removeprefix(".")


def FLOOR_OF(module):
    best = (-1, None)
    for floor, names in FLOORS.items():
        for pattern in names.split():
            package = pattern.removesuffix(".*")
            if module == pattern or (pattern.endswith(".*") and (module == package or module.startswith(package + "."))):
                best = max(best, (len(pattern) + 100 * (module == pattern), floor))
    return best[1]


def modules():
    """(short name, path) of every module of the packages."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield short(".".join(parts[:-1] if parts[-1] == "__init__" else parts)), path


def exists(name):
    base = ROOT.joinpath(*name.split("."))
    return base.with_suffix(".py").exists() or (base / "__init__.py").exists()


def imports(source, path, package):
    """(line, full name of the module imported, is it at the top of the file) of every import; `package` is where it stands."""

    def visit(node, top):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((child.lineno, alias.name, top) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = package[: len(package) - child.level + 1] if child.level else []
                name = ".".join([*base, *([child.module] if child.module else [])])
                for alias in child.names:
                    whole = f"{name}.{alias.name}"
                    yield child.lineno, whole if whole.split(".")[0] in PACKAGES and exists(whole) else name, top
            inner = top and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from visit(child, inner)

    return list(visit(ast.parse(source, str(path)), True))


def complaints(module, found):
    """What is wrong with the imports of a module, in words."""
    floor, wrong = FLOOR_OF(module), []
    for line, name, top in found:
        root = name.split(".")[0]
        if root not in PACKAGES:
            if root in sys.stdlib_module_names:
                continue
            if root not in ONLY:
                wrong.append(f"line {line}: {root} is no dependency of ours")
            elif not ONLY[root](module):
                wrong.append(f"line {line}: {module} must not import {root}")
            continue
        target = short(name)
        if target in ("", module):
            continue
        below = FLOOR_OF(target)
        if below is None:
            wrong.append(f"line {line}: {target} stands on no floor. {ADVICE}")
        elif below > floor:
            wrong.append(f"line {line}: {module} (floor {floor}) imports {target} (floor {below}): imports point down")
        elif floor == below == 2 and target not in HELPERS:
            wrong.append(f"line {line}: the heap {module} imports the heap {target}: each is a house of its own")
        elif floor == below == 2 and target.split(".")[0] != module.split(".")[0]:
            wrong.append(f"line {line}: {module} imports {target} of another house")
        elif module == "shelf" and below == 2 and top:
            wrong.append(f"line {line}: the shelf imports {target} at once; it must be imported when it is asked for")
        elif floor == 5 and root != "handleheap" and not module.startswith(root):
            wrong.append(f"line {line}: one demo imports another: {target}")
    return wrong


ALL = [(module, path) for module, path in modules() if module]


@pytest.mark.parametrize(("module", "path"), ALL, ids=[module for module, _ in ALL])
def test_imports_point_down(module, path):
    assert FLOOR_OF(module) is not None, f"{module} stands on no floor. {ADVICE}"
    package = list(path.relative_to(ROOT).parent.parts)
    assert complaints(module, imports(path.read_text("utf-8"), path, package)) == []


def test_there_is_something_to_test():
    assert {"arena", "textbook", "malloc.bump", "view.svg", "lab.workloads", "desktop.backend"} <= {module for module, _ in ALL}


def test_every_single_module_on_the_floors_is_there_or_planned():
    planned = {"win16.localheap", "cli", "__main__"}
    names = [name for names in FLOORS.values() for name in names.split() if not name.endswith("*")]
    assert {name for name in names if not exists(f"handleheap.{name}")} <= planned


def test_the_package_itself_imports_the_engine_only():
    path = ROOT / "handleheap" / "__init__.py"
    assert {name for _, name, _ in imports(path.read_text(), path, ["handleheap"])} == {"handleheap.core"}


@pytest.mark.parametrize(
    ("module", "source", "words"),
    [
        ("arena", "from .textbook import Textbook", "arena (floor 0) imports textbook (floor 2): imports point down"),
        ("arena", "from handleheap import textbook", "arena (floor 0) imports textbook (floor 2): imports point down"),
        ("arena", "def f():\n    import handleheap.lab.workloads", "imports lab.workloads (floor 4): imports point down"),
        ("check", "from . import textbook as t", "check (floor 1) imports textbook (floor 2)"),
        ("malloc.bump", "from .implicit import Implicit", "the heap malloc.bump imports the heap malloc.implicit"),
        ("malloc.bump", "from ..textbook import Textbook", "the heap malloc.bump imports the heap textbook"),
        ("textbook", "from .malloc.nonmoving import NonMoving", "textbook imports malloc.nonmoving of another house"),
        ("textbook", "import numpy as np", "textbook must not import numpy"),
        ("view.svg", "import matplotlib.pyplot", "view.svg must not import matplotlib"),
        ("arena", "import construct", "arena must not import construct"),
        ("desktop.box", "import pygame", "desktop.box must not import pygame"),
        ("check", "from hypothesis import given", "check must not import hypothesis"),
        ("cli", "import requests", "requests is no dependency of ours"),
        ("shelf", "from .textbook import Textbook", "the shelf imports textbook at once"),
        ("win16demo.app", "import macdemo.app", "one demo imports another: macdemo.app"),
        ("lab.bench", "from ..desktop import box", "lab.bench (floor 4) imports desktop.box (floor 5): imports point down"),
    ],
)
def test_a_wrong_import_is_told(module, source, words):
    package = module.split(".")[:-1] if module.startswith(("win16demo", "macdemo")) else ["handleheap", *module.split(".")[:-1]]
    (complaint,) = complaints(module, imports(source, "x.py", package))
    assert words in complaint


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("shelf", "def f():\n    from .textbook import Textbook"),
        ("malloc.bump", "from .nonmoving import NonMoving\nfrom .. import fit\nimport os.path"),
        ("layout", "import construct"),
        ("lab.figures", "import numpy, matplotlib.pyplot\nfrom ..view import svg"),
        ("win16demo.app", "import pygame\nfrom handleheap.desktop.box import Box\nfrom .tour import Tour"),
        ("win16.kernel", "from .globalheap import GlobalHeap"),
    ],
)
def test_a_right_import_is_not(module, source):
    package = module.split(".")[:-1] if module.startswith("win16demo") else ["handleheap", *module.split(".")[:-1]]
    assert complaints(module, imports(source, "x.py", package)) == []


def test_a_module_on_no_floor_is_told():
    assert FLOOR_OF("novelty") is None
    assert FLOOR_OF("lab.novelty") == 4
    assert (FLOOR_OF("win16.layout"), FLOOR_OF("win16.kernel")) == (2, 3)
