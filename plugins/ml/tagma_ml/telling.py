"""Model servers are told what happens in their project, so that they can learn from it."""

from __future__ import annotations

import json

from tagma.plugin import Message, Server
from tagma.plugin.events import Event
from tagma.plugin.payloads import payloads
from tagma_ml.predictor import AGENT
from tagma_ml.settings import Settings, credentials

KIND = "model.http"


def tell(event: Event, server: Server) -> None:
    """Put down a message for every model server of the project; one that does not answer in time has heard it all the same."""
    concerned = server.records(KIND, Settings).concerned(event)
    if not concerned:
        return
    for payload in payloads(event, server):
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        server.outbox.post(
            [
                Message(
                    one.id,
                    payload["action"],
                    f"{one.settings['url']}/webhook",
                    body,
                    {"User-Agent": AGENT, **credentials(one.settings)},
                    insist=False,
                )
                for one in concerned
            ]
        )
