"""Kinds of fields in the forms of such storages: a form sends an empty text where nothing was given."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, SecretStr


def _none_if_empty(given: Any) -> Any:
    return given or None


def _folder(given: Any) -> Any:
    return given.strip("/") if isinstance(given, str) else given or ""


def _address(given: str | None) -> str | None:
    if given and not given.startswith(("http://", "https://")):
        raise ValueError("An endpoint begins with http:// or https://")
    return given and given.rstrip("/")


Given = Annotated[str | None, BeforeValidator(_none_if_empty)]
Secret = Annotated[SecretStr | None, BeforeValidator(_none_if_empty)]
Folder = Annotated[str, BeforeValidator(_folder)]
Address = Annotated[str | None, BeforeValidator(_none_if_empty), AfterValidator(_address)]
