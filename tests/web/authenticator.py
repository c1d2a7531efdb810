"""An authenticator in software, and the browser around it: what a phone does with a passkey.

It signs what it is asked to, for any site and without asking anybody, so that tests can lie.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.web.calls import page, submit

if TYPE_CHECKING:
    from tests.web.calls import Asking

HOST = "localhost"
ORIGIN = f"http://{HOST}:8080"
# The flags of authenticator data: present, verified, with the data of a credential.
PRESENT, VERIFIED, ATTESTED = 1, 4, 64
NAME = "My phone"
# What asks for a new passkey.
NEW = "/owner/passkeys/options"
REFUSED = "This passkey does not work here"


@dataclass
class Authenticator:
    """One passkey, and what its browser says of the site.

    Attributes:
        counter: how often it was used; it counts where `counts`.
        kind: of the ceremony, instead of the right one.
    """

    origin: str = ORIGIN
    host: str = HOST
    flags: int = PRESENT | VERIFIED
    counts: bool = True
    counter: int = 0
    cross_origin: bool = False
    kind: str = ""
    user: bytes = b""
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """The credential that a browser returns when a passkey is made."""
        self.user = decoded(options["user"]["id"])
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(self._public())
        data = self._data(self.flags | ATTESTED) + attested
        response = {
            "clientDataJSON": encoded(self._client_data("webauthn.create", options)),
            "attestationObject": encoded(
                cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
            ),
            "transports": ["internal"],
        }
        return self._credential(response)

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        """The credential that a browser returns when a passkey is used."""
        self.counter += self.counts
        client_data = self._client_data("webauthn.get", options)
        data = self._data(self.flags)
        signed = data + hashlib.sha256(client_data).digest()
        response = {
            "clientDataJSON": encoded(client_data),
            "authenticatorData": encoded(data),
            "signature": encoded(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": encoded(self.user),
        }
        return self._credential(response)

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = encoded(self.id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
        }

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        said = {
            "type": self.kind or kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        }
        return json.dumps(said).encode()

    def _data(self, flags: int) -> bytes:
        site = hashlib.sha256(self.host.encode()).digest()
        return site + bytes([flags]) + self.counter.to_bytes(4)

    def _public(self) -> dict[int, Any]:
        """The public key in COSE: an elliptic curve key, of ES256, on P-256."""
        point = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}


async def options(asking: Asking, path: str = "/owner/passkeys/sign-in/options") -> dict[str, Any]:
    """What the wall asks a browser for; it has to answer."""
    answer = await asking.post(path, data={})
    assert answer.status == 200, await answer.text()
    return dict(await answer.json())


async def add(asking: Asking, name: str = NAME, **lies: Any) -> Authenticator:  # noqa: ANN401 -- as Authenticator
    """Add a passkey of the member who is signed in; it has to succeed."""
    authenticator = Authenticator(**lies)
    made = authenticator.make(await options(asking, NEW))
    assert await send(asking, made, "/owner/passkeys", name=name) == (303, "/owner/devices")
    return authenticator


async def sign_in(asking: Asking, authenticator: Authenticator, **fields: str) -> tuple[int, str]:
    """Sign in with a passkey. Returns the status, and the target or else the page."""
    return await send(asking, authenticator.sign(await options(asking)), **fields)


async def send(
    asking: Asking, credential: object, path: str = "/owner/passkeys/sign-in", **fields: str
) -> tuple[int, str]:
    text = credential if isinstance(credential, str) else json.dumps(credential)
    return await submit(asking, path, passkey=text, **fields)


async def is_refused(asking: Asking, credential: object) -> bool:
    """Whether this answer signs nobody in."""
    status, shown = await send(asking, credential)
    return (status, REFUSED in shown) == (403, True)


async def is_signed_in(asking: Asking, name: str = "owner") -> bool:
    return f"You are signed in as {name}," in await page(asking, "/owner")


async def listed(asking: Asking) -> dict[str, str]:
    """The addresses that remove each passkey of the member, by its name."""
    shown = await page(asking, "/owner/devices")
    rows = re.findall(r"<bdi>([^<]*)</bdi>.*?(/owner/passkeys/\d+/remove)", shown, re.DOTALL)
    return {unescape(name): path for name, path in rows}


def encoded(given: bytes) -> str:
    return urlsafe_b64encode(given).rstrip(b"=").decode()


def decoded(given: str) -> bytes:
    return urlsafe_b64decode(given + "==")
