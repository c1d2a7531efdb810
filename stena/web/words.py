from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "ru")
TRANSLATIONS = Path(__file__).parent / "translations"


@cache
def words(language: str) -> gettext.NullTranslations:
    """The sentences of a language; English is what the code itself speaks."""
    if language == "en":
        return gettext.NullTranslations()
    with (TRANSLATIONS / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
