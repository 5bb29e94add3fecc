"""What may be talked to: one guard for imports, storages, models and webhooks."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tagma.errors import Unreachable
from tagma.services import netguard
from tagma.testing import make_settings

OPEN = {"host": "0.0.0.0"}
OWN = {"host": "127.0.0.1"}


def found(*addresses: str) -> netguard.Resolve:
    def look_up(host: str, port: int) -> Sequence[str]:
        return addresses

    return look_up


@pytest.mark.parametrize(
    ("address", "settings"),
    [
        ("93.184.216.34", OPEN),
        ("127.0.0.1", OWN),
        ("::1", OWN),
        ("10.1.2.3", {**OPEN, "allowed_networks": ["10.1.0.0/16"]}),
        ("127.0.0.1", {**OPEN, "allowed_networks": ["127.0.0.1"]}),
        ("::ffff:10.1.2.3", {**OPEN, "allowed_networks": ["10.1.0.0/16"]}),
        ("192.168.1.7", {**OPEN, "ssrf_protection": False}),
    ],
)
def test_what_is_public_or_allowed_or_the_own_machine_may_be_talked_to(
    address: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    judged = netguard.judged_address(
        "http://there:8000/", make_settings(tmp_path, **settings), found(address)
    )
    assert judged == ("there", address, 8000)


@pytest.mark.parametrize(
    ("address", "settings", "remedy"),
    [
        ("127.0.0.1", OPEN, 'put "127.0.0.1" into allowed_networks'),
        ("127.0.0.1", {**OWN, "public_url": "https://label.example.org"}, "allowed_networks"),
        ("10.1.2.3", OWN, "allowed_networks"),
        ("169.254.169.254", OWN, "allowed_networks"),
        ("::ffff:169.254.169.254", OWN, "allowed_networks"),
        ("64:ff9b::a9fe:a9fe", OWN, "allowed_networks"),
        ("fd00::1", OPEN, "allowed_networks"),
        ("10.2.0.1", {**OPEN, "allowed_networks": ["10.1.0.0/16"]}, "allowed_networks"),
        (
            "10.1.2.3",
            {"banned_subnets": ["10.1.2.0/24"], "allowed_networks": ["10.1.0.0/16"]},
            "banned_subnets",
        ),
        ("203.0.113.5", {"banned_subnets": ["203.0.113.0/24"], "ssrf_protection": False}, "banned_subnets"),
    ],
)
def test_what_is_private_or_banned_is_refused_with_the_line_to_change(
    address: str, settings: dict[str, Any], remedy: str, tmp_path: Path
) -> None:
    with pytest.raises(Unreachable) as refused:
        netguard.judged_address("http://there/", make_settings(tmp_path, **settings), found(address))
    assert f"there is {address}" in refused.value.message
    assert remedy in refused.value.hint


def test_a_name_is_refused_when_one_of_its_addresses_is(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=r"10\.0\.0\.1"):
        netguard.judged_address(
            "http://there/", make_settings(tmp_path, **OPEN), found("93.184.216.34", "10.0.0.1")
        )


@pytest.mark.parametrize(
    "url", ["ftp://there/x", "file:///etc/passwd", "there", "http://", "http://there:99999/"]
)
def test_what_is_no_web_address_is_refused_in_words(url: str, tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as refused:
        netguard.judged_address(url, make_settings(tmp_path), found("93.184.216.34"))
    assert refused.value.hint


def test_a_network_that_is_none_is_named_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="'minio' is no network; write one as"):
        make_settings(tmp_path, allowed_networks=["minio"])


@pytest.mark.parametrize(
    "inside",
    ["http://127.0.0.2:{port}/secret", "http://[::1]:{port}/secret", "http://169.254.169.254/latest"],
)
def test_an_import_that_is_led_into_the_own_network_stops_there(inside: str, tmp_path: Path) -> None:
    asked: list[str] = []

    class Leads(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", inside.format(port=self.server.server_address[1]))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Leads)
    working = threading.Thread(target=server.serve_forever, args=(0.05,))
    working.start()
    settings = make_settings(tmp_path, **OPEN, allowed_networks=["127.0.0.1"], ssrf_protection=True)
    got: list[bytes] = []
    try:
        with pytest.raises(Unreachable, match="inside a private network"):
            netguard.fetch(f"http://127.0.0.1:{server.server_port}/file", settings, got.append)
    finally:
        server.shutdown()
        working.join()
        server.server_close()
    assert (asked, got) == (["/file"], [])


@pytest.mark.parametrize(
    ("url", "address", "more", "fits"),
    [
        ("https://objects.example.com", "93.184.216.34", {}, True),
        ("http://objects.example.com", "93.184.216.34", {}, False),
        ("http://objects.example.com", "93.184.216.34", {"allowed_networks": ["93.184.216.34"]}, True),
        ("http://objects.example.com", "10.1.2.3", {"allowed_networks": ["10.0.0.0/8"]}, True),
        ("http://objects.example.com", "93.184.216.34", {"ssrf_protection": False}, True),
    ],
)
def test_whom_a_library_follows_has_to_prove_its_name(
    url: str, address: str, more: dict[str, Any], fits: bool, tmp_path: Path
) -> None:
    settings = make_settings(tmp_path, **{**OPEN, "ssrf_protection": True, **more})
    with nullcontext() if fits else pytest.raises(Unreachable, match="not encrypted"):
        netguard.judged_endpoint(url, settings, look_up=found(address))
