"""How a request becomes an actor: a key in a header, or the session cookie; a plugin may know another way.

``X-Api-Key`` stands in for ``Authorization: Token``. A personal access token is taken wherever a key is, because model
servers send it as it is when they fetch media.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request

from tagma.db.engine import Transaction
from tagma.errors import NotSignedIn
from tagma.http.security import SESSION_COOKIE
from tagma.services.access import Actor
from tagma.services.people import sessions, tokens

if TYPE_CHECKING:
    from tagma.services.site import Site

_SCHEMES = ("token", "bearer")
PERSON_HEADER = "x-tagma-person"


async def authenticate(request: Request) -> Actor | None:
    """Who asks; None for nobody.

    :raises NotSignedIn: somebody with a key or a cookie that does not hold.
    """
    site: Site = request.app.state.site
    key = _key(request)
    cookie = request.cookies.get(SESSION_COOKIE)
    find: Callable[[Transaction], tuple[Actor, str]]
    if key is not None:
        held = key
        find = lambda tx: tokens.key_actor(site, tx, held)  # noqa: E731
    elif cookie:
        find = lambda tx: sessions.session_actor(site, tx, cookie)  # noqa: E731
    else:
        return None
    actor, last_activity = await site.database.aread(find, inline=True)
    _check_person(request, actor)
    if sessions.activity_is_old(last_activity) and actor.user_id is not None:
        user_id = actor.user_id
        await site.database.awrite(lambda tx: sessions.note_activity(site, tx, user_id))
    return actor


def _check_person(request: Request, actor: Actor) -> None:
    """A page says whose it is, so that what one person did is never saved as another's who signed in beside it.

    :raises NotSignedIn: the page is somebody else's.
    """
    whose = request.headers.get(PERSON_HEADER)
    if whose and whose != str(actor.user_id):
        raise NotSignedIn(
            "Somebody else has signed in in this browser since the page was opened.",
            hint="Sign in again as the person whose page it is.",
        )


def _key(request: Request) -> str | None:
    """The key a header carries. :raises NotSignedIn: a header nobody can read."""
    if api_key := request.headers.get("x-api-key"):
        return api_key.strip()
    header = request.headers.get("authorization", "")
    scheme, _, key = header.partition(" ")
    if scheme.lower() not in _SCHEMES:
        return None  # Basic and the like are meant for a proxy before us
    if not key.strip() or " " in key.strip():
        raise NotSignedIn(
            f"Invalid {scheme} header: it must hold one key without spaces.",
            hint=f'Send "Authorization: {scheme.capitalize()} <key>".',
        )
    return key.strip()
