"""One container of Azure's blob storage, or one folder of it; addresses in tasks are ``azure-blob://container/folder/key``."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from pydantic import Field, SecretStr, field_validator

from tagma_objects import Address, Folder, ObjectStorage, Secret, client_options
from tagma_storage_azure.links import link
from tagma_storage_azure.refusals import REFUSALS

if TYPE_CHECKING:
    from obstore.store import AzureStore

_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_CONTAINER = re.compile(r"\$root|\$web|[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]")


class AzureBlob(ObjectStorage):
    """Blobs of a container; what ends in a slash is a folder and no blob."""

    scheme, uri_scheme = "azure", "azure-blob"
    title = "Azure Blob Storage"
    refusals = REFUSALS
    endpoint_field = "azure_endpoint"

    class Settings(ObjectStorage.Settings):
        """Which container of which account, and with which key."""

        container: str = Field(title="Container", description="Its name, without the account's")
        prefix: Folder = Field(
            "", title="Folder", description="Only what lies in this folder of the container."
        )
        account_name: Secret = Field(
            None, title="Account", description="The name of the storage account: what stands before .blob."
        )
        account_key: Secret = Field(
            None, title="Account key", description="Left empty, the container is read as the public sees it."
        )
        azure_endpoint: Address = Field(
            None,
            title="Endpoint",
            description="The account's address, if it is not of Azure's public cloud.",
            examples=["https://pictures.blob.core.chinacloudapi.cn"],
        )

        @field_validator("container")
        @classmethod
        def _named(cls, given: str) -> str:
            if not _CONTAINER.fullmatch(given):
                raise ValueError(
                    "The name of a container has 3 to 63 small letters, digits and single hyphens, no address before it"
                )
            return given

        @field_validator("account_name")
        @classmethod
        def _account(cls, given: SecretStr | None) -> SecretStr:
            if given is None:
                raise ValueError("The name of the storage account is missing")
            if not _ACCOUNT.fullmatch(given.get_secret_value()):
                raise ValueError(
                    "The name of an account has 3 to 24 small letters and digits, no address around it"
                )
            return given

        @field_validator("account_key")
        @classmethod
        def _whole(cls, given: SecretStr | None) -> SecretStr | None:
            try:
                if given:
                    base64.b64decode(given.get_secret_value(), validate=True)
            except binascii.Error:
                raise ValueError("This is no account key: copy it whole, with the = at its end") from None
            return given

    @property
    def place(self) -> str:
        return self.own.container

    @property
    def account(self) -> str:
        return self.own.account_name.get_secret_value()

    def endpoints(self) -> list[str]:
        return [self.own.azure_endpoint] if self.own.azure_endpoint else []

    def cors(self, origin: str) -> str:
        """The command of Azure's own program; the rule holds for the whole account."""
        return (
            f"az storage cors add --services b --account-name {self.account} --origins {origin} --methods GET HEAD"
            ' --allowed-headers "*" --exposed-headers Content-Range Content-Length ETag --max-age 3600'
        )

    def connect(self) -> AzureStore:
        from obstore.store import AzureStore

        own = self.own
        options: dict[str, Any] = {"account_name": self.account}
        if own.azure_endpoint:
            options["endpoint"] = own.azure_endpoint
        # Without a key unsigned: never in the role of the machine, which is the admin's and not the project's.
        options |= (
            {"account_key": own.account_key.get_secret_value()}
            if own.account_key
            else {"skip_signature": True}
        )
        return AzureStore(own.container, **client_options(own.azure_endpoint), **options)

    def signed(self, path: str, seconds: int) -> str | None:
        """None without a key: then the bytes go through the server."""
        own = self.own
        if own.account_key is None:
            return None
        base = own.azure_endpoint or f"https://{self.account}.blob.core.windows.net"
        return link(base, self.account, own.account_key.get_secret_value(), own.container, path, seconds)
