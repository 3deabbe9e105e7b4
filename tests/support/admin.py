"""For a part of the program that stands alone: whoever asks it is an admin."""

from aiohttp import web

from monitor.auth.role import Role
from monitor.web.accepted import Handler
from monitor.web.visitor import VISITOR, Visitor


@web.middleware
async def as_admin(request: web.Request, handler: Handler) -> web.StreamResponse:
    request[VISITOR] = Visitor(Role.ADMIN)
    return await handler(request)
