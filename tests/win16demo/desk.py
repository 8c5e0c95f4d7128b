"""What the tests of the programs share: worlds, pictures of windows, and a heap that is compacted between commands."""

from handleheap.desktop.canvas import Canvas
from win16demo.session import header_for
from win16demo.world import World

MODES = ("real", "standard", "enhanced")


def opened(app, mode="enhanced", **header):
    """A world in which a program runs."""
    world = World(header_for(mode, **header))
    world.execute(["open", app])
    return world


def win_of(world, app):
    return world.find(app)


def picture(world, win):
    """The picture of a window as it lies in its block."""
    canvas = Canvas(*win.drawn)
    assert world.bitmap(win).expose(canvas, 0, 0)
    return canvas


def client(world, win):
    """The pixels of its contents, without frame, caption, menu bar and status line."""
    inner = world.window(win).client
    whole, (width, _) = picture(world, win).pixels(), win.drawn
    x, y = inner.x - world.place(win).x, inner.y - world.place(win).y
    return [whole[row * width + x : row * width + x + inner.w] for row in range(y, y + inner.h)]


def stirred(world):
    """Everything discarded and moved that can be."""
    world.kernel.GlobalCompact(0xFFFFFFFF)
    world.kernel.check()


def same_after_stirring(app, commands, mode):
    """Run commands with and without compactions between them; both worlds must show the same when they are painted anew."""
    calm, shaken = opened(app, mode), opened(app, mode)
    holes = [shaken.kernel.GlobalAlloc(2, 1000 * n) for n in range(1, 8)]
    for at, command in enumerate(commands):
        if at < len(holes) and holes[at]:
            shaken.kernel.GlobalFree(holes[at])
        stirred(shaken)
        calm.execute(command)
        shaken.execute(command)
    stirred(shaken)
    for world in (calm, shaken):
        world.execute(["paint", app])
    assert client(calm, win_of(calm, app)) == client(shaken, win_of(shaken, app))
    assert calm.record.dumps().count('"id"') == shaken.record.dumps().count('"id"')
    return calm, shaken


def saves_and_goes_on(world, *commands):
    """A saved world is the same, and does the same."""
    again = World.load(world.header, world.save())
    assert again.digest() == world.digest()
    for command in commands:
        for each in (world, again):
            each.execute(command)
    assert again.digest() == world.digest()
    world.kernel.check()
