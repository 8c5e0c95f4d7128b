"""Recording real programs: every call is there, in order, and nothing of anybody else."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from handleheap.errors import RecordError
from handleheap.lab import record as record_module
from handleheap.lab.record import record
from handleheap.trace import Op, Trace

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the recorder is for Linux"),
    pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: cc"),
]

Compile = Callable[..., str]
SOURCE = Path(record_module.__file__).with_name("recorder.c")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def folders(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own, and a folder for temporary files that must be empty afterwards."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    return temporary


@pytest.fixture
def compile_c(tmp_path: Path) -> Compile:
    def compile_c(body: str, *options: str) -> str:
        program = tmp_path / "program"
        headers = "".join(f"#include <{name}.h>\n" for name in ("malloc", "pthread", "signal", "stdlib", "sys/wait", "unistd"))
        source = f"#define _GNU_SOURCE\n{headers}{body}"
        command = ["cc", "-w", "-O0", "-pthread", *options, "-x", "c", "-", "-o", str(program)]
        subprocess.run(command, input=source, text=True, check=True)
        return str(program)

    return compile_c


def ops(tmp_path: Path, command: Sequence[str], *, status: int = 0) -> list[Op]:
    out = tmp_path / "out.rep.gz"
    trace, returned = record(out, command)
    assert returned == status
    assert Trace.read(out) == trace
    assert list((tmp_path / "temporary").iterdir()) == []
    return list(trace)


def shape(ops: list[Op], smallest: int) -> list[tuple[str, int]]:
    """What happened to the blocks that were ever of `smallest` bytes or more: (verb, size)."""
    large = {ident for _, ident, size in ops if size >= smallest}
    return [(verb, size) for verb, ident, size in ops if ident in large]


def test_compiles_without_a_warning(tmp_path: Path) -> None:
    options = ["-Wall", "-Wextra", "-Werror", "-fno-builtin", "-shared", "-fPIC", "-O2", "-pthread"]
    subprocess.run(["cc", *options, str(SOURCE), "-o", str(tmp_path / "recorder.so")], check=True)


def test_every_call_of_the_family(tmp_path: Path, compile_c: Compile) -> None:
    program = compile_c("""
        int main(void) {
            void *p = malloc(100001), *q;
            free(NULL);
            p = realloc(p, 200002);
            free(p);
            p = calloc(3, 100001);
            p = reallocarray(p, 4, 100001);
            realloc(p, 0);
            p = realloc(NULL, 500005);
            free(p);
            if (posix_memalign(&q, 64, 600006) || posix_memalign(&p, 3, 600007) == 0) return 1;
            free(q);
            q = aligned_alloc(64, 100096); if ((size_t)q % 64) return 1; free(q);
            q = memalign(4096, 700007); if ((size_t)q % 4096) return 1; free(q);
            q = valloc(800008); if ((size_t)q % 4096) return 1; free(q);
            q = pvalloc(900009); if ((size_t)q % 4096) return 1; free(q);
            if (malloc(-1) || calloc(1L << 40, 1L << 40) || reallocarray(NULL, 1L << 40, 1L << 40)) return 1;
            return 42;
        }""")
    assert shape(ops(tmp_path, [program], status=42), 100_000) == [
        ("a", 100_001),
        ("r", 200_002),
        ("f", 0),
        ("a", 300_003),
        ("r", 400_004),
        ("f", 0),
        ("a", 500_005),
        ("f", 0),
        ("a", 600_006),
        ("f", 0),
        ("a", 100_096),
        ("f", 0),
        ("a", 700_007),
        ("f", 0),
        ("a", 800_008),
        ("f", 0),
        ("a", 900_009),
        ("f", 0),
    ]


def test_threads(tmp_path: Path, compile_c: Compile) -> None:
    program = compile_c("""
        void *work(void *start) {
            void *blocks[10] = {0};
            for (int i = 0; i < 20000; i++) { free(blocks[i % 10]); blocks[i % 10] = malloc(1000 + i % 100); }
            for (int i = 0; i < 10; i++) free(blocks[i]);
            return start;
        }
        int main(void) {
            pthread_t threads[8];
            for (int i = 0; i < 8; i++) pthread_create(threads + i, NULL, work, NULL);
            for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
            return 0;
        }""")
    recorded = ops(tmp_path, [program])
    sizes = [size for verb, _, size in recorded if verb == "a" and 1000 <= size < 1100]
    freed = {ident for verb, ident, _ in recorded if verb == "f"}
    assert 8 * 20_000 <= len(sizes) < 8 * 20_000 + 10
    assert sum(1 for verb, ident, size in recorded if verb == "a" and 1000 <= size < 1100 and ident not in freed) < 10


def test_children_are_not_recorded(tmp_path: Path, compile_c: Compile) -> None:
    program = compile_c("""
        int main(int argc, char **argv) {
            if (argc > 1) { free(malloc(300003)); return 0; }
            free(malloc(100001));
            for (int i = 0; i < 20; i++)
                if (fork() == 0) { for (int k = 0; k < 1000; k++) free(malloc(200002)); execl(argv[0], argv[0], "again", NULL); }
            while (wait(NULL) > 0) ;
            if (vfork() == 0) execl(argv[0], argv[0], "again", NULL);
            wait(NULL);
            free(malloc(100002));
            execl(argv[0], argv[0], "again", NULL);
        }""")
    assert shape(ops(tmp_path, [program]), 100_000) == [("a", 100_001), ("f", 0), ("a", 100_002), ("f", 0)]


def test_forking_while_threads_allocate_does_not_hang(tmp_path: Path, compile_c: Compile) -> None:
    program = compile_c("""
        volatile int stop;
        void *work(void *p) { while (!stop) { for (int i = 0; i < 100; i++) free(malloc(100)); usleep(10); } return p; }
        int main(void) {
            pthread_t thread;
            pthread_create(&thread, NULL, work, NULL);
            for (int i = 0; i < 200; i++) if (fork() == 0) { free(malloc(10)); _exit(0); } else wait(NULL);
            stop = 1;
            pthread_join(thread, NULL);
            return 0;
        }""")
    assert len(ops(tmp_path, [program])) > 100


def test_allocating_in_a_signal_handler_does_not_hang(tmp_path: Path, compile_c: Compile) -> None:
    program = compile_c("""
        void work(int n) { free(malloc(50)); }
        int main(void) {
            mallopt(M_MMAP_THRESHOLD, 1 << 20);  /* or the two would meet in libc's own lists, which it forbids */
            signal(SIGALRM, work);
            ualarm(500, 500);
            for (int i = 0; i < 200000; i++) free(malloc(3000000));
            return 0;
        }""")
    assert len(ops(tmp_path, [program])) >= 400_000


@pytest.mark.parametrize("end", ["kill(getpid(), SIGKILL)", "_exit(0)", "abort()"])
def test_a_sudden_end_loses_nothing(tmp_path: Path, compile_c: Compile, end: str) -> None:
    count = 70_000  # more than a window of the log
    program = compile_c(f"int main(void) {{ for (int i = 0; i < {count}; i++) malloc(24); malloc(100001); {end}; }}")
    status = {"k": -signal.SIGKILL, "_": 0, "a": -signal.SIGABRT}[end[0]]
    recorded = ops(tmp_path, [program], status=status)
    assert recorded[-1][::2] == ("a", 100_001)
    assert sum(size == 24 for _, _, size in recorded) >= count


def test_the_program_sees_a_clean_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    ops(tmp_path, ["env"])
    assert "LD_PRELOAD" not in (shown := capfd.readouterr().out)
    assert "HANDLEHEAP_LOG" not in shown
    other = next((cache := Path(os.environ["XDG_CACHE_HOME"], "handleheap")).glob("*.so"))
    shutil.copy(other, cache / "other.so")  # a library of the user's own comes second, and stays
    monkeypatch.setenv("LD_PRELOAD", str(cache / "other.so"))
    ops(tmp_path, ["env"])
    assert f"LD_PRELOAD={cache}/other.so\n" in capfd.readouterr().out
    (cache / "other.so").unlink()


def test_streams_folder_and_status_are_the_programs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _, status = record(tmp_path / "out.rep", ["sh", "-c", "pwd; echo oops >&2; exit 3"], cwd=tmp_path)
    assert status == 3
    assert capfd.readouterr() == (f"{tmp_path}\n", "oops\n")


def test_python_with_its_own_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONMALLOC", "malloc")
    executable = os.path.realpath(sys.executable)
    trace, _ = record(
        tmp_path / "out.rep.gz", [executable, "-c", "a = bytearray(10_000_000); b = [bytes(1000) for _ in range(5000)]"]
    )
    assert 15_000_000 < trace.statistics().peak_live_bytes < 25_000_000
    assert 5000 <= sum(size == 1033 for size in trace.sizes) < 5010


def test_interrupt_goes_to_the_program(tmp_path: Path, folders: Path) -> None:
    out = tmp_path / "out.rep"
    program = "import time; print('up', flush=True)\ntry: time.sleep(60)\nexcept KeyboardInterrupt: raise SystemExit(5)"
    us = "from handleheap.lab.record import record; print(record(%r, %r)[1], flush=True)"
    us %= (str(out), [sys.executable, "-c", program])
    environment = os.environ | {"TMPDIR": str(folders)}
    with subprocess.Popen(
        [sys.executable, "-c", us], stdout=subprocess.PIPE, text=True, start_new_session=True, env=environment
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "up\n"
        time.sleep(0.1)
        os.killpg(run.pid, signal.SIGINT)
        assert run.stdout.readline() == "5\n"
    assert run.returncode == 0
    assert len(Trace.read(out)) > 100
    assert list(folders.iterdir()) == []


# What cannot be recorded.


def refused(out: Path, command: Sequence[str], **options: str) -> str:
    with pytest.raises(RecordError) as caught:
        record(out, command, **options)
    assert "\n" not in str(caught.value)
    assert not out.exists()
    return str(caught.value)


def test_refuses_what_is_no_program(tmp_path: Path, folders: Path) -> None:
    out = tmp_path / "out.rep"
    assert refused(out, ["no-such-program"]) == "no-such-program: command not found"
    assert refused(out, []) == "no program to record"
    assert refused(out, [str(tmp_path)]) == f"{tmp_path}: Permission denied"
    assert refused(out, ["ls"], cwd="/no/such/folder") == "/no/such/folder: No such file or directory"
    assert refused(out, ["a\0b"]) == "'a\\x00b': embedded null byte"
    (script := tmp_path / "script").write_bytes(b"\0\1\2")
    script.chmod(0o755)
    assert refused(out, [str(script)]) == f"{script}: Exec format error"
    assert refused(tmp_path / "none" / "out.rep", ["ls"]) == f"{tmp_path}/none/out.rep: {tmp_path}/none: no such folder"
    assert list(folders.iterdir()) == []


def test_refuses_a_static_program(tmp_path: Path, compile_c: Compile) -> None:
    try:
        program = compile_c("int main(void) { free(malloc(1)); return 0; }", "-static")
    except subprocess.CalledProcessError:
        pytest.skip("no static C library")
    assert refused(tmp_path / "out.rep", [program]) == (
        f"{program}: nothing recorded: it allocates nothing, or is statically linked, set-user-id or of another machine"
    )


def test_refuses_without_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refused(tmp_path / "out.rep", ["/bin/ls"]) == "recording needs a C compiler: no cc, gcc or clang on the PATH"


def test_tells_the_compilers_last_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (compiler := tmp_path / "cc").write_text(
        "#!/bin/sh\n[ $1 = --version ] && exit\necho first >&2; echo 'no headers here' >&2; exit 1\n"
    )
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert refused(tmp_path / "out.rep", ["ls"]) == f"the recorder does not compile with {compiler}: no headers here"


def test_refuses_where_there_is_no_glibc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "confstr")
    assert refused(tmp_path / "out.rep", ["ls"]) == "recording needs Linux with the GNU C library"


def test_no_room_for_the_log(tmp_path: Path, compile_c: Compile, monkeypatch: pytest.MonkeyPatch) -> None:
    program = compile_c("""
        #include <sys/resource.h>
        int main(void) {
            struct rlimit limit = {2000000, 2000000}; /* bytes a file may have: the second window of the log is too much */
            signal(SIGXFSZ, SIG_IGN);
            setrlimit(RLIMIT_FSIZE, &limit);
            for (int i = 0; i < 100000; i++) malloc(24);
            return 0;
        }""")
    message = refused(tmp_path / "out.rep", [program])
    assert message == f"{program}: the log could not grow after 65,535 events: File too large"

    def full(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    assert refused(tmp_path / "out.rep", [program]) == f"no room for the log in {tmp_path}/temporary: No space left on device"


def test_compiles_once_and_where_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for cache, kept in [(tmp_path / "cache", 1), (tmp_path / "with space", 0)]:
        monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
        times = set()
        for _ in range(2):
            ops(tmp_path, ["env"])
            times |= {path.stat().st_mtime_ns for path in cache.rglob("*") if path.is_file()}
        assert len(times) == kept
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc")
    ops(tmp_path, ["env"])
