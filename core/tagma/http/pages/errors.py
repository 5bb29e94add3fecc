"""What people see instead of the page they asked for."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tagma.errors import TagmaError
from tagma.http.i18n import language_of, words
from tagma.http.render import render


def error_page(request: Request, error: TagmaError) -> Response:
    """In the error's own words; who is not signed in is led to the door and back."""
    if error.status == 401 and request.method == "GET":
        root = request.app.state.site.settings.root_path
        here = request.scope["path"].removeprefix(root)
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{root}/user/login/?next={quote(here + query, safe='')}", 303)
    say = words(request.app.state.site, language_of(request)).t
    title, picture = {
        401: (say("Please log in"), "log-in"),
        403: (say("You may not do this"), "lock"),
        404: (say("Nothing here"), "search"),
        429: (say("Too many tries"), "clock"),
    }.get(
        error.status,
        (say("Something failed"), "octagon-alert")
        if error.status >= 500
        else (say("That did not work"), "circle-alert"),
    )
    return render(
        request,
        "error.html",
        request.scope.get("tagma.actor"),
        error.status,
        error=error,
        title=title,
        picture=picture,
    )
