"""The door: the first account, sign-up, log in, log out; and what a visitor chose of language and look."""

from __future__ import annotations

from typing import Any

from sqlmodel import select
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from tagma.db.engine import Transaction
from tagma.db.tables import Organization
from tagma.errors import InvalidInput, NotSignedIn, TagmaError
from tagma.http.i18n import LANGUAGE_COOKIE, LANGUAGES, language_of, words
from tagma.http.op import Call, Routes
from tagma.http.pages import page, redirect
from tagma.http.render import THEME_COOKIE, THEMES, inward
from tagma.http.security import CSRF_FIELD, SESSION_COOKIE, check_csrf, csrf_token
from tagma.services.access import Actor
from tagma.services.people import accounts, sessions

routes = Routes("pages")
_YEAR = 365 * 86400
_THEIR_COOKIE, _THEIR_FIELD = "csrftoken", "csrfmiddlewaretoken"
"""Programs of the field sign in by form; this is where they look for the proof and how they send it back."""


async def checked_form(call: Call) -> FormData:
    """The form that was sent. :raises NotAllowed: it is not from a page of ours, nor from a program that read the cookie."""
    form = await call.request.form()
    check_csrf(call.request, text(form, CSRF_FIELD) or text(form, _THEIR_FIELD))
    return form


def text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


@routes.op("GET", "/", page=True, anonymous=True)
async def home(call: Call) -> Response:
    if call.maybe_actor:
        return redirect(call.request, "/projects/", 302)
    anybody = await call.read(accounts.is_anybody_here)
    return redirect(call.request, "/user/login/" if anybody else "/user/signup/", 302)


@routes.op("GET", "/user/login/", page=True, anonymous=True)
async def login_form(call: Call) -> Response:
    if call.maybe_actor:
        return redirect(call.request, call.request.query_params.get("next", ""))
    if not await call.read(accounts.is_anybody_here):
        return redirect(call.request, "/user/signup/", 302)
    return _door(call)


@routes.op("POST", "/user/login/", page=True, anonymous=True)
async def login(call: Call) -> Response:
    form = await checked_form(call)
    email = text(form, "email")
    address = call.request.client.host if call.request.client else ""
    try:
        actor = await accounts.sign_in(call.site, email, text(form, "password"), address)
    except TagmaError as error:
        return _door(call, form, error=error)
    return await _let_in(call, actor, text(form, "next"), keep="persist_session" in form)


@routes.op("GET", "/user/signup/", page=True, anonymous=True)
async def signup_form(call: Call) -> Response:
    if call.maybe_actor:
        return redirect(call.request, "/projects/")
    return _door(call, signup=True, **await _house(call))


@routes.op("POST", "/user/signup/", page=True, anonymous=True)
async def signup(call: Call) -> Response:
    form = await checked_form(call)
    try:
        actor = await accounts.register(
            call.site,
            email=text(form, "email"),
            password=text(form, "password"),
            first_name=text(form, "first_name").strip()[:100],
            invite=call.request.query_params.get("token", ""),
        )
    except TagmaError as error:
        return _door(call, form, signup=True, error=error, **await _house(call))
    return await _let_in(call, actor, text(form, "next"), keep=True)


@routes.op("GET", "/logout/", page=True, anonymous=True)
async def logout_link(call: Call) -> Response:
    """Only this browser's cookie goes, so that a stranger's link can do no more than ask for the password again."""
    return _out(call)


@routes.op("POST", "/logout/", page=True, anonymous=True)
async def logout(call: Call) -> Response:
    await checked_form(call)
    return _out(call)


@routes.op("POST", "/preferences", page=True, anonymous=True)
async def preferences(call: Call) -> Response:
    form = await checked_form(call)
    answer = redirect(call.request, text(form, "next"))
    for cookie, value, known in (
        (LANGUAGE_COOKIE, text(form, "language"), LANGUAGES),
        (THEME_COOKIE, text(form, "theme"), THEMES),
    ):
        if value in known:
            answer.set_cookie(
                cookie,
                value,
                max_age=_YEAR,
                samesite="lax",
                secure=call.site.settings.https,
                path=_path(call),
            )
    return answer


async def _house(call: Call) -> dict[str, Any]:
    """What the sign-up page says about who is here and who may come."""
    token = call.request.query_params.get("token", "")

    def read(tx: Transaction) -> tuple[bool, str]:
        inviting = tx.session.exec(select(Organization).where(Organization.invite_token == token)).first()
        return accounts.is_anybody_here(tx), inviting.title if inviting and token else ""

    anybody, invited = await call.read(read)
    closed = anybody and not token and call.site.settings.signup_by_invitation_only
    return {"first": not anybody, "invited": invited, "closed": closed}


def _door(
    call: Call,
    form: FormData | None = None,
    *,
    error: TagmaError | None = None,
    signup: bool = False,
    **more: Any,
) -> Response:
    say = words(call.site, language_of(call.request)).t
    faults = dict(error.fields) if isinstance(error, InvalidInput) else {}
    general = faults.pop("non_field_errors", None)
    shown = error
    if error is not None and faults:
        shown = None
    elif error is not None and general:
        shown = NotSignedIn(" ".join(general), hint=error.hint)
    given = {
        "email": text(form, "email") if form else call.request.query_params.get("email", ""),
        "first_name": text(form, "first_name") if form else "",
        "fixed": False,
    }
    context = {
        "heading": say("Create your account") if signup else say("Log in"),
        "signup": signup,
        "next": inward((text(form, "next") if form else "") or call.request.query_params.get("next", "")),
        "first": False,
        "invited": "",
        "closed": False,
        "open": not call.site.settings.signup_by_invitation_only,
        "given": given,
        "faults": {"email": [], "password": [], **faults},
        "error": shown,
    }
    status = error.status if error else 200
    answer = page(call, "auth.html", status, **(context | more))
    answer.set_cookie(
        _THEIR_COOKIE,
        csrf_token(call.request),
        samesite="lax",
        secure=call.site.settings.https,
        path=_path(call),
    )
    return answer


async def _let_in(call: Call, actor: Actor, path: str, *, keep: bool) -> Response:
    epoch = await call.read(
        lambda tx: tx.rows("SELECT session_epoch FROM account WHERE id = :id", id=actor.user_id)[0][0]
    )
    answer = redirect(call.request, path)
    answer.set_cookie(
        SESSION_COOKIE,
        sessions.sign_session(call.site, actor.user_id, epoch),
        max_age=_YEAR if keep else None,
        httponly=True,
        samesite="lax",
        secure=call.site.settings.https,
        path=_path(call),
    )
    return answer


def _out(call: Call) -> RedirectResponse:
    answer = redirect(call.request, "/user/login/")
    answer.delete_cookie(SESSION_COOKIE, path=_path(call))
    return answer


def _path(call: Call) -> str:
    return call.site.settings.root_path or "/"
