"""A bucket as a storage, on a real server: what it lists and opens, and what is said when it refuses."""

from __future__ import annotations

import io
import urllib.request
from typing import Any

import pytest

from tagma.errors import StorageError
from tagma_storage_s3.storage import S3

pytestmark = pytest.mark.xdist_group("s3")


def storage(settings: dict[str, Any]) -> S3:
    return S3(S3.Settings.model_validate(settings))


def test_objects_below_a_folder_or_a_beginning_are_listed(s3: Any) -> None:
    bucket = s3.bucket(**{"cats/b.png": b"2", "cats/a/1.png": b"1", "dogs/c.png": b"3", "cats.txt": b"4"})
    cats = storage(s3.settings(bucket, prefix="/cats/"))
    assert [(one.key, one.size) for one in cats.list()] == [("a/1.png", 1), ("b.png", 1)]
    assert [one.key for one in cats.list("a/1")] == ["a/1.png"]
    whole = storage(s3.settings(bucket))
    assert {one.key for one in whole.list("cat")} == {"cats.txt", "cats/a/1.png", "cats/b.png"}


@pytest.mark.parametrize(
    "key", ["with space.txt", "größe/日本語 🙂.txt", "50%20off.txt", "a#b?c&d+e.txt", "q'\"<>.txt"]
)
def test_odd_keys_are_listed_read_written_and_linked_as_they_are(s3: Any, key: str) -> None:
    bucket = storage(s3.settings(s3.bucket()))
    bucket.put(key, io.BytesIO(key.encode()))
    assert [one.key for one in bucket.list()] == [key]
    assert bucket.open(key).read() == key.encode()
    assert bucket.stat(key).size == len(key.encode())
    assert bucket.key_of(bucket.uri(key)) == key
    with urllib.request.urlopen(bucket.url(key, 60), timeout=10) as answer:
        assert answer.read() == key.encode()


def test_only_one_level_is_listed_where_no_more_is_asked_for(s3: Any) -> None:
    bucket = s3.bucket(**{"cats/b.png": b"2", "cats/a/1.png": b"1", "dogs/c.png": b"3", "cats.txt": b"4"})
    assert [one.key for one in storage(s3.settings(bucket)).list(deep=False)] == ["cats.txt"]
    assert [one.key for one in storage(s3.settings(bucket)).list("cats/", deep=False)] == ["cats/b.png"]
    assert [one.key for one in storage(s3.settings(bucket, prefix="cats")).list(deep=False)] == ["b.png"]


def test_an_object_is_replaced_which_shows_and_deleted(s3: Any) -> None:
    bucket = storage(s3.settings(s3.bucket(), prefix="out"))
    bucket.put("1", io.BytesIO(b"one"))
    before = bucket.stat("1")
    assert next(bucket.list()).version == before.version
    bucket.put("1", io.BytesIO(b"two"))
    assert bucket.stat("1").version != before.version
    for _ in range(2):
        bucket.delete("1")
    assert list(bucket.list()) == []


def test_a_part_of_an_object_is_read_without_the_rest(s3: Any) -> None:
    body = bytes(range(256)) * 20_000
    bucket = storage(s3.settings(s3.bucket(big=body)))
    assert bucket.open("big", 1000, 1010).read() == body[1000:1010]
    assert bucket.open("big", len(body) - 3).read() == body[-3:]
    assert bucket.open("big", 5, 5).read() == b""
    with bucket.open("big") as stream:
        assert (stream.read(10), stream.read()) == (body[:10], body[10:])


def test_an_address_of_another_bucket_or_folder_is_not_its_own(s3: Any) -> None:
    cats = storage(s3.settings("pictures", prefix="cats"))
    assert cats.uri("1.png") == "s3://pictures/cats/1.png"
    assert cats.named("1.png") == "cats/1.png"
    for other in (
        "s3://pictures/dogs/1.png",
        "s3://others/cats/1.png",
        "s3://pictures/cats/",
        "/data/upload/1/1.png",
    ):
        assert cats.key_of(other) is None


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"bucket": "nowhere"}, 'no bucket "nowhere"', "bucket"),
        ({"aws_access_key_id": "stranger"}, "access key is not known", "aws_access_key_id"),
        ({"aws_secret_access_key": "wrong"}, "secret key does not belong", "aws_secret_access_key"),
        ({"s3_endpoint": "http://127.0.0.1:9"}, "127.0.0.1:9 does not answer", "s3_endpoint"),
        ({"aws_access_key_id": "", "aws_secret_access_key": None}, "may not do this", None),
    ],
)
def test_what_is_refused_is_told_in_words_with_its_field(
    s3: Any, change: Any, words: str, field: str | None
) -> None:
    bucket = storage({**s3.settings(s3.bucket()), **change})
    with pytest.raises(StorageError, match=words) as caught:
        bucket.check()
    assert caught.value.where.get("field") == field
    assert caught.value.hint


def test_an_object_that_is_not_there_is_named(s3: Any) -> None:
    bucket = storage(s3.settings(s3.bucket()))
    for ask in (bucket.open, bucket.stat):
        with pytest.raises(StorageError, match=r'no object "gone\.png"') as caught:
            ask("gone.png")
        assert caught.value.where["key"] == "gone.png"


def test_a_key_that_can_not_be_asked_for_is_told(s3: Any) -> None:
    bucket = storage(s3.settings(s3.bucket()))
    for key in ("a//b.png", "./a.png", "../a.png"):
        with pytest.raises(StorageError, match="can't be addressed") as caught:
            bucket.open(key)
        assert "Rename" in caught.value.hint


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bucket": "s3://pictures"}, "bucket"),
        ({"bucket": "a/b/c"}, "bucket"),
        ({"bucket": ""}, "bucket"),
        ({"bucket": "pictures", "s3_endpoint": "minio.example.com"}, "s3_endpoint"),
        ({"bucket": "pictures", "aws_access_key_id": "alone"}, "belong together"),
    ],
)
def test_settings_that_can_not_work_are_refused_by_their_field(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        S3.Settings.model_validate(given)
