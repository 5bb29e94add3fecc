"""Secrets of records on disk: encrypted with a key made of the server's ``secret_key``, opened only where they are used.

A sealed value is ``{"$sealed": token}``. Every plugin's ``SecretStr`` fields pass through here by way of
:mod:`tagma.services.records`; nothing else writes them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from tagma.db.engine import Database, Transaction
from tagma.errors import SecretLost

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_MARK = "$sealed"
_PURPOSE = b"tagma: secrets of records"
_ONCE_PLAIN = {
    "storage.s3": ("aws_access_key_id", "aws_secret_access_key", "aws_session_token"),
    "webhook": ("secret",),
}
"""The secrets of the kinds of records that were kept as they are before there was sealing."""


class Sealer:
    """:param keys: the server's secret key, then earlier ones, with which only opening is tried."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys

    @cached_property
    def _locks(self) -> list[Fernet]:
        from cryptography.fernet import Fernet
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        def lock(key: str) -> Fernet:
            made = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode())
            return Fernet(base64.urlsafe_b64encode(made))

        return [lock(key) for key in self._keys]

    def seal(self, text: str) -> dict[str, str]:
        return {_MARK: self._locks[0].encrypt(text.encode()).decode()}

    def opened(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Settings with their secrets as they are. :raises SecretLost: one was sealed with a key that is not here."""
        return {name: self._open(name, value) for name, value in settings.items()}

    def lost(self, settings: Mapping[str, Any]) -> Iterator[str]:
        """The fields that can't be opened."""
        for name, value in settings.items():
            try:
                self._open(name, value)
            except SecretLost:
                yield name

    def renewed(self, kind: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Settings with every secret under the newest key; what can't be opened stays as it is."""
        plain = _ONCE_PLAIN.get(kind, ())
        return {
            name: self._renewed(value)
            if is_sealed(value)
            else self.seal(value)
            if name in plain and value
            else value
            for name, value in settings.items()
        }

    def _renewed(self, value: Mapping[str, str]) -> Mapping[str, str]:
        from cryptography.fernet import InvalidToken

        for number, lock in enumerate(self._locks):
            try:
                text = lock.decrypt(value[_MARK]).decode()
            except InvalidToken:
                continue
            return self.seal(text) if number else value
        return value

    def _open(self, name: str, value: Any) -> Any:
        from cryptography.fernet import InvalidToken, MultiFernet

        if not is_sealed(value):
            return value
        try:
            return MultiFernet(self._locks).decrypt(value[_MARK]).decode()
        except InvalidToken as error:
            raise SecretLost(
                f"{name} was encrypted with another secret key than this server's.",
                hint="Give the former key in the setting secret_key_before, or enter the secret once more.",
                field=name,
            ) from error


def is_sealed(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {_MARK} and isinstance(value[_MARK], str)


def renew(database: Database, sealer: Sealer) -> int:
    """Seal what lies open, and what lies under an earlier key, with the newest; the number of records that it changed.

    Done at every start: records are few, and those that need nothing are only read.
    """

    def stale(tx: Transaction) -> list[dict[str, Any]]:
        found = []
        for record_id, kind, text in tx.rows("SELECT id, kind, settings FROM record"):
            settings = orjson.loads(text)
            renewed = sealer.renewed(kind, settings)
            if renewed != settings:
                found.append({"id": record_id, "before": text, "after": orjson.dumps(renewed).decode()})
        return found

    changed = database.read(stale)
    if changed:
        database.write(
            lambda tx: tx.many(
                "UPDATE record SET settings = :after WHERE id = :id AND settings = :before", changed
            )
        )
    return len(changed)
