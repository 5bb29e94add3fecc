"""A container as a storage, on Microsoft's emulator: what it lists and opens, and what is said when it refuses."""

from __future__ import annotations

import base64
import io
import urllib.error
import urllib.request
from typing import Any

import pytest

from tagma.errors import StorageError
from tagma_storage_azure.storage import AzureBlob

pytestmark = pytest.mark.xdist_group("azure")
OTHER = base64.b64encode(b"another key, of thirty-two bytes").decode()


def storage(settings: dict[str, Any]) -> AzureBlob:
    return AzureBlob(AzureBlob.Settings.model_validate(settings))


def test_blobs_below_a_folder_or_a_beginning_are_listed(azure: Any) -> None:
    name = azure.container(**{"cats/b.png": b"2", "cats/a/1.png": b"1", "dogs/c.png": b"3", "cats.txt": b"4"})
    cats = storage(azure.settings(name, prefix="/cats/"))
    assert [(one.key, one.size) for one in cats.list()] == [("a/1.png", 1), ("b.png", 1)]
    assert [one.key for one in cats.list("a/1")] == ["a/1.png"]
    whole = storage(azure.settings(name))
    assert {one.key for one in whole.list("cat")} == {"cats.txt", "cats/a/1.png", "cats/b.png"}


@pytest.mark.parametrize(
    "key",
    ["with space.txt", "größe/日本語 🙂.txt", "50%20off.txt", "a#b?c&d+e.txt", "q'\"<>.txt", ".hidden", "~*:{}|^`", "x" * 1024],
)  # fmt: skip
def test_odd_keys_are_listed_read_written_and_linked_as_they_are(azure: Any, key: str) -> None:
    found = storage(azure.settings(azure.container()))
    found.put(key, io.BytesIO(key.encode()))
    assert [one.key for one in found.list()] == [key]
    assert found.open(key).read() == key.encode()
    assert found.stat(key).size == len(key.encode())
    assert found.key_of(found.uri(key)) == key
    link = found.url(key, 60)
    assert link is not None
    with urllib.request.urlopen(link, timeout=10) as answer:
        assert answer.read() == key.encode()


def test_a_link_holds_for_its_blob_and_its_time_only(azure: Any) -> None:
    found = storage(azure.settings(azure.container(**{"mine.txt": b"1", "other.txt": b"2"})))
    link, late = found.url("mine.txt", 60), found.url("mine.txt", -60)
    assert link is not None
    assert late is not None
    for wrong in (link.replace("mine", "other"), late):
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:
            urllib.request.urlopen(wrong, timeout=10)
        refused.value.close()


def test_the_public_reads_what_is_public_without_links(azure: Any) -> None:
    name = azure.container(public=True, **{"1.txt": b"1"})
    found = storage(azure.settings(name, account_key=""))
    assert [one.key for one in found.list()] == ["1.txt"]
    assert found.open("1.txt").read() == b"1"
    assert found.url("1.txt", 60) is None


def test_a_part_of_a_blob_is_read_without_the_rest(azure: Any) -> None:
    body = bytes(range(256)) * 20_000
    found = storage(azure.settings(azure.container(big=body)))
    assert found.open("big", 1000, 1010).read() == body[1000:1010]
    assert found.open("big", len(body) - 3).read() == body[-3:]
    assert found.open("big", 5, 5).read() == b""
    with found.open("big") as stream:
        assert (stream.read(10), stream.read()) == (body[:10], body[10:])


def test_an_address_of_another_container_or_folder_is_not_its_own(azure: Any) -> None:
    cats = storage(azure.settings("pictures", prefix="cats"))
    assert cats.uri("1.png") == "azure-blob://pictures/cats/1.png"
    for other in (
        "azure-blob://pictures/dogs/1.png",
        "azure-blob://others/cats/1.png",
        "azure-blob://pictures/cats/",
    ):
        assert cats.key_of(other) is None


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"container": "nowhere"}, 'no container "nowhere"', "container"),
        ({"account_key": OTHER}, "does not accept this key", "account_key"),
        ({"account_name": "stranger"}, "does not accept this key", "account_key"),
        ({"azure_endpoint": "http://127.0.0.1:9/x"}, "127.0.0.1:9/x does not answer", "azure_endpoint"),
        ({"account_key": None}, "does not accept this key", "account_key"),
    ],
)
def test_what_is_refused_is_told_in_words_with_its_field(
    azure: Any, change: Any, words: str, field: str
) -> None:
    with pytest.raises(StorageError, match=words) as caught:
        storage({**azure.settings(azure.container()), **change}).check()
    assert caught.value.where.get("field") == field
    assert caught.value.hint


def test_a_blob_that_is_not_there_is_named(azure: Any) -> None:
    found = storage(azure.settings(azure.container()))
    for ask in (found.open, found.stat):
        with pytest.raises(StorageError, match=r'no object "gone\.png"') as caught:
            ask("gone.png")
        assert caught.value.where["key"] == "gone.png"


def test_a_key_that_can_not_be_asked_for_is_told(azure: Any) -> None:
    found = storage(azure.settings(azure.container()))
    for key in ("a//b.png", "./a.png", "../a.png", "a\nb.png"):
        with pytest.raises(StorageError, match="can't be addressed") as caught:
            found.open(key)
        assert "Rename" in caught.value.hint


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"container": "https://x.blob.core.windows.net/pictures"}, "no address before it"),
        ({"container": "Pictures"}, "small letters"),
        ({"account_name": ""}, "storage account is missing"),
        ({"account_name": "x.blob.core.windows.net"}, "no address around it"),
        ({"account_key": "cut off"}, "copy it whole"),
        ({"azure_endpoint": "127.0.0.1:10000"}, "azure_endpoint"),
    ],
)
def test_settings_that_can_not_work_are_refused_by_their_field(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AzureBlob.Settings.model_validate({"container": "pictures", "account_name": "pictures", **given})


def test_the_rule_that_lets_browsers_in_is_a_command_of_azure() -> None:
    told = storage({"container": "pictures", "account_name": "cats"}).cors("https://label.example.org")
    assert told.startswith("az storage cors add --services b --account-name cats --origins https://label")
