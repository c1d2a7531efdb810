"""A step that a newcomer takes before the wall accepts something while it is flooded; pure.

Nothing of it is stored. A ticket is sealed with a key that all processes have. It holds for one
act from one address: a message, a reaction or a report. So a ticket that is used twice makes one of
these.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
import secrets
import unicodedata
from base64 import b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, NamedTuple

from stena.refusal import Refusal

if TYPE_CHECKING:
    from stena.message import Payment

# For how many seconds a ticket holds, and after how many the time since then is a payment.
LIFE, WAIT = 20 * 60, 20
# The largest number that the work of an address may have which was asked for none before.
# docs/design/civility.md says how long a phone needs.
LEAST_WORK = 800_000
# Longer solutions are not looked at. A payload of ALTCHA has about 400 characters.
SOLUTION_LIMIT = 600
# Of a nonce, which has 16 characters then.
NONCE_BYTES = 12


class Ticket(NamedTuple):
    """What was asked for, of one act from one address.

    Attributes:
        issued: a second since 1970, by the database's clock.
        most: the largest number that the work may have.
        nonce: random; the idempotency key of a draft that came without one.
        seal: an HMAC of these, the act and the address, in Base64.
    """

    issued: int
    most: int
    nonce: str
    seal: str

    def __str__(self) -> str:
        return ".".join(map(str, self))

    @classmethod
    def of(cls, sent: str) -> Ticket | None:
        """A ticket as it was sent, perhaps a forged one; None for any other text."""
        found = _TICKET.fullmatch(sent)
        return cls(int(found[1]), int(found[2]), found[3], found[4]) if found else None

    def holds(self, key: bytes, act: bytes, client: str, now: float) -> bool:
        """Whether it was issued for this act and this client, and has not expired."""
        if abs(now - self.issued) > LIFE:
            return False
        seal = _seal(key, self.issued, self.most, self.nonce, act, client)
        return hmac.compare_digest(self.seal, seal)

    def wait(self, now: float) -> int:
        """In how many seconds the time since it was issued is a payment; 0 if it is one."""
        return max(math.ceil(self.issued + WAIT - now), 0)


class Work(NamedTuple):
    """A proof of work, in the form of the first version of ALTCHA's protocol.

    To find: the number from 0 to `most` with which the SHA-256 of the salt followed by the number
    in decimal is the challenge.

    Attributes:
        challenge: in hexadecimal.
        signature: an HMAC of the challenge, which clients of ALTCHA send back.
    """

    challenge: str
    salt: str
    most: int
    signature: str

    @classmethod
    def of(cls, key: bytes, ticket: Ticket) -> Work:
        """The work of a ticket, always the same."""
        # At most 48 bytes, so with the number it is one block of SHA-256, which holds 55.
        head = hmac.digest(key, f"salt\0{ticket}".encode(), "sha256")[:12].hex()
        salt = f"{head}?expires={ticket.issued + LIFE}&"
        challenge = hashlib.sha256(f"{salt}{number_of(key, ticket)}".encode()).hexdigest()
        signature = hmac.digest(key, challenge.encode(), "sha256").hex()
        return cls(challenge, salt, ticket.most, signature)


class Step(NamedTuple):
    """What is asked for.

    Attributes:
        ticket: to send with what was refused.
        seconds: in how many that may be sent with nothing but the ticket.
        question: the owner's, empty for none.
        may_wait: whether it may wait for the owner instead.
    """

    ticket: str
    work: Work
    seconds: int
    question: str
    may_wait: bool = True

    @property
    def ways(self) -> tuple[Payment, ...]:
        """In which ways it can be taken."""
        ways: list[Payment] = ["work", "time"]
        if self.question:
            ways.append("question")
        if self.may_wait:
            ways.append("look")
        return tuple(ways)


class StepNeeded(Refusal):
    """Raised when what a newcomer sent is refused until a step was taken."""

    def __init__(self, step: Step, field: str = "text") -> None:
        super().__init__("step_needed", field)
        self.step = step


class Taken(NamedTuple):
    """A step as it came with what was refused: not checked yet.

    Attributes:
        ticket: as it was sent.
        way: in which it was taken.
        solution: the number of the work, or what a client of ALTCHA makes of it; or the answer to
            the question.
    """

    ticket: str
    way: Payment
    solution: int | str | None = None

    def pays(self, key: bytes, ticket: Ticket, now: float, answer: str) -> bool:
        """Whether it is what the ticket asks for. To let the owner look pays for nothing.

        Args:
            key: with which the ticket is sealed.
            ticket: one that holds.
            now: seconds since 1970.
            answer: the owner's, empty if there is no question.
        """
        if self.way == "work":
            sent = self.solution
            number = _number_in(sent) if isinstance(sent, str) else sent
            return number == number_of(key, ticket)
        if self.way == "time":
            return not ticket.wait(now)
        if self.way == "question":
            given = str(self.solution or "")[:SOLUTION_LIMIT]
            return bool(answer) and hmac.compare_digest(_folded(given), _folded(answer))
        return False


def issue(  # noqa: PLR0913, PLR0917 -- all that a ticket is sealed with
    key: bytes, now: float, most: int, nonce: str, act: bytes, client: str
) -> Ticket:
    """A ticket for an act: the bytes by which it is known again, such as a draft's dedup_key."""
    issued = int(now)
    return Ticket(issued, most, nonce, _seal(key, issued, most, nonce, act, client))


def new_nonce() -> str:
    """A random nonce for a ticket."""
    return secrets.token_urlsafe(NONCE_BYTES)


def number_of(key: bytes, ticket: Ticket) -> int:
    """The number that solves the work of a ticket; no client has the key."""
    drawn = hmac.digest(key, f"number\0{ticket}".encode(), "sha256")
    return int.from_bytes(drawn) % (ticket.most + 1)


def _seal(  # noqa: PLR0913, PLR0917 -- as above
    key: bytes, issued: int, most: int, nonce: str, act: bytes, client: str
) -> str:
    head = f"ticket\0{issued}.{most}.{nonce}\0{client}\0".encode(errors="surrogateescape")
    seal = hmac.digest(key, head + act, "sha256")
    return urlsafe_b64encode(seal).decode().rstrip("=")


def _number_in(payload: str) -> object:
    """The number as a form sends it, or in a payload of ALTCHA, which is JSON in Base64.

    What else is in the payload follows from the ticket.
    """
    if len(payload) > SOLUTION_LIMIT:
        return None
    if payload.isascii() and payload.isdecimal():
        return int(payload)
    try:
        return json.loads(b64decode(payload, validate=True)).get("number")
    except (ValueError, AttributeError, RecursionError):
        return None


def _folded(answer: str) -> bytes:
    text = " ".join(unicodedata.normalize("NFKC", answer).casefold().split())
    return text.encode(errors="replace")


_TICKET = re.compile(r"([0-9]{10})\.([0-9]{1,8})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{43})")
