"""Every reason for which a request is refused: its code, its status, its sentence."""

from __future__ import annotations


def _(sentence: str) -> str:
    """Mark a sentence for translators; `explained.explain` translates it."""
    return sentence


RETRY_AFTER = 5
TOO_LONG = _("%(over)d characters too many (%(length)d of %(limit)d).")
ONE_TOO_LONG = _("1 character too many (%(length)d of %(limit)d).")

# Every error code with its status and its sentence. docs/api.md has the same table, and a test
# compares them.
REFUSALS: dict[str, tuple[int, str]] = {
    "bad_request": (400, _("This request cannot be understood.")),
    "bad_form": (400, _("This form cannot be read: its fields must be UTF-8.")),
    "bad_json": (400, _("The body must be a JSON object in UTF-8.")),
    "bad_type": (400, _("“%(field)s” must be a string.")),
    "bad_number": (400, _("“%(field)s” must be a whole number from %(least)d to %(most)d.")),
    "bad_kind": (400, _("“%(field)s” must be love, like, laugh, wow or sad.")),
    "bad_ids": (
        400,
        _("“%(field)s” must be a list of up to %(most)d whole numbers from 1 to %(last)d."),
    ),
    "bad_switch": (400, _("“%(field)s” must be true or false.")),
    "bad_reason": (
        400,
        _("Choose a reason: “%(field)s” must be spam, insult, personal_data, unlawful or other."),
    ),
    "too_many_threads": (
        400,
        _("“%(field)s” takes up to %(limit)d names, with commas between them."),
    ),
    "bad_role": (400, _("“%(field)s” must be owner or moderator.")),
    "bad_order": (400, _("“%(field)s” must be newest or relevance.")),
    "bad_place": (400, _("“%(field)s” must be what an answer to the same query gave as “next”.")),
    "bad_state": (400, _("“%(field)s” must be waiting or removed.")),
    "bad_mode": (400, _("“%(field)s” must be open, first, all or closed.")),
    "bad_hours": (
        400,
        _(
            "“%(field)s” must have “from” and “to”, times such as 08:00, and as “outside” open, "
            "first, all or closed."
        ),
    ),
    "bad_time_zone": (
        400,
        _("“%(field)s” must be the name of a time zone, such as Europe/Moscow."),
    ),
    "bad_links": (400, _("“%(field)s” must be show, plain or wait.")),
    "bad_target": (
        400,
        _("“%(field)s” must be browser, address or network; with “dry_run”, one of the last two."),
    ),
    "bad_days": (400, _("“%(field)s” must be 1, 7 or 30.")),
    "bad_step": (
        400,
        _(
            "“%(field)s” must have “ticket” and “way”: work, time, question or look; and as "
            "“solution” a string or a whole number."
        ),
    ),
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
        _(
            "A message can be edited for its first %(minutes)d minutes. With its private link it "
            "still can."
        ),
    ),
    "signed_out": (403, _("You are not signed in on this device, or no longer. Open /owner.")),
    "code_refused": (
        403,
        _(
            "This code does not work: it is mistyped, was used before, or is older than ten "
            "minutes. Please make a new one."
        ),
    ),
    "passkey_refused": (
        403,
        _(
            "This passkey does not work here: it was removed, belongs to somebody else, or it took "
            "too long. Please try again, or use a code."
        ),
    ),
    "owner_only": (403, _("Only an owner of the wall can do this.")),
    "not_fresh": (403, _("This needs a new code. Enter it first, then do it again.")),
    "closed": (
        403,
        _("The wall is closed for new messages at the moment. Your text is still here."),
    ),
    "locked": (
        403,
        _("This conversation takes no more replies. Your text is still here."),
    ),
    "closed_until": (
        403,
        _("The wall is closed until %(time)s (%(time_zone)s). Your text is still here."),
    ),
    "conversation_closed": (
        403,
        _("This conversation is closed: it is too old for another reply. Your text is still here."),
    ),
    "banned": (
        403,
        _("This browser cannot post here until %(until)s. Your text is still here."),
    ),
    "address_banned": (
        403,
        _(
            "New visitors cannot post from your internet address until %(until)s. Your text is "
            "still here."
        ),
    ),
    "not_found": (404, _("There is nothing here. It may have been deleted.")),
    "method_not_allowed": (405, _("This cannot be done here.")),
    "too_slow": (408, _("The message took too long to arrive. Please send it again.")),
    "decided": (409, _("That has been decided already. Look again, please.")),
    "changed": (409, _("It was changed after this page was made. Look again, please.")),
    "for_ever": (409, _("What is erased cannot be brought back.")),
    "too_many_pins": (
        409,
        _("%(most)d messages of this wall are pinned already. Unpin one of them first."),
    ),
    "too_many_notices": (
        409,
        _("%(most)d walls have a notice. Remove one that is needed no longer."),
    ),
    "no_browser": (
        409,
        _("This message came without a browser's key, so there is no browser to ban."),
    ),
    "no_address": (
        409,
        _(
            "The wall does not know where this message came from, or has forgotten it: there is "
            "nothing to ban."
        ),
    ),
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
    "too_many_passkeys": (
        409,
        _("You have %(most)d passkeys. Remove one that is needed no longer."),
    ),
    "no_passkey": (
        409,
        _("You have no passkey on this wall yet. Use a code, then add one at “Your devices”."),
    ),
    "too_many_words": (409, _("The list has %(most)d words. Remove one that is needed no longer.")),
    "too_large": (413, _("This is more than the wall takes: %(limit)d bytes at most.")),
    "unsupported_media_type": (415, _("This type of content is not accepted here.")),
    "text_empty": (422, _("Write a few words first.")),
    "text_too_long": (422, TOO_LONG),
    "name_empty": (422, _("Write a name.")),
    "name_too_long": (422, _("A name may have up to %(limit)d characters.")),
    "nonce_invalid": (422, _("“nonce” must be 8 to 64 letters, digits, “-” or “_”.")),
    "key_invalid": (422, _("“key” must be 16 to 128 letters, digits, “-” or “_”.")),
    "thread_invalid": (
        422,
        _(
            "“thread” must be the path of a page: up to 100 letters, digits, “.”, “_”, “~”, “/” or "
            "“-”, without a query."
        ),
    ),
    "word_refused": (
        422,
        _("The owner of the wall does not take “%(word)s” here. Please put it another way."),
    ),
    "word_empty": (422, _("Write a word.")),
    "word_too_long": (422, TOO_LONG),
    "words_too_long": (422, TOO_LONG),
    "own_address": (
        422,
        _("You write from there yourself. Tick the box to ban it all the same."),
    ),
    "not_confirmed": (422, _("Tick the box first: this cannot be undone.")),
    "ground_empty": (422, _("Write the ground, and who asked for it.")),
    "ground_too_long": (422, TOO_LONG),
    "query_empty": (422, _("Write what to look for.")),
    "query_too_long": (422, TOO_LONG),
    "query_common": (422, _("That is too common to look for. Try a rarer word.")),
    "search_too_broad": (422, _("This would take too long to find. Try a rarer word.")),
    "step_needed": (
        428,
        _("The wall asks newcomers for one more step just now."),
    ),
    "too_many_posts": (
        429,
        _("Too many messages in a row. Try again in a minute."),
    ),
    "slow_mode": (
        429,
        _(
            "Here everyone waits %(least)d s between two messages. Your text is still here: send "
            "it again in %(seconds)d s."
        ),
    ),
    "too_many_reads": (
        429,
        _("Too many pages in a row. Try again in a minute."),
    ),
    "too_many_attempts": (429, _("Too many codes in a row. Try again in a minute.")),
    "internal": (500, _("Something broke on our side. It is written down as %(number)s.")),
    "busy": (503, _("Too many people are here at once. Try again in a moment.")),
    "too_many_readers": (
        503,
        _("Too many people are reading now: new messages arrive with a delay."),
    ),
    "too_many_searches": (503, _("Too many people are searching at once. Try again in a moment.")),
    "unavailable": (503, _("The wall cannot reach its database. Please try again in a moment.")),
    "job_failed": (
        503,
        _("A part of the wall has failed and is being restarted. Please try again in a moment."),
    ),
    "stopping": (503, _("This part of the wall is stopping. Please try again in a moment.")),
    "not_migrated": (503, _("The wall is being set up. Please try again in a moment.")),
}
