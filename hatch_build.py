"""The build hook: compiles the engine where that can be done.

HANDLEHEAP_BUILD says whether it must be:

    auto       compile; where that fails, warn and build the pure wheel (the default)
    require    compile; where that fails, fail: for releases and for CI
    pure       compile nothing

An editable install puts the extensions beside their sources, and takes away those that were there, whatever the mode. For a
wheel they are built elsewhere, and the tree stays as it was.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODES = ("auto", "pure", "require")
CORE = Path("handleheap", "core")


def sources(root: Path) -> list[Path]:
    """What is compiled, relative to `root`: each .pyx, and each .py with a .pxd beside it unless there is a .pyx, its twin."""
    found = [*(root / CORE).glob("*.pyx"), *(path.with_suffix(".py") for path in (root / CORE).glob("*.pxd"))]
    return sorted(path.relative_to(root) for path in found if path.suffix == ".pyx" or not path.with_suffix(".pyx").exists())


def extensions(root: Path) -> list[Path]:
    """The extensions beside the sources, for whichever Python."""
    return sorted(path for end in (".so", ".pyd") for path in (root / CORE).glob("*" + end))


def translate(root: Path, scratch: Path) -> list[Any]:
    """Have Cython write the C files below `scratch`. Returns the setuptools extensions, whose paths are relative to that."""
    from setuptools import Extension  # first: it brings the distutils that Cython asks for

    # isort: split
    from Cython.Build import cythonize

    flags = [] if os.name == "nt" else ["-O3", "-g0"]
    names = {".".join(path.with_suffix("").parts): str(path) for path in sources(root)}
    modules = [Extension(name, [path], extra_compile_args=flags) for name, path in names.items()]
    with chdir(root):
        modules = cythonize(modules, build_dir=str(scratch), quiet=True, compiler_directives={"show_performance_hints": False})
    for module in modules:
        module.sources = [os.path.relpath(path, scratch) for path in module.sources]
    return list(modules)


def compile_engine(root: Path, scratch: Path) -> list[Path]:
    """Cython, then the C compiler. Returns the extensions, which are below `scratch` like all that is written.

    Both are given relative paths only: no folder of this machine gets into the extensions, and each build makes the same bytes.
    """
    from setuptools import Distribution

    distribution = Distribution({"name": "handleheap", "ext_modules": translate(root, scratch)})
    command: Any = distribution.get_command_obj("build_ext")
    command.build_lib, command.build_temp = "built", "objects"
    command.parallel = os.cpu_count()
    with chdir(scratch):
        command.ensure_finalized()
        command.run()
    return [scratch / path for path in command.get_outputs()]


class CustomBuildHook(BuildHookInterface[Any]):
    """A wheel with the engine compiled in it, or a pure one that runs everywhere."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        mode, began = os.environ.get("HANDLEHEAP_BUILD", "auto"), time.time()
        if mode not in MODES:
            raise ValueError(f"HANDLEHEAP_BUILD is auto, pure or require, not {mode!r}")
        root, editable = Path(self.root), version == "editable"
        if editable:
            self.clean([])
        build_data["tag"] = "py3-none-any"
        if mode == "pure":
            return
        self.scratch = TemporaryDirectory()
        try:
            built = compile_engine(root, Path(self.scratch.name))
        except (Exception, SystemExit) as error:
            if mode == "require":
                raise
            self.app.display_warning(f"WARNING: the engine of handleheap is not compiled, the slower pure one serves: {error}")
            return
        if editable:
            for path in built:
                beside = shutil.copy(path, root / CORE)
                os.utime(beside, (began, began))  # older than a source that was saved meanwhile
        else:
            del build_data["tag"]
            build_data.update(pure_python=False, infer_tag=True)
            build_data["force_include"].update({str(path): (CORE / path.name).as_posix() for path in built})

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if hasattr(self, "scratch"):
            self.scratch.cleanup()

    def clean(self, versions: list[str]) -> None:
        for path in extensions(Path(self.root)):
            path.unlink()
