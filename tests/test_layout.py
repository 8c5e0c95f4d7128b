import construct as c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleheap.errors import ArenaBounds
from handleheap.layout import codec

PLAIN = c.Struct("flags" / c.Int8ub * "bit 7: in use", c.Padding(1), "size" / c.Int32ub, "home" / c.Int16sb)
RICH = c.Struct(
    "magic" / c.Const(b"MZ"),
    "version" / c.Const(3, c.Int16ul),
    "link" / c.Struct("next" / c.Int32ul, "sub" / c.Struct("back" / c.Int64sl)),
    "reserved" / c.Padding(3),
    "name" / c.Bytes(5),
    "slots" / c.Array(3, c.Int16sl),
    "tail" / c.Int8sb,
)
header = codec(PLAIN, "Header")
rich = codec("Rich" / RICH)

INTEGERS = [getattr(c, f"Int{bits}{sign}{order}") for bits in (8, 16, 32, 64) for sign in "us" for order in "lb"]


def u(bits):
    return st.integers(0, (1 << bits) - 1)


def s(bits):
    return st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)


rich_values = st.fixed_dictionaries(
    {
        "magic": st.just(b"MZ"),
        "version": st.just(3),
        "link_next": u(32),
        "link_sub_back": s(64),
        "name": st.binary(min_size=5, max_size=5),
        "slots": st.tuples(s(16), s(16), s(16)),
        "tail": s(8),
    }
)


def as_construct(v):
    return {
        "link": {"next": v["link_next"], "sub": {"back": v["link_sub_back"]}},
        "name": v["name"],
        "slots": v["slots"],
        "tail": v["tail"],
    }


@given(rich_values, st.integers(0, 9))
def test_what_construct_builds_is_what_the_codec_writes(values, address):
    built = RICH.build(as_construct(values))
    memory = bytearray(b"\xcc" * (rich.size + 20))
    rich.pack(memory, address, **values)
    assert memory[address : address + rich.size] == built
    assert memory[:address] + memory[address + rich.size :] == b"\xcc" * 20
    assert rich.unpack(memory, address)._asdict() == values
    assert {name: rich.get(memory, address, name) for name in rich.fields} == values
    by_position, by_field = bytearray(rich.size), bytearray(rich.size)
    rich.pack(by_position, 0, *(values[name] for name in rich.fields))
    for name, value in values.items():
        rich.put(memoryview(by_field), 0, name, value)
    assert by_position == by_field == built


@given(st.binary(min_size=8, max_size=8))
def test_what_construct_parses_is_what_the_codec_reads(data):
    parsed = PLAIN.parse(data)
    assert header.unpack(data, 0) == (parsed.flags, parsed.size, parsed.home)


@pytest.mark.parametrize("integer", INTEGERS, ids=repr)
def test_every_integer(integer):
    one = codec(c.Struct("x" / integer))
    for value in (0, 1, one.rows[0].limits()[0], one.rows[0].limits()[1]):
        memory = bytearray(one.size)
        one.pack(memory, 0, value)
        assert memory == integer.build(value)
        assert one.get(memory, 0, "x") == one.unpack(memory, 0).x == integer.parse(memory) == value
    with pytest.raises(ValueError, match=r"layout\.x: \d+ is no integer from"):
        one.pack(memory, 0, one.rows[0].limits()[1] + 1)


def test_names_offsets_and_widths():
    assert header.size == PLAIN.sizeof() == 8
    assert header.fields == ("flags", "size", "home")
    assert header.offsets == {"flags": 0, "size": 2, "home": 6}
    assert header.widths == {"flags": 1, "size": 4, "home": 2}
    assert rich.name == "Rich"
    assert rich.size == RICH.sizeof() == 31
    assert rich.offsets["link_sub_back"] == 8
    assert rich.widths["slots"] == 6
    assert repr(rich) == "Codec('Rich', 31 bytes)"
    assert codec(PLAIN).name == "layout"


def test_constants_are_filled_in_and_not_compared():
    memory = bytearray(rich.size)
    rich.pack(memory, 0, link_next=1, link_sub_back=2, name=b"abcde", slots=[1, 2, 3], tail=0)
    assert memory[:4] == b"MZ\3\0"
    rich.put(memory, 0, "magic", b"NE")
    assert rich.unpack(memory, 0).magic == b"NE"


def test_the_tables():
    assert rich.describe().splitlines() == [
        "Rich: 31 bytes, little-endian",
        "offset  size  type       field",
        "0x0000     2  bytes[2]   magic",
        "0x0002     2  uint16     version",
        "0x0004     4  uint32     link.next",
        "0x0008     8  int64      link.sub.back",
        "0x0010     3  padding",
        "0x0013     5  bytes[5]   name",
        "0x0018     6  int16[3]   slots",
        "0x001e     1  int8       tail",
    ]
    assert "bit 7: in use" in header.describe()
    memory = bytearray(40)
    rich.pack(memory, 8, link_next=0x1234, link_sub_back=-1, name=b"abcde", slots=(1, -2, 3), tail=-1)
    lines = [" ".join(line.split()) for line in rich.annotate(memory, 8).splitlines()]
    assert lines[0] == "Rich at 0x8"
    assert lines[1] == "0x0008 +0x00 4d 5a magic = 4d 5a"
    assert lines[3] == "0x000c +0x04 34 12 00 00 link.next = 0x1234 (4,660)"
    assert lines[5] == "0x0018 +0x10 00 00 00 padding"
    assert lines[7] == "0x0020 +0x18 01 00 fe ff 03 00 slots = 0x1 -0x2 0x3"


@pytest.mark.parametrize("address", [-1, 1, 100])
def test_a_short_buffer(address):
    memory = bytearray(8)
    for call in (
        lambda: header.unpack(memory, address),
        lambda: header.pack(memory, address, 1, 2, 3),
        lambda: header.annotate(memory, address),
    ):
        with pytest.raises(ArenaBounds, match=rf"8 bytes at {address:#x} .*Header.*8 bytes"):
            call()
    for call in (lambda: header.get(memory, address, "home"), lambda: header.put(memory, address, "home", 1)):
        with pytest.raises(ArenaBounds, match=r"Header\.home"):
            call()
    assert memory == bytes(8)


@pytest.mark.parametrize(
    ("values", "named", "word"),
    [
        ((1, 1 << 32, 3), {}, r"Header\.size: 4294967296 is no integer from 0 to 4,294,967,295"),
        ((1, "x", 3), {}, r"Header\.size: 'x' is no integer"),
        ((1, 2, 3, 4), {}, "Header has 3 fields, not 4"),
        ((1, 2), {}, r"Header\.home has no value"),
        ((1, 2), {"flags": 1, "home": 3}, r"Header\.flags is given twice"),
        ((1, 2), {"hole": 3}, "Header has no field 'hole', but flags, size, home"),
    ],
)
def test_wrong_values_are_named_and_nothing_is_written(values, named, word):
    memory = bytearray(b"\xcc" * 8)
    with pytest.raises(ValueError, match=word):
        header.pack(memory, 0, *values, **named)
    assert memory == b"\xcc" * 8


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("name", b"abcd", "is not 5 bytes"),
        ("name", 5, "is not 5 bytes"),
        ("slots", (1, 2), "is not a sequence of 3 integers"),
        ("slots", 7, "is not a sequence of 3 integers"),
        ("slots", (1, 2, 70_000), "is no integer from -32,768 to 32,767"),
        ("tail", 128, "is no integer from -128 to 127"),
        ("version", "3", "is no integer"),
    ],
)
def test_wrong_values_of_all_kinds(field, value, word):
    memory = bytearray(rich.size)
    good = {"link_next": 1, "link_sub_back": 2, "name": b"abcde", "slots": (1, 2, 3), "tail": 0}
    with pytest.raises(ValueError, match=rf"Rich\.{field}: .*{word}"):
        rich.pack(memory, 0, **{**good, field: value})
    with pytest.raises(ValueError, match=rf"Rich\.{field}: .*{word}"):
        rich.put(memory, 0, field, value)
    assert memory == bytes(rich.size)


def test_unknown_fields():
    for call in (lambda: header.get(bytes(8), 0, "hole"), lambda: header.put(bytearray(8), 0, "hole", 1)):
        with pytest.raises(ValueError, match="Header has no field 'hole'"):
            call()


@pytest.mark.parametrize(
    ("fields", "error", "word"),
    [
        ([c.Int16ub], ValueError, r"L\.\(unnamed, number 0\): only padding"),
        (["x" / c.Int16ub, "y" / c.Int16ul], ValueError, r"L\.y is little-endian, L\.x big-endian"),
        (["x" / c.Int16un], ValueError, r"L\.x has the byte order of the machine"),
        (["x" / c.Int24ub], TypeError, r"L\.x is .*; supported are"),
        (["x" / c.Float32b], TypeError, r"L\.x is "),
        (["x" / c.VarInt], TypeError, r"L\.x is "),
        (["x" / c.Hex(c.Int16ub)], TypeError, r"L\.x is "),
        (["x" / c.Array(2, c.Bytes(2))], TypeError, r"L\.x is "),
        (["x" / c.Padded(4, c.Int8ub)], TypeError, r"L\.x is "),
        (["n" / c.Int8ub, "x" / c.Bytes(c.this.n)], ValueError, r"L\.x: the length .* is not fixed"),
        (["n" / c.Int8ub, "x" / c.Array(c.this.n, c.Int8ub)], ValueError, r"L\.x: the length .* is not fixed"),
        ([c.Padding(2, pattern=b"!")], ValueError, "padding is zero bytes"),
        (["in" / c.Int8ub], ValueError, "'in' is no name"),
        (["_x" / c.Int8ub], ValueError, "'_x' is no name"),
        (["a_b" / c.Int8ub, "a" / c.Struct("b" / c.Int8ub)], ValueError, "'a_b' is no name for a field, or not the only"),
        (["x" / c.Const(300, c.Int8ub)], ValueError, r"L\.x: 300 is no integer from 0 to 255"),
        (["o" / c.Struct("x" / c.Int24ub)], TypeError, r"L\.o\.x is "),
    ],
)
def test_what_struct_cannot_say_is_named(fields, error, word):
    with pytest.raises(error, match=word):
        codec(c.Struct(*fields), "L")


def test_only_a_struct_is_a_layout():
    with pytest.raises(TypeError, match=r"no construct\.Struct"):
        codec(c.Int8ub)


def test_bytes_have_no_order():
    assert codec(c.Struct("a" / c.Int8ub, "b" / c.Int8ul, "c" / c.Int16ub)).order == ">"
