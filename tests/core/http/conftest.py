"""The field's own clients, connected to a real server."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tagma.services.access import Actor
from tagma.services.people import tokens
from tagma.services.site import Site

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio


@pytest.fixture
def sdk(site: Site, owner: Actor, live_server: str) -> Iterator[LabelStudio]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what other people's modules say while they are loaded
        from label_studio_sdk import LabelStudio
    key = site.database.write(lambda tx: tokens.create(site, tx, owner))
    with httpx.Client(timeout=30) as connection:  # theirs is never closed
        yield LabelStudio(base_url=live_server, api_key=key, httpx_client=connection)


@pytest.fixture
def old(site: Site, owner: Actor, live_server: str) -> Iterator[Any]:
    """The client of its versions before 1.0, which it keeps beside."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from label_studio_sdk._legacy import Client
    key = site.database.write(lambda tx: tokens.legacy_token(site, tx, owner))
    client = Client(url=live_server, api_key=key)
    yield client
    client.session.close()
