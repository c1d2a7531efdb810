from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import get_month_names
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined

from stena.message import NAME_LIMIT, TEXT_LIMIT
from stena.report import WORDS_LIMIT
from stena.web.i18n import LANGUAGES, translations
from stena.web.rendering.accent import DARK_SKY, EMBER, LIGHT_SKY, sky
from stena.web.rendering.formatting import excerpt
from stena.web.rendering.shapes import moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from jinja2.bccache import Bucket

TEMPLATES = Path(__file__).parent.parent / "templates"
# As link previews (Open Graph) want it.
LOCALES = {"en": "en_US", "ru": "ru_RU"}


@dataclass(frozen=True, slots=True)
class OwnersTexts:
    """The owner's texts on every page; an empty one is replaced by the default sentence."""

    title: str
    introduction: str
    links: Sequence[tuple[str, str]]


class Html:
    """Pages from templates: one Jinja environment a language, created when the program starts."""

    def __init__(  # noqa: PLR0913 -- what all pages depend on, by name
        self,
        assets: Mapping[str, str],
        owner: OwnersTexts,
        *,
        time_zone: str,
        base: str = "",
        accent: str = "",
        has_passkeys: bool = False,
    ) -> None:
        """Create the environments.

        Args:
            assets: the addresses of the static files.
            owner: the owner's texts.
            time_zone: of the times on a page.
            base: the path below which all pages are.
            accent: the owner's colour, empty for that of the wall.
            has_passkeys: whether the team may sign in with passkeys.
        """
        self._owners = {name: _with_defaults(owner, name) for name in LANGUAGES}
        self._environments = {
            name: _environment(name, assets, self._owners[name], ZoneInfo(time_zone), base)
            for name in LANGUAGES
        }
        suns = [sky(accent or EMBER, own).sun for own in (LIGHT_SKY, DARK_SKY)]
        for environment in self._environments.values():
            environment.globals["has_passkeys"] = has_passkeys
            environment.globals["suns"] = suns

    def owner(self, language: str) -> OwnersTexts:
        """The owner's texts, with the defaults for the empty ones."""
        return self._owners[language]

    def render(self, template: str, language: str, **context: Any) -> str:  # noqa: ANN401 -- as Jinja
        """Render a template."""
        return self._environments[language].get_template(template).render(context)


def _with_defaults(owner: OwnersTexts, language: str) -> OwnersTexts:
    _ = translations(language).gettext
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
    language: str, assets: Mapping[str, str], owner: OwnersTexts, zone: ZoneInfo, base: str
) -> Environment:
    environment = Environment(
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(TEMPLATES),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
        bytecode_cache=_COMPILED,
    )
    install = environment.install_gettext_translations  # type: ignore[attr-defined]  # the extension adds it
    install(translations(language), newstyle=True)
    environment.globals |= {
        "accented": "accent.css" in assets,
        "asset": assets.__getitem__,
        "base_path": base,
        "introduction": owner.introduction,
        "language": language,
        "links": owner.links,
        "locale": LOCALES[language],
        "name_limit": NAME_LIMIT,
        "text_limit": TEXT_LIMIT,
        "title": owner.title,
        "words_limit": WORDS_LIMIT,
    }

    months = get_month_names("wide", "format", language)

    def when(time: datetime) -> str:
        # Babel's format_datetime with "d MMMM y, HH:mm" takes five times as long.
        local = time.astimezone(zone)
        return f"{day(local)}, {local:%H:%M}"

    def day(date: date) -> str:
        return f"{date.day} {months[date.month]} {date.year}"

    environment.filters |= {"day": day, "excerpt": excerpt, "moment": moment, "when": when}
    return environment


class _Compiled(BytecodeCache):
    """The compiled templates: the same code in all languages, and seconds of work."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()
