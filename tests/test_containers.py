"""The container files, without a container engine: what they say, and what their commands do on a real PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tracker.store import open_store, schema

ROOT = Path(__file__).parents[1]
SECRET = "a-password-of-the-test"


def dockerfile() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile: their name and the rest, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name.upper(), rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def last(name: str) -> str:
    return [rest for n, rest in dockerfile() if n == name][-1]


def services() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def start_command() -> str:
    shell, flag, command = json.loads(last("CMD"))
    assert (shell, flag) == ("/bin/sh", "-c")
    return command


def health_command() -> list[str]:
    return json.loads(last("HEALTHCHECK").partition("CMD ")[2])


class TestCompose:
    @pytest.mark.parametrize("name", ["db", "dashboard"])
    def test_everything_is_published_on_the_loopback_alone(self, name: str) -> None:
        ports = services()[name]["ports"]
        assert ports
        assert all(port.startswith("127.0.0.1:") for port in ports)
        assert "network_mode" not in services()[name]

    def test_the_dashboard_is_on_8700(self) -> None:
        assert services()["dashboard"]["ports"] == ["127.0.0.1:8700:8700"]

    @pytest.mark.parametrize("name", ["db", "dashboard"])
    def test_nobody_is_root_and_everybody_has_a_health_check(self, name: str) -> None:
        service = services()[name]
        assert service["user"].split(":")[0] not in ("root", "0")
        assert service["healthcheck"]["test"][0] == "CMD"
        assert "privileged" not in service

    def test_the_dashboard_waits_for_a_healthy_database(self) -> None:
        assert services()["dashboard"]["depends_on"] == {"db": {"condition": "service_healthy"}}
        assert services()["db"]["healthcheck"]["test"][1] == "pg_isready"

    def test_the_dashboard_s_health_is_asked_for_as_in_the_dockerfile(self) -> None:
        assert services()["dashboard"]["healthcheck"]["test"] == ["CMD", *health_command()]

    def test_the_password_comes_from_outside_and_is_on_no_command_line(self) -> None:
        text = (ROOT / "docker-compose.yml").read_text()
        found = services()
        secret = found["db"]["environment"]["POSTGRES_PASSWORD"]
        assert secret.startswith("${TRACKER_DB_PASSWORD:?")
        assert found["dashboard"]["environment"]["PGPASSWORD"] == secret
        assert found["dashboard"]["environment"]["TRACKER_URL"] == "postgresql://tracker@db:5432/tracker"
        for service in found.values():
            words = json.dumps([service.get(k) for k in ("command", "entrypoint", "healthcheck")])
            assert "PASSWORD" not in words.upper()
        assert "PASSWORD" not in start_command().upper()
        assert not re.search(r"://\w+:\S+@", text)


class TestDockerfile:
    def test_it_is_built_in_stages_and_runs_as_nobody_of_importance(self) -> None:
        stages = [rest for name, rest in dockerfile() if name == "FROM"]
        assert len(stages) == 2
        assert all(re.match(r"python:3\.1[1-3]-slim\b", stage) for stage in stages)
        assert last("USER").split(":")[0] not in ("root", "0")
        names = [name for name, _ in dockerfile()]
        assert names.index("USER") < names.index("CMD")

    def test_what_it_says(self) -> None:
        assert last("EXPOSE") == "8700"
        assert "curvetracker[postgres]" in last("RUN") + "".join(r for n, r in dockerfile() if n == "RUN")
        assert health_command()[0] == "python"
        assert "http://127.0.0.1:8700/healthz" in health_command()[2]

    def test_everything_that_it_copies_is_there_and_not_ignored(self) -> None:
        allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
        sources = {s for name, rest in dockerfile() if name == "COPY" for s in shlex.split(rest)[:-1]}
        assert sources == allowed
        assert all((ROOT / source).exists() for source in sources)

    def test_the_start_command(self) -> None:
        upgrade, serve = start_command().split(" && ")
        assert upgrade == "tracker db upgrade"
        words = shlex.split(serve)
        assert words[:3] == ["exec", "tracker", "serve"]
        assert words[3:8] == ["--host", "0.0.0.0", "--port", "8700", "--insecure-public"]


class TestCommands:
    """The very commands, on a free port of the loopback instead of the container's own."""

    @pytest.fixture
    def port(self) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    @pytest.fixture
    def dashboard(self, postgres_url: str, port: int, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "TRACKER_URL": postgres_url.replace("postgresql+psycopg://", "postgresql://"),
            "TRACKER_HOME": str(tmp_path),
            "PGPASSWORD": SECRET,
        }
        command = start_command().replace("0.0.0.0", "127.0.0.1").replace("8700", str(port))
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        yield process
        process.terminate()
        process.communicate(timeout=30)

    def test_they_make_the_schema_serve_and_are_healthy(
        self, dashboard: subprocess.Popen[str], postgres_url: str, port: int
    ) -> None:
        health = [sys.executable, *health_command()[1:]]
        health[-1] = health[-1].replace("8700", str(port))
        deadline = time.monotonic() + 90
        while True:
            healthy = subprocess.run(health, capture_output=True, text=True)
            if healthy.returncode == 0:
                break
            if dashboard.poll() is not None:
                assert dashboard.stdout is not None
                pytest.fail(f"the start command ended: {dashboard.stdout.read()}")
            assert time.monotonic() < deadline, healthy.stderr
            time.sleep(0.3)
        store = open_store(postgres_url)
        assert store.schema().revision == schema.REVISION
        store.close()
        words = Path(f"/proc/{dashboard.pid}/cmdline").read_bytes().decode()
        assert "serve" in words
        assert SECRET not in words
        dashboard.terminate()
        said = dashboard.communicate(timeout=30)[0]
        assert SECRET not in said
        assert "Traceback" not in said
