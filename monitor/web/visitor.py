"""Who asks: by the session of a browser or by a token, and what becomes of whoever may not."""

from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Middleware

from monitor.auth import access
from monitor.auth.gate import Gate
from monitor.auth.role import Role
from monitor.auth.sessions import Session
from monitor.config import Config
from monitor.web.accepted import Handler
from monitor.web.problem import Problem

API = "/api/"
BEARER = "bearer "
# More than any token has; what is longer is not looked at.
MAX_SECRET = 512


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks for something. Where nobody has to sign in, everybody is an admin."""

    role: Role
    session: Session | None = None
    token: bool = False


NOBODY = Visitor(Role.ANYBODY)
VISITOR = web.RequestKey("visitor", Visitor)


def cookie_of(config: Config) -> str:
    """The cookie's name. Browsers do not tell the ports of one host apart."""
    return f"monitor_{config.port}"


def guard(config: Config, gate: Gate) -> Middleware:
    """The middleware that lets nobody to a handler who may not."""
    cookie = cookie_of(config)

    @web.middleware
    async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
        visitor = _visitor(request, gate, cookie)
        request[VISITOR] = visitor
        resource = request.match_info.route.resource
        if resource is None:  # there is nothing there, or not for that method
            return await handler(request)
        path = resource.canonical.removeprefix(config.base_path)
        rule = access.rule(request.method, path)
        if rule is None or visitor.role < rule.least or (visitor.token and not rule.token):
            return _refusal(request, visitor, path, config.base_path)
        return await handler(request)

    return admit


def _visitor(request: web.Request, gate: Gate, cookie: str) -> Visitor:
    if not gate.locked:
        return Visitor(Role.ADMIN)
    said = request.headers.get("Authorization", "")
    if said[: len(BEARER)].lower() == BEARER:
        token = gate.token(said[len(BEARER) :].strip()) if len(said) < MAX_SECRET else None
        return Visitor(token.role, token=True) if token is not None else NOBODY
    secret = request.cookies.get(cookie, "")
    session = gate.session(secret) if 0 < len(secret) < MAX_SECRET else None
    return Visitor(session.account.role, session) if session is not None else NOBODY


def _refusal(
    request: web.Request, visitor: Visitor, path: str, base_path: str
) -> web.StreamResponse:
    """401 for who should say who he is, a way to the page where a browser can; else 403."""
    if visitor.role is Role.ANYBODY:
        if path == "/" and "Authorization" not in request.headers:
            raise web.HTTPSeeOther(f"{base_path}/login")
        status, why = HTTPStatus.UNAUTHORIZED, "sign in, or send a token"
    else:
        status, why = HTTPStatus.FORBIDDEN, f"not for a {visitor.role.word}"
        if visitor.token:
            why = "tokens are for /metrics and /api/v1"
    if path.startswith(API):
        answer = Problem(status, why).response()
    else:
        answer = web.Response(status=status, text=f"{why}\n")
    if status is HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="monitor"'
    return answer
