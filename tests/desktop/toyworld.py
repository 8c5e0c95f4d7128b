"""A small real world for the tests of log and timeline: a Kernel, and a list of the handles that commands allocate."""

import hashlib
import json
import random
import struct

from handleheap.win16 import Kernel
from handleheap.win16.flags import GHND, GMEM_DISCARDABLE, GMEM_MOVEABLE
from handleheap.win16.profile import PROFILES

MEMORY = {"enhanced": 224 << 10, "real": 64 << 10}
PIN = 3
"""As many pins as a block may have here."""


class Bad(ValueError):
    """A bad command."""


class Toy:
    """alloc, free, resize, lock, unlock, fill, gc, say. `executed` counts the commands of all worlds."""

    executed = 0

    def __init__(self, header, tap=None):
        self.tap, self.header = tap, header
        self.slots, self.pins, self.caption = [], [], ""
        self._serve(Kernel(PROFILES[header["profile"]], header["memory"]))
        for n in (512, 96, 2048):
            self.execute(("alloc", n))
        self.execute(("free", 1))

    @classmethod
    def load(cls, header, data, tap=None):
        toy = cls.__new__(cls)
        toy.tap, toy.header = tap, header
        (n,) = struct.unpack_from("<I", data)
        toy.slots, toy.pins, toy.caption = json.loads(data[4 : 4 + n])
        toy._serve(Kernel.attach(bytearray(data[4 + n :]), PROFILES[header["profile"]]))
        return toy

    def _serve(self, kernel):
        self.kernel = kernel
        kernel.tap = self._told

    def _told(self, event):
        if self.tap is not None:
            self.tap(event)

    def execute(self, command):
        verb, *args = command
        act = getattr(self, f"do_{verb}", None)
        if act is None:
            raise Bad(f"{verb}: no such command")
        if verb in ("free", "resize", "lock", "unlock", "fill") and not (
            args and type(args[0]) is int and 0 <= args[0] < len(self.slots) and self.slots[args[0]]
        ):
            raise Bad(f"{verb}: no block {args[:1]}")
        if verb in ("resize", "fill") and len(args) < 2:
            raise Bad(f"{verb}: two arguments are wanted")
        act(*args)
        Toy.executed += 1

    def do_alloc(self, n, discardable=False):
        self.slots.append(self.kernel.GlobalAlloc(GHND | (GMEM_DISCARDABLE if discardable else 0), n))
        self.pins.append(0)

    def do_free(self, slot):
        if self.pins[slot]:
            raise Bad(f"free: block {slot} is locked")
        self.kernel.GlobalFree(self.slots[slot])
        self.slots[slot] = 0

    def do_resize(self, slot, n):
        if not n:
            raise Bad("resize: to nothing")
        self.slots[slot] = self.kernel.GlobalReAlloc(self.slots[slot], n, GMEM_MOVEABLE) or self.slots[slot]

    def do_lock(self, slot):
        if self.pins[slot] >= PIN:
            raise Bad(f"lock: block {slot} is locked {PIN} times")
        self.kernel.GlobalFix(self.slots[slot])
        self.pins[slot] += 1

    def do_unlock(self, slot):
        if not self.pins[slot]:
            raise Bad(f"unlock: block {slot} is not locked")
        self.kernel.GlobalUnfix(self.slots[slot])
        self.pins[slot] -= 1

    def do_fill(self, slot, byte):
        for block in self.kernel.walk():
            if block.handle == self.slots[slot]:
                self.kernel.arena.memory[block.body : block.body + block.length] = bytes([byte % 256]) * block.length

    def do_gc(self):
        self.kernel.GlobalCompact(0)

    def do_squeeze(self, n):
        self.kernel.GlobalCompact(n)

    def do_say(self, text):
        self.caption = text

    def do_break(self, kind, tells):
        """No good command: it raises when the world is no longer what it was."""
        self.caption = "broken"
        if tells:
            self.do_alloc(64)
        raise Bad("broken in the middle") if kind == "bad" else RuntimeError("broken in the middle")

    def save(self):
        record = json.dumps([self.slots, self.pins, self.caption]).encode()
        return struct.pack("<I", len(record)) + record + bytes(self.kernel.arena.memory)

    def digest(self):
        return hashlib.sha256(self.save()).hexdigest()


def picture(toy):
    """What is seen of a world: all blocks, and the bytes of those that are in use."""
    found = hashlib.sha256(toy.caption.encode())
    for block in toy.kernel.walk():
        found.update(repr(block).encode())
        if block.handle:
            found.update(toy.kernel.arena.memory[block.body : block.body + block.length])
    return found.hexdigest()


def header(profile):
    return {"profile": profile, "memory": MEMORY[profile], "seed": 0}


def some_commands(seed, world):
    """Commands without end, for the blocks of `world()` as it then is; a few are bad."""
    rng = random.Random(seed)
    while True:
        slots = world().slots
        live = [slot for slot, handle in enumerate(slots) if handle] or [0]
        free, fill = (1, 9) if len(live) < 50 else (8, 2)
        verb = rng.choices(["alloc", "free", "resize", "lock", "unlock", "fill", "say", "gc"], [fill, free, 2, 1, 2, 2, 1, 0.5])[
            0
        ]
        slot = rng.choice(live) if rng.random() < 0.95 else rng.randrange(len(slots) + 3)
        if verb == "alloc":
            yield verb, rng.choice([32, 100, 700, 1500]), rng.random() < 0.3
        elif verb == "gc":
            yield rng.choice([("gc",), ("gc",), ("gc",), ("squeeze", 20000)])
        elif verb == "say":
            yield verb, f"words {rng.random()}"
        elif verb in ("fill", "resize"):
            yield verb, slot, rng.randrange(1, 2000)
        else:
            yield verb, slot
