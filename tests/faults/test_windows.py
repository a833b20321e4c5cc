"""What only POSIX has is never needed: a whole run where it is missing, as on Windows, of which this is an imitation."""

from __future__ import annotations

import pytest

from tests.support.process import Home

WINDOWS = """
    import os, pathlib, sys, types
    for name in ("fork", "forkpty", "register_at_fork", "fdatasync", "getuid", "geteuid", "getgid", "getegid",
                 "chown", "statvfs", "fstatvfs", "O_NOFOLLOW", "O_CLOEXEC", "mkfifo", "setsid", "killpg"):
        if hasattr(os, name):
            delattr(os, name)
    for name in ("fcntl", "pwd", "grp", "resource", "termios"):
        sys.modules[name] = None
    os.O_BINARY = 0x8000  # here the flag of large files, which changes nothing
    journals = os.path.join(os.environ["TRACKER_HOME"], "journals")
    texts, real_open = [], os.open
    def watched_open(path, flags, *rest, **more):
        ending = os.path.splitext(str(path))[1]
        if ending in (".journal", ".rejected", ".corrupt") and not flags & os.O_BINARY:
            texts.append(path)
        return real_open(path, flags, *rest, **more)
    os.open = watched_open
    def is_open(path):
        held = ("/proc/self/fd/" + n for n in os.listdir("/proc/self/fd"))
        return any(os.path.realpath(link) == os.path.realpath(path) for link in held)
    def refusing(real):
        def checked(path, *rest, **more):
            target = rest[0] if rest else path
            ours = ".lock.soft" not in str(path)  # what filelock does with its own files it does otherwise on Windows
            if ours and (is_open(path) or is_open(target)):
                raise PermissionError(13, "The process cannot access the file because it is being used", str(path))
            return real(path, *rest, **more)
        return checked
    os.unlink, os.remove, os.replace, os.rename = map(refusing, (os.unlink, os.remove, os.replace, os.rename))
    import tracker
    from tracker.journal import writer
    from tracker.store import filesystem
    filesystem.sys = types.SimpleNamespace(platform="win32")
    writer.SEGMENT_BYTES = 4_000
"""


def test_a_run_needs_nothing_that_windows_lacks(home: Home) -> None:
    out = home.good(
        WINDOWS
        + """
    with tracker.init(config={"lr": 0.1}) as run:
        for i in range(500):
            run.log({"loss": float(i)}, step=i)
        assert run.flush(30)
        for i in range(500, 1_000):
            run.log({"loss": float(i)}, step=i)
    assert run.stats().stored == 1_000, run.stats()
    with tracker.init(id=run.id, resume="allow") as run:
        run.log({"loss": 1000.0}, step=1_000)
    assert run.stats().stored == 1, run.stats()
    print(texts, [name for name in os.listdir(journals) if not name.endswith(".shipment")])
    """
    )
    assert out == "[] []\n"
    assert home.values() == {i: float(i) for i in range(1_001)}
    assert home.only_run().status == "finished"


@pytest.mark.parametrize("death", ["os._exit(1)", "os.kill(os.getpid(), 9)"])
def test_what_a_dead_process_left_is_sent_without_flock(home: Home, death: str) -> None:
    left = home.run(
        WINDOWS
        + f"""
    tracker.init(mode="offline")
    for i in range(500):
        tracker.log(loss=float(i))
    {death}
    """
    )
    assert left.returncode != 0
    home.good(
        WINDOWS
        + """
    from tracker.journal.recovery import recover
    from tracker.store import open_store
    store = open_store(os.environ["TRACKER_URL"])
    store.prepare()
    done = recover(store, os.environ["TRACKER_URL"])
    assert (done.journals, done.points, done.failed) == (1, 500, []), done
    assert texts == []
    """
    )
    assert home.values() == {i: float(i) for i in range(500)}
    assert [name for name in home.files() if name.endswith(".journal")] == []


def test_sigterm_is_watched_for_where_it_only_ends_the_process(home: Home) -> None:
    done = home.run(
        WINDOWS
        + "    import signal\n    tracker.init().log(loss=1.0)\n    signal.raise_signal(signal.SIGTERM)\n",
        TRACKER_SIGTERM="finish",
    )
    assert done.returncode == -15, done.stderr
    assert home.only_run().status == "interrupted"


def test_macos_empties_the_drives_cache_too(home: Home) -> None:
    """There `fsync` leaves what was written in the drive's cache; only F_FULLFSYNC makes it survive power loss."""
    out = home.good("""
        import errno, fcntl, os
        fcntl.F_FULLFSYNC, real, asked = 51, fcntl.fcntl, []
        def control(fd, command, *rest):
            if command != 51:
                return real(fd, command, *rest)
            asked.append(fd)
            if len(asked) > 1:
                raise OSError(errno.ENOTSUP, "not on this file system")
        fcntl.fcntl = control
        del os.fdatasync
        synced = []
        os.fsync = synced.append
        from tracker.journal.disk import datasync
        datasync(5)
        datasync(6)
        print(asked, synced)
    """)
    assert out == "[5, 6] [6]\n"
