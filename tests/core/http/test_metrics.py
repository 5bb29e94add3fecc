"""Figures for Prometheus."""

from __future__ import annotations

from typing import Any


def test_figures_are_told_to_administrators(work: Any) -> None:
    project = work.project()
    first, _ = work.tasks(project, "a", "b")
    work.submit(first)
    answer = work.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    told = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert (told["tagma_projects"], told["tagma_tasks"], told["tagma_annotations"]) == ("1", "2", "1")
    assert (told["tagma_tasks_finished"], told["tagma_predictions"]) == ("1", "0")
    assert sum(line.startswith("# TYPE ") for line in lines) == sum(
        line.startswith("# HELP ") for line in lines
    )
    refused = work.person("anne", "MA").get("/metrics")
    assert refused.status_code == 403


def test_jobs_are_counted_by_state(work: Any) -> None:
    project = work.project()
    work.client.post(f"/api/projects/{project}/exports/", json={})
    work.site.jobs.drain()
    assert 'tagma_jobs{state="completed"} 1' in work.client.get("/metrics").text
