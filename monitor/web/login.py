"""Signing in and out: a form that works without scripts, and a cookie."""

import math
from http import HTTPStatus

import aiohttp_jinja2
from aiohttp import web

from monitor.auth.gate import TooMany
from monitor.auth.sessions import LIFETIME_S
from monitor.live.room import host_of
from monitor.web.forwarded import client_of, is_secure
from monitor.web.keys import CONFIG, GATE
from monitor.web.visitor import VISITOR, cookie_of

FORM = "application/x-www-form-urlencoded"
WRONG = "Name and password do not fit."


async def show(request: web.Request) -> web.StreamResponse:
    """The form; the page where nobody has to fill it in."""
    if not request.app[GATE].locked or request[VISITOR].session is not None:
        raise web.HTTPSeeOther(f"{request.app[CONFIG].base_path}/")
    return _form(request, HTTPStatus.OK)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """A new session and the page; 401 where name and password do not fit, 429 for too many tries,
    415 for what is no form."""
    config, gate = request.app[CONFIG], request.app[GATE]
    if not gate.locked:
        raise web.HTTPSeeOther(f"{config.base_path}/")
    if request.content_type != FORM:
        raise web.HTTPUnsupportedMediaType(text=f"this takes {FORM}\n")
    said = await request.post()
    name, word = str(said.get("user", "")), str(said.get("password", ""))
    host = host_of(client_of(request, config.trusted_proxies))
    try:
        secret = await gate.sign_in(name, word, host)
    except TooMany as many:
        seconds = math.ceil(many.seconds)
        answer = _form(
            request, HTTPStatus.TOO_MANY_REQUESTS, f"Too many tries. Wait {seconds} s.", name
        )
        answer.headers["Retry-After"] = str(seconds)
        return answer
    if secret is None:
        return _form(request, HTTPStatus.UNAUTHORIZED, WRONG, name)
    # What this browser had before is worth nothing from now on, whoever gave it that.
    before = request[VISITOR].session
    if before is not None:
        gate.sessions.end(before)
    answer = _to(f"{config.base_path}/")
    answer.set_cookie(
        cookie_of(config),
        secret,
        path=config.base_path or "/",
        max_age=int(LIFETIME_S),
        httponly=True,
        samesite="Strict",
        secure=is_secure(request, config.trusted_proxies),
    )
    return answer


async def sign_out(request: web.Request) -> web.StreamResponse:
    """No session any more, and the form."""
    config = request.app[CONFIG]
    session = request[VISITOR].session
    if session is not None:
        request.app[GATE].sessions.end(session)
    answer = _to(f"{config.base_path}/login")
    answer.del_cookie(
        cookie_of(config),
        path=config.base_path or "/",
        httponly=True,
        samesite="Strict",
        secure=is_secure(request, config.trusted_proxies),
    )
    return answer


def _to(address: str) -> web.Response:
    headers = {"Location": address, "Cache-Control": "no-store"}
    return web.Response(status=HTTPStatus.SEE_OTHER, headers=headers)


def _form(
    request: web.Request, status: HTTPStatus, message: str = "", user: str = ""
) -> web.Response:
    told = {"message": message, "user": user[:64]}
    answer = aiohttp_jinja2.render_template("login.html", request, told, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
