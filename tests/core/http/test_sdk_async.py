"""The field's client in its asynchronous form."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

import httpx
import pytest

from tagma.services.people import tokens

pytestmark = pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated")


def test_many_requests_at_once_are_answered_each_by_its_own(work: Any, live_server: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what other people's modules say while they are loaded
        from label_studio_sdk import AsyncLabelStudio
    key = work.site.database.write(lambda tx: tokens.create(work.site, tx, work.owner))
    project = work.project()

    async def label() -> dict[str, str]:
        async with httpx.AsyncClient(timeout=30) as connection:
            sdk = AsyncLabelStudio(base_url=live_server, api_key=key, httpx_client=connection)
            made = await asyncio.gather(
                *(sdk.tasks.create(project=project, data={"text": str(number)}) for number in range(12))
            )
            words = ("good", "bad")
            await asyncio.gather(
                *(
                    sdk.annotations.create(id=one.id, result=work.result(words[int(one.data["text"]) % 2]))
                    for one in made
                )
            )
            pager = await sdk.tasks.list(project=project, page_size=5)
            return {
                task.data["text"]: task.annotations[0]["result"][0]["value"]["choices"][0]
                async for task in pager
            }

    found = asyncio.run(label())
    assert found == {str(number): ("good", "bad")[number % 2] for number in range(12)}
