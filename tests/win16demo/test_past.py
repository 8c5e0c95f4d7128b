"""Any moment of a long session looks as it did when it was played to, whichever way one comes."""

import random

import pytest

from win16demo.past import photograph
from win16demo.session import Session, fresh, header_for

LENGTH = 10_000


def commands(rng):
    """A session of somebody who plays with everything."""
    yield from (["open", name] for name in ("walker", "notepad", "paintbrush", "shaker"))
    while True:
        yield from (["shake", "shaker", rng.randint(20, 90)], ["gc", "walker", rng.choice((0, 0, -1))])
        yield ["insert", "notepad", rng.choice(("a few words ", "\n", "x"))]
        yield ["stroke", "paintbrush", *(rng.randrange(100) for _ in range(4))]
        yield ["activate", rng.choice(("notepad", "walker", "paintbrush", "shaker", "progman"))]
        yield ["move", "notepad", rng.randrange(300), rng.randrange(200)]
        yield ["walk", "walker", rng.choice(("heap", "lru", "free"))]
        yield ["minimise", "notepad"]
        yield ["restore", "notepad"]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["real", "enhanced"])
def test_ten_thousand_events_forth_and_back(mode):
    rng = random.Random(mode)
    session = Session(header_for(mode))
    for command in commands(rng):
        session.do(command)
        if session.world.record.active.app == "box":
            session.do(["answer", "box", "OK"])
        if session.timeline.total >= LENGTH:
            break
    total = session.timeline.total
    wanted = sorted(rng.sample(range(1, total + 1), 60))
    seen = {}
    log = session.timeline.log()
    told = len(log.steps[0].events)
    world = fresh(session.header)

    def tap(_event):
        nonlocal told
        told += 1
        if told in wanted:
            seen[told] = photograph(world)

    world.tap = tap
    boundaries = set(session.timeline.boundaries)
    for command in log.commands:
        world.execute(command)
        if told in wanted and told in boundaries:
            seen[told] = photograph(world)  # between commands: all is done that told nothing more
    world.tap = None
    inside = [event for event in wanted if event not in boundaries and event in seen]
    assert len(inside) > 20, "most moments are inside commands"
    order = [*wanted, *reversed(wanted), *rng.sample(wanted, len(wanted))]
    for event in order:
        if event in seen:
            assert session.timeline.visit(event, photograph) == seen[event], f"event {event} of {total}"
    session.world.kernel.check()
    assert world.digest() == session.world.digest()
