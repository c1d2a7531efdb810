"""The sentences of the page, in the languages that it has."""

from __future__ import annotations

import gettext
from datetime import UTC
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from datetime import datetime

LANGUAGES = ("en", "ru")
TRANSLATIONS = Path(__file__).parent / "translations"


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English is the language of the code itself."""
    if language == "en":
        return gettext.NullTranslations()
    with (TRANSLATIONS / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def day(language: str, time: datetime) -> str:
    """The day of a time, in UTC."""
    return format_date(time.astimezone(UTC), "d MMMM y", locale=language)


def other(language: str) -> str:
    """The language that a page in this one links to."""
    (found,) = (name for name in LANGUAGES if name != language)
    return found
