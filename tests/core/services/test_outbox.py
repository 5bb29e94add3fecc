"""Messages in the database: due one by one for each receiver, kept until they are taken, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import BaseModel

from tagma.plugin.server import Answer, Message
from tagma.services import outbox, records
from tagma.services.access import Actor
from tagma.services.caller import Caller
from tagma.services.site import Site


class Anything(BaseModel):
    pass


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses in the order they were talked to; whoever is called "down" does not take it."""
    called: list[str] = []

    def ask(self: Caller, method: str, url: str, **_: object) -> Answer:
        called.append(url)
        return Answer(503 if "down" in url else 200, "text/plain", b"word\0s", True)

    monkeypatch.setattr(Caller, "ask", ask)
    return called


def receiver(site: Site, owner: Actor) -> int:
    made = site.database.write(lambda tx: records.create(site, tx, owner, "test", {}, model=Anything))
    return made.id or 0


def put(site: Site, *messages: tuple[int, str]) -> None:
    told = [
        Message(record, "TOLD", f"http://{url}/", b'{"word": "\xc3\xa9"}', {"X-Key": "1"})
        for record, url in messages
    ]
    site.database.write(lambda tx: outbox.put(site, tx, told))


def states(site: Site, record: int) -> list[tuple[str, int]]:
    log = site.database.read(lambda tx: outbox.log(tx, record, 50))
    return [(one["state"], one["attempts"]) for one in reversed(log)]


def test_each_receiver_gets_its_messages_in_their_order(site: Site, owner: Actor, sent: list[str]) -> None:
    one, other = receiver(site, owner), receiver(site, owner)
    put(site, (one, "a1"), (one, "a2"), (other, "b1"))
    site.outbox.drain()
    assert [url for url in sent if "a" in url] == ["http://a1/", "http://a2/"]
    assert sorted(sent) == ["http://a1/", "http://a2/", "http://b1/"]
    assert states(site, one) == [("sent", 1), ("sent", 1)]


def test_what_is_refused_waits_longer_each_time_and_is_given_up(
    site: Site, owner: Actor, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = receiver(site, owner)
    put(site, (record, "down"))
    site.outbox.drain()
    assert states(site, record) == [("waiting", 1)]
    assert len(sent) == 1
    monkeypatch.setattr(outbox, "PAUSES", (timedelta(0),))
    [message] = site.database.read(lambda tx: outbox.log(tx, record, 50))
    assert site.database.write(lambda tx: outbox.again(tx, record, message["id"]))
    assert not site.database.write(lambda tx: outbox.again(tx, record + 1, message["id"]))
    site.outbox.drain()
    assert states(site, record) == [("given up", 2)]
    monkeypatch.setattr(outbox, "KEPT", -outbox.KEPT)
    site.database.write(outbox.clear)
    assert states(site, record) == []


def test_a_message_in_work_is_nobody_elses(site: Site, owner: Actor, sent: list[str]) -> None:
    record = receiver(site, owner)
    put(site, (record, "a"))
    assert len(site.database.write(lambda tx: outbox._claim(tx, set()))) == 1
    assert site.database.write(lambda tx: outbox._claim(tx, set())) == []
    assert sent == []
