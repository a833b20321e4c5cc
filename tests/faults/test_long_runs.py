"""A run of very many points or names, and names that nobody expected: memory and disk stay small, everything is kept."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.process import Home

CALLS = int(os.environ.get("TRACKER_TEST_CALLS", "100000"))
"""How often the long run logs; the promise is for 10,000,000 points."""

NAMES = int(os.environ.get("TRACKER_TEST_NAMES", "11000"))

MEMORY = """
import os, sys
def resident_mb():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
"""


def test_memory_and_disk_stay_as_they_are_however_long_a_run_is(home: Home) -> None:
    """Memory from a quarter on, and the journal beside a store that keeps up: segments go as they arrive."""
    out = home.good(
        MEMORY
        + """
import tracker
from pathlib import Path
from tracker.journal import writer
writer.SEGMENT_BYTES = 500_000
calls, journals = int(sys.argv[1]), Path(sys.argv[2])
run = tracker.init()
memory, disk = [], 0
for i in range(calls):
    tracker.log({"train/loss": 1.0 / (i + 1), "val/loss": 2.0 / (i + 1), "lr": 0.1, "norm": float(i)}, step=i)
    if i % (calls // 20) == 0:
        assert run.flush(60)
        memory.append(resident_mb())
        disk = max(disk, sum(p.stat().st_size for p in journals.glob("*.journal")))
assert run.flush(60)
memory.append(resident_mb())
print(max(memory[5:]) - memory[5], disk, run.stats().stored)
""",
        str(CALLS),
        str(home.journals),
        timeout=600,
    )
    grown, disk, stored = out.split()
    assert int(stored) == 4 * CALLS
    assert float(grown) < 8
    assert int(disk) < 3_000_000
    assert home.files() == []
    series = home.store().series([home.only_run().run_id])[home.only_run().run_id]
    assert [s.count for s in series] == [CALLS] * 4


def test_very_many_names_are_kept_and_warned_of_once(any_home: Home) -> None:
    done = any_home.run(
        MEMORY
        + """
import tracker
names = int(sys.argv[1])
run = tracker.init()
before = None
for first in range(0, names, 1_000):
    tracker.log({f"layer/{i}/norm": float(i) for i in range(first, first + 1_000)}, step=first)
    if first == names // 3 // 1_000 * 1_000:
        assert run.flush(120)
        before = resident_mb()
assert run.flush(120)
print(resident_mb() - before, run.stats().stored)
tracker.finish()
""",
        str(NAMES),
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    grown, stored = done.stdout.split()
    assert int(stored) == NAMES
    assert float(grown) < 60
    assert done.stderr.count("10,000 different names") == 1
    series = any_home.store().series([any_home.only_run().run_id])[any_home.only_run().run_id]
    assert len(series) == NAMES
    assert sorted(s.series_no for s in series) == list(range(len(series)))
    last = NAMES - 1
    assert any_home.values(f"layer/{last}/norm") == {last // 1_000 * 1_000: float(last)}


def test_any_name_is_kept_as_it_is_or_refused_at_the_call(any_home: Home, tmp_path: Path) -> None:
    """Whatever text there is: taken by `log` means stored under that name on either engine."""
    said = tmp_path / "said.json"
    any_home.good(
        """
        import json, sys, unicodedata
        from hypothesis import HealthCheck, given, settings, strategies as st
        import tracker
        run = tracker.init()
        taken, refused = {}, []
        odd = st.sampled_from(["é", "e\\u0301", "\\U0001f600" * 128, "x" * 512, "x" * 513, "a/b c.d:e", "'; DROP TABLE point; --",
                               "%s", "\\u202e", "\\ud800", "nul\\0", "tab\\t", "{}", '"', "\\\\", " ", "", "\\u00a0", "ﬁ"])
        @settings(max_examples=150, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(st.text(max_size=40) | st.text(alphabet=st.characters(), max_size=200) | odd)
        def log(name):
            step = len(taken) + len(refused)
            try:
                run.log({name: float(step)}, step=step)
            except ValueError:
                refused.append(name)
            else:
                taken.setdefault(unicodedata.normalize("NFC", name), {})[step] = float(step)
        log()
        assert run.flush(60), run.stats()
        assert run.stats().rejected == 0
        tracker.finish()
        json.dump([taken, refused], open(sys.argv[1], "w"))
        """,
        str(said),
    )
    taken, refused = json.loads(said.read_text())
    assert len(taken) > 40
    assert len(refused) > 5
    run = any_home.only_run()
    names = {s.name for s in any_home.store().series([run.run_id])[run.run_id]}
    assert names == set(taken)
    found = any_home.store().points([(run.run_id, name) for name in taken])
    for name, values in taken.items():
        series = found[run.run_id, name]
        assert dict(zip(series.step.tolist(), series.value.tolist(), strict=True)) == {
            int(step): value for step, value in values.items()
        }
    assert any(len(name.encode()) == 512 for name in taken)
    assert all(
        len(name.encode("utf-8", "surrogatepass")) > 512
        or not name.strip()
        or not name.isprintable()
        or any(not c.isprintable() for c in name)
        for name in refused
    )


@pytest.mark.parametrize("name", ["x" * 513, "nul\0", "\ud800"])
def test_a_name_that_is_refused_is_named(home: Home, name: str) -> None:
    done = home.run(f"import tracker; tracker.init(); tracker.log({{{name!r}: 1.0}})")
    assert done.returncode == 1
    assert "ValueError" in done.stderr
