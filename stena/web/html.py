from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from stena.message import NAME_LIMIT, TEXT_LIMIT
from stena.web.formatting import excerpt
from stena.web.shapes import moment
from stena.web.words import LANGUAGES, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

TEMPLATES = Path(__file__).parent / "templates"
# As those who show previews of links want it.
LOCALES = {"en": "en_US", "ru": "ru_RU"}


@dataclass(frozen=True, slots=True)
class OwnersWords:
    """What the owner says on every page; empty where a sentence of ours stands for it."""

    title: str
    introduction: str
    links: Sequence[tuple[str, str]]


class Html:
    """Pages from templates, one environment a language, all made when the program starts."""

    def __init__(
        self, assets: Mapping[str, str], owner: OwnersWords, *, language: str, time_zone: str
    ) -> None:
        self.language = language
        self._owners = {name: _said(owner, name) for name in LANGUAGES}
        self._environments = {
            name: _environment(name, assets, self._owners[name], ZoneInfo(time_zone))
            for name in LANGUAGES
        }

    def owner(self, language: str) -> OwnersWords:
        """What the owner says, or what we say for them."""
        return self._owners[language]

    def render(self, template: str, language: str, **context: Any) -> str:  # noqa: ANN401 -- as Jinja
        """Fill a template in. Without `site` and `path` it is a page that nobody should find."""
        whole = {"path": None, "site": "", **context}
        return self._environments[language].get_template(template).render(whole)


def _said(owner: OwnersWords, language: str) -> OwnersWords:
    _ = words(language).gettext
    return replace(
        owner,
        title=owner.title or _("The wall"),
        introduction=owner.introduction
        or _(
            "Say what you think. No account, and a name only if you like. "
            "Everyone who is here sees it at once."
        ),
    )


def _environment(
    language: str, assets: Mapping[str, str], owner: OwnersWords, zone: ZoneInfo
) -> Environment:
    environment = Environment(
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(TEMPLATES),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    sentences = words(language)
    install = environment.install_gettext_translations  # type: ignore[attr-defined]  # the extension adds it
    install(sentences, newstyle=True)
    environment.globals |= {
        "accented": "accent.css" in assets,
        "asset": assets.__getitem__,
        "introduction": owner.introduction,
        "language": language,
        "links": owner.links,
        "locale": LOCALES[language],
        "name_limit": NAME_LIMIT,
        "text_limit": TEXT_LIMIT,
        "title": owner.title,
    }

    @lru_cache(maxsize=4096)
    def when(time: datetime) -> str:
        return format_datetime(time, "d MMMM y, HH:mm", tzinfo=zone, locale=language)

    environment.filters |= {"excerpt": excerpt, "moment": moment, "when": when}
    return environment
