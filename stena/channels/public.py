"""Connections to public addresses alone (against server-side request forgery)."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver

from stena.alert import Undelivered

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from aiohttp.abc import ResolveResult

# Addresses in which gateways from IPv6 to IPv4 carry the other address (NAT64).
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class PublicResolver(AbstractResolver):
    """Resolves a name once for a connection, which is then made to what was checked here.

    A name cannot lead elsewhere between the check and the connection (DNS rebinding). aiohttp
    asks no resolver where the host is an address already: `check` is for that.
    """

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        # One that is not public among others is as suspect as if it were alone.
        for one in found:
            check(one["host"])
        return found

    async def close(self) -> None:
        await self._resolver.close()


def check(host: str) -> None:
    """Check a host that is an address; a name passes.

    Raises:
        Undelivered: not_public.
    """
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return
    if not is_public(address):
        raise Undelivered("not_public")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if carried is not None:
            return is_public(carried)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast
