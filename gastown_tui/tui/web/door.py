"""Who may come in: the token in the first URL, a cookie after that, and only from pages of this very server.

A loopback port can be reached by every user of the machine and by every page that a browser of this machine shows, so
being on loopback proves nothing.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self' {socket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Door:
    """Checks every request.

    Args:
        port: part of the cookie's name, because browsers share cookies among all ports of a host.
    """

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(32)
        self._cookie = f"gastown-{port}"
        # Another secret than the token: an URL may end in a history or a log.
        self._pass = secrets.token_urlsafe(32)

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Lets a request in, or answers 403 (a foreign page or name) or 401 (no token)."""
        if not _is_ours(request.host) or not self._is_own_page(request):
            return _refused(403, "This address is not the console's.")
        given = request.query.get("token", "")
        if given and hmac.compare_digest(given.encode(), self.token.encode()):
            entered = web.HTTPSeeOther("/")
            entered.set_cookie(self._cookie, self._pass, httponly=True, samesite="Strict", path="/")
            _harden(entered, request)
            return entered
        if not hmac.compare_digest(request.cookies.get(self._cookie, "").encode(), self._pass.encode()):
            return _refused(401, "Open the whole address that `gastown serve` has printed: it holds the token.")
        response = await handler(request)
        if not response.prepared:
            _harden(response, request)
        return response

    @staticmethod
    def _is_own_page(request: web.Request) -> bool:
        """Browsers name the page that a WebSocket or a foreign request comes from; other programs name none."""
        origin = request.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc == request.host


def _is_ours(host: str) -> bool:
    """Loopback's own names, at any port: an ssh tunnel may have another one. A name that a foreign server had pointed
    here (DNS rebinding) is none of them."""
    try:
        return urlsplit(f"//{host}").hostname in _LOOPBACK
    except ValueError:
        return False


def _refused(status: int, words: str) -> web.Response:
    return web.Response(status=status, text=f"{words}\n", headers={"Cache-Control": "no-store"})


def _harden(response: web.StreamResponse, request: web.Request) -> None:
    response.headers["Content-Security-Policy"] = _POLICY.format(socket=f"ws://{request.host}")
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
