"""One's own account: name, password, tokens for programs."""

from __future__ import annotations

from starlette.responses import Response

from tagma.db.engine import Transaction
from tagma.db.tables import Organization, User
from tagma.errors import InvalidInput
from tagma.http.i18n import language_of, words
from tagma.http.op import Call, Routes
from tagma.http.pages import page, redirect
from tagma.http.pages.auth import _let_in, checked_form, text
from tagma.services.people import accounts, sessions

routes = Routes("pages")


@routes.op("GET", "/account", page=True)
async def account(call: Call) -> Response:
    return await _show(call)


@routes.op("POST", "/account", page=True)
async def change(call: Call) -> Response:
    """A new password, or a way to end every other session."""
    form = await checked_form(call)
    if text(form, "what") == "sessions":
        assert call.actor.user_id is not None
        user_id = call.actor.user_id
        await call.write(lambda tx: sessions.end_sessions(call.site, tx, user_id))
        return await _let_in(call, call.actor, "/account?done=sessions", keep=True)
    try:
        await accounts.change_password(call.site, call.actor, text(form, "old"), text(form, "new"))
    except InvalidInput as error:
        return await _show(call, error)
    return await _let_in(call, call.actor, "/account?done=password", keep=True)


@routes.op("GET", "/user/account/", page=True)
async def old_address(call: Call) -> Response:
    return redirect(call.request, "/account", 302)


async def _show(call: Call, error: InvalidInput | None = None) -> Response:
    say = words(call.site, language_of(call.request)).t

    def read(tx: Transaction) -> tuple[User | None, Organization | None]:
        return (
            tx.session.get(User, call.actor.user_id),
            tx.session.get(Organization, call.actor.organization_id),
        )

    person, organization = await call.read(read)
    done = {
        "password": say("Your password is changed. Other devices have to log in again."),
        "sessions": say("Every other device has to log in again."),
    }
    return page(
        call,
        "account.html",
        error.status if error else 200,
        person=person,
        organization=organization,
        faults={"old_password": [], "password": [], **(error.fields if error else {})},
        done=done.get(call.request.query_params.get("done", ""), ""),
    )
