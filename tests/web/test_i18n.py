from __future__ import annotations

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import stena.web
from stena.web.i18n import LANGUAGES, TRANSLATIONS

WEB = Path(stena.web.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def test_every_sentence_is_said_in_every_language() -> None:
    for language in LANGUAGES[1:]:
        with (TRANSLATIONS / f"{language}.po").open("rb") as file:
            catalog = read_po(file, locale=language, abort_invalid=True)
        translated = {
            (message.context, singular(message.id))
            for message in catalog
            if message.id and message.string and all(message.string) and not message.fuzzy
        }
        assert translated == said()


def test_translations_mention_the_same_numbers() -> None:
    for language in LANGUAGES[1:]:
        with (TRANSLATIONS / f"{language}.po").open("rb") as file:
            for message in read_po(file, locale=language):
                strings = message.string or ()
                for string in [strings] if isinstance(strings, str) else strings:
                    numbers = PLACEHOLDER.findall(singular(message.id))
                    assert sorted(PLACEHOLDER.findall(string)) == sorted(numbers)


def said() -> set[tuple[str | None, str]]:
    """The English sentences of the code and the templates, with their contexts."""
    options = {"templates/**.html": {"extensions": "jinja2.ext.i18n", "silent": "false"}}
    found = extract_from_dir(
        WEB,
        METHODS,
        options,
        keywords={"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)},
    )
    return {(context, singular(sentence)) for _, _, sentence, _, context in found}


def singular(sentence: object) -> str:
    """A sentence with a number has two forms in English; the first identifies it."""
    return str(sentence[0]) if isinstance(sentence, tuple | list) else str(sentence)
