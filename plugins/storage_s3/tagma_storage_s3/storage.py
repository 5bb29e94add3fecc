"""One bucket, or one folder of it. Keys are relative to that folder; addresses in tasks are whole: ``s3://bucket/folder/key``."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from pydantic import Field, SecretStr, field_validator, model_validator

from tagma.plugin import Storage, StoredObject
from tagma_storage_s3.trouble import told

if TYPE_CHECKING:
    from obstore.store import S3Store

_SCHEME = "s3://"
_CHUNK = 1 << 20


class S3(Storage):
    """Objects of a bucket; what ends in a slash is a folder and no object."""

    scheme = "s3"
    title = "Amazon S3"

    class Settings(Storage.Settings):
        """Which bucket, and with which key."""

        bucket: str = Field(
            min_length=3, max_length=63, title="Bucket", description="Its name, without s3://"
        )
        prefix: str = Field("", title="Folder", description="Only what lies in this folder of the bucket.")
        aws_access_key_id: SecretStr | None = Field(
            None, title="Access key", description="Left empty, the bucket is read as the public sees it."
        )
        aws_secret_access_key: SecretStr | None = Field(None, title="Secret key")
        aws_session_token: SecretStr | None = Field(
            None, title="Session token", description="Only for a key that holds for a while."
        )
        aws_sse_kms_key_id: str | None = Field(
            None, title="KMS key", description="What objects written there are encrypted with."
        )
        region_name: str | None = Field(None, title="Region", examples=["eu-central-1"])
        s3_endpoint: str | None = Field(
            None,
            title="Endpoint",
            description="The server's address, if it is not Amazon's.",
            examples=["https://minio.example.com"],
        )

        @field_validator("bucket")
        @classmethod
        def _named(cls, given: str) -> str:
            if "/" in given or ":" in given:
                raise ValueError("The name of a bucket has neither / nor :, and no s3:// before it")
            return given

        @field_validator("prefix")
        @classmethod
        def _folder(cls, given: str | None) -> str:
            return (given or "").strip("/")

        @field_validator(
            "s3_endpoint", "region_name", "aws_sse_kms_key_id", "aws_access_key_id", "aws_secret_access_key",
            "aws_session_token", mode="before",
        )  # fmt: skip
        @classmethod
        def _none_if_empty(cls, given: Any) -> Any:
            return given or None

        @field_validator("s3_endpoint")
        @classmethod
        def _address(cls, given: str | None) -> str | None:
            if given and not given.startswith(("http://", "https://")):
                raise ValueError("An endpoint begins with http:// or https://")
            return given and given.rstrip("/")

        @model_validator(mode="after")
        def _both_or_neither(self) -> S3.Settings:
            if (self.aws_access_key_id is None) != (self.aws_secret_access_key is None):
                raise ValueError("An access key and its secret key belong together: give both or neither")
            return self

    @property
    def own(self) -> S3.Settings:
        return cast(S3.Settings, self.settings)

    def endpoints(self) -> list[str]:
        return [self.own.s3_endpoint] if self.own.s3_endpoint else []

    @cached_property
    def store(self) -> S3Store:
        from obstore.store import S3Store

        own = self.own
        options: dict[str, Any] = {"region": own.region_name or "us-east-1"}
        if own.s3_endpoint:
            options |= {"endpoint": own.s3_endpoint, "virtual_hosted_style_request": False}
        keys = {
            name: secret.get_secret_value()
            for name in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
            if (secret := getattr(own, name)) is not None
        }
        # Without keys unsigned: never in the role of the machine, which is the admin's and not the project's.
        options |= keys or {"skip_signature": True}
        if own.aws_sse_kms_key_id:
            options |= {"aws_server_side_encryption": "aws:kms", "aws_sse_kms_key_id": own.aws_sse_kms_key_id}
        return S3Store(
            own.bucket,
            client_options={
                "allow_http": bool(own.s3_endpoint and own.s3_endpoint.startswith("http://")),
                "connect_timeout": "5s",
                "timeout": "60s",
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=30)},
            **options,
        )

    def named(self, key: str) -> str:
        """Filters are held against the whole key, as the bucket has it."""
        return f"{self.own.prefix}/{key}" if self.own.prefix else key

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """``prefix`` may end within a name; the bucket itself is only asked by whole folders."""
        import obstore

        folder = self.named(prefix.rpartition("/")[0]).rstrip("/") or None
        cut = len(self.own.prefix) + 1 if self.own.prefix else 0
        with told(self, prefix):
            for chunk in obstore.list(self.store, folder):
                for meta in chunk:
                    key = meta["path"][cut:]
                    if key.startswith(prefix):
                        yield StoredObject(key, meta["size"], meta["last_modified"])

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        import obstore

        wanted: Any = (
            {"range": (start, end) if end is not None else {"offset": start}} if start or end else None
        )
        if end is not None and end <= start:
            return io.BytesIO()
        with told(self, key):
            found = obstore.get(self.store, self.named(key), options=wanted)
            return cast(BinaryIO, io.BufferedReader(_Parts(self, key, found.stream(_CHUNK)), _CHUNK))

    def stat(self, key: str) -> StoredObject:
        import obstore

        with told(self, key):
            meta = obstore.head(self.store, self.named(key))
        return StoredObject(key, meta["size"], meta["last_modified"])

    def put(self, key: str, body: BinaryIO) -> None:
        import obstore

        with told(self, key):
            obstore.put(self.store, self.named(key), body)

    def url(self, key: str, seconds: int) -> str:
        import obstore

        with told(self, key):
            return obstore.sign(self.store, "GET", self.named(key), timedelta(seconds=seconds))

    def uri(self, key: str) -> str:
        return f"{_SCHEME}{self.own.bucket}/{self.named(key)}"

    def key_of(self, uri: str) -> str | None:
        root = self.uri("")
        return uri[len(root) :] if uri.startswith(root) and len(uri) > len(root) else None


class _Parts(io.RawIOBase):
    """A stream of byte chunks as a file to read; what breaks on the way is told like everything else of the storage."""

    def __init__(self, storage: S3, key: str, chunks: Any) -> None:
        self._storage, self._key = storage, key
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        with told(self._storage, self._key):
            while not self._rest:
                chunk = next(self._chunks, None)
                if chunk is None:
                    return 0
                self._rest = memoryview(bytes(chunk))
        size = min(len(into), len(self._rest))
        into[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
