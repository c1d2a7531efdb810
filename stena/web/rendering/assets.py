"""The files of the pages, read once and sent from memory."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.web.app_keys import ASSETS
from stena.web.headers import FILE_HEADERS
from stena.web.internals.prepared import PreparedResponse
from stena.web.wire.look import LOOK
from stena.web.wire.packing import PACK_SMALL, SMALLEST, encoding_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from stena.web.wire.look import Look
    from stena.web.wire.packing import Encoding

STATIC = Path(__file__).parent.parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
# Pictures are compressed already.
TEXTS = {".css", ".js", ".svg"}
# An address with the digest may be cached for ever; one without it is revalidated each time.
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATED = "public, no-cache"


class Assets:
    """The static files of the pages.

    Scripts import each other by name. Here the names become addresses with digests, so that a
    browser never combines a new script with a cached old one, and loads a script that is both
    imported and named by a page only once. Comments and indentation are not sent: they are a
    quarter of the bytes. The numbers of a script's lines stay as in the file.
    """

    def __init__(self, made: Mapping[str, bytes] | None = None, base: str = "") -> None:
        """Read the files, and add those that were `made` from settings.

        `base` is the wall's path.
        """
        self._base = base
        files = {file.name: file.read_bytes() for file in sorted(STATIC.iterdir())}
        self._digests: dict[str, str] = {}
        # The bytes of each file, before they are compressed.
        self._bodies: dict[str, bytes] = {}
        # Built when it is first asked for: there are ten times as many as a page needs.
        self._responses: dict[tuple[str, bool, Encoding], PreparedResponse] = {}
        self._files = {**files, **(made or {})}
        for name in self._files:
            self._add(name, ())

    @property
    def addresses(self) -> dict[str, str]:
        """Each file's address, which ends with its digest."""
        below = f"{self._base}/static"
        return {name: f"{below}/{name}?v={digest}" for name, digest in self._digests.items()}

    def answer(self, request: web.Request, look: Look, name: str) -> web.StreamResponse:
        """A file in the best encoding, or 304.

        Raises:
            Refusal: not_found.
        """
        if name not in self._digests:
            raise Refusal("not_found")
        # While two releases overlap, each is asked for the other's files. The file that it sends
        # instead must not be cached under that address.
        immutable = request.query.get("v") == self._digests[name]
        encoding = encoding_for(request, SMALLEST)
        wanted = name, immutable, encoding
        response = self._responses.get(wanted)
        if response is None:
            response = self._responses[wanted] = self._response(*wanted)
        return response.answer(request, encrypted=look.encrypted)

    def _add(self, name: str, importing: tuple[str, ...]) -> None:
        """Add a file, after those that it imports: its digest covers their addresses too."""
        if name in self._digests:
            return
        body, path = self._files[name], (*importing, name)
        if name.endswith(".js"):
            imported = {found.decode() for found in _IMPORT.findall(body)}
            if circle := imported & set(path):
                raise ValueError(f"{name} imports {min(circle)}, which imports it")
            for other in imported:
                self._add(other, path)
            body = _INDENTATION.sub(b"", _COMMENT.sub(b"", body))
            body = _IMPORT.sub(lambda found: self._digest(found[0], found[1].decode()), body)
        elif name.endswith(".css"):
            for other in _URL.findall(body):
                self._add(other.decode(), path)
            body = _INDENTATION.sub(b"", _CSS_COMMENT.sub(b"", body))
            body = _URL.sub(lambda found: self._digest(found[0], found[0].decode()), body)
        self._digests[name] = hashlib.sha256(body).hexdigest()[:12]
        self._bodies[name] = body

    def _digest(self, imported: bytes, name: str) -> bytes:
        return b"%b?v=%b" % (imported, self._digests[name].encode())

    def _response(self, name: str, immutable: bool, encoding: Encoding) -> PreparedResponse:  # noqa: FBT001 -- a part of the key
        sent_as: Encoding = encoding if Path(name).suffix in TEXTS else "identity"
        body = _packed(sent_as, self._bodies[name])
        headers = {
            **FILE_HEADERS,
            "Content-Type": TYPES.get(Path(name).suffix, "application/octet-stream"),
            "Vary": "Accept-Encoding",
            "Cache-Control": IMMUTABLE if immutable else REVALIDATED,
        }
        if sent_as != "identity":
            headers["Content-Encoding"] = sent_as
        return PreparedResponse(body, headers, f'"{self._digests[name]}-{sent_as}"')


async def file(request: web.Request) -> web.StreamResponse:
    return request.app[ASSETS].answer(request, request[LOOK], request.match_info["name"])


# A second application in the same process has the same files.
@lru_cache(maxsize=256)
def _packed(encoding: Encoding, body: bytes) -> bytes:
    return PACK_SMALL[encoding](body)


# A line that has nothing but a comment. No script has a text that continues on such a line.
_COMMENT = re.compile(rb"^[ \t]*//.*$", re.MULTILINE)
_CSS_COMMENT = re.compile(rb"/\*.*?\*/\n*", re.DOTALL)
_INDENTATION = re.compile(rb"^[ \t]+", re.MULTILINE)
# `import … from "./x.js"`, `export … from`, `import "./x.js"`, `import("./x.js")` and
# `new URL("./x.js"`, up to the quote at the end.
_IMPORT = re.compile(rb"""(?:\bfrom|\bimport|\bURL)\s*\(?\s*["']\./([\w.-]+\.js)(?=["'])""")
# `url("x.svg")` of a style sheet, without what is around the name.
_URL = re.compile(rb"""(?<=\burl\(")[\w.-]+(?="\))""")
