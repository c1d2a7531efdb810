"""Addresses that an owner writes: of the wall itself, and of what lies beyond it."""

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
    return f"{parts.scheme}://{host}:{port}" if port else f"{parts.scheme}://{host}"


def _target(url: str) -> str:
    """Where a link may lead; `javascript:` and the like are none of it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    whole = "@" in parts.path if parts.scheme == "mailto" else parts.hostname
    if not whole or parts.scheme not in {"http", "https", "mailto"} or re.search(r"\s", url):
        raise ValueError("is no whole address; it begins with https://, http:// or mailto:")
    return url


class Link(BaseModel):
    """To somewhere else, from the foot of the page."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=60)
    url: Annotated[str, AfterValidator(_target)] = Field(max_length=2000)

    @model_validator(mode="before")
    @classmethod
    def _written(cls, written: object) -> object:
        """Name and address, or a text of which the last word is the address."""
        if isinstance(written, str):
            written = dict(zip(("name", "url"), written.rsplit(maxsplit=1), strict=False))
        if isinstance(written, dict) and written.keys() != {"name", "url"}:
            written = None
        if not isinstance(written, dict | Link):
            raise ValueError("is no link: it has a name and a url, and nothing else")  # noqa: TRY004 -- pydantic lets a TypeError pass
        return written


def _links(written: object) -> object:
    """A list, or one text, as the environment has it."""
    if isinstance(written, str):
        written = [part for part in written.split(";") if part.strip()]
    if not isinstance(written, list | tuple):
        raise ValueError("is no list of links")  # noqa: TRY004 -- as above
    if len(written) > MOST_LINKS:
        raise ValueError(f"holds more than {MOST_LINKS} links")
    return written


def _origins(written: object) -> object:
    """A list, or one text, as the environment has it."""
    if isinstance(written, str):
        written = re.split(r"[\s,]+", written)
    if not isinstance(written, list | tuple):
        raise ValueError("is no list of sites")  # noqa: TRY004 -- as above
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


Site = Annotated[str, AfterValidator(_site)]
Links = Annotated[tuple[Link, ...], BeforeValidator(_links)]
Origins = Annotated[tuple[str, ...], BeforeValidator(_origins)]

# A name of which letters beyond ASCII are written xn--, or an address.
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]")
