"""Logging from where other code is interrupted: signal handlers, destructors, the garbage collector, exit handlers.

Nothing may wait for ever, and nothing that was acknowledged may be lost.
"""

from __future__ import annotations

import pytest

from tests.support.process import Home


@pytest.mark.parametrize("segment_bytes", [64 * 1024 * 1024, 20_000])
def test_an_exception_of_a_signal_handler_in_the_middle_of_log_loses_nothing(
    home: Home, segment_bytes: int
) -> None:
    """Ctrl-C, or a time limit made with SIGALRM: in a tight loop most of them arrive inside `log`."""
    out = home.good(
        """
        import random, signal, sys, tracker
        from tracker.journal import writer
        writer.SEGMENT_BYTES = int(sys.argv[1])
        def time_is_up(*_):
            raise TimeoutError
        signal.signal(signal.SIGALRM, time_is_up)
        run, chance, step, acknowledged = tracker.init(), random.Random(1), 0, []
        for _ in range(300):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005 + 0.002 * chance.random())
                while True:
                    run.log({"loss": step * 0.5}, step=step)
                    acknowledged.append(step)
                    step += 1
            except TimeoutError:
                pass
        assert run.flush(30)
        stats = run.stats()
        assert stats.stored == stats.logged, stats
        run.finish()
        assert acknowledged == list(range(step))
        print(step)
    """,
        str(segment_bytes),
    )
    stored = home.values()
    count = int(out)
    # The call that was interrupted may stand, too: the next one repeats its step.
    assert [stored.get(i) for i in range(count)] == [i * 0.5 for i in range(count)]
    assert len(stored) in (count, count + 1)
    assert home.only_run().status == "finished"
    assert home.files() == []


def test_a_signal_handler_that_logs_neither_waits_nor_loses(home: Home) -> None:
    """The handler runs inside `log`, inside the roll to a new segment, and while the main thread waits for the store."""
    out = home.good("""
        import itertools, signal, time, tracker
        from tracker.journal import writer
        writer.SEGMENT_BYTES = 20_000
        beats = itertools.count()
        def beat(*_):
            number = next(beats)  # the handler may be interrupted by the next signal itself
            run.log({"beat": float(number)}, step=number)
        run = tracker.init()
        signal.signal(signal.SIGALRM, beat)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0005)
        until, i = time.monotonic() + 2, 0
        while time.monotonic() < until:
            run.log({"loss": float(i)}, step=i)
            i += 1
            if i % 5_000 == 0:
                run.flush(1)
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert run.flush(30)
        run.finish()
        print(i, next(beats))
    """)
    count, beats = map(int, out.split())
    assert beats > 100
    assert home.values("loss") == {i: float(i) for i in range(count)}
    assert home.values("beat") == {i: float(i) for i in range(beats)}
    assert home.files() == []
