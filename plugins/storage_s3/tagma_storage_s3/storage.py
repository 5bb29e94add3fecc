"""One bucket, or one folder of it; addresses in tasks are ``s3://bucket/folder/key``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import Field, field_validator, model_validator

from tagma.plugin import StoredObject
from tagma_objects import Address, Folder, Given, ObjectStorage, Secret, client_options
from tagma_storage_s3.listing import listed
from tagma_storage_s3.refusals import REFUSALS

if TYPE_CHECKING:
    from obstore.store import S3Store


class S3(ObjectStorage):
    """Objects of a bucket; what ends in a slash is a folder and no object."""

    scheme = "s3"
    title = "Amazon S3"
    refusals = REFUSALS
    endpoint_field = "s3_endpoint"

    class Settings(ObjectStorage.Settings):
        """Which bucket, and with which key."""

        bucket: str = Field(
            min_length=3, max_length=63, title="Bucket", description="Its name, without s3://"
        )
        prefix: Folder = Field("", title="Folder", description="Only what lies in this folder of the bucket.")
        aws_access_key_id: Secret = Field(
            None, title="Access key", description="Left empty, the bucket is read as the public sees it."
        )
        aws_secret_access_key: Secret = Field(None, title="Secret key")
        aws_session_token: Secret = Field(
            None, title="Session token", description="Only for a key that holds for a while."
        )
        aws_sse_kms_key_id: Given = Field(
            None, title="KMS key", description="What objects written there are encrypted with."
        )
        region_name: Given = Field(None, title="Region", examples=["eu-central-1"])
        s3_endpoint: Address = Field(
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

        @model_validator(mode="after")
        def _both_or_neither(self) -> S3.Settings:
            if (self.aws_access_key_id is None) != (self.aws_secret_access_key is None):
                raise ValueError("An access key and its secret key belong together: give both or neither")
            return self

    @property
    def place(self) -> str:
        return self.own.bucket

    def endpoints(self) -> list[str]:
        return [self.own.s3_endpoint] if self.own.s3_endpoint else []

    def listed_after(self, folder: str | None, deep: bool, last: str) -> Iterator[StoredObject]:
        return listed(self, folder, deep, last)

    def cors(self, origin: str) -> str:
        rule = {
            "AllowedOrigins": [origin],
            "AllowedMethods": ["GET", "HEAD"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["Content-Range", "Content-Length", "ETag"],
            "MaxAgeSeconds": 3600,
        }
        return json.dumps([rule], indent=2)

    def connect(self) -> S3Store:
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
        return S3Store(own.bucket, **client_options(own.s3_endpoint), **options)
