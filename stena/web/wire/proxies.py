"""What trusted proxies report of the client: the only place that reads forwarded headers.

Each proxy appends to `X-Forwarded-For` and `X-Forwarded-Proto`, or to `Forwarded` (RFC 7239), some
of them as a line of its own; all lines together are one list (RFC 9110, 5.3). Of its entries only
the last ones are written by our own proxies; a client can make up the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from aiohttp import hdrs

if TYPE_CHECKING:
    from multidict import CIMultiDictProxy

    Headers = CIMultiDictProxy[str]


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies in front of the program.

    Attributes:
        count: how many there are; None: those with an address of a private network.
        forwarded: whether they write `Forwarded`; then the other headers are not read.
    """

    count: int | None = 0
    forwarded: bool = False

    def is_encrypted(self, headers: Headers, remote: str) -> bool | None:
        """Whether the first of them was reached over HTTPS; None if none reports it."""
        protocols = self._protocols(headers)
        trusted = self._trusted(headers, remote)
        return (
            protocols[-min(trusted, len(protocols))] == "https" if protocols and trusted else None
        )

    def address(self, headers: Headers, remote: str) -> str:
        """The address that the first of them saw; that of the connection if none is reported."""
        if self.count == 0:
            return without_port(remote)
        addresses = self._addresses(headers)
        trusted = self._trusted(headers, remote)
        return without_port(addresses[-trusted] if 0 < trusted <= len(addresses) else remote)

    def route(self, headers: Headers) -> str:
        """All addresses that are reported, also those that a client can make up."""
        return ",".join(self._addresses(headers))

    def _trusted(self, headers: Headers, remote: str) -> int:
        """How many of the last entries are written by our own proxies."""
        if self.count is not None:
            return self.count
        if not _is_private(remote):
            return 0
        addresses = self._addresses(headers)
        trusted = 1
        # An entry is what the proxy behind it saw: a proxy before it, or else the client.
        while trusted < len(addresses) and _is_private(without_port(addresses[-trusted])):
            trusted += 1
        return trusted

    def _addresses(self, headers: Headers) -> list[str]:
        if self.forwarded:
            return [one.get("for", "") for one in _elements(headers)]
        return _entries(headers, hdrs.X_FORWARDED_FOR)

    def _protocols(self, headers: Headers) -> list[str]:
        if self.forwarded:
            return [one["proto"].lower() for one in _elements(headers) if "proto" in one]
        return _entries(headers, hdrs.X_FORWARDED_PROTO)


def without_port(entry: str) -> str:
    """The address in 192.0.2.1:5000, [2001:db8::1]:5000 or the like; anything else as it is.

    The same client has another port in each connection. An IPv4 address in IPv6 is one of IPv4.
    """
    # Nearly all are, and to parse one costs as much as to parse a message.
    if _IPV4.fullmatch(entry):
        return entry
    bare = entry.strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    found = _parsed(bare)
    return str(found) if found else entry


@lru_cache(maxsize=1024)
def _is_private(address: str) -> bool:
    """Whether it is of this machine or of a private network; a Unix socket has no address."""
    if not address:
        return True
    found = _parsed(address)
    return found is not None and any(found in network for network in _PRIVATE)


def _parsed(bare: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _entries(headers: Headers, name: str) -> list[str]:
    lines = headers.getall(name, [])
    return [entry.strip() for entry in ",".join(lines).split(",")] if lines else []


def _elements(headers: Headers) -> list[dict[str, str]]:
    """The parameters of each element of `Forwarded`, with lower-case names."""
    lines = ",".join(headers.getall(hdrs.FORWARDED, []))
    return [
        {name.lower(): value.strip('"') for name, value in _PARAMETER.findall(element)}
        for element in _ELEMENT.findall(lines)
    ]


# Loopback, link-local, private use (RFC 1918, RFC 4193), and shared address space (RFC 6598), which
# hosts use behind their routers.
_PRIVATE = [
    ip_network(network)
    for network in (
        "127.0.0.0/8",
        "::1/128",
        "169.254.0.0/16",
        "fe80::/10",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7",
        "100.64.0.0/10",
    )
]
_IPV4 = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")
# Values in quotes may have a comma or a semicolon in them.
_ELEMENT = re.compile(r'(?:[^,"]|"[^"]*"?)+')
_PARAMETER = re.compile(r'(\w+)=("[^"]*"|[^;,\s"]*)')
