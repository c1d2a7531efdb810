"""Checks a database URL before the driver reads it. No message repeats a part with a password."""

from __future__ import annotations

import os
import re
from urllib.parse import parse_qsl

from pydantic_core import PydanticCustomError

FILE_MISSING = "file_missing"
SCHEMES = {"postgres", "postgresql"}
# Parameters whose values are files.
CERTIFICATES = {"sslrootcert", "sslcert", "sslkey", "sslcrl"}
# Parameters of which the driver knows these values.
CHOICES = {
    "sslmode": {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
    "target_session_attrs": {
        "any",
        "primary",
        "standby",
        "read-write",
        "read-only",
        "prefer-standby",
    },
}
# What other drivers call sslmode. The server has a setting of that name, and refuses to change it.
OTHERS_NAME = "ssl"
QUOTES = "\"'`“”\u2018\u2019«»"
HIGHEST_PORT = 65535
SPECIAL = "is not a URL; write a special character in the password as %XX"


def check(url: str) -> str:
    """The URL, if the driver reads it as it was meant.

    The driver ends the password at the first @, and the host at the first of / ? #.
    """
    if any(character.isspace() for character in url):
        raise ValueError("has a space or a line break in it; leave it out")
    if url and (url[0] in QUOTES or url[-1] in QUOTES):
        raise ValueError("has quotes around it; leave them out")
    scheme, separator, rest = url.partition("://")
    if url and (scheme not in SCHEMES or not separator):
        raise ValueError("does not begin with postgres:// or postgresql://")
    before, _, query = rest.partition("?")
    authority, _, database = before.partition("/")
    # Without a user, the whole authority is hosts.
    user, _, hosts = authority.rpartition("@")
    # A bracket in the password makes Python's parser look for an IPv6 address.
    misplaced = {*"@[]"} & {*user} or {*"@/"} & {*database} or "#" in rest
    if misplaced or not all(map(_is_host, hosts.split(","))):
        raise ValueError(SPECIAL)
    _check_parameters(query)
    return url


def _is_host(given: str) -> bool:
    """A name, an address or a folder (%2Frun), with or without a port; empty for the default."""
    found = _HOST.fullmatch(given)
    return found is not None and (found[1] is None or 0 < int(found[1]) <= HIGHEST_PORT)


def _check_parameters(query: str) -> None:
    if not query:
        return
    try:
        parameters = parse_qsl(query, strict_parsing=True, keep_blank_values=True)
    except ValueError:
        raise ValueError(SPECIAL) from None
    for name, value in parameters:
        if name == OTHERS_NAME:
            raise ValueError("has the parameter ssl; write sslmode=require in its place")
        if name in CHOICES and value not in CHOICES[name]:
            values = ", ".join(sorted(CHOICES[name]))
            raise ValueError(f"has an unknown {name}; it is one of {values}")
        # The driver reports this too, but without the name of the file, and the wall would retry.
        if name in CERTIFICATES and not os.access(value, os.R_OK):
            raise PydanticCustomError(
                FILE_MISSING,
                "its {name} is {value}, which cannot be read; put the file there, or correct it",
                {"name": name, "value": value},
            )


_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\]|[\w.%~-]*)(?::([0-9]{1,5}))?")
