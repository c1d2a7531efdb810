from __future__ import annotations

from typing import TYPE_CHECKING

from stena.ban import needs_owner
from stena.refusal import Refusal
from stena.store import ban, decision, policy, reach, source
from stena.store.order import ordered
from stena.store.outdated import again_if_outdated

if TYPE_CHECKING:
    from stena.ban import Ban, Preview, Terms
    from stena.decision import Decision, Range
    from stena.member import Member
    from stena.source import Source
    from stena.store.database import Connection, Database
    from stena.store.order import Turns


class Bans:
    """Browsers, addresses and networks that are banned: one method, one transaction.

    A moderator neither sets nor ends what only an owner may set: a ban for more than
    MODERATORS_DAYS, or one that refuses.

    Every method raises Refusal("unavailable") if the database does not answer in time.
    """

    def __init__(self, database: Database, turns: Turns) -> None:
        self._database = database
        self._turns = turns

    async def bans(self, before: int | None, limit: int) -> list[Ban]:
        """At most `limit` bans that hold, the newest first."""
        async with self._database.connection() as connection:
            return await ban.listed(connection, before, limit)

    async def preview(self, group: Range, own: Source | None) -> Preview | None:
        """Whom a ban would affect of the address or the network that a group of messages came from.

        Args:
            group: the messages.
            own: where the member who asks writes from.

        Returns:
            None if it is not known where they came from, or no longer.
        """
        async with self._database.connection() as connection:
            found = await source.of_newest(connection, [group.oldest, group.newest])
            return await reach.preview(connection, found, own) if found else None

    @again_if_outdated
    async def ban(
        self, group: Range, terms: Terms, member: Member, own: Source | None = None
    ) -> Decision:
        """Ban the browser of a group of messages, or where they came from, from the next post on.

        Args:
            group: the messages.
            terms: what the ban does.
            member: who bans.
            own: where the member writes from, if that is not to be banned.

        Raises:
            Refusal: no_browser if the messages came without a key; no_address if it is unknown
                where they came from; own_address; owner_only.
        """
        if terms.needs_owner:
            member.check_is_owner()
        async with self._turns.connection() as connection, ordered(connection):
            message, digest = await _found(connection, group, terms)
            if own is not None and digest in own.digests:
                raise Refusal("own_address", "sure")
            await ban.remove_old(connection)
            number = await ban.find(connection, terms.target, digest) or await ban.next_id(
                connection
            )
            held = await ban.row(connection, number)
            if held is not None and needs_owner(held):
                member.check_is_owner()
            async with policy.logged(connection, "ban", str(number), member.id):
                await ban.put(connection, number, digest, terms, message, member.id)
            return await decision.last(connection)

    @again_if_outdated
    async def lift(self, number: int, member: Member) -> Decision:
        """End a ban.

        Raises:
            Refusal: not_found; owner_only.
        """
        async with self._turns.connection() as connection, ordered(connection):
            held = await ban.row(connection, number)
            if held is None:
                raise Refusal("not_found")
            if needs_owner(held):
                member.check_is_owner()
            async with policy.logged(connection, "ban", str(number), member.id):
                await ban.remove(connection, number)
            return await decision.last(connection)


async def _found(connection: Connection, group: Range, terms: Terms) -> tuple[int, bytes]:
    """The message because of which something is banned, and the digest of what is."""
    if terms.target == "browser":
        author = await ban.author_of(connection, group)
        if author is None:
            raise Refusal("no_browser", "id")
        return author
    came = await source.of_newest(connection, [group.oldest, group.newest])
    if came is None or not await source.keep_key(connection, came.week, terms.days):
        raise Refusal("no_address", "id")
    return came.message, came.address if terms.target == "address" else came.network
