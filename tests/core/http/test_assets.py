"""The browser's files: small over the wire, asked for once, and all at once."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from tagma.http.assets import WEB, static_url
from tagma.http.modules import preloads
from tagma.labeling.config import as_browser_tree, parse
from tagma.services.site import Site
from tagma.testing import make_client

BOXES = '<View><Image name="i" value="$i"/><RectangleLabels name="l" toName="i"><Label value="A"/></RectangleLabels></View>'


def names(site: Site, xml: str) -> list[str]:
    links = preloads(
        site, "pages/label.js", config=as_browser_tree(parse(xml, site.plugins.tags), site.plugins)
    )
    return re.findall(r'<link rel="modulepreload" href="([^"]+)">', links)


def test_a_script_comes_packed_and_is_kept_for_ever(site: Site) -> None:
    client: TestClient = make_client(site)
    address = static_url(site, "store.js")
    packed = client.get(address, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert packed.headers["content-encoding"] == "br"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert "immutable" in packed.headers["cache-control"]
    assert packed.headers["content-security-policy"] == "default-src 'none'"
    assert "set-cookie" not in packed.headers
    whole = (WEB / "store.js").read_bytes()
    assert packed.content == whole  # the client unpacks
    assert int(packed.headers["content-length"]) < len(whole) / 2
    for accepted, encoding in (("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"), ("identity", None)):
        answer = client.get(address, headers={"Accept-Encoding": accepted})
        assert answer.headers.get("content-encoding") == encoding
        assert answer.content == whole


def test_nothing_outside_the_folder_is_sent(site: Site) -> None:
    client = make_client(site)
    base = static_url(site, "")
    for path in ("../cli.py", "%2e%2e/cli.py", "css", "no-such-file.js"):
        assert client.get(base + path).status_code == 404


def test_a_page_names_every_module_its_tags_will_import_and_no_other(site: Site) -> None:
    found = names(site, BOXES)
    for name in (
        "/tagma.js",
        "/store.js",
        "/kit/plane.js",
        "/kit/rectangle.js",
        "/rectangle-labels.js",
        "/image.js",
        "/flatbush.js",
    ):
        assert any(address.endswith(name) for address in found), name
    assert not any(address.endswith(("/kit/text.js", "/lit.js", "/codemirror.js")) for address in found)
    assert len(found) == len(set(found))
    client = make_client(site)
    assert {client.get(address).status_code for address in found} == {200}


def test_a_tag_without_plugin_names_no_modules(site: Site) -> None:
    assert names(site, '<View><Hologram name="h" value="$h"/></View>') == names(site, "<View/>")
