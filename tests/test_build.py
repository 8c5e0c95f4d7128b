"""Building and installing: with a compiler, without one, from a source distribution, in place. No network is needed.

Each build runs on a copy of the tree, in an environment of its own that borrows pip and what builds from the one of the tests.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHIPPED = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "handleheap", "win16demo")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", ".*")
CC = os.environ.get("CC") or "cc"
COMPILER = shutil.which(CC.split()[0]) is not None and Path(sysconfig.get_path("include"), "Python.h").exists()
BORROWED = sysconfig.get_path("purelib")
TAG = rf"cp{sys.version_info[0]}{sys.version_info[1]}t?-cp[0-9t]+-\w+"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
BUILT = re.compile(r".*\.(so|pyd)|handleheap/core/.*\.(c|cpp|o|obj)")
"""What must not be in a source distribution, nor in a pure wheel."""
WARNING = "the engine of handleheap is not compiled"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path(BORROWED, "pip").exists(), reason="pip is not installed here")]
compiles = pytest.mark.skipif(
    not COMPILER and os.environ.get("HANDLEHEAP_BUILD") != "require", reason="there is no C compiler, or no headers of Python"
)


def stems(folder):
    """The modules that are compiled, found in another way than the hook does."""
    names = {path.name for path in Path(folder, "handleheap/core").iterdir()}
    return {name.partition(".")[0] for name in names if name.endswith((".pyx", ".pxd"))}


def files(folder):
    return {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file()}


def copy(folder, *names):
    """A copy of what is shipped; with `names`, only these modules of the engine are compiled, which takes less time."""
    folder.mkdir()
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=LEFT_OUT)
        else:
            shutil.copy(ROOT / name, folder)
    for path in (folder / "handleheap/core").iterdir():
        if names and path.suffix in (".pyx", ".pxd") and path.stem not in names:
            path.unlink()
    return folder


class Environment:
    """A virtual environment. It borrows pip, and what builds, from that of the tests, and is never changed by anything else."""

    def __init__(self, folder, cc):
        venv.create(folder, symlinks=os.name != "nt")
        self.folder, self.cc = folder, cc
        self.python = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))

    def run(self, *arguments, fails=False, borrow=True, **variables):
        """Run python; what it prints. `fails` says how it must end."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("HANDLEHEAP_", "PYTHON"))}
        known = {"CC": self.cc, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        known |= {"PYTHONPATH": BORROWED} if borrow else {}
        done = subprocess.run(
            [self.python, *map(str, arguments)],
            cwd=self.folder,
            env=inherited | known | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout

    def pip(self, command, *arguments, **options):
        return self.run("-m", "pip", command, "--verbose", "--no-deps", "--no-build-isolation", *arguments, **options)

    def wheel(self, tree, out, **options):
        """(the path of the wheel, what was printed)"""
        printed = self.pip("wheel", "--wheel-dir", out, tree, **options)
        (wheel,) = out.glob("*.whl")
        return wheel, printed

    def engine(self):
        """What a program sees that embeds the heap: the mode, the files of all modules of the engine that it has, and a block."""
        code = (
            "import sys, handleheap; heap = handleheap.Heap(1 << 16); heap.view(heap.alloc(5))[:] = b'hello';"
            "print(handleheap.engine, bytes(heap.view(next(iter(heap)))).decode());"
            "print(*(module.__file__ for name, module in sys.modules.items() if name.startswith('handleheap.core.')), sep='\\n')"
        )
        first, *paths = self.run("-c", code, borrow=False).splitlines()
        mode, word = first.split()
        assert word == "hello"
        return mode, [Path(path) for path in paths]


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The C compiler, told last not to optimise."""
    script = tmp_path_factory.mktemp("cc") / "cc"
    script.write_text(f'#!/bin/sh\nexec {CC} "$@" -O0\n')
    script.chmod(0o755)
    return str(script)


@pytest.fixture
def environment(tmp_path, quick):
    return Environment(tmp_path / "venv", quick)


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """The source distribution, made of a copy of the whole tree in which somebody has an editable install."""
    folder = tmp_path_factory.mktemp("sdist")
    copied = folder / "copy"
    shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns("__pycache__", ".*", "build", "_build", "dist", "shots"))
    (copied / "handleheap/core" / f"heap{SUFFIX}").write_bytes(b"stale")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(folder)],
        cwd=copied,
        check=True,
        timeout=60,
        capture_output=True,
    )
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory, sdist, quick):
    """(the wheel, what was printed, the files of the tree before and after), all compiled from the source distribution."""
    folder = tmp_path_factory.mktemp("compiled")
    before = files(sdist)
    wheel, printed = Environment(folder / "venv", quick).wheel(sdist, folder, HANDLEHEAP_BUILD="require")
    return wheel, printed, before, files(sdist)


def install(environment, wheel):
    environment.pip("install", wheel)
    return environment.engine()


def is_pure(wheel, printed, environment):
    """Whether a wheel is one for every machine, and works."""
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (tags,) = [archive.read(name).decode() for name in names if name.endswith(".dist-info/WHEEL")]
    assert "Root-Is-Purelib: true\nTag: py3-none-any\n" in tags
    assert not [name for name in names if BUILT.fullmatch(name)]
    mode, paths = install(environment, wheel)
    return mode == "pure" and {path.suffix for path in paths} == {".py"}


# --- with a compiler -----------------------------------------------------------------------------------------------------


def test_the_source_distribution_has_all_that_a_build_and_the_tests_need(sdist):
    there = files(sdist)
    wanted = {"pyproject.toml", "hatch_build.py", "conftest.py", "Makefile", "README.md", "LICENSE", "PKG-INFO"}
    wanted |= {f"{name}/{file}" for name in ("handleheap", "win16demo", "tests") for file in files(ROOT / name)}
    wanted = {name for name in wanted if "__pycache__" not in name and "/." not in name and not BUILT.fullmatch(name)}
    assert {"handleheap/core/memory.pyx", "handleheap/core/heap.pxd", "tests/core/test_generated.py"} <= wanted
    assert wanted <= there
    assert not [name for name in there if BUILT.fullmatch(name)]


@compiles
def test_a_compiler_makes_a_wheel_for_this_python_and_machine(compiled, environment):
    wheel, printed, _, _ = compiled
    assert re.search(rf"-{TAG}\.whl$", wheel.name)
    assert WARNING not in printed
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert len(stems(ROOT)) >= 5
    extensions = {f"handleheap/core/{stem}{SUFFIX}" for stem in stems(ROOT)}
    assert extensions == {name for name in names if BUILT.fullmatch(name)}
    assert {f"handleheap/core/{path.name}" for path in (ROOT / "handleheap/core").glob("*.p[yx]*")} <= names
    mode, paths = install(environment, wheel)
    assert mode == "compiled"
    assert {f"{stem}{SUFFIX}" for stem in ("heap", "table", "memory")} <= {path.name for path in paths}
    assert all(environment.folder in path.parents for path in paths)


@compiles
def test_a_build_leaves_the_tree_as_it_was(compiled):
    _, _, before, after = compiled
    assert "handleheap/core/memory.pyx" in before
    assert before == after


@compiles
def test_an_editable_install_is_compiled_in_place(compiled, environment, tmp_path):
    tree = copy(tmp_path / "tree")
    stale = tree / "handleheap/core/gone.so"
    stale.write_bytes(b"")
    before = files(tree)
    environment.pip("install", "--editable", tree)
    built = {f"handleheap/core/{stem}{SUFFIX}" for stem in stems(tree)}
    assert files(tree) == before - {"handleheap/core/gone.so"} | built
    mode, paths = environment.engine()
    assert mode == "compiled"
    assert {path.relative_to(tree).as_posix() for path in paths if path.name.endswith(SUFFIX)} <= built
    wheel, _, _, _ = compiled
    with zipfile.ZipFile(wheel) as archive:  # two trees, two folders, the same bytes
        assert [name for name in sorted(built) if archive.read(name) != (tree / name).read_bytes()] == []
    environment.pip("install", "--editable", tree, HANDLEHEAP_BUILD="pure")
    assert files(tree) == before - {"handleheap/core/gone.so"}
    mode, paths = environment.engine()
    assert (mode, {path.suffix for path in paths}) == ("pure", {".py"})
    assert all(tree in path.parents for path in paths)


# --- without one ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["it fails", "it is not there"])
def test_without_a_compiler_the_wheel_is_pure_and_that_is_said(environment, tmp_path, where):
    tree = copy(tmp_path / "tree", "memory")
    before = files(tree)
    none = {"CC": shutil.which("false")} if where == "it fails" else {"CC": "cc-that-is-not-there", "PATH": str(tmp_path)}
    wheel, printed = environment.wheel(tree, tmp_path, **none)
    assert f"WARNING: {WARNING}" in printed
    assert "the slower pure one serves" in printed
    assert is_pure(wheel, printed, environment)
    assert files(tree) == before


def test_require_fails_without_a_compiler(environment, tmp_path):
    tree = copy(tmp_path / "tree", "memory")
    printed = environment.pip("wheel", "--wheel-dir", tmp_path, tree, HANDLEHEAP_BUILD="require", CC="/bin/false", fails=True)
    assert "CompileError" in printed
    assert not list(tmp_path.glob("*.whl"))


def test_a_source_that_cython_refuses_is_no_obstacle_unless_required(environment, tmp_path):
    tree = copy(tmp_path / "tree", "memory")
    (tree / "handleheap/core/memory.pyx").write_text("cdef int n = nothing_of_that_name\n")
    wheel, printed = environment.wheel(tree, tmp_path)
    assert f"WARNING: {WARNING}" in printed
    assert is_pure(wheel, printed, environment)
    printed = environment.pip("wheel", "--wheel-dir", tmp_path / "no", tree, HANDLEHEAP_BUILD="require", fails=True)
    assert "undeclared name not builtin: nothing_of_that_name" in printed


def test_pure_compiles_nothing_and_ships_no_extension_that_lies_about(environment, tmp_path):
    tree = copy(tmp_path / "tree")
    stale = tree / "handleheap/core" / f"heap{SUFFIX}"
    stale.write_bytes(b"stale")
    wheel, printed = environment.wheel(tree, tmp_path, HANDLEHEAP_BUILD="pure", CC=shutil.which("false"))
    assert WARNING not in printed
    assert is_pure(wheel, printed, environment)
    assert stale.read_bytes() == b"stale"


def test_an_unknown_mode_is_refused(environment, tmp_path):
    tree = copy(tmp_path / "tree", "memory")
    printed = environment.pip("wheel", "--wheel-dir", tmp_path, tree, HANDLEHEAP_BUILD="fast", fails=True)
    assert "ValueError: HANDLEHEAP_BUILD is auto, pure or require, not 'fast'" in printed


# --- what the tests do about it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("built", "variables", "words"),
    [
        ("all, but too early", {}, "older than their sources"),
        ("one of them", {}, "older than their sources"),
        ("none", {"HANDLEHEAP_BUILD": "require"}, "not compiled, and HANDLEHEAP_BUILD=require"),
        ("none", {}, ""),
        ("all", {"HANDLEHEAP_BUILD": "require"}, ""),
        ("one of them", {"HANDLEHEAP_ENGINE": "pure"}, ""),
    ],
)
def test_a_stale_engine_is_not_tested(tmp_path, built, variables, words):
    tree = copy(tmp_path / "tree")
    shutil.copy(ROOT / "conftest.py", tree)
    (tree / "test_nothing.py").write_text("")
    names = sorted(stems(tree))[: {"none": 0, "one of them": 1}.get(built)]
    for name in names:
        extension = tree / f"handleheap/core/{name}{SUFFIX}"
        extension.write_bytes(b"")
        if "early" in built:
            os.utime(extension, (0, 0))
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("HANDLEHEAP_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "test_nothing.py"],  # the header, which imports the heap, is not shown
        cwd=tree,
        env=inherited | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert words in done.stderr
    assert done.returncode == (pytest.ExitCode.USAGE_ERROR if words else pytest.ExitCode.NO_TESTS_COLLECTED), done.stdout


# --- what is written in two places ---------------------------------------------------------------------------------------


def test_what_a_build_requires_comes_with_the_tests():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["build-system"]["requires"]) <= set(project["project"]["optional-dependencies"]["test"])


def test_make_runs_all_that_embeds_the_heap_uncompiled_too():
    (words,) = re.findall(r"^EMBEDS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    embeds = re.compile(r"^(>>> )?from handleheap(\.core\S*|\.cache| (?=import .*\bHeap\b))", re.MULTILINE)
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "tests").rglob("test_*.py")]
    users = {path.relative_to(ROOT).as_posix() for path in pages if embeds.search(path.read_text())}
    assert {"docs/embedding.md", "tests/test_cache.py", "tests/core/test_engine.py"} <= users
    assert [path for path in users if not any(word in path for word in words.split(" or "))] == []
