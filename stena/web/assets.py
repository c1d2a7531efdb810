"""The files of the pages, read once and sent from memory."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from stena.refusal import Refusal
from stena.web.finished import Finished
from stena.web.head import PACK, encoding_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stena.web.head import Encoding

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
# Pictures are packed already.
TEXTS = {".css", ".js", ".svg"}
# By its digest a file may be kept for ever; by its name alone it is asked for each time.
FOR_EVER = "public, max-age=31536000, immutable"
ASKED_FOR = "public, no-cache"


class Assets:
    """What pages are made of beside their text.

    Scripts import each other by name. The names become addresses with digests here, so that a
    browser never runs a new script with an old one that it kept, and a script that is both
    imported and named by a page is one script, not two with a state each.
    """

    def __init__(self, made: Mapping[str, bytes] | None = None) -> None:
        """Read the files, and add those that were `made` of settings."""
        files = {file.name: file.read_bytes() for file in sorted(STATIC.iterdir())}
        self._digests: dict[str, str] = {}
        self._finished: dict[tuple[str, bool, Encoding], Finished] = {}
        self._files = {**files, **(made or {})}
        for name in self._files:
            self._add(name, ())

    @property
    def addresses(self) -> dict[str, str]:
        """Each file's address, which ends with a digest of it."""
        return {name: f"/static/{name}?v={digest}" for name, digest in self._digests.items()}

    def answer(self, request: web.Request, name: str) -> web.StreamResponse:
        """The file in the best encoding, or 304.

        Raises:
            Refusal: not_found.
        """
        if name not in self._digests:
            raise Refusal("not_found")
        # While two releases overlap, one is asked for the other's file: what it sends instead
        # must not be kept under that address.
        for_ever = request.query.get("v") == self._digests[name]
        encoding = encoding_for(request.headers.get("Accept-Encoding", ""))
        return self._finished[name, for_ever, encoding].answer(request)

    def _add(self, name: str, importing: tuple[str, ...]) -> None:
        """Finish a file, after those that it imports: its digest is of their addresses too."""
        if name in self._digests:
            return
        body, path = self._files[name], (*importing, name)
        if name.endswith(".js"):
            imported = {found.decode() for found in _IMPORT.findall(body)}
            if circle := imported & set(path):
                raise ValueError(f"{name} imports {min(circle)}, which imports it")
            for other in imported:
                self._add(other, path)
            body = _IMPORT.sub(lambda found: self._digest(found[0], found[1].decode()), body)
        self._digests[name] = hashlib.sha256(body).hexdigest()[:12]
        self._finish(name, body)

    def _digest(self, imported: bytes, name: str) -> bytes:
        return b"%b?v=%b" % (imported, self._digests[name].encode())

    def _finish(self, name: str, body: bytes) -> None:
        suffix = Path(name).suffix
        headers = {
            "Content-Type": TYPES.get(suffix, "application/octet-stream"),
            "Vary": "Accept-Encoding",
        }
        for encoding, pack in PACK.items():
            packed = encoding != "identity" and suffix in TEXTS
            sent = pack(body) if packed else body
            own = {**headers, "Content-Encoding": encoding} if packed else headers
            etag = f'"{self._digests[name]}-{encoding if packed else "identity"}"'
            for for_ever in (True, False):
                kept = {"Cache-Control": FOR_EVER if for_ever else ASKED_FOR}
                self._finished[name, for_ever, encoding] = Finished(sent, own | kept, etag)


ASSETS = web.AppKey("assets", Assets)


async def file(request: web.Request) -> web.StreamResponse:
    return request.app[ASSETS].answer(request, request.match_info["name"])


# `import … from "./x.js"`, `export … from`, `import "./x.js"` and `import("./x.js")`, up to the
# quote at the end.
_IMPORT = re.compile(rb"""(?:\bfrom|\bimport)\s*\(?\s*["']\./([\w.-]+\.js)(?=["'])""")
