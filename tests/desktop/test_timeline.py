import random
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleheap.desktop.log import Log, LogError, Step
from handleheap.desktop.proof import replay
from handleheap.desktop.timeline import Timeline
from handleheap.events import Allocated, CompactBegan, Discarded, Freed, Moved, Unlocked

from .toyworld import MEMORY, Bad, Toy, header, picture, some_commands

LENGTH = {"enhanced": 10_000, "real": 3_000}


def timeline(profile="enhanced", every=500):
    return Timeline(Toy, Toy.load, header(profile), every)


def short(profile="real", commands=60, seed=5, every=20):
    found = timeline(profile, every)
    source = some_commands(seed, lambda: found.world)
    while len(found.commands) <= commands:
        with suppress(ValueError):
            found.do(next(source))
    return found


@pytest.fixture(scope="module", params=MEMORY)
def long(request):
    """A session of 10,000 events or less; positions in it, and what they showed while it was played."""
    found, bad = timeline(request.param), 0
    for command in some_commands(1, lambda: found.world):
        if found.total >= LENGTH[request.param]:
            break
        try:
            found.do(command)
        except ValueError:
            bad += 1
    assert bad > 100
    assert {Allocated, Freed, Moved, Discarded} <= {type(event) for event in found.events}
    compactions = [k for k in range(1, found.total) if isinstance(found.event(k), CompactBegan)]
    rng = random.Random(2)
    sample = {0, 1, len(found.log().steps[0].events), found.total - 1, found.total, *rng.sample(range(found.total), 300)}
    for k in rng.sample(compactions, 10):
        sample |= {k - 1, k, k + 1, k + 2, k + 3}
    return found, pictures(found.log(), sample)


def pictures(log, wanted):
    """Pictures by position, taken while the commands are played once: by the tap inside them, between them afterwards."""
    toy = Toy(log.header)
    seen, at = {}, len(log.steps[0].events)

    def tap(_):
        nonlocal at
        at += 1
        if at in wanted:
            seen[at] = picture(toy)

    seen |= {k: picture(toy) for k in wanted if k <= at}
    toy.tap = tap
    for command in log.commands:
        toy.execute(command)
        if at in wanted:
            seen[at] = picture(toy)
    return seen


def ends(found):
    total, all_ends = 0, []
    for step in found.log().steps:
        total += len(step.events)
        all_ends.append(total)
    return all_ends


# --- any moment, from any direction ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["forward", "backward", "any"])
def test_a_visit_shows_what_was_seen_in_play(long, order):
    found, seen = long
    assert len(set(seen) - set(ends(found))) > 100  # inside of commands
    before = found.world.digest()
    positions = sorted(seen, reverse=order == "backward")
    if order == "any":
        random.Random(3).shuffle(positions)
    assert [k for k in positions if found.visit(k, picture) != seen[k]] == []
    assert found.world.digest() == before
    assert found.world.tap is None


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(sorted(MEMORY)),
    st.integers(1, 2**32),
    st.integers(0, 40),
    st.sampled_from([1, 7, 1000]),
    st.lists(st.integers(0, 10**6), max_size=25),
)
def test_any_small_session_any_visits(profile, seed, commands, every, visits):
    found = short(profile, commands, seed, every)
    seen = pictures(found.log(), range(found.total + 1))
    for k in visits:
        k %= found.total + 1
        assert found.visit(k, picture) == seen[k]


def test_the_last_position_is_the_live_world():
    found = short()
    assert found.visit(found.total, lambda world: world) is found.world
    assert found.visit(found.total - 1, lambda world: world) is not found.world


def test_all_positions_of_the_start_show_the_booted_world():
    found = timeline()
    booted, first = picture(found.world), found.total
    found.do(("say", "after the start"))
    found.do(("alloc", 32))
    assert first > 3
    assert {found.visit(k, picture) for k in range(first)} == {booted}
    assert found.visit(first, lambda world: world.caption) == "after the start"


def test_a_command_without_events_shows_at_the_position_before_the_next_event():
    found = timeline()
    for command in [("alloc", 100), ("say", "one"), ("fill", 0, 7), ("say", "two"), ("alloc", 32)]:
        found.do(command)
    at = found.total - 1
    while found.command_of(at) == ("alloc", 32):
        at -= 1
    assert found.visit(at, lambda world: world.caption) == "two"
    assert found.visit(at - 1, lambda world: world.caption) == ""


def test_a_position_keeps_up_with_the_commands_that_are_added():
    found = timeline()
    found.do(("say", "one"))
    found.visit(2, picture)
    at = found.total
    found.do(("say", "two"))
    found.do(("alloc", 32))
    assert found.visit(at, lambda world: world.caption) == "two"


@pytest.mark.parametrize("k", [-1, 10**6])
def test_there_are_no_other_positions(k):
    found = timeline()
    for ask in (found.event, found.command_of, found.go, found.cut, lambda k: found.visit(k, picture)):
        with pytest.raises(IndexError, match=f"event {k}: there are"):
            ask(k)
    with pytest.raises(IndexError):
        found.event(0)


def test_events_know_their_commands():
    found = short()
    log, at = found.log(), 0
    for step in log.steps:
        for event in step.events:
            at += 1
            assert found.event(at) is event
            assert found.command_of(at) == step.command
    assert at == found.total == len(found.events)
    assert found.boundaries == sorted(set(ends(found)))


def test_a_look_that_fails_spoils_nothing():
    found = short()
    inside = next(k for k in range(found.total, 0, -1) if k not in ends(found) and isinstance(found.event(k), Moved))
    right, live = found.visit(inside, picture), found.world.digest()

    def fail(_):
        raise ZeroDivisionError

    for k in (inside, inside - 1, 3, inside):
        with pytest.raises(ZeroDivisionError):
            found.visit(k, fail)
    assert (found.visit(inside, picture), found.world.digest()) == (right, live)


# --- what it costs, in commands executed ----------------------------------------------------------------------------------


def cost(found, k):
    before = Toy.executed
    found.visit(k, lambda world: None)
    return Toy.executed - before


def test_stepping_on_executes_each_command_once_and_again_for_each_look_inside(long):
    found, _ = long
    silent = sum(a == b for a, b in pairwise(ends(found)))
    inside = found.total - len(set(ends(found)))
    cost(found, 0)
    costs = [cost(found, k) for k in range(found.total)]
    assert sum(costs) <= len(found.commands) + inside + silent
    assert sum(costs) < 2 * found.total


def test_stepping_back_and_jumping_cost_a_checkpoint_interval_and_a_command(long):
    found, _ = long
    back = max(cost(found, k) for k in range(2_600, 2_300, -1))
    rng = random.Random(4)
    jump = max(cost(found, rng.randrange(found.total)) for _ in range(60))
    longest = max(b - a for a, b in pairwise(ends(found)))
    assert max(back, jump) <= 500 + longest + 1


def test_commands_without_events_get_checkpoints_too():
    found = timeline(every=10)
    for number in range(100):
        found.do(("fill", 0, number))
    found.do(("alloc", 32))
    assert cost(found, found.total - 1) <= 11


def test_looking_into_a_long_command_executes_that_one_only():
    found = timeline(every=10**6)
    for _ in range(40):
        found.do(("alloc", 100))
    for slot in range(5, 40, 2):
        found.do(("free", slot))
    first = found.total
    found.do(("gc",))
    assert found.total - first > 10
    found.visit(first + 1, picture)
    for k in [*range(first + 2, found.total), *range(found.total - 1, first, -1)]:
        assert cost(found, k) == 1


# --- the present ----------------------------------------------------------------------------------------------------------


def test_a_bad_command_is_recorded_nowhere():
    found = short()
    before = found.log().text()
    for bad in (("free", 9999), ("nonsense",), (), "gc", ("say", float("nan")), ("say", "\ud800"), ("say", ["list"]), None):
        with pytest.raises(ValueError, match=r"."):
            found.do(bad)
    assert found.log().text() == before


@pytest.mark.parametrize(("kind", "tells"), [("bad", True), ("other", True), ("other", False)])
def test_a_command_that_breaks_in_the_middle_leaves_all_as_it_was(kind, tells):
    found = short()
    before = found.log().text()
    with pytest.raises((ValueError, RuntimeError), match="broken in the middle"):
        found.do(("break", kind, tells))
    assert found.log().text() == before
    found.do(("alloc", 32))
    found.do(("alloc", 32))
    assert replay(found.log(), Toy).holds
    live = picture(found.world)
    seen = pictures(found.log(), range(found.total + 1))
    assert all(found.visit(k, picture) == seen[k] for k in range(found.total, -1, -1))
    assert picture(found.world) == live


def test_a_branch_from_the_past():
    found = short(commands=60)
    log, middle = found.log(), ends(found)[30]
    for k in range(found.total):
        found.visit(k, picture)
    kept = max(number for number, end in enumerate(ends(found)) if end <= middle)
    found.go(middle)
    with pytest.raises(Bad):
        found.do(("nonsense",))
    with pytest.raises(RuntimeError):
        found.do(("break", "other", False))
    assert (found.at, found.log().text()) == (middle, log.text())
    found.do(["alloc", 64])
    assert found.at is None
    assert found.log().commands == [*log.commands[:kept], ("alloc", 64)]
    assert replay(found.log(), Toy).holds
    source = some_commands(99, lambda: found.world)
    while len(found.commands) <= 60:
        with suppress(ValueError):
            found.do(next(source))
    assert found.log().events[:middle] == log.events[:middle]
    assert replay(found.log(), Toy).holds
    seen = pictures(found.log(), range(found.total + 1))
    assert all(found.visit(k, picture) == seen[k] for k in range(found.total, -1, -1))


def test_a_branch_from_within_a_command_begins_before_it():
    found = short()
    all_ends = ends(found)
    inside = next(k for k in range(all_ends[20], found.total) if k not in all_ends)
    done = max(number for number, end in enumerate(all_ends) if end <= inside)
    commands = found.log().commands
    found.cut(inside)
    assert found.log().commands == commands[:done]
    assert found.total == all_ends[done]
    assert replay(found.log(), Toy).holds


def test_the_present_is_no_past():
    found = short()
    before = found.log().text()
    found.cut(found.total)
    for k in (None, found.total):
        found.go(3)
        found.go(k)
        assert found.at is None
    assert found.log().text() == before


def test_a_branch_from_the_start_forgets_all_checkpoints():
    found = short(every=5)
    found.go(0)
    found.do(("say", "again"))
    found.do(("alloc", 32))
    assert found.log().commands == [("say", "again"), ("alloc", 32)]
    assert replay(found.log(), Toy).holds
    seen = pictures(found.log(), range(found.total + 1))
    assert all(found.visit(k, picture) == seen[k] for k in seen)


def test_looking_does_not_move_the_present():
    found = short()
    found.visit(5, picture)
    commands = found.log().commands
    found.do(("say", "on we go"))
    assert found.log().commands == [*commands, ("say", "on we go")]


# --- replay ---------------------------------------------------------------------------------------------------------------


def test_a_replay_of_the_file_proves_it(long, tmp_path):
    path = tmp_path / "session.jsonl"
    long[0].log().save(path)
    proof = replay(Log.load(path), Toy)
    assert (proof.events_equal, proof.digest_equal, proof.first_difference, proof.holds) == (True, True, None, True)


def test_a_file_without_its_events_gives_them_again(long, tmp_path):
    log, path = long[0].log(), tmp_path / "commands.jsonl"
    log.stripped().save(path)
    proof = replay(Log.load(path), Toy)
    assert (proof.events_equal, proof.digest_equal, proof.holds) == (None, None, True)
    assert proof.made.text() == log.text()
    heard = []
    again = Timeline.from_log(Log.load(path), Toy, Toy.load, progress=lambda done, total: heard.append((done, total)))
    assert again.log().text() == log.text()
    n = len(log.commands)
    assert heard == [(number, n) for number in range(1, n + 1)]


def test_a_digest_alone_is_compared_as_well():
    log = short().log()
    assert replay(Log(log.header, log.stripped().steps, log.digest), Toy).digest_equal is True


def tampered(log, number, command):
    steps = list(log.steps)
    steps[number] = Step(command, steps[number].events)
    return Log(log.header, steps, log.digest)


def test_a_tampered_command_is_reported_with_the_first_difference():
    log = short().log()
    number = next(n for n, step in enumerate(log.steps) if n > 20 and step.command[0] == "alloc" and step.events)
    size = log.steps[number].command[1]
    proof = replay(tampered(log, number, ("alloc", size + 64, False)), Toy)
    assert (proof.events_equal, proof.digest_equal, proof.holds) == (False, False, False)
    step, event, text = proof.first_difference
    assert step == number
    assert (
        sum(len(each.events) for each in log.steps[:number]) <= event < sum(len(each.events) for each in log.steps[: number + 1])
    )
    assert text.startswith(f'command {number}, ["alloc", {size + 64}, false], event {event + 1}: the log has ')


def test_a_tampered_byte_is_told_by_the_digest():
    found = timeline()
    found.do(("fill", 0, 1))
    proof = replay(tampered(found.log(), 1, ("fill", 0, 2)), Toy)
    assert (proof.events_equal, proof.digest_equal) == (True, False)
    assert "in the end the log has digest" in proof.first_difference.text


def test_a_command_that_the_world_refuses_is_a_difference():
    found = short()
    log = tampered(found.log(), 10, ("free", 12345))
    proof = replay(log, Toy)
    assert (proof.events_equal, proof.digest_equal, proof.first_difference.step) == (False, False, 10)
    assert 'command 10, ["free", 12345] is refused: free: no block [12345]' in proof.first_difference.text
    log.name = "session.jsonl"
    with pytest.raises(LogError, match=r'session\.jsonl: command 10, \["free", 12345\]: free: no block'):
        Timeline.from_log(log, Toy, Toy.load)


@pytest.mark.parametrize("change", ["added", "missing", "other", "kind", "start"])
def test_a_tampered_event_is_found(change):
    found = timeline()
    found.do(("alloc", 100))
    found.do(("lock", 3))
    log = found.log()
    event = log.steps[2].events[-1]
    other = {
        "added": (*log.steps[2].events, event),
        "missing": log.steps[2].events[:-1],
        "other": (*log.steps[2].events[:-1], event._replace(locks=7)),
        "kind": (*log.steps[2].events[:-1], Unlocked(*event)),
    }
    if change == "start":
        log.steps[0] = Step(None, log.steps[0].events[1:])
    else:
        log.steps[2] = Step(log.steps[2].command, other[change])
    proof = replay(log, Toy)
    assert (proof.events_equal, proof.digest_equal) == (False, True)
    assert proof.first_difference.step == (0 if change == "start" else 2)


def test_a_replay_tells_how_far_it_is():
    log, heard = short().log(), []
    replay(log, Toy, progress=lambda done, total: heard.append((done, total)))
    assert heard[-1] == (len(log.commands), len(log.commands))


def test_a_world_that_is_not_deterministic_is_found_out():
    class Moody(Toy):
        def do_lock(self, slot):
            if self.header.setdefault("mood", 0) == 0:
                super().do_lock(slot)
                super().do_lock(slot)
            self.header["mood"] += 1

    found = Timeline(Moody, Moody.load, header("enhanced"))
    found.do(("lock", 0))
    with pytest.raises(RuntimeError, match="told fewer events than at first"):
        found.visit(found.total - 1, picture)
    assert not replay(found.log(), Moody).holds
