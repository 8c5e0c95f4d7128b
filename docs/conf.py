"""Sphinx: Markdown pages, and an API reference from the docstrings of the package."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["HANDLEHEAP_ENGINE"] = "pure"  # the reference is of the source

from pygments.lexers.special import TextLexer

from handleheap import __version__

project = "handleheap"
author = "the handleheap authors"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"handleheap {release}"
html_copy_source = False
html_show_copyright = False
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True

BACKSLASH = "\\"
QUOTED = re.compile(r"`([^`]+)`(?=(\w?))")
FIELD = re.compile(r"Alias for field number \d+")


def plain(app: Any, what: str, name: str, obj: object, options: Any, lines: list[str]) -> None:
    """Turn a docstring, which is plain text, into reStructuredText: pictures and lists as they stand, the rest as sentences."""
    out: list[str] = []
    if FIELD.fullmatch(" ".join(lines).strip()):
        lines.clear()  # Python's own words for a field of a named tuple say nothing
    for paragraph in re.split(r"\n[ \t]*\n", "\n".join(lines).strip("\n")):
        rows = paragraph.split("\n")
        first = rows[0].lstrip()
        if first.startswith(">>>"):
            out += [*rows, ""]
        elif any(row.startswith((" ", "+--", "|", "- ", "before ")) or "──" in row for row in rows):
            out += ["::", "", *(f"    {row}" for row in rows), ""]
        else:
            words = re.sub(r"([*|\\_])", r"\\\1", paragraph)
            quoted = QUOTED.sub(_literal, words)
            out += [*quoted.split("\n"), ""]
    lines[:] = out


def _literal(code: re.Match[str]) -> str:
    """Code as it stands, also where a letter follows."""
    return f"``{code[1].replace(BACKSLASH, '')}``" + (r"\ " if code[2] else "")


def setup(app: Any) -> None:
    """Hook in."""
    app.add_lexer("rep", TextLexer)
    app.connect("autodoc-process-docstring", plain)
