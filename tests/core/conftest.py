"""Work on a project, in the few words the tests of it need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma.db.engine import Transaction
from tagma.db.tables import Membership, Organization, User
from tagma.services.access import Actor
from tagma.services.site import Site
from tagma.testing import make_client

CHOICES = """<View>
  <Text name="text" value="$text"/>
  <Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>
</View>"""


class Work:
    """A project of moods, the people who label it, and what they do over the API."""

    def __init__(self, site: Site, owner: Actor, client: TestClient, project: Any, stack: ExitStack) -> None:
        self.site, self.owner, self.client = site, owner, client
        self._project, self._stack = project, stack

    def project(self, **fields: Any) -> int:
        made = self._project(CHOICES, title="Moods of texts", **fields)
        return int(made.id)

    def tasks(self, project: int, *texts: str | dict[str, Any]) -> list[int]:
        """A task of each text, or of each data; their ids."""
        ids = []
        for one in texts:
            data = {"text": one} if isinstance(one, str) else one
            answer = self.client.post("/api/tasks/", json={"project": project, "data": data})
            assert answer.status_code == 201, answer.text
            ids.append(answer.json()["id"])
        return ids

    def result(self, choice: str = "good") -> list[dict[str, Any]]:
        value = {"choices": [choice]}
        return [{"id": "m1", "from_name": "mood", "to_name": "text", "type": "choices", "value": value}]

    def submit(self, task: int, client: TestClient | None = None, **fields: Any) -> dict[str, Any]:
        body = {"result": self.result(), **fields}
        answer = (client or self.client).post(f"/api/tasks/{task}/annotations/", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def skip(self, task: int, client: TestClient | None = None) -> dict[str, Any]:
        return self.submit(task, client, was_cancelled=True, result=[])

    def task(self, task: int) -> dict[str, Any]:
        return dict(self.client.get(f"/api/tasks/{task}/").json())

    def counts(self, project: int) -> dict[str, Any]:
        return dict(self.client.get(f"/api/projects/{project}/").json())

    def next(self, project: int, client: TestClient | None = None, **query: Any) -> Any:
        return (client or self.client).get(f"/api/projects/{project}/next/", params=query)

    def actor(self, name: str, role: str = "AN", *, organization: bool = False) -> Actor:
        """Somebody of the owner's organization, or the owner of another one."""

        def write(tx: Transaction) -> Actor:
            home = self.owner.organization_id
            if organization:
                other = Organization(title=name, invite_token=name)
                tx.session.add(other)
                tx.session.flush()
                assert other.id is not None
                home = other.id
            user = User(email=f"{name}@example.com", active_organization_id=home)
            tx.session.add(user)
            tx.session.flush()
            assert user.id is not None
            tx.session.add(Membership(organization_id=home, user_id=user.id, role=role))
            return Actor(user.id, home, role, user.email)

        return self.site.database.write(write)

    def person(self, name: str, role: str = "AN") -> TestClient:
        return self._stack.enter_context(make_client(self.site, self.actor(name, role)))

    def stranger(self) -> TestClient:
        """The owner of another organization."""
        return self._stack.enter_context(
            make_client(self.site, self.actor("stranger", "OW", organization=True))
        )


@pytest.fixture
def work(site: Site, owner: Actor, client: TestClient, project: Any) -> Iterator[Work]:
    with ExitStack() as stack:
        yield Work(site, owner, client, project, stack)
