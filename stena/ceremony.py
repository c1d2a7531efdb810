"""The two ceremonies of Web Authentication, in which an authenticator makes or uses a passkey.

The library is an extra, and takes half a second and 23 MB to load. So it is loaded when a ceremony
begins, and its callers leave all of this to a thread.
"""

from __future__ import annotations

import importlib.util
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from stena.passkey import CHALLENGE_LIFE, LONGEST_ID, LONGEST_KEY, Credential
from stena.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    from stena.passkey import RelyingParty

MILLISECONDS = int(CHALLENGE_LIFE.total_seconds()) * 1000


class Answer(NamedTuple):
    """What an authenticator says, before it is verified.

    Attributes:
        text: the credential in JSON, as the browser sent it.
        id: that of the credential.
        challenge: the one that it answers.
        user: the user handle, None if it gave none.
    """

    text: str
    id: bytes
    challenge: bytes
    user: bytes | None


def is_installed() -> bool:
    """Whether the extra `passkeys` is installed."""
    return importlib.util.find_spec("webauthn") is not None


def ask_for_new(
    party: RelyingParty, challenge: bytes, user: bytes, name: str, known: Sequence[bytes]
) -> str:
    """The options with which a browser makes a passkey, in JSON.

    Args:
        party: the wall.
        challenge: what is to be signed.
        user: the user handle of the member.
        name: the member's.
        known: the ids of the member's passkeys. A device that has one of them makes no other.
    """
    import webauthn  # noqa: PLC0415 -- an extra, loaded when it is needed
    from webauthn.helpers import structs  # noqa: PLC0415 -- the same

    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.id,
        user_id=user,
        user_name=name,
        challenge=challenge,
        timeout=MILLISECONDS,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_described(known),
    )
    return webauthn.options_to_json(options)


def ask(party: RelyingParty, challenge: bytes, allowed: Sequence[bytes]) -> str:
    """The options with which a browser uses a passkey, in JSON.

    Args:
        party: the wall.
        challenge: what is to be signed.
        allowed: the ids of the passkeys of which one is to be used; empty for any.
    """
    import webauthn  # noqa: PLC0415 -- as above
    from webauthn.helpers import structs  # noqa: PLC0415 -- as above

    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=MILLISECONDS,
        allow_credentials=_described(allowed),
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def _described(ids: Sequence[bytes]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers import structs  # noqa: PLC0415 -- as above

    return [structs.PublicKeyCredentialDescriptor(id=one) for one in ids]


def read_new(text: str) -> Answer:
    """The answer to `ask_for_new`.

    Raises:
        Refusal: passkey_refused, if it cannot be read.
    """
    from webauthn import helpers  # noqa: PLC0415 -- as above

    with _refused():
        credential = helpers.parse_registration_credential_json(text)
        challenge = _challenge(credential.response.client_data_json)
        return Answer(text, credential.raw_id, challenge, None)


def read(text: str) -> Answer:
    """The answer to `ask`.

    Raises:
        Refusal: passkey_refused, if it cannot be read.
    """
    from webauthn import helpers  # noqa: PLC0415 -- as above

    with _refused():
        credential = helpers.parse_authentication_credential_json(text)
        challenge = _challenge(credential.response.client_data_json)
        return Answer(text, credential.raw_id, challenge, credential.response.user_handle)


def _challenge(client_data: bytes) -> bytes:
    from webauthn import helpers  # noqa: PLC0415 -- as above

    data = helpers.parse_client_data_json(client_data)
    # No page of another site frames the pages of the team.
    if data.cross_origin:
        raise Refusal("passkey_refused", "passkey")
    return data.challenge


def verify_new(party: RelyingParty, answer: Answer) -> Credential:
    """The new credential, if it was made for this site by a person who unlocked the device.

    Raises:
        Refusal: passkey_refused.
    """
    import webauthn  # noqa: PLC0415 -- as above

    with _refused():
        made = webauthn.verify_registration_response(
            credential=answer.text,
            expected_challenge=answer.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
        # The library leaves both ids to the browser, and the lengths too.
        if made.credential_id != answer.id or len(answer.id) > LONGEST_ID:
            raise Refusal("passkey_refused", "passkey")
        if len(made.credential_public_key) > LONGEST_KEY:
            raise Refusal("passkey_refused", "passkey")
        return Credential(made.credential_id, made.credential_public_key, made.sign_count)


def verify(party: RelyingParty, answer: Answer, credential: Credential) -> int:
    """The new counter, if the credential has signed and a person has unlocked the device.

    Raises:
        Refusal: passkey_refused.
    """
    import webauthn  # noqa: PLC0415 -- as above

    with _refused():
        return webauthn.verify_authentication_response(
            credential=answer.text,
            expected_challenge=answer.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=credential.public_key,
            credential_current_sign_count=credential.counter,
            require_user_verification=True,
        ).new_sign_count


@contextmanager
def _refused() -> Generator[None]:
    """Refuse what the library cannot read or does not believe.

    Beside its own exceptions it lets through those of its parsers, such as KeyError and TypeError.
    """
    try:
        yield
    except Refusal:
        raise
    except Exception:  # noqa: BLE001 -- as above
        raise Refusal("passkey_refused", "passkey") from None
