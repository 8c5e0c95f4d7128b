"""The numbers of events are for ever; a log of them can be read back."""

import json
from typing import get_args

import pytest

from handleheap import events
from handleheap.block import Kind
from handleheap.events import CODES, EVENTS, Event, Freed, Locked, Recorder, Unlocked, fan_out, pack, unpack

PUBLISHED = {
    1: ("Allocated", "handle base size length kind discardable"),
    2: ("Freed", "handle base size"),
    3: ("Resized", "handle old_base old_size base size length"),
    4: ("Locked", "handle locks"),
    5: ("Unlocked", "handle locks"),
    6: ("Moved", "handle src dst size"),
    7: ("Discarded", "handle base size"),
    8: ("Reloaded", "handle base size length"),
    9: ("TableGrew", "base size"),
    10: ("CompactBegan", "free largest_free"),
    11: ("CompactEnded", "moves bytes_moved largest_free"),
    12: ("RungTried", "rung wanted found"),
    13: ("Refused", "wanted free largest_free"),
    14: ("Marked", "handle discardable"),
    15: ("Reported", "code handle text"),
}


def test_published_codes_and_fields_never_change():
    """New events and new fields at the end may come; what is here stays. Each field of a published log keeps its place."""
    for code, (name, fields) in PUBLISHED.items():
        assert EVENTS[code].__name__ == name
        assert EVENTS[code]._fields[: len(fields.split())] == tuple(fields.split())


def test_every_event_has_one_code():
    assert set(EVENTS.values()) == set(get_args(Event)) == set(CODES)
    assert {code: CODES[event] for code, event in EVENTS.items()} == {code: code for code in EVENTS}
    assert all(getattr(events, event.__name__) is event for event in EVENTS.values())


@pytest.mark.parametrize("code", EVENTS)
def test_every_event_survives_a_line_of_json(code):
    kind = EVENTS[code]
    samples = {"int": 7, "str": "search", "bool": True}
    event = kind(*(samples[getattr(t, "__forward_arg__", t)] for t in kind.__annotations__.values()))
    again = unpack(json.loads(json.dumps(pack(event))))
    assert again == event
    assert type(again) is kind
    assert pack(event)[0] == code


def test_an_allocation_is_movable_and_to_be_kept_unless_told():
    assert unpack([1, 5, 0, 16, 10]) == events.Allocated(5, 0, 16, 10, Kind.MOVABLE, 0)


@pytest.mark.parametrize("row", [[], [0, 1, 2, 3], [99], ["Freed", 1, 2, 3], [None], [[2], 1, 2, 3], [{}, 1]])
def test_a_row_without_a_code_is_refused(row):
    with pytest.raises(ValueError, match="starts with no event code"):
        unpack(row)


@pytest.mark.parametrize("row", [[2], [2, 1, 2], [2, 1, 2, 3, 4]])
def test_a_row_with_the_wrong_number_of_fields_is_refused(row):
    with pytest.raises(ValueError, match="is no Freed"):
        unpack(row)


def test_fan_out_tells_each_listener_in_order():
    told = []
    tell = fan_out([lambda event: told.append(("first", event)), lambda event: told.append(("second", event))])
    tell(Locked(1, 1))
    tell(Unlocked(1, 0))
    assert told == [("first", Locked(1, 1)), ("second", Locked(1, 1)), ("first", Unlocked(1, 0)), ("second", Unlocked(1, 0))]


def test_fan_out_keeps_the_listeners_that_it_was_given():
    recorder = Recorder()
    taps = [recorder]
    tell = fan_out(iter(taps))
    taps.clear()
    tell(Locked(1, 1))
    tell(Freed(1, 0, 16))
    assert recorder.events == [Locked(1, 1), Freed(1, 0, 16)]
    assert fan_out([])(Locked(1, 1)) is None


def test_a_recorder_keeps_its_own_events():
    one, other = Recorder(), Recorder()
    one(Locked(1, 1))
    assert (one.events, other.events) == ([Locked(1, 1)], [])
