from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from stena.member import (
    MOST_CODES,
    MOST_TOKENS,
    SignInCode,
    code_digest,
    member_name,
    new_code,
    new_session_token,
    new_token,
    token_digest,
)
from stena.message import digest as key_digest
from stena.refusal import Refusal
from stena.store import member as members
from stena.store import session as sessions
from stena.store import sign_in_code as codes
from stena.store import token as tokens

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.member import Member, ProgramToken, Role, Session
    from stena.store.database import Connection, Database

# The member for whom the code of the settings is.
FIRST_OWNER = "owner"


class Team:
    """Everything that the team can do to itself: one method, one transaction.

    Every method raises Refusal("unavailable") if the database does not answer in time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def has_owner(self) -> bool:
        async with self._database.connection() as connection:
            return await members.has_owner(connection)

    async def make_code(self, name: str, role: Role) -> SignInCode:
        """A code for the member of this name, who joins the team if necessary.

        For those who run a command on the wall's machine: they need no session.

        Raises:
            Refusal: name_empty, name_too_long, other_role, too_many_codes.
        """
        async with self._transaction() as connection:
            return await _invite(connection, name, role)

    async def offer(self, code: str) -> None:
        """Let the code of the settings work once, for the first owner; empty for none.

        Raises:
            Refusal: other_role, if the first owner is a moderator now.
        """
        digest = code_digest(code) if code else None
        async with self._transaction() as connection:
            await codes.withdraw_others(connection, digest)
            if digest is None or await codes.is_known(connection, digest):
                return
            member = await _join(connection, FIRST_OWNER, "owner")
            await codes.offer(connection, digest, member.id)

    async def is_spent(self, code: str) -> bool:
        """Whether the code of the settings has been used."""
        async with self._database.connection() as connection:
            return await codes.is_spent(connection, code_digest(code))

    async def sign_in(self, code: str, agent: str, before: str | None) -> str:
        """Spend a code, and begin a session.

        Args:
            code: as typed.
            agent: the browser and the system.
            before: the token that the browser has; its session ends.

        Returns:
            The token of the session.

        Raises:
            Refusal: code_refused.
        """
        token, digest = new_session_token()
        async with self._transaction() as connection:
            spent = await codes.spend(connection, code_digest(code))
            if spent is None:
                raise Refusal("code_refused", "code")
            member, confirmed = spent
            ended = token_digest(before or "")
            await sessions.begin(connection, digest, ended, member, agent, confirmed=confirmed)
        return token

    async def session(self, token: str) -> Session | None:
        """The session of a token, None if there is none or it is over."""
        digest = token_digest(token)
        if digest is None:
            return None
        async with self._database.connection() as connection:
            return await sessions.read(connection, digest)

    async def sessions(self, session: Session) -> list[Session]:
        """All sessions of the same member, the one seen last first."""
        async with self._database.connection() as connection:
            return await sessions.of_member(connection, session.member.id)

    async def sign_out(self, session: Session, number: int) -> None:
        """End one session of the same member."""
        async with self._database.connection() as connection:
            await sessions.end_one(connection, session.member.id, number)

    async def sign_out_others(self, session: Session) -> None:
        """End all other sessions of the member, and make the member's codes useless."""
        async with self._transaction() as connection:
            # In this order: a code that is spent at this moment has its session after that.
            await codes.void(connection, session.member.id)
            await sessions.end_others(connection, session.member.id, session.id)

    async def make_own_code(self, session: Session) -> SignInCode:
        """A code for another device of the same member.

        It does not confirm: else a stolen session could renew itself for changes of the team.

        Raises:
            Refusal: too_many_codes.
        """
        async with self._transaction() as connection:
            return await _issue(connection, session.member.id, confirms=False)

    async def members(self) -> list[Member]:
        """The team, the oldest members first."""
        async with self._database.connection() as connection:
            return await members.all_members(connection)

    async def invite(self, session: Session, name: str, role: Role) -> SignInCode:
        """As make_code, for an owner who is signed in.

        Raises:
            Refusal: owner_only, not_fresh; as make_code.
        """
        async with self._changing(session) as (connection, _):
            return await _invite(connection, name, role)

    async def set_role(self, session: Session, member: int, role: Role) -> None:
        """Make a member an owner or a moderator, from the next request on.

        Raises:
            Refusal: owner_only, not_fresh, last_owner, not_found.
        """
        async with self._changing(session) as (connection, owners):
            if role != "owner" and owners == {member}:
                raise Refusal("last_owner")
            if not await members.set_role(connection, member, role):
                raise Refusal("not_found")

    async def let_leave(self, session: Session, member: int) -> None:
        """Let a member leave the team: all sessions, codes and tokens end at once.

        Raises:
            Refusal: owner_only, not_fresh, last_owner, not_found.
        """
        async with self._changing(session) as (connection, owners):
            if owners == {member}:
                raise Refusal("last_owner")
            if not await members.leave(connection, member):
                raise Refusal("not_found")

    async def make_token(self, session: Session, name: str) -> str:
        """A token with which a program acts for the owner who makes it.

        Args:
            session: the owner's.
            name: of the program, as typed.

        Returns:
            The token, of which only a digest is stored.

        Raises:
            Refusal: owner_only, not_fresh; name_empty, name_too_long;
                too_many_tokens.
        """
        token = new_token()
        async with self._changing(session) as (connection, _):
            made = await tokens.make(
                connection, key_digest(token), session.member.id, member_name(name)
            )
            if not made:
                raise Refusal("too_many_tokens", most=MOST_TOKENS)
        return token

    async def tokens(self) -> list[ProgramToken]:
        """The tokens that work, the newest first."""
        async with self._database.connection() as connection:
            return await tokens.all_tokens(connection)

    async def revoke_token(self, session: Session, number: int) -> None:
        """Let a token of any member work no longer.

        The sign-in need not be fresh: this only takes access away.

        Raises:
            Refusal: owner_only, not_found.
        """
        session.member.check_is_owner()
        async with self._database.connection() as connection:
            if not await tokens.revoke(connection, number):
                raise Refusal("not_found")

    @asynccontextmanager
    async def _changing(self, session: Session) -> AsyncGenerator[tuple[Connection, set[int]]]:
        """A transaction in which an owner changes the team, and the ids of all owners."""
        async with self._transaction() as connection:
            # Locked: two owners who make each other moderators are one after the other.
            owners = await members.lock_owners(connection)
            if session.member.id not in owners:
                raise Refusal("owner_only")
            if not session.fresh:
                raise Refusal("not_fresh", "code")
            yield connection, owners

    @asynccontextmanager
    async def _transaction(self) -> AsyncGenerator[Connection]:
        async with self._database.connection() as connection, connection.transaction():
            yield connection


async def _invite(connection: Connection, name: str, role: Role) -> SignInCode:
    member = await _join(connection, member_name(name), role)
    return await _issue(connection, member.id, confirms=True)


async def _join(connection: Connection, name: str, role: Role) -> Member:
    member = await members.join(connection, name, role)
    if member.role != role:
        raise Refusal("other_role", "name")
    return member


async def _issue(connection: Connection, member: int, *, confirms: bool) -> SignInCode:
    text = new_code()
    expires = await codes.issue(connection, code_digest(text), member, confirms=confirms)
    if expires is None:
        raise Refusal("too_many_codes", most=MOST_CODES)
    return SignInCode(text, expires)
