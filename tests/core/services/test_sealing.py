"""Secrets of records: encrypted on disk, opened where they are used, under a new key after it changed; on both databases."""

from __future__ import annotations

import json

import pytest
from pydantic import BaseModel, SecretStr

from tagma.db.tables import Record
from tagma.errors import InvalidInput, SecretLost
from tagma.services import records, sealing
from tagma.services.access import Actor
from tagma.services.plugin_server import PluginServer
from tagma.services.site import Site, open_site
from tagma.settings import Settings


class Service(BaseModel):
    url: str
    key: SecretStr | None = None


def made(site: Site, owner: Actor) -> int:
    record = site.database.write(
        lambda tx: records.create(site, tx, owner, "test", {"url": "a", "key": "hush-hush"}, model=Service)
    )
    return record.id or 0


def on_disk(site: Site, record: int) -> str:
    row = site.database.read(lambda tx: tx.row("SELECT settings FROM record WHERE id = :id", id=record))
    assert row is not None
    return str(row[0])


def opened(site: Site, record: int) -> dict[str, object]:
    def read(tx):  # type: ignore[no-untyped-def]
        return records.opened(site, tx.session.get(Record, record))

    return site.database.read(read)


def again(site: Site, key: str, *before: str) -> Site:
    """The server once more, with another key."""
    return open_site(
        Settings(
            data_dir=site.settings.data_dir,
            database=site.settings.database,
            secret_key=key,
            secret_key_before=list(before),
        )
    )


def test_a_secret_lies_encrypted_and_is_opened_for_its_plugin(site: Site, owner: Actor) -> None:
    record = made(site, owner)
    assert "hush" not in on_disk(site, record)
    assert opened(site, record) == {"url": "a", "key": "hush-hush"}
    plugin = PluginServer(site).records("test", Service)
    assert plugin.get(owner, record).settings["key"] == "hush-hush"
    assert plugin.change(owner, record, {"url": "b"}).settings == {"url": "b", "key": "hush-hush"}
    assert plugin.change(owner, record, {"key": "other"}).settings["key"] == "other"
    assert plugin.change(owner, record, {"key": None}).settings["key"] is None


def test_a_secret_from_a_copy_of_the_database_is_not_opened_for_who_sends_it(
    site: Site, owner: Actor
) -> None:
    stolen = json.loads(on_disk(site, made(site, owner)))["key"]
    plugin = PluginServer(site).records("test", Service)
    with pytest.raises(InvalidInput) as wrong:
        plugin.create(owner, {"url": "mine", "key": stolen})
    assert wrong.value.fields == {"key": ["A secret is sent as text."]}


def test_a_new_key_takes_over_from_the_former_at_the_next_start(site: Site, owner: Actor) -> None:
    record = made(site, owner)
    former = site.settings.secret_key
    before = on_disk(site, record)
    moved = again(site, "a new key", former)
    moved.close()
    assert on_disk(site, record) != before
    alone = again(site, "a new key")
    try:
        assert opened(alone, record)["key"] == "hush-hush"
        assert sealing.renew(alone.database, alone.sealer) == 0
    finally:
        alone.close()


def test_a_lost_key_is_told_and_the_secret_entered_once_more(
    site: Site, owner: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    record = made(site, owner)
    other = again(site, "another key")
    try:
        with pytest.raises(SecretLost, match="another secret key") as lost:
            opened(other, record)
        assert "secret_key_before" in lost.value.hint
        plugin = PluginServer(other).records("test", Service)
        assert plugin.get(owner, record).settings == {"url": "a", "key": None}
        assert "can't be decrypted" in caplog.text
        with pytest.raises(InvalidInput) as wrong:
            plugin.change(owner, record, {"url": "b"})
        assert "once more" in wrong.value.fields["key"][0]
        assert plugin.change(owner, record, {"key": "entered"}).settings["key"] == "entered"
    finally:
        other.close()


def test_records_from_before_are_sealed_at_the_next_start(site: Site, owner: Actor) -> None:
    old = Record(
        organization_id=owner.organization_id, kind="webhook", settings={"url": "u", "secret": "hush-hush"}
    )

    def keep(tx):  # type: ignore[no-untyped-def]
        tx.session.add(old)
        tx.session.flush()
        return old.id

    record = site.database.write(keep)
    again(site, site.settings.secret_key).close()
    assert "hush" not in on_disk(site, record)
    assert opened(site, record) == {"url": "u", "secret": "hush-hush"}
