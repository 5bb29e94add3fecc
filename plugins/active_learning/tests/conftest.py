"""A server with a project about the moods of texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    plugins = ["controls", "text", "formats", "active_learning"]
    site = make_site(tmp_path / "data", plugins=plugins, enable_legacy_api_token=True)
    yield site
    site.close()


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    with make_client(site, make_owner(site)) as client:
        yield client


class Work:
    """What people do in one project."""

    def __init__(self, site: Site, client: TestClient) -> None:
        self.site, self.client = site, client
        body = {"title": "Moods", "label_config": CONFIG, "sampling": "Uncertainty sampling"}
        self.project = client.post("/api/projects/", json=body).json()["id"]

    def connect(self) -> dict[str, Any]:
        body = {"project": self.project, "kind": "text_classifier", "title": "Moods"}
        answer = self.client.post("/api/ml/", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def tasks(self, *texts: str) -> list[int]:
        made = [{"data": {"text": text}} for text in texts]
        answer = self.client.post(f"/api/projects/{self.project}/import?return_task_ids=true", json=made)
        assert answer.status_code == 201, answer.text
        return answer.json()["task_ids"]

    def submit(self, task: int, word: str) -> None:
        item = {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": [word]}}
        answer = self.client.post(f"/api/tasks/{task}/annotations/", json={"result": [item]})
        assert answer.status_code == 201, answer.text

    def learn(self, model: dict[str, Any]) -> dict[str, Any]:
        """Train by hand and let everything finish; the model as it is shown then."""
        assert self.client.post(f"/api/ml/{model['id']}/train", json={}).status_code == 200
        self.finish()
        return self.shown(model)

    def finish(self) -> None:
        self.site.hub.drain()
        self.site.jobs.drain()
        self.site.jobs.drain()

    def shown(self, model: dict[str, Any]) -> dict[str, Any]:
        return self.client.get(f"/api/ml/{model['id']}/").json()

    def log(self, model: dict[str, Any]) -> list[str]:
        return [line["text"] for line in self.client.get(f"/api/ml/{model['id']}/log").json()]


@pytest.fixture
def work(site: Site, client: TestClient) -> Work:
    return Work(site, client)
