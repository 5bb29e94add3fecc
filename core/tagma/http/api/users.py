"""People, and the one who asks."""

from __future__ import annotations

from typing import Any

from tagma.http.op import Call, Routes
from tagma.services import access
from tagma.services.people import users

routes = Routes("users")


@routes.op("GET", "/api/current-user/whoami", summary="Who you are, and what you may do")
async def whoami(call: Call) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        found = users.get(call.site, tx, call.actor, call.actor.person)
        return {
            **users.users_json(tx, call.actor, [found])[0],
            "role": call.actor.role,
            "permissions": access.permissions(call.actor),
        }

    return await call.read(work, inline=True)


@routes.op("GET", "/api/current-user/", summary="Who you are")
async def current_user(call: Call) -> dict:
    return await whoami(call)


@routes.op("PATCH", "/api/current-user/", summary="Change your name, phone, language or theme", errors=(400,))
async def change_current_user(call: Call, body: dict) -> dict:
    return await change_user(call, call.actor.person, body)


@routes.op("GET", "/api/users/", summary="Everyone in your organization")
async def list_users(call: Call) -> list:
    return await call.read(lambda tx: users.listing(call.site, tx, call.actor))


@routes.op(
    "POST", "/api/users/", summary="Add a person, without a password as yet", status=201, errors=(400, 403)
)
async def create_user(call: Call, body: dict) -> dict:
    return await call.write(
        lambda tx: users.users_json(tx, call.actor, [users.add(call.site, tx, call.actor, body)])[0]
    )


@routes.op("GET", "/api/users/{id:int}/", summary="One person", errors=(404,))
async def get_user(call: Call, id: int) -> dict:
    return await call.read(
        lambda tx: users.users_json(tx, call.actor, [users.get(call.site, tx, call.actor, id)])[0]
    )


@routes.op("PATCH", "/api/users/{id:int}/", summary="Change a person's names", errors=(400, 403, 404, 405))
async def change_user(call: Call, id: int, body: dict) -> dict:
    return await call.write(
        lambda tx: users.users_json(tx, call.actor, [users.change(call.site, tx, call.actor, id, body)])[0]
    )


@routes.op("DELETE", "/api/users/{id:int}/", summary="Delete an account", status=204, errors=(403, 404))
async def delete_user(call: Call, id: int) -> None:
    await call.write(lambda tx: users.delete(call.site, tx, call.actor, id))


@routes.op("GET", "/api/current-user/hotkeys/", summary="Your own hotkeys")
async def get_hotkeys(call: Call) -> dict:
    return {"custom_hotkeys": await call.read(lambda tx: users.hotkeys(tx, call.actor))}


@routes.op("PATCH", "/api/current-user/hotkeys/", summary="Set your own hotkeys", errors=(400,))
async def set_hotkeys(call: Call, body: dict) -> dict:
    given = body.get("custom_hotkeys")
    return {"custom_hotkeys": await call.write(lambda tx: users.set_hotkeys(tx, call.actor, given))}
