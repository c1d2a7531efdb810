"""A member of the team, a code to sign in, a session: values, and what is kept of the secrets."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, get_args

from stena.message import NAME_LIMIT
from stena.refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

Role = Literal["owner", "moderator"]
ROLES: tuple[Role, ...] = get_args(Role)

CODE_LIFE = timedelta(minutes=10)
# The codes of one member that work at the same time. Each is a way in.
MOST_CODES = 5
# A session ends when it is not used for so long, and after so long in any case.
IDLE, LONGEST = timedelta(days=14), timedelta(days=90)
# When a session was last seen, or a token last used, is written no more often, so that reading
# writes little.
SEEN_STEP = timedelta(minutes=10)
# The tokens that work at the same time, of all members: the page lists them.
MOST_TOKENS = 50
# How long after a sign-in the team may be changed.
FRESH = timedelta(minutes=10)

# Crockford's base32: letters that look like digits are left out. 26 of them are 130 bits.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS = (5, 5, 5, 5, 6)
_LOOK_ALIKES = str.maketrans("OIL", "011")
# With room for the address in a link. To normalise n accents takes n² steps, so no more is read.
LONGEST_CODE = 200


@dataclass(frozen=True, slots=True)
class Member:
    """A person with a role; all members are the team."""

    id: int
    name: str
    role: Role
    created: datetime

    def check_is_owner(self) -> None:
        """Return if the member is an owner.

        Raises:
            Refusal: owner_only.
        """
        if self.role != "owner":
            raise Refusal("owner_only")


@dataclass(frozen=True, slots=True)
class SignInCode:
    """A code for one sign-in of one member."""

    text: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which a member is signed in; the page calls it a device.

    Attributes:
        created: when the member signed in.
        seen: the last request, up to SEEN_STEP ago.
        agent: the browser and the system, empty if unknown.
        fresh: the sign-in was with a code that confirms who it is, less than FRESH ago.
    """

    id: int
    member: Member
    created: datetime
    seen: datetime
    agent: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Pass:
    """What lets a member in, as long as the member has this role: a session, or else a token.

    Attributes:
        member: the id of the member.
        session: the id of the session.
        token: the digest of the token.
    """

    member: int
    role: Role
    session: int | None = None
    token: bytes | None = None


@dataclass(frozen=True, slots=True)
class ProgramToken:
    """A bearer token with which a program acts for a member.

    Attributes:
        name: which program it is, as the member called it.
        used: the last call, up to SEEN_STEP ago; None for never.
    """

    id: int
    name: str
    member: Member
    made: datetime
    used: datetime | None


def new_code() -> str:
    """130 random bits, as letters and digits in groups that are easily typed."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(size)) for size in _GROUPS)


def code_digest(typed: str) -> bytes:
    """The 32 bytes that are stored of a code, however it was typed or pasted.

    Case, spaces, hyphens and look-alikes are forgiven, and a whole link counts as its code. The
    hash is a fast one: a slow one protects what people choose, and nobody can try 2^130 codes.
    """
    code = unicodedata.normalize("NFKC", typed.rpartition("#")[2][:LONGEST_CODE]).upper()
    plain = "".join(filter(str.isalnum, code)).translate(_LOOK_ALIKES)
    return hashlib.blake2b(plain.encode(), digest_size=32).digest()


def new_token() -> str:
    """256 random bits, for the cookie of a session, or for a program."""
    return secrets.token_urlsafe(32)


def new_session_token() -> tuple[str, bytes]:
    """A token for the cookie of a session, and the 32 bytes that are stored of it."""
    token = new_token()
    return token, _digest(token)


def token_digest(token: str) -> bytes | None:
    """The 32 bytes that are stored of a session's token; None for what cannot be one."""
    return _digest(token) if _TOKEN.fullmatch(token) else None


def _digest(token: str) -> bytes:
    return hashlib.blake2b(token.encode(), digest_size=32).digest()


def member_name(typed: str) -> str:
    """A valid name of a member.

    Raises:
        Refusal: name_empty or name_too_long.
    """
    # Without control characters, halves of surrogate pairs, and all else that is invisible: two
    # members with the same name on the screen would be confused.
    words = unicodedata.normalize("NFC", typed).split()
    name = " ".join(filter(None, ("".join(filter(str.isprintable, word)) for word in words)))
    if not name:
        raise Refusal("name_empty", "name")
    if len(name) > NAME_LIMIT:
        raise Refusal("name_too_long", "name", limit=NAME_LIMIT, length=len(name))
    return name


def agent(header: str) -> str:
    """The browser and the system of a User-Agent: “Firefox, Android”. Empty if unknown.

    Only names from the two tables are stored, so nothing that a browser makes up.
    """
    found = (
        next((name for sign, name in table if sign in header), "")
        for table in (_BROWSERS, _SYSTEMS)
    )
    return ", ".join(filter(None, found))


_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
# The first that occurs: most browsers also name those that they are compatible with.
_BROWSERS = (
    ("YaBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
