"""The programs of the desktop, by name."""

from ..program import Program
from .badapp import BADAPP
from .clock import CLOCK
from .dumpwin import DUMP
from .notepad import NOTEPAD
from .paintbrush import PAINTBRUSH
from .progman import PROGMAN
from .shaker import SHAKER
from .traces import TRACES
from .walker import WALKER

PROGRAMS: dict[str, Program] = {
    program.name: program for program in (PROGMAN, SHAKER, BADAPP, TRACES, WALKER, DUMP, CLOCK, NOTEPAD, PAINTBRUSH)
}
