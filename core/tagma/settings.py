"""How a server is set up: one typed model, filled from flags, then the environment, then ``tagma.toml``, then defaults.

The environment knows every field as ``TAGMA_<FIELD>`` and, so that a Label Studio installation can move over as it is, the
names of that server (``LABEL_STUDIO_<NAME>``, ``HEARTEX_<NAME>``, ``<NAME>``) listed in :data:`LABEL_STUDIO_NAMES`.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tagma.errors import SettingsError, did_you_mean

LABEL_STUDIO_NAMES = {
    "HOST": "public_url",
    "PORT": "port",
    "BASE_DATA_DIR": "data_dir",
    "DATABASE_URL": "database",
    "LOG_LEVEL": "log_level",
    "SECRET_KEY": "secret_key",
    "USERNAME": "username",
    "PASSWORD": "password",
    "USER_TOKEN": "user_token",
    "ENABLE_LEGACY_API_TOKEN": "enable_legacy_api_token",
    "DISABLE_SIGNUP_WITHOUT_LINK": "signup_by_invitation_only",
    "SSRF_PROTECTION_ENABLED": "ssrf_protection",
    "USER_ADDITIONAL_BANNED_SUBNETS": "banned_subnets",
    "LOCAL_FILES_SERVING_ENABLED": "local_files_serving",
    "LOCAL_FILES_DOCUMENT_ROOT": "local_files_root",
    "TASK_LOCK_TTL": "task_lock_ttl",
    "TASK_API_PAGE_SIZE_MAX": "task_page_size_max",
    "DATA_UPLOAD_MAX_MEMORY_SIZE": "upload_limit",
    "SESSION_COOKIE_SECURE": "cookie_secure",
    "CSRF_TRUSTED_ORIGINS": "trusted_origins",
}
# Without a prefix these words mean something else on most machines.
_ONLY_PREFIXED = {"HOST", "PORT", "USERNAME", "PASSWORD", "LOG_LEVEL", "SECRET_KEY", "DATABASE_URL"}


def default_data_dir() -> Path:
    """The user's data folder by the system's custom."""
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        base = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
    return base / "tagma"


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_default=True)

    host: str = Field(
        "127.0.0.1", description="Address to listen on; 0.0.0.0 for every machine that reaches this one."
    )
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    public_url: str = Field(
        "", description="The address people type, if a proxy stands before Tagma; may have a sub-path."
    )
    trusted_origins: list[str] = Field(
        [], description="Further origins whose pages may send forms, e.g. https://label.example.org."
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="Addresses whose X-Forwarded-… headers are believed, with commas."
    )
    data_dir: Path = Field(
        default_factory=default_data_dir, description="Folder for the database, uploads and exports."
    )
    database: str = Field(
        "", description="postgresql://… or sqlite:///…; empty for tagma.sqlite3 in the data folder."
    )
    username: str = Field("", description="E-mail of a first user to make at start.")
    password: str = Field("", description="Password of that user.")
    user_token: str = Field("", description="Legacy token of that user; more than 5 characters.")
    enable_legacy_api_token: bool = Field(
        False, description="Whether new organizations accept legacy tokens."
    )
    signup_by_invitation_only: bool = Field(
        False, description="Whether people can sign up only by an invitation link."
    )
    secret_key: str = Field(
        "",
        description="Signs sessions and tokens and encrypts stored credentials; empty to keep one in the data folder.",
    )
    secret_key_before: list[str] = Field(
        [],
        description="Earlier secret keys; at the next start what they encrypted is encrypted with the new one.",
    )
    cookie_secure: bool | None = Field(
        None, description="Send cookies only over https; empty to decide by the public address."
    )
    ssrf_protection: bool = Field(
        True, description="Refuse to talk to addresses inside the own network that nobody allowed."
    )
    allowed_networks: list[str] = Field(
        [], description="Networks inside the own one that may be talked to all the same, e.g. 10.1.0.0/16."
    )
    banned_subnets: list[str] = Field(
        [], description="Further networks never to talk to, e.g. 203.0.113.0/24."
    )
    local_files_serving: bool = Field(
        False, description="Whether folders of this machine may be served as media."
    )
    local_files_root: Path = Field(Path("/"), description="No file outside this folder is ever served.")
    upload_limit: int = Field(
        2 * 1024**3, gt=0, description="Largest upload in bytes, all its files together."
    )
    task_lock_ttl: int = Field(
        86400, gt=0, description="Seconds a task stays reserved for the person it was shown to."
    )
    trash_days: int = Field(
        30, ge=0, le=36500, description="Days until what was deleted is gone for good; 0 to keep no trash."
    )
    task_page_size_max: int = Field(0, ge=0, description="Largest page of tasks; 0 for no limit.")
    jobs: str = Field(
        "embedded",
        pattern=r"^(embedded$|rediss?://|postgres(ql)?://)",
        description="Where jobs queue: embedded, redis://… or postgresql://….",
    )
    job_threads: int = Field(
        2, ge=0, le=64, description="Jobs run at the same time in this process; 0 leaves them to workers."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("WARNING", description="How much to log.")
    plugins: dict[str, Any] = Field(
        {}, description="disabled = [names], strict = true or false, and a table for each plugin."
    )

    @field_validator("allowed_networks", "banned_subnets")
    @classmethod
    def _are_networks(cls, given: list[str]) -> list[str]:
        for text in given:
            try:
                ipaddress.ip_network(text, strict=False)
            except ValueError as error:
                raise ValueError(f"{text!r} is no network; write one as 10.1.0.0/16 or 10.1.2.3") from error
        return given

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data_dir / 'tagma.sqlite3'}"

    @property
    def root_path(self) -> str:
        """The sub-path of the public address, without a slash at the end."""
        return urlsplit(self.public_url).path.rstrip("/")

    @property
    def own_machine(self) -> bool:
        """Whether only people on this machine reach the server, so that its loopback is theirs anyway."""
        return self.host in ("127.0.0.1", "::1", "localhost") and not self.public_url

    @property
    def https(self) -> bool:
        return (
            self.cookie_secure if self.cookie_secure is not None else self.public_url.startswith("https://")
        )


def load(flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings of this start, with the data folder made and the secret key read or written.

    :param flags: what the command line gave; None means not given.
    :raises SettingsError: a value is wrong; says where it came from.
    """
    environ = os.environ if environ is None else environ
    given: dict[str, Any] = {}
    came_from: dict[str, str] = {}
    from_environment = {field: (value, name) for name, field, value in _environment(environ)}
    flag_values = {key: value for key, value in (flags or {}).items() if value is not None}
    data_dir = Path(flag_values.get("data_dir") or from_environment.get("data_dir", (default_data_dir(),))[0])
    file = Path(environ.get("TAGMA_SETTINGS", data_dir / "tagma.toml"))
    for key, value in _file(file).items():
        given[key], came_from[key] = value, f"{key} in {file}"
    for key, (text, name) in from_environment.items():
        given[key], came_from[key] = _typed(key, text), name
    for key, value in flag_values.items():
        given[key], came_from[key] = value, "--" + key.replace("_", "-")
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise _settings_error(error, came_from) from error
    _make_folder(settings.data_dir)
    if not settings.secret_key:
        settings.secret_key = _secret_key(settings.data_dir)
    return settings


def _environment(environ: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Triples of variable, field and text; our own names come last, so they win."""
    found = []
    for name, field in LABEL_STUDIO_NAMES.items():
        plain = () if name in _ONLY_PREFIXED else (name,)
        for spelled in (*plain, f"HEARTEX_{name}", f"LABEL_STUDIO_{name}"):
            if spelled in environ:
                found.append((spelled, field, environ[spelled]))
    for field in Settings.model_fields:
        if f"TAGMA_{field.upper()}" in environ:
            found.append((f"TAGMA_{field.upper()}", field, environ[f"TAGMA_{field.upper()}"]))
    return found


def _typed(field: str, text: str) -> Any:
    if Settings.model_fields[field].annotation == list[str]:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text.upper() if field == "log_level" else text


def _file(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{file} is not TOML: {error}.", hint="Mend that line and start again.", file=str(file)
        ) from error
    except OSError as error:
        raise SettingsError(
            f"{file} can't be read: {error.strerror}.",
            hint="Give this user permission to read it, or choose another folder with --data-dir.",
            file=str(file),
        ) from error


def _settings_error(error: ValidationError, came_from: Mapping[str, str]) -> SettingsError:
    first = error.errors()[0]
    field = str(first["loc"][0])
    source = came_from.get(field, field)
    if first["type"] == "extra_forbidden":
        return SettingsError(
            f'There is no setting "{field}" ({source}).',
            hint=did_you_mean(field, Settings.model_fields),
            field=field,
        )
    return SettingsError(
        f"{source} is {first['input']!r}: {first['msg'][0].lower()}{first['msg'][1:]}.",
        hint=Settings.model_fields[field].description or "",
        field=field,
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"The data folder {folder} can't be written: {error.strerror}.",
            hint="Give this user write permission, or choose another folder with --data-dir.",
            file=str(folder),
        ) from error


def _secret_key(folder: Path) -> str:
    """The key kept in the data folder; made at the first start, readable by its owner only."""
    file = folder / "secret.key"
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        key = secrets.token_urlsafe(48)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(key)
        return key
