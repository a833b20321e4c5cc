# The dashboard as a container: `docker compose up` starts it with a PostgreSQL beside it.

FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY tracker tracker
RUN pip wheel --no-cache-dir --wheel-dir /wheels ".[postgres]"

FROM python:3.13-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links=/wheels "curvetracker[postgres]"
RUN useradd --system --uid 10001 --user-group --home-dir /data --no-create-home tracker \
    && install --directory --owner=tracker --group=tracker --mode=0700 /data
USER 10001:10001
# Without TRACKER_URL the store is a SQLite file in this folder.
ENV TRACKER_HOME=/data PYTHONUNBUFFERED=1
VOLUME ["/data"]
EXPOSE 8700
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8700/healthz', timeout=3)"]
# There are no accounts yet: whoever has the printed address reads every run. Publish it on a loopback address only.
CMD ["/bin/sh", "-c", "tracker db upgrade && exec tracker serve --host 0.0.0.0 --port 8700 --insecure-public --no-browser"]
