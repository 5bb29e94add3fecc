"""Nobody else's page acts for a person, nothing that was sent runs as a script, and no answer leads away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma.testing import OWNER, make_client, make_owner, make_site

EVIL = {"Origin": "https://evil.example"}


def token(client: TestClient, path: str = "/user/login/") -> str:
    found = re.search(r'name="csrf_token" value="(\w+)"', client.get(path).text)
    assert found
    return found[1]


@pytest.mark.parametrize("given", [None, "", "0" * 40, "ü"])
def test_a_form_without_the_proof_of_its_page_is_refused(client: TestClient, given: str | None) -> None:
    form = {"what": "password"} | ({} if given is None else {"csrf_token": given})
    answer = client.post("/account", data=form)
    assert answer.status_code == 403
    assert "This form is not from the page you have open" in answer.text
    assert "Load the page again" in answer.text


def test_the_proof_of_another_session_does_not_hold(site: Any, client: TestClient) -> None:
    with make_client(site) as stranger:
        theirs = token(stranger)
    assert client.post("/logout/", data={"csrf_token": theirs}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/projects/"),
        ("PATCH", "/api/current-user/"),
        ("DELETE", "/api/projects/1/"),
        ("POST", "/logout/"),
    ],
)
def test_another_sites_page_is_refused_with_what_was_expected(
    client: TestClient, method: str, path: str
) -> None:
    answer = client.request(method, path, headers=EVIL)
    assert answer.status_code == 403
    assert answer.json()["code"] == "origin"
    assert (
        answer.json()["detail"]
        == "The request came from https://evil.example; expected was http://testserver."
    )
    assert 'trusted_origins = ["https://evil.example"]' in answer.json()["hint"]


def test_a_person_reads_why_their_page_was_refused(client: TestClient) -> None:
    answer = client.post("/account", data={}, headers={**EVIL, "Accept": "text/html"})
    assert answer.status_code == 403
    assert "<html" in answer.text
    assert "The request came from https://evil.example; expected was http://testserver." in answer.text
    assert "trusted_origins = [&#34;https://evil.example&#34;]" in answer.text


def test_a_trusted_origin_and_a_program_with_a_key_are_let_in(tmp_path: Path) -> None:
    site = make_site(
        tmp_path / "data", trusted_origins=["https://evil.example"], enable_legacy_api_token=True
    )
    owner = make_owner(site)
    with make_client(site, owner) as client:
        assert client.post("/api/projects/", json={"title": "Theirs"}, headers=EVIL).status_code == 201
        key = client.get("/api/current-user/token").json()["token"]
    with make_client(site) as program:
        headers = {"Authorization": f"Token {key}", "Origin": "https://elsewhere.example"}
        assert program.post("/api/projects/", json={"title": "Mine"}, headers=headers).status_code == 201
    site.close()


@pytest.mark.parametrize(("public", "secure"), [("", False), ("https://label.example.org/tagma", True)])
def test_cookies_are_kept_from_scripts_and_from_other_sites(
    tmp_path: Path, public: str, secure: bool
) -> None:
    site = make_site(tmp_path / "data", public_url=public)
    make_owner(site)
    root = "/tagma" if public else ""
    with make_client(site) as client:
        page = client.get(f"{root}/user/login/")
        seed = page.headers["set-cookie"]
        found = re.search(r'name="csrf_token" value="(\w+)"', page.text)
        assert found
        # The test client talks http and would not send back a cookie for https.
        client.cookies.set("csrfseed", seed.split("csrfseed=")[1].split(";")[0])
        answer = client.post(f"{root}/user/login/", data={**OWNER, "csrf_token": found[1]})
        assert answer.status_code == 303
        for cookie in (seed, answer.headers["set-cookie"]):
            assert "httponly" in cookie.lower()
            assert "samesite=lax" in cookie.lower()
            assert f"path={root or '/'};" in f"{cookie.lower()};"
            assert ("secure" in cookie.lower()) == secure
    site.close()


def test_pages_run_only_scripts_of_our_own(client: TestClient) -> None:
    for path in ("/projects/", "/user/login/", "/nothing/here", "/docs/api"):
        answer = client.get(path, headers={"Accept": "text/html"})
        rules = dict(
            rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";")
        )
        assert rules["default-src"] == "'self'"
        assert re.fullmatch(r"'self' 'nonce-[\w-]{20,}'", rules["script-src"])
        assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
        assert rules["form-action"] == "'self'"
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "page.xhtml", "code.js", "odd.xml", "none"])
def test_what_people_sent_can_not_run_as_a_page(
    client: TestClient, project: Any, site: Any, name: str
) -> None:
    body = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    made = project()
    folder = site.folder("upload", str(made.id))
    (folder / f"0badcafe-{name}").write_bytes(body)
    answer = client.get(f"/data/upload/{made.id}/0badcafe-{name}")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    kind = answer.headers["content-type"].split(";")[0]
    assert kind in ("text/plain", "image/svg+xml", "application/octet-stream")


@pytest.mark.parametrize(
    "next_", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_only_inward(site: Any, owner: Any, next_: str) -> None:
    with make_client(site) as client:
        form = {**OWNER, "csrf_token": token(client), "next": next_}
        answer = client.post("/user/login/", data=form)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/projects/"
