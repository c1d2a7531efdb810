from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING

from stena import ceremony
from stena.member import member_name, new_session_token, token_digest
from stena.passkey import MOST_PASSKEYS, check_challenge, new_challenge, to_add, to_sign_in
from stena.passkey import user_handle as handle
from stena.refusal import Refusal
from stena.store import passkey as passkeys
from stena.store import session as sessions

if TYPE_CHECKING:
    from datetime import datetime

    from stena.ceremony import Answer
    from stena.member import Session
    from stena.passkey import Passkey, RelyingParty
    from stena.store.database import Connection, Database


class Passkeys:
    """The passkeys of the team, with which members sign in as with a code.

    Every method raises Refusal("unavailable") if the database does not answer in time, and all but
    `of_member` raise Refusal("not_found") if passkeys are not offered.
    """

    def __init__(self, database: Database, party: RelyingParty | None) -> None:
        """Offer passkeys for the wall that is the `party`; for None, offer none."""
        self._database = database
        self._party = party

    @property
    def needs_address(self) -> bool:
        """Whether they would be offered if wall.url were an address for which browsers have any."""
        return self._party is None and ceremony.is_installed()

    def check_is_offered(self) -> None:
        """Return if passkeys are offered.

        Raises:
            Refusal: not_found.
        """
        self._offered()

    async def of_member(self, session: Session) -> list[Passkey]:
        """The passkeys of the member, the newest first."""
        async with self._database.connection() as connection:
            return await passkeys.of_member(connection, session.member.id)

    async def ask_for_new(self, session: Session) -> str:
        """The options with which the member's browser makes a passkey, in JSON.

        Raises:
            Refusal: not_fresh, too_many_passkeys.
        """
        party, member = self._offered(), session.member
        _check_is_fresh(session)
        async with self._database.connection() as connection:
            key, now = await passkeys.sealing(connection)
            known = await passkeys.ids(connection, member.id)
        if len(known) >= MOST_PASSKEYS:
            raise Refusal("too_many_passkeys", most=MOST_PASSKEYS)
        challenge = new_challenge(key, to_add(session.id), now)
        return await to_thread(
            ceremony.ask_for_new, party, challenge, handle(key, member.id), member.name, known
        )

    async def add(self, session: Session, sent: str, name: str) -> None:
        """Store a new passkey of the member.

        Args:
            session: the member's.
            sent: what the browser made, in JSON.
            name: as typed.

        Raises:
            Refusal: not_fresh, signed_out, passkey_refused, too_many_passkeys; name_empty,
                name_too_long.
        """
        party, name = self._offered(), member_name(name)
        _check_is_fresh(session)
        answer = await to_thread(ceremony.read_new, sent)
        async with self._database.connection() as connection:
            key, now = await passkeys.sealing(connection)
        expires = check_challenge(key, to_add(session.id), now, answer.challenge)
        credential = await to_thread(ceremony.verify_new, party, answer)
        member = session.member.id
        async with self._database.connection() as connection, connection.transaction():
            if not await passkeys.has_place(connection, member):
                raise Refusal("too_many_passkeys", most=MOST_PASSKEYS)
            # It may have been ended meanwhile, because somebody else has the device.
            if not await sessions.goes_on(connection, session.id):
                raise Refusal("signed_out")
            await _spend(connection, answer, expires)
            if not await passkeys.add(connection, member, credential, name):
                raise Refusal("passkey_refused", "passkey")

    async def remove(self, session: Session, number: int) -> None:
        """Remove a passkey of the member.

        The sign-in need not be fresh: this only takes access away.

        Raises:
            Refusal: not_found.
        """
        self._offered()
        async with self._database.connection() as connection:
            if not await passkeys.remove(connection, session.member.id, number):
                raise Refusal("not_found")

    async def ask(self, session: Session | None) -> str:
        """The options with which a browser signs in, in JSON.

        Args:
            session: of the browser. Then one of the member's own passkeys is asked for.

        Raises:
            Refusal: no_passkey, if the member has none.
        """
        party = self._offered()
        async with self._database.connection() as connection:
            key, now = await passkeys.sealing(connection)
            allowed = await passkeys.ids(connection, session.member.id) if session else []
        if session and not allowed:
            raise Refusal("no_passkey", "passkey")
        return await to_thread(
            ceremony.ask,
            party,
            new_challenge(key, to_sign_in(session.id if session else None), now),
            allowed,
        )

    async def sign_in(
        self, session: Session | None, sent: str, agent: str, before: str | None
    ) -> str:
        """Begin a session with a passkey; it is fresh.

        Args:
            session: of the browser, the same as for `ask`.
            sent: what the browser signed, in JSON.
            agent: the browser and the system.
            before: the token that the browser has; its session ends.

        Returns:
            The token of the session.

        Raises:
            Refusal: passkey_refused.
        """
        party = self._offered()
        answer = await to_thread(ceremony.read, sent)
        async with self._database.connection() as connection:
            key, now = await passkeys.sealing(connection)
            expires = check_challenge(
                key, to_sign_in(session.id if session else None), now, answer.challenge
            )
            found = await passkeys.find(connection, answer.id)
        if found is None:
            raise Refusal("passkey_refused", "passkey")
        member, credential = found
        is_of_member = answer.user == handle(key, member)
        if not is_of_member or (session and session.member.id != member):
            raise Refusal("passkey_refused", "passkey")
        counter = await to_thread(ceremony.verify, party, answer, credential)
        token, digest = new_session_token()
        async with self._database.connection() as connection, connection.transaction():
            await _spend(connection, answer, expires)
            if not await passkeys.use(connection, credential, counter):
                raise Refusal("passkey_refused", "passkey")
            ended = token_digest(before or "")
            await sessions.begin(connection, digest, ended, member, agent, confirmed=True)
        return token

    def _offered(self) -> RelyingParty:
        if self._party is None:
            raise Refusal("not_found")
        return self._party


def _check_is_fresh(session: Session) -> None:
    if not session.fresh:
        raise Refusal("not_fresh", "code")


async def _spend(connection: Connection, answer: Answer, expires: datetime) -> None:
    if not await passkeys.spend(connection, answer.challenge, expires):
        raise Refusal("passkey_refused", "passkey")
