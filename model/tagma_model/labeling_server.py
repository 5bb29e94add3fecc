"""The labeling server as a model sees it: its files and its annotations, with the token it handed over.

The token goes to that server and to nobody else, also not along a redirect.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode, urljoin, urlsplit

import httpx2 as httpx

from tagma_model.errors import ModelError

SECONDS = 60.0
HOPS = 6
KEPT_BYTES = 2 << 30
_ADDRESSES = ("TAGMA_URL", "LABEL_STUDIO_URL", "LABEL_STUDIO_HOST")
_TOKENS = ("TAGMA_TOKEN", "LABEL_STUDIO_API_KEY", "LABEL_STUDIO_ACCESS_TOKEN")


class LabelingServer:
    """One labeling server.

    :param address: as its ``/setup`` named it; without one ``TAGMA_URL`` or ``LABEL_STUDIO_URL`` of the environment.
    :param token: likewise, else ``TAGMA_TOKEN`` or ``LABEL_STUDIO_API_KEY``.
    :param folder: where fetched files are kept; the oldest go when they are more than 2 GB.
    """

    def __init__(self, address: str, token: str, folder: Path) -> None:
        self.folder = folder
        self.stands_at(address, token)

    def stands_at(self, address: str, token: str) -> None:
        """Where it is and what opens its door, from now on."""
        self.address = (address or _environment(_ADDRESSES)).rstrip("/")
        self.token = token or (_environment(_TOKENS) if self._is_the_environments() else "")
        self._access = ""  # what a personal access token was changed for

    def _is_the_environments(self) -> bool:
        """A token of the environment is for the server of the environment."""
        named = _environment(_ADDRESSES)
        return not named or _origin(named) == _origin(self.address)

    def file(self, address: str, task: int | None = None) -> Path:
        """A file of a task on this machine; fetched once.

        :param address: as it stands in the task: ``https://…``, ``/data/upload/…``, ``s3://…``, ``data:…``.
        :param task: the task's id, which files of a cloud storage need.
        :raises ModelError: it could not be fetched.
        """
        if not isinstance(address, str) or not address.strip():
            raise ModelError(f"{address!r} is no address of a file.", task=task)
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = self.folder / _name(address if "://" in address else f"{self.address}|{address}")
        if kept.exists():
            kept.touch()
            return kept
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as partly:
            try:
                if address.startswith("data:"):
                    partly.write(_inline(address))
                else:
                    with self._answer(self._at(address, task), task) as answer:
                        for chunk in answer.iter_bytes(1 << 16):
                            partly.write(chunk)
            except BaseException:
                os.unlink(partly.name)
                raise
        os.replace(partly.name, kept)
        self._make_room()
        return kept

    def _at(self, address: str, task: int | None) -> str:
        """Where to ask for what a task names ``address``."""
        if address.startswith(("http://", "https://")):
            return address
        if "://" not in address:
            return self._join(_rooted(address), address)
        if task is None:
            raise ModelError(
                f"{_short(address)} lies in a storage of the labeling server, which wants to know the task.",
                "Hand over its id: self.file(address, task).",
            )
        wanted = urlencode({"fileuri": base64.urlsafe_b64encode(address.encode()).decode()})
        return self._join(f"/tasks/{task}/resolve/?{wanted}", address)

    def annotated_tasks(self, project: str) -> Iterator[dict[str, Any]]:
        """The project's tasks that have annotations, as an export in JSON has them.

        :param project: its number.
        """
        found = self.get(f"/api/projects/{project}/export?exportType=JSON")
        if not isinstance(found, list):
            raise ModelError(
                f"{self.address} answered the export of project {project} with no list of tasks."
            )
        yield from found

    def get(self, path: str) -> Any:
        """What the labeling server answers at ``path``, as Python has it: for more of its API, like ``/api/tasks/7/``."""
        with self._answer(self._join(path, path), None) as answer:
            body = answer.read()
        try:
            return json.loads(body)
        except ValueError:
            shown = body[:80].decode(errors="replace").strip()
            raise ModelError(f"{self.address}{path} answered no JSON: {shown!r}") from None

    def _join(self, path: str, wanted: str) -> str:
        if not self.address:
            raise ModelError(
                f"{_short(wanted)} can't be fetched: no labeling server has said yet where it is.",
                "Connect the model in its project, or set TAGMA_URL and TAGMA_TOKEN (or LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY).",
            )
        # Behind a sub-path addresses may name it already.
        below = urlsplit(self.address).path
        if below and path.startswith(f"{below}/"):
            return self.address.removesuffix(below) + path
        return f"{self.address}{path}"

    @contextmanager
    def _answer(self, address: str, task: int | None) -> Iterator[httpx.Response]:
        """Follows redirects by hand, so that each hop is asked with the token only if it is the same server."""
        here, renewed = address, False
        try:
            with httpx.Client(timeout=SECONDS, headers={"User-Agent": "tagma-model"}) as client:
                for _ in range(HOPS):
                    with client.stream("GET", here, headers=self._door(here)) as answer:
                        if answer.has_redirect_location:
                            here = urljoin(here, answer.headers["location"])
                            continue
                        if answer.status_code == 401 and not renewed and self._renew(client, here):
                            renewed = True
                            continue
                        if not answer.is_success:
                            raise _no(
                                address, f"the answer was {answer.status_code}", task, answer.status_code
                            )
                        yield answer
                        return
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _no(address, str(error) or type(error).__name__, task) from error
        raise _no(address, f"it leads on more than {HOPS} times", task)

    def _door(self, address: str) -> dict[str, str]:
        if not self.token or not self.address or _origin(address) != _origin(self.address):
            return {}
        if _is_jwt(self.token):
            return {"Authorization": f"Bearer {self._access or self.token}"}
        return {"Authorization": f"Token {self.token}"}

    def _renew(self, client: httpx.Client, address: str) -> bool:
        """Label Studio wants a personal access token changed for one that holds five minutes."""
        if not self._door(address) or not _is_jwt(self.token):
            return False
        answer = client.post(f"{self.address}/api/token/refresh/", json={"refresh": self.token})
        self._access = answer.json().get("access", "") if answer.is_success else ""
        return bool(self._access)

    def _make_room(self) -> None:
        files = sorted(
            ((found.stat().st_mtime, found.stat().st_size, found) for found in self.folder.iterdir()),
            reverse=True,
        )
        total = 0
        for _moment, size, found in files:
            total += size
            if total > KEPT_BYTES and total != size:  # the newest stays, however large
                found.unlink(missing_ok=True)


def _no(address: str, why: str, task: int | None, status: int = 0) -> ModelError:
    hint = {
        401: "The token does not hold: connect the model again, or set TAGMA_TOKEN.",
        403: "The owner of the token may not see it.",
    }.get(status, "")
    return ModelError(f"{_short(address)} could not be fetched: {why}.", hint, task=task)


def _environment(names: tuple[str, ...]) -> str:
    return next((found for name in names if (found := os.environ.get(name))), "")


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        port = None
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)


def _rooted(address: str) -> str:
    """``upload/1/a.png`` and ``/upload/1/a.png`` are how old tasks name uploads."""
    path = address if address.startswith("/") else f"/{address}"
    return f"/data{path}" if path.startswith("/upload/") else path


def _name(address: str) -> str:
    suffix = re.search(r"\.\w{1,10}\Z", urlsplit(address[:4000]).path, re.A)
    return hashlib.sha256(address.encode()).hexdigest()[:32] + (suffix[0] if suffix else "")


def _inline(address: str) -> bytes:
    head, comma, body = address[5:].partition(",")
    try:
        if comma:
            raw = unquote_to_bytes(body)
            return base64.b64decode(raw, validate=True) if head.endswith(";base64") else raw
    except binascii.Error:
        pass
    raise ModelError(f"{_short(address)} is no whole data: address.")


def _is_jwt(token: str) -> bool:
    head = token.partition(".")[0]
    try:
        return token.count(".") == 2 and "alg" in json.loads(
            base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
        )
    except ValueError:
        return False


def _short(address: str) -> str:
    plain = re.sub(r"//[^/@]+@", "//", address)  # no password in a log
    return plain if len(plain) <= 100 else f"{plain[:97]}…"
