"""The field's own client, connected to a real server."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from tagma.services import tokens
from tagma.services.access import Actor
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
