"""One bucket of Google Cloud Storage, or one folder of it; addresses in tasks are ``gs://bucket/folder/key``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import Field, SecretStr, field_validator

from tagma_objects import Folder, Given, ObjectStorage, Secret, client_options
from tagma_storage_gcs.refusals import REFUSALS

if TYPE_CHECKING:
    from obstore.store import GCSStore

# All that is read of a key file: what else may stand there (an address to fetch tokens from) is not for us to follow.
_OF_A_KEY = ("type", "client_email", "private_key", "private_key_id", "gcs_base_url", "disable_oauth")


class GoogleCloud(ObjectStorage):
    """Objects of a bucket; what ends in a slash is a folder and no object."""

    scheme, uri_scheme = "gcs", "gs"
    title = "Google Cloud Storage"
    refusals = REFUSALS
    endpoint_field = "google_application_credentials"

    class Settings(ObjectStorage.Settings):
        """Which bucket, and with which key."""

        bucket: str = Field(
            min_length=3, max_length=222, title="Bucket", description="Its name, without gs://"
        )
        prefix: Folder = Field("", title="Folder", description="Only what lies in this folder of the bucket.")
        google_application_credentials: Secret = Field(
            None,
            title="Key of a service account",
            description="The text of its JSON file. Left empty, the bucket is read as the public sees it.",
        )
        google_project_id: Given = Field(
            None, title="Project ID", description="For your notes: the bucket is found without it."
        )

        @field_validator("bucket")
        @classmethod
        def _named(cls, given: str) -> str:
            if "/" in given or ":" in given:
                raise ValueError("The name of a bucket has neither / nor :, and no gs:// before it")
            return given

        @field_validator("google_application_credentials", mode="before")
        @classmethod
        def _text(cls, given: Any) -> Any:
            """Programs send the file as they have it in memory."""
            return json.dumps(given) if isinstance(given, dict) else given

        @field_validator("google_application_credentials")
        @classmethod
        def _key(cls, given: SecretStr | None) -> SecretStr | None:
            if given is None:
                return None
            try:
                key = json.loads(given.get_secret_value())
            except ValueError:
                raise ValueError("This is no JSON: paste the whole key file, from { to }") from None
            if not isinstance(key, dict):
                raise ValueError("This is no key file: it should be a JSON object, from { to }")
            kind = key.get("type", "service_account")
            if kind != "service_account":
                raise ValueError(f'This is a key of the type "{kind}"; make one of a service account')
            missing = [name for name in ("client_email", "private_key") if name not in key]
            if missing:
                raise ValueError(f"The key file has no {' and no '.join(missing)}: paste it whole")
            base = key.get("gcs_base_url")
            if base is not None and not str(base).startswith(("http://", "https://")):
                raise ValueError("gcs_base_url begins with http:// or https://")
            return given

    @property
    def place(self) -> str:
        return self.own.bucket

    @property
    def key(self) -> dict[str, Any]:
        """What the key file says, or nothing."""
        text = self.own.google_application_credentials
        found = json.loads(text.get_secret_value()) if text else {}
        return {name: found[name] for name in _OF_A_KEY if name in found}

    def endpoints(self) -> list[str]:
        base = self.key.get("gcs_base_url")
        return [base] if base else []

    def cors(self, origin: str) -> str:
        """The file that ``gcloud storage buckets update gs://… --cors-file=…`` takes."""
        rule = {
            "origin": [origin],
            "method": ["GET", "HEAD"],
            "responseHeader": ["Content-Range", "Content-Length", "ETag"],
            "maxAgeSeconds": 3600,
        }
        return json.dumps([rule], indent=2)

    def connect(self) -> GCSStore:
        from obstore.store import GCSStore

        key = self.key
        base = key.get("gcs_base_url")
        # Without a key unsigned: never in the role of the machine, which is the admin's and not the project's.
        options: dict[str, Any] = (
            {"service_account_key": json.dumps({"private_key_id": "", **key})}
            if key
            else {"skip_signature": True}
        )
        return GCSStore(self.own.bucket, **client_options(base), **options)

    def signed(self, path: str, seconds: int) -> str | None:
        """None without a key: then the bytes go through the server. The library signs a path as it is, so it is quoted."""
        return super().signed(quote(path, safe="/~"), seconds) if self.key else None
