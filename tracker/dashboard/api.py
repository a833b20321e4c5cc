"""The dashboard's facts for programs: `/api/v1/`, JSON in and out, described by `/api/v1/openapi.json`.

NaN and infinities have no place in JSON: they stand as the texts `"nan"`, `"inf"` and `"-inf"`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Body, HTTPException, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse

from tracker import verdicts
from tracker.dashboard import sharing
from tracker.dashboard.data import Data
from tracker.dashboard.rawdata import RawData
from tracker.errors import BadInput, NotFound, Refused, StoreError, TrackerError
from tracker.model import VERDICTS, Diagnosis, RunRecord

MOST_RUNS = 1_000
MOST_POINTS = 1_000_000
REASON_CHARACTERS = 2_000


def router(data: Data) -> APIRouter:
    """Return the routes, which ask `data` as the pages do."""
    raw = RawData(data)
    api = APIRouter(prefix="/api/v1", default_response_class=JSONResponse)

    @api.get("/projects", summary="All projects, the most recently changed first")
    def projects() -> list[dict[str, Any]]:
        return [
            {"name": p.name, "runs": p.runs, "live": p.live, "changed": _time(p.changed_ms)}
            for p in data.projects()
        ]

    @api.get("/runs", summary="Runs, newest first, with their verdicts")
    def runs(
        project: str | None = None,
        verdict: Annotated[str | None, Query(description=f"one of {', '.join(VERDICTS)}, dismissed")] = None,
        status: str | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST_RUNS)] = 100,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> list[dict[str, Any]]:
        if verdict is not None and verdict not in (*VERDICTS, "dismissed"):
            raise HTTPException(
                422, f"there is no verdict {verdict!r}: there are {', '.join(VERDICTS)}, dismissed"
            )
        records = data.runs(project) if project is not None else data.store.runs()
        records = [record for record in records if status is None or record.status == status]
        if verdict is None:
            records = records[offset : offset + limit]
        found = verdicts.of_runs(data.store, records)
        if verdict is not None:
            records = [record for record in records if found[record.run_id].standing == verdict]
            records = records[offset : offset + limit]
        return [_run(record, found[record.run_id]) for record in records]

    @api.get("/runs/{run}", summary="One run: its config, summary, series and verdict")
    def run(run: str) -> dict[str, Any]:
        record = data.store.find_run(run)
        series = data.store.series([record.run_id]).get(record.run_id, ())
        listed = [
            {
                "name": s.name,
                "count": s.count,
                "last": {"step": s.last_step, "epoch": s.last_epoch, "value": s.last_value},
                "min": {"step": s.min_step, "epoch": s.min_epoch, "value": s.min_value},
                "max": {"step": s.max_step, "epoch": s.max_epoch, "value": s.max_value},
            }
            for s in series
        ]
        environment = dict(record.environment)
        more = {"notes": record.notes, "environment": environment, "series": listed}
        return _plain(_run(record, _diagnosis(data, record)) | more)

    @api.get(
        "/runs/{run}/series", summary="The points of one series: as logged, or those that draw its curve"
    )
    def series(
        run: str,
        name: str,
        x: Annotated[Literal["step", "epoch"], Query(description="what x0 and x1 are in")] = "step",
        x0: Annotated[float | None, Query(description="the first place")] = None,
        x1: Annotated[float | None, Query(description="the last place")] = None,
        n: Annotated[
            int | None,
            Query(
                ge=4, le=MOST_POINTS, description="points at most, the extremes of every stretch among them"
            ),
        ] = None,
    ) -> dict[str, Any]:
        record = data.store.find_run(run)
        described = data.store.series([record.run_id]).get(record.run_id, ())
        known = next((s for s in described if s.name == name), None)
        if known is None:
            raise HTTPException(
                404, f"run {record.id} has no series {name!r}: it has {', '.join(s.name for s in described)}"
            )
        whole = n is None and x0 is None and x1 is None
        if whole and known.count > MOST_POINTS:
            raise HTTPException(
                413,
                f"{name!r} has {known.count:,} points; at most {MOST_POINTS:,} are sent at once: ask for a range "
                "with x0 and x1, or for n points of it",
            )
        found = (
            data.store.points([(record.run_id, name)])[record.run_id, name]
            if whole
            else data.stretch(record, name, x, x0, x1, n)
        )
        columns = {
            "step": found.step.tolist(),
            "epoch": [None if math.isnan(e) else e for e in found.epoch.tolist()],
            "value": found.value.tolist(),
            "elapsed_ms": found.elapsed_ms.tolist(),
        }
        return _plain({"run": record.id, "name": name, "points": known.count, **columns})

    @api.get("/runs/{run}/points.csv", summary="Every point of a run as CSV: a row a step, a column a series")
    def points(run: str) -> StreamingResponse:
        record = data.store.find_run(run)
        named = {"content-disposition": f'attachment; filename="{record.id}.csv"'}
        return StreamingResponse(raw.csv(record), media_type="text/csv; charset=utf-8", headers=named)

    @api.get("/report", summary="The runs that a view of the compare page draws, as one HTML file")
    def report(
        project: str, view: Annotated[str, Query(description="the query of the page's address")] = ""
    ) -> Response:
        made = sharing.report(data, project, view)
        name = quote(f"{project[:80]} {datetime.now():%Y-%m-%d}.html", safe="")
        named = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(made, media_type="text/html; charset=utf-8", headers=named)

    @api.get("/runs/{run}/diagnosis", summary="What the curves of a run say, with the numbers behind it")
    def diagnosis(run: str) -> dict[str, Any]:
        found = _diagnosis(data, data.store.find_run(run))
        return _plain({**found.to_dict(), "standing": found.standing, "advice": list(found.advice)})

    @api.put("/runs/{run}/dismissals/{kind}", summary="Dismiss a finding, for everybody", status_code=204)
    def dismiss(
        run: str, kind: str, reason: Annotated[str, Body(embed=True, max_length=REASON_CHARACTERS)] = ""
    ) -> None:
        record = data.store.find_run(run)
        found = _diagnosis(data, record)
        kinds = [finding.kind for finding in found.findings]
        if kind not in kinds:
            raise HTTPException(
                404, f"run {record.id} has no finding {kind!r}: it has {', '.join(kinds) or 'none'}"
            )
        data.dismiss(record, kind, reason)

    @api.delete("/runs/{run}/dismissals/{kind}", summary="Take a dismissal back", status_code=204)
    def restore(run: str, kind: str) -> None:
        data.restore(data.store.find_run(run), kind)

    return api


def explain(error: TrackerError) -> tuple[int, str]:
    """Return the status and the sentence for an error of ours."""
    if isinstance(error, NotFound):
        return 404, str(error)
    if isinstance(error, BadInput | Refused):
        return 422, str(error)
    return (503 if isinstance(error, StoreError) else 500), str(error)


def _diagnosis(data: Data, record: RunRecord) -> Diagnosis:
    return verdicts.of_runs(data.store, [record])[record.run_id]


def _run(record: RunRecord, found: Diagnosis) -> dict[str, Any]:
    return _plain(
        {
            "id": record.id,
            "name": record.name,
            "project": record.project,
            "group": record.group,
            "tags": list(record.tags),
            "status": record.status,
            "exception": record.exception,
            "created": _time(record.created_ms),
            "duration_s": record.duration_ms / 1000,
            "verdict": found.verdict,
            "standing": found.standing,
            "sentence": found.sentence,
            "onset_epoch": found.onset_epoch,
            "best_epoch": found.best_epoch,
            "best_loss": found.best_loss,
            "best_accuracy_epoch": found.best_accuracy_epoch,
            "best_accuracy": found.best_accuracy,
            "gap": found.gap,
            "config": dict(record.config),
            "summary": dict(record.summary),
        }
    )


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as JSON can hold them."""
    return {key: _value(item) for key, item in fields.items()}


def _value(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, Mapping):
        return _plain(value)
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    return value
