"""Every reason for which a request is refused: its code, its status, its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stena.web.i18n import translations

if TYPE_CHECKING:
    from stena.refusal import Refusal


def _(sentence: str) -> str:
    """Mark a sentence for translators; `explain` translates it."""
    return sentence


RETRY_AFTER = 5

# Every error code with its status and its sentence. docs/api.md has the same table, and a test
# compares them.
REFUSALS: dict[str, tuple[int, str]] = {
    "bad_request": (400, _("This request cannot be understood.")),
    "bad_form": (400, _("This form cannot be read: its fields must be UTF-8.")),
    "bad_json": (400, _("The body must be a JSON object in UTF-8.")),
    "bad_type": (400, _("“%(field)s” must be a string.")),
    "bad_number": (400, _("“%(field)s” must be a whole number from %(least)d to %(most)d.")),
    "bad_kind": (400, _("“%(field)s” must be love, like, laugh, wow or sad.")),
    "bad_switch": (400, _("“%(field)s” must be true or false.")),
    "bad_reason": (
        400,
        _("Choose a reason: “%(field)s” must be spam, insult, personal_data, unlawful or other."),
    ),
    "bad_role": (400, _("“%(field)s” must be owner or moderator.")),
    "bad_order": (400, _("“%(field)s” must be newest or relevance.")),
    "bad_place": (400, _("“%(field)s” must be what an answer to the same query gave as “next”.")),
    "bad_state": (400, _("“%(field)s” must be waiting or removed.")),
    "bad_mode": (400, _("“%(field)s” must be open, first, all or closed.")),
    "field_missing": (400, _("“%(field)s” is missing.")),
    "token_invalid": (401, _("This needs a token that the owner of the wall has made.")),
    "cross_site": (
        403,
        _(
            "This came from another site. Please write on the wall's own page. If you did, its "
            "owner has to set STENA_WALL__URL, or let the proxy pass Host on."
        ),
    ),
    "not_yours": (
        403,
        _("Only the author can edit this message: in the same browser, or by the private link."),
    ),
    "too_late": (
        403,
        _("It has stood for more than %(minutes)d minutes and stays as it is."),
    ),
    "signed_out": (403, _("You are not signed in on this device, or no longer. Open /owner.")),
    "code_refused": (
        403,
        _(
            "This code does not work: it is mistyped, was used before, or is older than ten "
            "minutes. Please make a new one."
        ),
    ),
    "owner_only": (403, _("Only an owner of the wall can do this.")),
    "not_fresh": (403, _("To change the team, enter a new code first. Then do it again.")),
    "closed": (
        403,
        _("The wall is closed for new messages at the moment. Your text is still here."),
    ),
    "not_found": (404, _("There is nothing here. Perhaps there was once.")),
    "method_not_allowed": (405, _("This cannot be done here.")),
    "too_slow": (408, _("The message took too long to arrive. Please send it again.")),
    "decided": (409, _("That has been decided already. Look again, please.")),
    "last_owner": (
        409,
        _("A wall has at least one owner. Make somebody else an owner first."),
    ),
    "other_role": (
        409,
        _("The team has a member of this name with the other role. Change it in the list."),
    ),
    "too_many_codes": (
        409,
        _("%(most)d codes of this member still work. Use one of them, or wait ten minutes."),
    ),
    "too_many_tokens": (
        409,
        _("%(most)d programs have a token. Revoke one that is needed no longer."),
    ),
    "too_large": (413, _("This is more than the wall takes: %(limit)d bytes at most.")),
    "unsupported_media_type": (415, _("This type of content is not accepted here.")),
    "text_empty": (422, _("Write a few words first.")),
    "text_too_long": (
        422,
        _("That is %(length)d characters; the wall takes up to %(limit)d. Please shorten it."),
    ),
    "text_characters": (422, _("There is a character in the text that cannot be shown.")),
    "name_empty": (422, _("Write a name.")),
    "name_too_long": (422, _("A name may have up to %(limit)d characters.")),
    "name_characters": (422, _("There is a character in the name that cannot be shown.")),
    "nonce_invalid": (422, _("“nonce” must be 8 to 64 letters, digits, “-” or “_”.")),
    "key_invalid": (422, _("“key” must be 16 to 128 letters, digits, “-” or “_”.")),
    "thread_invalid": (
        422,
        _("“thread” must be up to 100 letters, digits, “.”, “_”, “~”, “/” or “-”."),
    ),
    "words_too_long": (
        422,
        _("That is %(length)d characters; a report takes up to %(limit)d. Please shorten it."),
    ),
    "words_characters": (422, _("There is a character in the words that cannot be read.")),
    "query_empty": (422, _("Write what to look for.")),
    "query_too_long": (
        422,
        _("That is %(length)d characters; a search takes up to %(limit)d. Please shorten it."),
    ),
    "query_characters": (422, _("There is a character in it that no message has.")),
    "query_common": (422, _("That is too common to look for. Try a rarer word.")),
    "search_too_broad": (422, _("This would take too long to find. Try a rarer word.")),
    "too_many_posts": (
        429,
        _("So many messages at once? The wall takes a breath. Please send it again in a minute."),
    ),
    "too_many_reads": (
        429,
        _("So many pages at once? The wall takes a breath. Please try again in a minute."),
    ),
    "too_many_attempts": (429, _("So many codes at once? Please try again in a minute.")),
    "internal": (500, _("Something broke on our side. It is written down as %(number)s.")),
    "busy": (503, _("So many are here that the wall cannot keep up. Please try again.")),
    "too_many_readers": (503, _("So many are reading live that there is no room for one more.")),
    "too_many_searches": (503, _("So many are searching just now. Please try again in a moment.")),
    "unavailable": (503, _("The wall cannot reach its database. Please try again in a moment.")),
    "job_failed": (
        503,
        _("A part of the wall has failed and is being restarted. Please try again in a moment."),
    ),
    "stopping": (503, _("This part of the wall is stopping. Please try again in a moment.")),
    "not_migrated": (503, _("The wall is being set up. Please try again in a moment.")),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A refusal in the visitor's language; programs use `code` and `field`.

    Attributes:
        retry_after: in how many seconds the request may succeed, if its status says so.
    """

    status: int
    code: str
    field: str | None
    sentence: str
    retry_after: int = RETRY_AFTER


def explain(language: str, refusal: Refusal, **details: str) -> Explained:
    """The refusal's status and its sentence; `details` fill in what the refusal cannot know."""
    status, sentence = REFUSALS[refusal.code]
    translated = translations(language).gettext(sentence)
    numbers: dict[str, Any] = {**refusal.numbers, **details, "field": refusal.field}
    retry_after = refusal.numbers.get("seconds", RETRY_AFTER)
    return Explained(status, refusal.code, refusal.field, translated % numbers, retry_after)


def shape(explained: Explained) -> dict[str, dict[str, str]]:
    """The JSON of every error."""
    error = {"code": explained.code, "message": explained.sentence}
    if explained.field:
        error["field"] = explained.field
    return {"error": error}
