"""A bucket of Google's as a storage, on a server of its protocol: what it lists and opens, and what is said when it refuses."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tagma.errors import StorageError
from tagma_storage_gcs.storage import GoogleCloud

pytestmark = pytest.mark.xdist_group("gcs")


def storage(settings: dict[str, Any]) -> GoogleCloud:
    return GoogleCloud(GoogleCloud.Settings.model_validate(settings))


def test_objects_below_a_folder_or_a_beginning_are_listed(gcs: Any) -> None:
    bucket = gcs.bucket(**{"cats/b.png": b"2", "cats/a/1.png": b"1", "dogs/c.png": b"3", "cats.txt": b"4"})
    cats = storage(gcs.settings(bucket, prefix="/cats/"))
    assert [(one.key, one.size) for one in cats.list()] == [("a/1.png", 1), ("b.png", 1)]
    assert [one.key for one in cats.list("a/1")] == ["a/1.png"]
    whole = storage(gcs.settings(bucket))
    assert {one.key for one in whole.list("cat")} == {"cats.txt", "cats/a/1.png", "cats/b.png"}


@pytest.mark.parametrize(
    "key",
    ["with space.txt", "größe/日本語 🙂.txt", "50%20off.txt", "a#b?c&d+e.txt", "q'\"<>.txt", ".hidden", "~*:{}|^`\\", "x" * 1024],
)  # fmt: skip
def test_odd_keys_are_listed_read_written_linked_and_deleted_as_they_are(gcs: Any, key: str) -> None:
    bucket = storage(gcs.settings(gcs.bucket()))
    bucket.put(key, io.BytesIO(key.encode()))
    assert [one.key for one in bucket.list()] == [key]
    assert bucket.open(key).read() == key.encode()
    assert bucket.stat(key).size == len(key.encode())
    assert bucket.key_of(bucket.uri(key)) == key
    link = bucket.url(key, 60)
    assert link is not None
    with urllib.request.urlopen(link, timeout=10) as answer:
        assert answer.read() == key.encode()


def test_a_link_holds_for_its_object_only(gcs: Any) -> None:
    bucket = storage(gcs.settings(gcs.bucket(**{"mine.txt": b"1", "other.txt": b"2"})))
    link = bucket.url("mine.txt", 60)
    assert link is not None
    assert "X-Goog-Expires=60" in link
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        urllib.request.urlopen(link.replace("mine", "other"), timeout=10)
    refused.value.close()


def test_without_a_key_there_are_no_links(gcs: Any) -> None:
    assert storage({"bucket": "pictures"}).url("1.png", 60) is None


def test_a_part_of_an_object_is_read_without_the_rest(gcs: Any) -> None:
    body = bytes(range(256)) * 20_000
    bucket = storage(gcs.settings(gcs.bucket(big=body)))
    assert bucket.open("big", 1000, 1010).read() == body[1000:1010]
    assert bucket.open("big", len(body) - 3).read() == body[-3:]
    assert bucket.open("big", 5, 5).read() == b""
    with bucket.open("big") as stream:
        assert (stream.read(10), stream.read()) == (body[:10], body[10:])


def test_an_address_of_another_bucket_or_folder_is_not_its_own(gcs: Any) -> None:
    cats = storage(gcs.settings("pictures", prefix="cats"))
    assert cats.uri("1.png") == "gs://pictures/cats/1.png"
    for other in (
        "gs://pictures/dogs/1.png",
        "gs://others/cats/1.png",
        "gs://pictures/cats/",
        "s3://pictures/cats/1",
    ):
        assert cats.key_of(other) is None


def test_what_is_refused_is_told_in_words_with_its_field(gcs: Any) -> None:
    there, barred = gcs.bucket(), gcs.bucket()
    gcs.barred.add(barred)
    stranger = type(gcs)(gcs.emulator, rsa.generate_private_key(65537, 2048), gcs.address)
    key = "google_application_credentials"
    for settings, words, field in (
        (gcs.settings("nowhere"), 'no bucket "nowhere"', "bucket"),
        (gcs.settings(barred), "may not do this", key),
        (stranger.settings(there), "does not accept this key", key),
        (
            {"bucket": there, key: gcs.key(gcs_base_url="http://127.0.0.1:9")},
            "127.0.0.1:9 does not answer",
            key,
        ),
        ({"bucket": there, key: gcs.key(private_key="cut off")}, "can't be used", None),
    ):
        with pytest.raises(StorageError, match=words) as caught:
            storage(settings).check()
        assert caught.value.where.get("field") == field
        assert caught.value.hint


def test_a_private_key_is_in_no_words(gcs: Any) -> None:
    with pytest.raises(StorageError) as caught:
        storage(
            {"bucket": "pictures", "google_application_credentials": gcs.key(private_key="SECRET")}
        ).check()
    assert "SECRET" not in str(caught.value)


def test_an_object_that_is_not_there_is_named(gcs: Any) -> None:
    bucket = storage(gcs.settings(gcs.bucket()))
    for ask in (bucket.open, bucket.stat):
        with pytest.raises(StorageError, match=r'no object "gone\.png"') as caught:
            ask("gone.png")
        assert caught.value.where["key"] == "gone.png"


@pytest.mark.parametrize("key", ["a//b.png", "a\nb.png"])
def test_a_bucket_with_a_key_that_can_not_be_asked_for_is_told(gcs: Any, key: str) -> None:
    name = gcs.bucket(**{key: b"1"})
    for ask in (lambda one: one.open(key), lambda one: list(one.list())):
        with pytest.raises(StorageError, match="can't be addressed") as caught:
            ask(storage(gcs.settings(name)))
        assert "Rename" in caught.value.hint


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bucket": "gs://pictures"}, "neither / nor :"),
        ({"google_application_credentials": "/etc/key.json"}, "no JSON"),
        ({"google_application_credentials": "[1]"}, "JSON object"),
        ({"google_application_credentials": '{"type": "authorized_user"}'}, "authorized_user"),
        (
            {"google_application_credentials": '{"type": "service_account", "client_email": "a@b"}'},
            "no private_key",
        ),
        (
            {
                "google_application_credentials": '{"client_email": "", "private_key": "", "gcs_base_url": "file:///x"}'
            },
            "gcs_base_url",
        ),
    ],
)
def test_settings_that_can_not_work_are_refused_by_their_field(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        GoogleCloud.Settings.model_validate({"bucket": "pictures", **given})


def test_a_key_is_taken_as_text_or_as_it_is_in_memory(gcs: Any) -> None:
    bucket = gcs.bucket(**{"1.txt": b"1"})
    for key in (gcs.key(), json.loads(gcs.key())):
        found = storage({"bucket": bucket, "google_application_credentials": key}).list()
        assert [one.key for one in found] == ["1.txt"]


def test_the_rule_that_lets_browsers_in_is_the_file_that_google_takes() -> None:
    [rule] = json.loads(storage({"bucket": "pictures"}).cors("https://label.example.org"))
    assert (rule["origin"], rule["method"]) == (["https://label.example.org"], ["GET", "HEAD"])
