"""Pictures of people."""

from __future__ import annotations

import io
from typing import Any

import pytest


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


def send(client: Any, user: int, name: str, body: bytes, field: str = "avatar") -> Any:
    return client.post(f"/api/users/{user}/avatar/", files={field: (name, body)})


@pytest.mark.parametrize(("kind", "name"), [("PNG", "me.png"), ("JPEG", "me.JPG"), ("GIF", "me.gif")])
def test_a_picture_is_kept_shown_exchanged_and_taken_away(work: Any, kind: str, name: str) -> None:
    me, body = work.owner.user_id, picture(kind)
    answer = send(work.client, me, name, body)
    assert (answer.status_code, answer.json()) == (200, {"detail": "avatar saved"})
    first = work.client.get(f"/api/users/{me}/").json()["avatar"]
    shown = work.client.get(first)
    assert (shown.content, shown.headers["content-type"]) == (body, f"image/{kind.lower()}")
    assert shown.headers["content-security-policy"] == "sandbox"
    stored = work.client.get("/storage-data/uploaded/", params={"filepath": first.removeprefix("/data/")})
    assert stored.content == body
    assert send(work.client, me, name, picture(kind, (8, 8))).status_code == 200
    assert work.client.get(first).status_code == 404
    second = work.client.get("/api/current-user/whoami").json()["avatar"]
    assert work.client.delete(f"/api/users/{me}/avatar/").status_code == 204
    assert work.client.get(second).status_code == 404
    assert work.client.get(f"/api/users/{me}/").json()["avatar"] is None


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("me.png", b"GIF? no", "me.png is no picture"),
        ("me.png", b"", "no picture"),
        ("me.png", picture("PNG", (1300, 10)), "1300 × 10 pixels"),
        ("me.png", b"\x89PNG" + b"0" * 1024**2, "at most 1 MiB"),
        ("me.webp", picture("WEBP"), "is WEBP"),
        ("me.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is SVG"),
    ],
)
def test_what_is_no_small_picture_is_refused_in_words(work: Any, name: str, body: bytes, words: str) -> None:
    answer = send(work.client, work.owner.user_id, name, body)
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["validation_errors"]["avatar"][0]
    assert work.client.get("/api/current-user/whoami").json()["avatar"] is None
    assert not [*(work.site.folder("avatars")).iterdir()]


def test_a_request_without_a_picture_is_told_how_to_send_one(work: Any) -> None:
    answer = work.client.post(f"/api/users/{work.owner.user_id}/avatar/", json={"avatar": "me.png"})
    assert answer.status_code == 400
    assert "multipart/form-data" in answer.json()["hint"]


def test_nobody_changes_the_picture_of_others_and_no_path_leads_out(work: Any) -> None:
    anne = work.person("anne")
    assert send(anne, work.owner.user_id, "me.png", picture()).status_code == 403
    assert anne.delete(f"/api/users/{work.owner.user_id}/avatar/").status_code == 403
    assert work.stranger().delete(f"/api/users/{work.owner.user_id}/avatar/").status_code == 404
    for path in ("..%2Ftagma.sqlite3", ".hidden", "%2e%2e"):
        assert work.client.get(f"/data/avatars/{path}").status_code == 404
    out = work.client.get("/storage-data/uploaded/", params={"filepath": "avatars/../tagma.sqlite3"})
    assert out.status_code == 404
