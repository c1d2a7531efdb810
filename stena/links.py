"""Types for the addresses in the settings: of the wall itself, and of other sites."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

MOST_LINKS = 8
# How the paths of the wall's own pages begin. The path of a wall begins otherwise, so that a page
# is known whether a proxy has removed the wall's path from the request or not.
OWN_PATHS = {
    *("api", "edit", "embed", "embed.js", "feed.atom", "feed.json", "healthz", "live", "m"),
    *("messages", "metrics", "mine", "owner", "privacy", "readyz", "robots.txt", "search"),
    *("sitemap.xml", "static"),
}
ANYBODY = "*"


def _site(url: str) -> str:
    """The address of a whole site, as browsers write it, without a slash at the end."""
    if not url:
        return url
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    host = f"[{host}]" if ":" in host else host
    bare = parts._replace(scheme="", netloc="").geturl() if "@" not in url else url
    if not _HOST.fullmatch(host) or parts.scheme not in {"http", "https"} or bare not in {"", "/"}:
        raise ValueError("is not the address of a whole site, https:// and its name")
    if port in {None, _PORTS[parts.scheme]}:
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{port}"


def _home(url: str) -> str:
    """The address of a wall: of a whole site, or of a path of one, without a slash at the end."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if not parts.netloc:
        return _site(url)
    site, base = _site(parts._replace(path="").geturl()), parts.path.rstrip("/")
    if base and not _BASE.fullmatch(base):
        raise ValueError("has a path of other characters than letters, digits and . _ ~ -")
    first = base.split("/")[1] if base else ""
    if first in OWN_PATHS:
        raise ValueError(f"has a path that begins with /{first}, as pages of the wall itself do")
    return site + base


def _target(url: str) -> str:
    """Check the target of a link; `javascript:` and the like are refused."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    whole = "@" in parts.path if parts.scheme == "mailto" else parts.hostname
    if not whole or parts.scheme not in {"http", "https", "mailto"} or re.search(r"\s", url):
        raise ValueError("is not a complete address; it begins with https://, http:// or mailto:")
    return url


class Link(BaseModel):
    """A link at the foot of the page."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=60)
    url: Annotated[str, AfterValidator(_target)] = Field(max_length=2000)

    @model_validator(mode="before")
    @classmethod
    def _written(cls, written: object) -> object:
        """Accept a name and an address, or a string whose last word is the address."""
        if isinstance(written, str):
            written = dict(zip(("name", "url"), written.rsplit(maxsplit=1), strict=False))
        if isinstance(written, dict) and written.keys() != {"name", "url"}:
            written = None
        if not isinstance(written, dict | Link):
            raise ValueError("is not a link: it has a name and a url, and nothing else")  # noqa: TRY004 -- pydantic lets a TypeError pass
        return written


def _links(written: object) -> object:
    """Accept a list, or one string, as in an environment variable."""
    if isinstance(written, str):
        written = [part for part in written.split(";") if part.strip()]
    if not isinstance(written, list | tuple):
        raise ValueError("is not a list of links")  # noqa: TRY004 -- as above
    if len(written) > MOST_LINKS:
        raise ValueError(f"holds more than {MOST_LINKS} links")
    return written


def _origins(written: object) -> object:
    """Accept a list, or one string, as in an environment variable."""
    if isinstance(written, str):
        written = re.split(r"[\s,]+", written)
    if not isinstance(written, list | tuple):
        raise ValueError("is not a list of sites")  # noqa: TRY004 -- as above
    origins = dict.fromkeys(_origin(str(one)) for one in written if one != "")
    return (ANYBODY,) if ANYBODY in origins else tuple(origins)


def _origin(written: str) -> str:
    if written == ANYBODY:
        return written
    try:
        site = _site(written)
    except ValueError as error:
        raise ValueError(f"has {written} in it, which {error}") from None
    if "[" in site:
        raise ValueError(f"has {written} in it, which a browser's policy cannot name")
    return site


Home = Annotated[str, AfterValidator(_home)]
Links = Annotated[tuple[Link, ...], BeforeValidator(_links)]
Origins = Annotated[tuple[str, ...], BeforeValidator(_origins)]

# Browsers leave these out.
_PORTS = {"http": 80, "https": 443}
# No segment is empty, or one of dots, which browsers resolve.
_BASE = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")
# A host name, with non-ASCII letters as xn--, or an IP address.
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]")
