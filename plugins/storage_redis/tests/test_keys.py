"""Keys of a database as a storage, on a real server: what it lists, opens and writes, and what is said when it refuses."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tagma.errors import StorageError
from tagma_storage_redis.storage import RedisKeys

pytestmark = pytest.mark.xdist_group("valkey")


@pytest.fixture
def storage() -> Any:
    made = []

    def make(settings: dict[str, Any]) -> RedisKeys:
        made.append(RedisKeys(RedisKeys.Settings.model_validate(settings)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_keys_that_begin_so_are_listed_and_no_others(valkey: Any, storage: Any) -> None:
    path = valkey.filled(**{"a": b"1", "b/c": b"22", "b/d/e": b"3"})
    valkey.filled(other=b"1")
    found = storage(valkey.settings(path))
    assert sorted((one.key, one.size) for one in found.list()) == [("a", 1), ("b/c", 2), ("b/d/e", 1)]
    assert [one.key for one in found.list(deep=False)] == ["a"]
    assert [one.key for one in found.list("b/", deep=False)] == ["b/c"]
    assert found.named("a") == f"{path}a"


@pytest.mark.parametrize(
    "key", ["with space", "größe/日本語 🙂", "50%20", "a#b?c&d+e", "q'\"<>", "a//b", "../a", "a\nb", "[a-z]*?^\\", "x" * 1024]
)  # fmt: skip
def test_odd_keys_are_listed_read_written_and_deleted_as_they_are(
    valkey: Any, storage: Any, key: str
) -> None:
    found = storage(valkey.settings(valkey.filled(**{"b" + key: b"another"}) + "b", db=1))
    found = storage(valkey.settings(found.own.path + key[:1]))
    found.put(key[1:], io.BytesIO(key.encode()))
    assert key[1:] in [one.key for one in found.list()]
    assert [one.key for one in found.list(key[1:])] == [key[1:]]
    assert found.open(key[1:]).read() == key.encode()
    assert found.stat(key[1:]).size == len(key.encode())
    assert found.key_of(found.uri(key[1:])) == key[1:]
    for _ in range(2):
        found.delete(key[1:])
    assert key[1:] not in [one.key for one in found.list(key[1:]) if one.key == key[1:]]


def test_what_changed_has_another_version_even_of_the_same_length(valkey: Any, storage: Any) -> None:
    found = storage(valkey.settings(valkey.filled(a=b"one", same=b"same")))
    before = {one.key: one.version for one in found.list()}
    found.put("a", io.BytesIO(b"two"))
    after = {one.key: one.version for one in found.list()}
    assert after["a"] != before["a"]
    assert after["same"] == before["same"] == found.stat("same").version


def test_a_part_of_a_value_is_read(valkey: Any, storage: Any) -> None:
    found = storage(valkey.settings(valkey.filled(a=b"0123456789", empty=b"")))
    assert found.open("a", 2, 5).read() == b"234"
    assert found.open("a", 8).read() == b"89"
    assert found.open("a", 5, 5).read() == b""
    assert found.open("empty", 0, 5).read() == b""


def test_lists_sets_and_hashes_are_passed_over(valkey: Any, storage: Any) -> None:
    path = valkey.filled(text=b"{}")
    with valkey.client() as client:
        client.rpush(f"{path}list", "a")
        client.hset(f"{path}hash", "a", "b")
    assert [one.key for one in storage(valkey.settings(path)).list()] == ["text"]


def test_a_key_that_is_no_text_is_told(valkey: Any, storage: Any) -> None:
    path = valkey.filled()
    with valkey.client() as client:
        client.set(path.encode() + b"\xff\xfe", "1")
    with pytest.raises(StorageError, match="is no text") as caught:
        list(storage(valkey.settings(path)).list())
    assert r"\xff\xfe" in caught.value.message


def test_a_hundred_thousand_keys_come_as_a_stream(valkey: Any, storage: Any) -> None:
    path = valkey.filled()
    with valkey.client(3) as client:
        for begin in range(0, 100_000, 10_000):
            client.mset({f"{path}{number}": "{}" for number in range(begin, begin + 10_000)})
    found = storage(valkey.settings(path, db=3))
    listing = found.list()
    next(listing)
    with valkey.client(3) as client:
        calls = client.info("commandstats")["cmdstat_scan"]["calls"]
    assert calls < 100  # the first key is there before the others were asked for
    assert len({one.key for one in listing}) == 99_999


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"password": "wrong"}, "password is not right", "password"),
        ({"password": ""}, "password is not right", "password"),
        ({"port": 9}, "127.0.0.1:9 does not answer", "host"),
        ({"db": 99}, "no database 99", "db"),
    ],
)
def test_what_is_refused_is_told_in_words_with_its_field(
    valkey: Any, storage: Any, change: Any, words: str, field: str
) -> None:
    with pytest.raises(StorageError, match=words) as caught:
        storage({**valkey.settings("a"), **change}).check()
    assert caught.value.where.get("field") == field
    assert caught.value.hint
    assert "only-for-tests" not in str(caught.value)


def test_a_user_with_too_few_rights_is_told(valkey: Any, storage: Any) -> None:
    path = valkey.filled(a=b"1")
    with valkey.client() as client:
        client.execute_command("ACL", "SETUSER", "default", "-get")
        try:
            with pytest.raises(StorageError, match="may not do this") as caught:
                storage(valkey.settings(path)).open("a")
        finally:
            client.execute_command("ACL", "SETUSER", "default", "+get")
    assert "GET" in caught.value.hint


def test_a_key_that_ran_out_is_named(valkey: Any, storage: Any) -> None:
    found = storage(valkey.settings(valkey.filled()))
    for ask in (found.open, found.stat, lambda key: found.open(key, 1, 2)):
        with pytest.raises(StorageError, match=r'no key "set-\d+:gone"') as caught:
            ask("gone")
        assert (caught.value.where["key"], caught.value.code) == ("gone", "object")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"host": "redis://127.0.0.1"}, "without redis://"),
        ({"host": "a@b"}, "without redis://"),
        ({"port": "many"}, "number from 1"),
        ({"port": 0}, "number from 1"),
        ({"db": -1}, "greater than or equal to 0"),
    ],
)
def test_settings_that_can_not_work_are_refused_by_their_field(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        RedisKeys.Settings.model_validate(given)


def test_sources_and_targets_lie_in_databases_of_their_own() -> None:
    assert RedisKeys.Settings().db == 1
    assert RedisKeys.TargetSettings().db == 2
