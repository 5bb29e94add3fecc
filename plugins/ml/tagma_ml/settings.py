"""What a person sets of a model server."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from tagma.plugin import Predictor


class Settings(Predictor.Settings):
    url: str = Field(
        max_length=2048,
        title="Address",
        description="Where the model server listens, e.g. http://localhost:9090.",
    )
    auth_method: Literal["NONE", "BASIC_AUTH"] = Field(
        "NONE", title="Sign-in", description="Whether it asks for a name and a password."
    )
    basic_auth_user: str = Field("", title="User", description="The name it asks for.")
    basic_auth_pass: SecretStr | None = Field(None, title="Password", description="The password it asks for.")
    batch_size: int = Field(
        32,
        ge=1,
        le=1000,
        title="Tasks in one request",
        description="More at once is faster, until they are too many for the model.",
    )
    parallel: int = Field(
        2, ge=1, le=16, title="Requests at once", description="Requests that may be under way at once."
    )

    @field_validator("url")
    @classmethod
    def _address(cls, given: str) -> str:
        if not given.startswith(("http://", "https://")):
            raise ValueError("An address begins with http:// or https://")
        return given.rstrip("/")

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        if self.auth_method == "BASIC_AUTH" and not (self.basic_auth_user and self.basic_auth_pass):
            raise ValueError("BASIC_AUTH needs a name (basic_auth_user) and a password (basic_auth_pass)")
        return self


def credentials(settings: Mapping[str, Any]) -> dict[str, str]:
    """The header that says who asks, if the server wants to know.

    :param settings: of a record, or of a predictor as a mapping.
    """
    secret = settings.get("basic_auth_pass")
    if settings.get("auth_method") != "BASIC_AUTH" or not secret:
        return {}
    word = secret.get_secret_value() if isinstance(secret, SecretStr) else secret
    pair = f"{settings.get('basic_auth_user')}:{word}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
