"""Buckets by the field's own client: tasks in, annotations out."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest

from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site, serve

pytestmark = [
    pytest.mark.xdist_group("s3"),
    pytest.mark.needs("controls", "text", "formats"),
    pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated"),
]
CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""
MOOD = [
    {"id": "m", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = make_site(
        tmp_path / "data",
        plugins=["controls", "text", "formats", "storage_s3"],
        ssrf_protection=False,
        enable_legacy_api_token=True,
    )
    yield site
    site.close()


@pytest.fixture
def sdk(site: Site) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what other people's modules say while they are loaded
        from label_studio_sdk import LabelStudio
    with make_client(site, make_owner(site)) as client:
        key = client.post("/api/token/").json()["token"]
    with serve(site) as address, httpx.Client(timeout=60) as connection:
        yield LabelStudio(base_url=address, api_key=key, httpx_client=connection)


def settle(site: Site) -> None:
    site.hub.drain()
    site.jobs.drain()


def ended(kind: Any, storage: int) -> Any:
    """Asks until the sync has an end: the server works on it by itself, too."""
    while (found := kind.get(id=storage)).status in ("queued", "in_progress"):
        pass
    return found


def told(s3: Any, bucket: str) -> dict[str, Any]:
    """The settings in the client's words."""
    settings = s3.settings(bucket)
    return {
        **{key: value for key, value in settings.items() if key != "s3_endpoint"},
        "s3endpoint": s3.address,
    }


def managed(kind: Any, site: Site, project: int, settings: dict[str, Any]) -> None:
    """Everything the client does with a bucket, but for what a sync brings."""
    from label_studio_sdk.core.api_error import ApiError

    kind.validate(project=project, **settings)
    with pytest.raises(ApiError) as wrong:
        kind.validate(project=project, **{**settings, "bucket": "nobody-made-this"})
    assert "nobody-made-this" in str(wrong.value.body)
    made = kind.create(project=project, title="Texts", **settings)
    assert (made.project, made.bucket, made.title) == (project, settings["bucket"], "Texts")
    assert "only-for-tests" not in made.model_dump_json()
    settle(site)
    assert [one.id for one in kind.list(project=project)] == [made.id]
    assert kind.update(id=made.id, title="Words").title == "Words"
    assert kind.sync(id=made.id).id == made.id
    settle(site)
    found = ended(kind, made.id)
    assert (found.title, found.status) == ("Words", "completed")
    kind.delete(id=made.id)
    assert list(kind.list(project=project)) == []


def test_the_client_brings_tasks_in_from_a_bucket(sdk: Any, site: Site, s3: Any) -> None:
    bucket = s3.bucket(**{"one.json": b'[{"text": "one"}, {"text": "two"}]'})
    project = sdk.projects.create(title="Texts", label_config=CONFIG).id
    managed(sdk.import_storage.s3, site, project, told(s3, bucket))
    assert [task.data for task in sdk.tasks.list(project=project)] == [{"text": "one"}, {"text": "two"}]


def test_the_client_gets_annotations_out_to_a_bucket(sdk: Any, site: Site, s3: Any) -> None:
    bucket = s3.bucket()
    project = sdk.projects.create(title="Texts", label_config=CONFIG).id
    task = sdk.tasks.create(project=project, data={"text": "one"}).id
    made = sdk.annotations.create(id=task, result=MOOD)
    managed(sdk.export_storage.s3, site, project, told(s3, bucket))
    written = json.loads(bytes(obstore.get(s3.store(bucket), str(made.id)).bytes()))
    assert (written["result"], written["task"]["data"]) == (MOOD, {"text": "one"})


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_older_client_connects_buckets(sdk: Any, site: Site, s3: Any) -> None:
    """It sends null for whatever is left out."""
    from label_studio_sdk._legacy import Client

    address, key = sdk._client_wrapper.get_base_url(), sdk.users.get_token().token
    old = Client(url=address, api_key=key)
    project = old.start_project(title="Texts", label_config=CONFIG)
    source, out = s3.bucket(**{"one.json": b'{"text": "one"}'}), s3.bucket()
    made = project.connect_s3_import_storage(**s3.settings(source), use_blob_urls=False)
    project.sync_import_storage("s3", made["id"])
    settle(site)
    ended(sdk.import_storage.s3, made["id"])
    [task] = project.get_tasks()
    annotation = project.create_annotation(task["id"], result=MOOD)
    target = project.connect_s3_export_storage(**s3.settings(out))
    project.sync_export_storage("s3", target["id"])
    settle(site)
    ended(sdk.export_storage.s3, target["id"])
    assert obstore.get(s3.store(out), str(annotation["id"])).meta["size"] > 0
    assert [one["type"] for one in project.get_import_storages() + project.get_export_storages()] == [
        "s3"
    ] * 2
    old.session.close()
