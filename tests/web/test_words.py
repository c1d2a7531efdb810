from __future__ import annotations

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import stena.web
from stena.web.words import LANGUAGES, TRANSLATIONS

WEB = Path(stena.web.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def test_every_sentence_is_said_in_every_language() -> None:
    for language in LANGUAGES[1:]:
        with (TRANSLATIONS / f"{language}.po").open("rb") as file:
            catalog = read_po(file, locale=language, abort_invalid=True)
        translated = {
            message.id for message in catalog if message.id and message.string and not message.fuzzy
        }
        assert translated == said()


def test_translations_mention_the_same_numbers() -> None:
    for language in LANGUAGES[1:]:
        with (TRANSLATIONS / f"{language}.po").open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    assert sorted(PLACEHOLDER.findall(str(message.id))) == sorted(
                        PLACEHOLDER.findall(str(message.string))
                    )


def said() -> set[str]:
    """What the code and the templates say, in the code's own English."""
    options = {"templates/**.html": {"extensions": "jinja2.ext.i18n", "silent": "false"}}
    found = extract_from_dir(WEB, METHODS, options, keywords={"_": None, "gettext": None})
    return {str(sentence) for _, _, sentence, _, _ in found}
