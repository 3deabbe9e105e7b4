"""Headers of every answer, whoever gives it: nothing but the page's own files is ever loaded."""

from collections.abc import Mapping

POLICY = "Content-Security-Policy"
HEADERS: Mapping[str, str] = {
    POLICY: (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # A page of another site cannot even embed what it may not read.
    "Cross-Origin-Resource-Policy": "same-origin",
    # Always ask whether the file is still the same: an upgrade must not meet yesterday's scripts.
    "Cache-Control": "no-cache",
}
# What is no page loads nothing at all. (The long one would be 13 KB of the ninety files of a page.)
NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
# Not which version of what; most answers do not even say this.
SERVER = "monitor"
# For answers that are written by hand.
LINES = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
