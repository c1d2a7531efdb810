"""Read the settings: a YAML file with $NAME in it, then the environment, then types."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from stena.settings import FILE_MISSING, SECTIONS, Section, Settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

DEFAULT_FILE = Path("config/config.yaml")
PREFIX = "STENA_"
# How much of a wrong value is shown.
SHOWN = 200
# Variables that hosts set for any program, under names of their own.
KNOWN_TO_HOSTS = {"WEB_CONCURRENCY": ("common", "processes")}
# Variables that config/config.yaml refers to; they apply without that file too.
WITHOUT_A_FILE = {"PORT": ("common", "port"), "DATABASE_URL": ("postgres", "database_url")}
# Variables that our own files refer to: an empty value is treated as a missing one.
GIVEN_BY_HOSTS = {
    "DATABASE_URL": (
        "no database is attached; attach one: heroku addons:create "
        "heroku-postgresql:essential-0, or set DATABASE_URL"
    ),
    "PORT": (
        "hosts set it for the web process only; start the wall as the web process, or set PORT=8080"
    ),
}


def load(
    file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    *,
    sections: Collection[str] = SECTIONS,
) -> Settings:
    """Read the settings once, at the start of the program.

    Args:
        file: the YAML file; by default the one that STENA_CONFIG names, or
            config/config.yaml if that exists.
        environment: the values of $NAME, and STENA_<SECTION>__<KEY>.
        sections: those that the caller reads. Errors in other sections are ignored, because a
            host does not set all its variables in each of its processes.

    Raises:
        Mistakes: all errors, one line each.
    """
    settings, mistakes = read(file, environment)
    aside = SECTIONS.keys() - set(sections)
    if lines := [mistake.line for mistake in mistakes if mistake.section not in aside]:
        raise Mistakes(lines)
    return settings


def read(
    file: Path | None = None, environment: Mapping[str, str] = os.environ
) -> tuple[Settings, list[Mistake]]:
    """The settings and the errors in them.

    A section with an error holds its defaults; do not rely on it.

    Raises:
        Mistakes: the file cannot be read at all.
    """
    found = source(file, environment)
    file = found or DEFAULT_FILE
    mistakes: list[Mistake] = []
    values = dict(_sections(_parse(file) if found else None, file, mistakes))
    origins: dict[tuple[str, ...], str] = {}
    _substitute(values, file, environment, mistakes)
    given = KNOWN_TO_HOSTS if found else KNOWN_TO_HOSTS | WITHOUT_A_FILE
    _override(values, environment, given, origins, mistakes)
    right = dict(_validated(values, file, origins, mistakes))
    return Settings.model_validate(right), mistakes


def source(file: Path | None = None, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file that the settings come from; None if none is named and the default is missing."""
    if named := file or environment.get("STENA_CONFIG"):
        return Path(named)
    try:
        DEFAULT_FILE.stat()
    except FileNotFoundError:
        return None
    except OSError:
        # Reading it later reports what is wrong.
        pass
    return DEFAULT_FILE


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of the embedded database."""
    return Path(environment.get("STENA_DATA") or "data")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One line: where, what is wrong, what to do. The section is empty for the whole file."""

    section: str
    line: str


class Mistakes(Exception):  # noqa: N818 -- it is a list of them
    """All errors in the settings, one line each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))


def _parse(file: Path) -> object:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        what = "there is no such file; correct its name in --config or STENA_CONFIG"
    except (OSError, UnicodeDecodeError) as error:
        what = f"it cannot be read ({error}); save it as UTF-8 text"
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or "it is not YAML"
        what = f"{line}{problem}; correct the line, or put the value in quotes"
    raise Mistakes([f"{file}: {what}"])


def _sections(
    parsed: object, file: Path, mistakes: list[Mistake]
) -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(parsed, dict | None):
        what = "it has no sections; write, for example, a line “common:”"
        mistakes.append(Mistake("", f"{file}: {what}"))
        return
    for name, keys in (parsed or {}).items():
        if isinstance(keys, dict | None):
            yield str(name), {str(key): value for key, value in (keys or {}).items()}
        else:
            what = "it has no keys; write them below it, indented"
            mistakes.append(Mistake(str(name), f"{file}: {name}: {what}"))


def _substitute(
    values: dict[str, dict[str, Any]],
    file: Path,
    environment: Mapping[str, str],
    mistakes: list[Mistake],
) -> None:
    """Replace $NAME, ${NAME} and ${NAME:-default} by the environment's values, and $$ by $."""
    for section, keys in values.items():
        for key, value in list(keys.items()):
            if not isinstance(value, str):
                continue
            try:
                keys[key] = _VARIABLE.sub(partial(_stand_in, environment), value)
            except KeyError as missing:
                what = _missing(missing.args[0])
                mistakes.append(Mistake(section, f"{file}: {section}.{key}: {what}"))
                # One error for the key is enough; without this its type would be reported too.
                del keys[key]


def _stand_in(environment: Mapping[str, str], found: re.Match[str]) -> str:
    name = found["plain"] or found["braced"]
    if name is None:
        return "$"
    if found["default"] is not None:
        return environment.get(name) or found["default"]
    if name in GIVEN_BY_HOSTS and not environment.get(name):
        raise KeyError(name)
    return environment[name]


def _missing(name: str) -> str:
    if name in GIVEN_BY_HOSTS:
        return f"the environment has no value for {name}: {GIVEN_BY_HOSTS[name]}"
    return f"the environment has no {name}; set it, or give a default: ${{{name}:-value}}"


def _override(
    values: dict[str, dict[str, Any]],
    environment: Mapping[str, str],
    given: Mapping[str, tuple[str, str]],
    origins: dict[tuple[str, ...], str],
    mistakes: list[Mistake],
) -> None:
    for name, value in sorted(environment.items()):
        if not name.startswith(PREFIX) or "__" not in name:
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("__")
        if section not in SECTIONS:
            known = ", ".join(SECTIONS)
            line = f"{name}: there is no section {section}; the sections are {known}"
            mistakes.append(Mistake(section, line))
            continue
        values.setdefault(section, {})[key] = value
        origins[section, key] = name
    for name, (section, key) in given.items():
        if environment.get(name) and key not in values.setdefault(section, {}):
            values[section][key] = environment[name]
            origins[section, key] = name


def _validated(
    values: Mapping[str, dict[str, Any]],
    file: Path,
    origins: Mapping[tuple[str, ...], str],
    mistakes: list[Mistake],
) -> Iterator[tuple[str, Section]]:
    """Yield the sections without errors."""
    for name, section in SECTIONS.items():
        try:
            yield name, section.model_validate(values.get(name, {}))
        except ValidationError as error:
            for found in error.errors(include_url=False):
                place = (name, *(str(part) for part in found["loc"]))
                where = origins.get(place[:2]) or f"{file}: {'.'.join(place)}"
                mistakes.append(Mistake(name, f"{where}: {_describe(found, section)}"))
    for name in (name for name in values if name not in SECTIONS):
        what = f"there is no such section; the sections are {', '.join(SECTIONS)}"
        mistakes.append(Mistake(name, f"{file}: {name}: {what}"))


def _describe(mistake: ErrorDetails, section: type[Section]) -> str:
    """What is wrong with a key, and what to do."""
    if mistake["type"] == "extra_forbidden":
        return f"there is no such key; the keys are {', '.join(section.model_fields)}"
    what = mistake["msg"].removeprefix("Value error, ").replace("Input should", "should")
    if mistake["type"] == FILE_MISSING:
        return what
    field = section.model_fields[str(mistake["loc"][0])]
    examples = field.examples or []
    return f"{_shown(mistake['input'], field)}{what}; write, for example, {examples[0]}"


def _shown(value: object, field: FieldInfo) -> str:
    """The wrong value; empty for a secret, because the line goes into logs."""
    return f"“{shorten(str(value), SHOWN, placeholder='…')}” " if field.repr else ""


_VARIABLE = re.compile(
    r"\$(?:\$|(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\})",
    re.ASCII,
)
