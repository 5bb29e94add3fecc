"""Pictures of people: one each, small, measured by whichever plugin knows pictures."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from tagma.db.engine import Transaction
from tagma.errors import ImportFailed, InvalidInput, NotFound
from tagma.services.access import Actor
from tagma.services.people import users

if TYPE_CHECKING:
    from tagma.services.site import Site

MOST_BYTES = 1024**2
_MOST_PIXELS = 1200  # a side
_KINDS = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif"}


def check(site: Site, name: str, body: bytes) -> str:
    """The suffix to keep it under. :raises InvalidInput: too large, or no picture that every browser shows."""
    if len(body) > MOST_BYTES:
        raise _wrong(
            f"The picture has {len(body) / 1024**2:.1f} MiB; at most {MOST_BYTES // 1024**2} MiB are taken."
        )
    suffix = Path(name).suffix.lower()
    data_type = site.plugins.data_type_for(suffix if suffix in (".jpg", ".jpeg", ".png", ".gif") else ".png")
    if data_type is None:
        raise _wrong("No plugin on this server knows pictures.", "Ask the admin to load one.")
    part = site.folder("avatars") / f".{secrets.token_hex(8)}{suffix or '.png'}"
    part.write_bytes(body)
    try:
        told = data_type().probe(part)
    except ImportFailed as error:
        raise _wrong(error.message.replace(part.name, name), error.hint) from error
    finally:
        part.unlink()
    kind = _KINDS.get(str(told.get("format", "")))
    if kind is None:
        raise _wrong(f"{name} is {told.get('format') or 'no picture'}; a JPEG, PNG or GIF is taken.")
    sides = (int(told["width"]), int(told["height"]))
    if max(sides) > _MOST_PIXELS:
        words = f"The picture has {sides[0]} × {sides[1]} pixels; at most {_MOST_PIXELS} a side are taken."
        raise _wrong(words, "Make it smaller and send it again.")
    return kind


def put(site: Site, tx: Transaction, actor: Actor, user_id: int, suffix: str, body: bytes) -> Path | None:
    """Show this picture from now on; the file of the one before, to be removed after the commit."""
    user, _ = users.get(site, tx, actor, user_id, "member.change")
    name = f"{secrets.token_hex(12)}{suffix}"
    (site.folder("avatars") / name).write_bytes(body)
    before, user.avatar = user.avatar, f"{site.settings.root_path}/data/avatars/{name}"
    tx.session.add(user)
    return _file(site, before)


def remove(site: Site, tx: Transaction, actor: Actor, user_id: int) -> Path | None:
    user, _ = users.get(site, tx, actor, user_id, "member.change")
    before, user.avatar = user.avatar, None
    tx.session.add(user)
    return _file(site, before)


def _file(site: Site, address: str | None) -> Path | None:
    return site.folder("avatars") / address.rpartition("/")[2] if address else None


def served(site: Site, name: str) -> Path:
    """:raises NotFound: there is no such picture."""
    path = site.folder("avatars") / Path(name).name
    if Path(name).name != name or name.startswith(".") or not path.is_file():
        raise NotFound(f'There is no picture "{name[:80]}".', hint="Its owner may have changed it.")
    return path


def _wrong(words: str, hint: str = "") -> InvalidInput:
    return InvalidInput(words, {"avatar": [words]}, hint=hint)
