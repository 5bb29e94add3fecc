from typing import Any

import jwt
import pytest
from starlette.testclient import TestClient

from tagma.services.access import Actor
from tagma.services.people import accounts, sessions, tries
from tagma.services.site import Site
from tagma.testing import OWNER, make_client

WHO = "/api/current-user/whoami"


@pytest.fixture
def stranger(site: Site, owner: Actor) -> TestClient:
    return make_client(site)


def sign_in(client: TestClient, password: str, address: str = "10.0.0.1") -> Any:
    assert client.portal is None
    import asyncio

    return asyncio.run(accounts.sign_in(client.app.state.site, OWNER["email"], password, address))  # type: ignore[attr-defined]


def test_nobody_is_told_to_sign_in(stranger: TestClient) -> None:
    answer = stranger.get(WHO)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Authentication credentials were not provided."
    assert answer.json()["hint"]


def test_a_session_cookie_that_was_changed_does_not_hold(
    stranger: TestClient, site: Site, owner: Actor
) -> None:
    cookie = sessions.session_cookie(site, owner)
    stranger.cookies.set("sessionid", cookie[:-2] + "xx")
    assert stranger.get(WHO).status_code == 401


def test_ending_all_sessions_ends_a_cookie_that_was_given_out(
    client: TestClient, site: Site, owner: Actor
) -> None:
    assert client.get(WHO).json()["email"] == OWNER["email"]
    site.database.write(lambda tx: sessions.end_sessions(site, tx, owner.person))
    assert "ended" in client.get(WHO).json()["detail"]


def test_a_session_ends_by_age_and_by_idleness_as_the_policy_says(
    client: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.patch("/api/session-policy/", json={"max_session_age": 60, "max_time_between_activity": 10})
    assert client.get(WHO).status_code == 200
    import time

    later = time.time() + 61 * 60
    monkeypatch.setattr(sessions.time, "time", lambda: later)
    assert "run out" in client.get(WHO).json()["detail"]


def test_a_policy_of_no_minutes_is_refused(client: TestClient) -> None:
    answer = client.patch("/api/session-policy/", json={"max_session_age": 0})
    assert answer.status_code == 400
    assert "max_session_age" in answer.json()["validation_errors"]


def test_the_legacy_token_is_shown_again_and_works_in_each_header(
    client: TestClient, stranger: TestClient
) -> None:
    token = client.get("/api/current-user/token").json()["token"]
    assert len(token) == 40
    assert client.get("/api/current-user/token").json()["token"] == token
    for headers in (
        {"Authorization": f"Token {token}"},
        {"X-Api-Key": token},
        {"Authorization": f"Bearer {token}"},
    ):
        assert stranger.get(WHO, headers=headers).status_code == 200
    fresh = client.post("/api/current-user/reset-token/")
    assert fresh.status_code == 201
    assert stranger.get(WHO, headers={"X-Api-Key": token}).status_code == 401
    assert stranger.get(WHO, headers={"X-Api-Key": fresh.json()["token"]}).status_code == 200


def test_legacy_tokens_can_be_switched_off_in_words(client: TestClient, stranger: TestClient) -> None:
    token = client.get("/api/current-user/token").json()["token"]
    assert client.post("/api/jwt/settings", json={"legacy_api_tokens_enabled": False}).json() == {
        "api_tokens_enabled": True,
        "legacy_api_tokens_enabled": False,
        "api_token_ttl_days": 73000,
    }
    answer = stranger.get(WHO, headers={"X-Api-Key": token})
    assert answer.status_code == 401
    assert "legacy token authentication has been disabled" in answer.json()["detail"]


def test_no_key_is_stored_as_it_is(client: TestClient, site: Site) -> None:
    keys = [client.get("/api/current-user/token").json()["token"], client.post("/api/token/").json()["token"]]
    rows = site.database.read(lambda tx: tx.rows("SELECT token_hash, hint FROM api_token"))
    stored = " ".join(str(value) for row in rows for value in row)
    assert all(key not in stored for key in keys)


def test_a_personal_access_token_buys_access_and_is_itself_accepted(
    client: TestClient, stranger: TestClient
) -> None:
    made = client.post("/api/token/")
    assert made.status_code == 201
    token = made.json()["token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["token_type"] == "refresh"
    assert isinstance(claims["user_id"], str)
    assert client.post("/api/token/").status_code == 409
    assert client.get("/api/token/").json() == [{"token": token.rsplit(".", 1)[0]}]
    access = stranger.post("/api/token/refresh/", json={"refresh": token}).json()["access"]
    short = jwt.decode(access, options={"verify_signature": False})
    assert short["exp"] - short["iat"] == 300
    for key in (f"Bearer {access}", f"Bearer {token}", f"Token {token}"):
        assert stranger.get(WHO, headers={"Authorization": key}).status_code == 200


def test_a_truncated_token_ends_the_real_one(client: TestClient, stranger: TestClient) -> None:
    token = client.post("/api/token/").json()["token"]
    listed = client.get("/api/token/").json()[0]["token"]
    assert client.post("/api/token/blacklist/", json={"refresh": listed}).status_code == 204
    assert client.post("/api/token/blacklist/", json={"refresh": listed}).status_code == 404
    assert client.get("/api/token/").json() == []
    assert stranger.post("/api/token/refresh/", json={"refresh": token}).status_code == 401
    assert stranger.get(WHO, headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_rotating_gives_a_new_token_and_ends_the_old(client: TestClient) -> None:
    token = client.post("/api/token/").json()["token"]
    fresh = client.post("/api/token/rotate/", json={"refresh": token}).json()["refresh"]
    assert fresh != token
    assert client.post("/api/token/rotate/", json={"refresh": token}).status_code == 400
    assert client.post("/api/token/refresh/", json={"refresh": fresh}).status_code == 200


def test_a_token_signed_by_somebody_else_is_refused(stranger: TestClient) -> None:
    forged = jwt.encode(
        {"token_type": "access", "user_id": "1", "jti": "x", "exp": 9999999999}, "k" * 32, "HS256"
    )
    assert stranger.get(WHO, headers={"Authorization": f"Bearer {forged}"}).status_code == 401


def test_a_wrong_password_does_not_say_which_half_was_wrong(stranger: TestClient) -> None:
    with pytest.raises(Exception, match="Validation error") as caught:
        sign_in(stranger, "not the right one")
    assert "don't match" in caught.value.fields["non_field_errors"][0]  # type: ignore[attr-defined]
    assert sign_in(stranger, OWNER["password"]).email == OWNER["email"]


def test_guessing_is_stopped_with_the_minutes_to_wait(stranger: TestClient, site: Site) -> None:
    for _ in range(tries.PER_PERSON):
        tries.tries_of(site).failed("10.0.0.1", OWNER["email"])
    with pytest.raises(Exception, match="Too many wrong passwords") as caught:
        sign_in(stranger, OWNER["password"])
    assert "minutes" in caught.value.hint  # type: ignore[attr-defined]
    assert sign_in(stranger, OWNER["password"], "10.0.0.2").email == OWNER["email"]
