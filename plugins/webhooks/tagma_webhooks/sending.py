"""From what happened to the messages that tell it."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid

from tagma.plugin import Message, Server, Stored
from tagma.plugin.events import Event
from tagma.plugin.payloads import Payload, payloads
from tagma_webhooks.webhook import ACTIONS, KIND, Webhook


def tell(event: Event, server: Server) -> None:
    """Put down a message for every webhook that wants to hear of it."""
    concerned = [one for one in server.records(KIND, Webhook).concerned(event) if one.settings["is_active"]]
    if not concerned:
        return
    for payload in payloads(event, server):
        server.outbox.post([message(one, payload) for one in concerned if wants(one, payload["action"])])


def wants(webhook: Stored, action: str) -> bool:
    if ACTIONS[action].organization_only and webhook.project_id is not None:
        return False
    return bool(webhook.settings["send_for_all_actions"]) or action in webhook.settings["actions"]


def message(webhook: Stored, payload: Payload) -> Message:
    sent = payload if webhook.settings["send_payload"] else {"action": payload["action"]}
    body = json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {**webhook.settings["headers"], "X-Tagma-Delivery": str(uuid.uuid4())}
    secret = webhook.settings.get("secret")
    if secret:
        headers["X-Tagma-Signature"] = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    return Message(webhook.id, payload["action"], webhook.settings["url"], body, headers)
