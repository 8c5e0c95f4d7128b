"""Record what a real program asks of malloc, as a trace.

    record("ls.rep.gz", ["ls", "-l"])
        |  compile recorder.c once         cc -> ~/.cache/handleheap/recorder-<hash>.so
        |  run the program with it         LD_PRELOAD=recorder-<hash>.so ls -l   -> log of addresses
        |  turn addresses into ids         0x55d0c2a0 -> 0, 0x55d0d110 -> 1 …
        v
    a trace and the program's exit status

Only the program itself is recorded, not what it starts or what it turns into by exec: of `gcc -c x.c` that is the driver, of a
shell script the shell. Name the inner program (`gcc -print-prog-name=cc1`, `python3` and not a wrapper of it) to record that.

calloc and the aligned allocations become allocations, realloc to 0 becomes a free. Blocks from before the recording began have no
id: freeing one leaves no mark, resizing one is an allocation.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import secrets
import shutil
import signal
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path

from ..errors import RecordError, TraceError
from ..trace import Op, Trace

_EVENT = struct.Struct("=3Q")
_WINDOW = _EVENT.size << 16
_STOPPED = 2**64 - 1


def record(
    out_path: str | os.PathLike[str], command: Sequence[str], *, cwd: str | os.PathLike[str] | None = None
) -> tuple[Trace, int]:
    """Run `command`, write what it asked of malloc to `out_path`, and return the trace and the exit status.

    The status is negative if a signal ended the program, which costs no event. The program keeps our standard streams and gets
    Ctrl-C. Raises RecordError before the program runs, if that cannot work, or after it, if there is nothing to keep.
    """
    out = Path(out_path)
    if not command:
        raise RecordError("no program to record")
    if not os.access(out.parent, os.W_OK | os.X_OK):
        why = "not writable" if out.parent.is_dir() else "no such folder"
        raise RecordError(f"{out}: {out.parent}: {why}")
    compiler = _compiler()
    with tempfile.TemporaryDirectory(prefix="handleheap-") as folder:
        log = Path(folder, "log")
        _room(log)
        status = _run(list(command), _shim(compiler, Path(folder)), log, cwd)
        trace = Trace.build(_ops(log, command[0]), name=out.name.split(".")[0])
    if not len(trace):
        why = "it allocates nothing, or is statically linked, set-user-id or of another machine"
        raise RecordError(f"{command[0]}: nothing recorded: {why}")
    try:
        trace.write(out)
    except TraceError as error:
        raise RecordError(str(error)) from error
    return trace, status


def _compiler() -> str:
    """The path of a C compiler, on a system where the recorder works."""
    try:
        glibc = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError, OSError):
        glibc = None
    if not glibc:
        raise RecordError("recording needs Linux with the GNU C library")
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise RecordError("recording needs a C compiler: no cc, gcc or clang on the PATH")
    return compiler


def _shim(compiler: str, temporary: Path) -> Path:
    """The compiled recorder, from the user's cache if it is there and of this source and compiler."""
    source = resources.files(__package__).joinpath("recorder.c").read_bytes()
    try:
        version = subprocess.run([compiler, "--version"], capture_output=True, stdin=subprocess.DEVNULL, check=False).stdout
    except OSError as error:
        raise RecordError(f"{compiler}: {error.strerror}") from error
    name = f"recorder-{hashlib.sha256(source + version + os.fsencode(compiler)).hexdigest()[:16]}.so"
    folder = _cache()
    if folder is None:
        folder = temporary
    shim = folder / name
    if shim.exists():
        return shim
    fresh = folder / f"{name}.{secrets.token_hex(4)}.tmp"
    try:
        command = [compiler, "-shared", "-fPIC", "-O2", "-fno-builtin", "-pthread", "-x", "c", "-", "-o", os.fspath(fresh)]
        result = subprocess.run(command, input=source, capture_output=True, check=False)
        if result.returncode:
            lines = result.stderr.decode(errors="replace").split("\n")
            last = next((line.strip() for line in reversed(lines) if line.strip()), f"status {result.returncode}")
            raise RecordError(f"the recorder does not compile with {compiler}: {last}")
        fresh.replace(shim)
    finally:
        fresh.unlink(missing_ok=True)
    return shim


def _cache() -> Path | None:
    """The user's cache folder, or None if we cannot use it. LD_PRELOAD cannot name a path with a space or a colon."""
    root = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(root, "handleheap")
    if not folder.is_absolute() or set(" :\t\n") & set(os.fspath(folder)):
        return None
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK) and folder.stat().st_uid == os.geteuid():
            return folder
    return None


def _room(log: Path) -> None:
    """Make the log with room for the first events, so that a full disk shows before the program runs."""
    try:
        with log.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, _WINDOW)
    except OSError as error:
        raise RecordError(f"no room for the log in {log.parent.parent}: {error.strerror}") from error


def _run(command: list[str], shim: Path, log: Path, cwd: str | os.PathLike[str] | None) -> int:
    """Run the program under the recorder and return its status."""
    preload = ":".join(filter(None, [os.fspath(shim), os.environ.get("LD_PRELOAD")]))
    environment = os.environ | {"LD_PRELOAD": preload, "HANDLEHEAP_LOG": os.fspath(log)}
    with _interrupts_for_the_program():
        try:
            return subprocess.Popen(command, cwd=cwd, env=environment).wait()
        except (OSError, ValueError) as error:
            raise RecordError(_why(error, command[0])) from error


def _why(error: OSError | ValueError, program: str) -> str:
    if not isinstance(error, OSError):
        return f"{program!r}: {error}"
    subject = os.fsdecode(error.filename) if error.filename else program
    if error.errno == errno.ENOENT and subject == program:
        return f"{program}: command not found"
    return f"{subject}: {error.strerror}"


@contextmanager
def _interrupts_for_the_program() -> Iterator[None]:
    """Ctrl-C reaches the program from the terminal; we wait for what it makes of it.

    A handler of ours, unlike an ignored signal, is not inherited by the program. What we were told to ignore stays ignored.
    """
    kept = {}
    for number in (signal.SIGINT, signal.SIGQUIT):
        with suppress(ValueError):  # not the main thread: it does not get signals
            if signal.getsignal(number) is not signal.SIG_IGN:
                kept[number] = signal.signal(number, lambda *_: None)
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _ops(log: Path, program: str) -> Iterator[Op]:
    """The events of the log with ids for addresses: a new id for each new block, in order."""
    ids: dict[int, int] = {}
    fresh = 0
    with log.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for count in range(len(data) // _EVENT.size):
            old, new, size = _EVENT.unpack_from(data, count * _EVENT.size)
            if old == new == _STOPPED:
                raise RecordError(f"{program}: the log could not grow after {count:,} events: {os.strerror(size)}")
            if old == new == 0:
                return
            block = ids.pop(old, None)
            if not new:
                if block is not None:
                    yield "f", block, 0
                continue
            if new in ids:  # its free went unseen, in a signal handler perhaps
                yield "f", ids.pop(new), 0
            if block is not None:
                yield "r", block, size
            else:
                block = fresh
                fresh += 1
                yield "a", block, size
            ids[new] = block
