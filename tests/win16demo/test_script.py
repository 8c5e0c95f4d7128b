"""Scripts: what a file may say, and that those which come with the program play from beginning to end."""

import pytest

from handleheap.desktop.proof import replay
from handleheap.desktop.screen import Screen
from win16demo.options import Options
from win16demo.run import Headless
from win16demo.script import Act, ScriptError, load, names, parse
from win16demo.session import Session, fresh, header_for


def played(name):
    """(session, what was said, pictures) of a script, played at once."""
    said = []
    session = Session(header_for())
    headless = Headless(session, Screen.headless(), Options(), said.append)
    shots = {}

    def shoot(path):
        headless.front.draw(headless.screen.canvas)
        shots[path.stem] = headless.screen.canvas.pixels()

    headless.shoot = shoot
    headless.play(load(name), name)
    return session, said, shots


def test_the_scripts_of_the_issue_are_there():
    assert set(names()) >= {"tour", "sandbar", "low-memory", "lru", "real-vs-enhanced"}


def test_an_act_begins_with_a_header():
    text = '// a comment\n["open", "clock"]\n\n{"profile": "real"}\n["gc", 1, 0]\n["say", "hello"]\n'
    assert parse(text, "x") == [
        Act({}, (("open", "clock"),)),
        Act({"profile": "real"}, (("gc", 1, 0), ("say", "hello"))),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "x: there is no command in it"),
        ("// nothing", "x: there is no command in it"),
        ("[", "x:1: "),
        ("[]", "x:1: a command is a verb and its arguments"),
        ("[1]", "x:1: a command is a verb and its arguments"),
        ('["open", ["clock"]]', "x:1: ['clock'] in 'open': expected a text"),
        ('["open"]\n"open"', "x:2: expected a header"),
        ('{"profile": {}}', "x:1: expected a header"),
    ],
)
def test_a_bad_line_is_named(text, words):
    with pytest.raises(ScriptError, match="^" + words.replace("[", r"\[")):
        parse(text, "x")


def test_an_unknown_script_is_named():
    with pytest.raises(ScriptError, match=r"no script is called 'nope'; there are .*tour"):
        load("nope")


@pytest.mark.parametrize("name", names())
def test_each_script_plays_and_its_logs_prove_themselves(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session, said, shots = played(name)
    assert said
    assert shots
    assert len(set(shots.values())) == len(shots), "no picture is like another"
    for log in session.all_logs():
        assert log.events
        proof = replay(log.stripped(), fresh)
        assert proof.made.events == log.events
        assert proof.made.digest == log.digest
    session.world.kernel.check()
    assert not any(win.app == "box" for win in session.world.record.windows), "nothing is left unanswered"
