"""The headers of every answer, and the few sets that many answers share."""

from __future__ import annotations

JSON = "application/json; charset=utf-8"
NO_FRAMES = "frame-ancestors 'none'"
# Only the wall's own files may load, and nothing inline may run or style the page.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    # Scripts turn strings into markup in one place only, static/parse.js, and start one worker, in
    # static/step.js.
    "require-trusted-types-for 'script'; trusted-types stena worker; " + NO_FRAMES
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: with it browsers send `Origin: null` for our own form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Without a version, which scanners would collect.
    "Server": "stena",
}
# Files that pages load. They are no documents, so what concerns documents would only weigh: a page
# loads twenty of them. Nor do they load anything from another site that could see a referrer.
FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "stena",
}
# Answers over HTTPS: the browser uses nothing else for a year.
ENCRYPTED = {"Strict-Transport-Security": "max-age=31536000"}
# Answers for the team: no cache and no browser stores them, and no search engine lists them.
FOR_TEAM = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
# Answers for one visitor.
PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Accept-Language, Cookie"}
