"""Settings: a YAML file with $NAME in it, then the environment's own, then types."""

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

    from pydantic_core import ErrorDetails

DEFAULT_FILE = Path("config/config.yaml")
PREFIX = "STENA_"
# What a line about a mistake does not repeat, for it goes into logs.
SECRETS = {"database_url", "secret"}
# How much of a wrong value is shown.
SHOWN = 200
# Variables by which hosts set something for any program, whatever its settings are called.
KNOWN_TO_HOSTS = {"WEB_CONCURRENCY": ("common", "processes")}
# And those that our own files name: an empty one is as good as none, and says as little.
GIVEN_BY_HOSTS = {
    "DATABASE_URL": (
        "no database is attached; attach one: heroku addons:create "
        "heroku-postgresql:essential-0, or set DATABASE_URL"
    ),
    "PORT": "a host gives it to its web process alone; start the wall as that, or set PORT=8080",
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
            config/config.yaml.
        environment: what $NAME stands for, and STENA_<SECTION>__<KEY>.
        sections: those that the caller reads: what is wrong in another is left aside, for a
            host does not set all its variables in each of its processes.

    Raises:
        Mistakes: all that is wrong, a line each.
    """
    settings, mistakes = read(file, environment)
    aside = SECTIONS.keys() - set(sections)
    if lines := [mistake.line for mistake in mistakes if mistake.section not in aside]:
        raise Mistakes(lines)
    return settings


def read(
    file: Path | None = None, environment: Mapping[str, str] = os.environ
) -> tuple[Settings, list[Mistake]]:
    """The settings as far as they are right, and what is wrong.

    Of a section with a mistake in it, nothing is to be relied on.

    Raises:
        Mistakes: the file cannot be read at all.
    """
    file = file or Path(environment.get("STENA_CONFIG") or DEFAULT_FILE)
    mistakes: list[Mistake] = []
    values = dict(_sections(_parse(file), file, mistakes))
    origins: dict[tuple[str, ...], str] = {}
    _substitute(values, file, environment, mistakes)
    _override(values, environment, origins, mistakes)
    right = dict(_validated(values, file, origins, mistakes))
    return Settings.model_validate(right), mistakes


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the embedded database keeps its files."""
    return Path(environment.get("STENA_DATA") or "data")


@dataclass(frozen=True, slots=True)
class Mistake:
    """Where, what is wrong and what to do, in one line; the section is empty for the file."""

    section: str
    line: str


class Mistakes(Exception):  # noqa: N818 -- it is a list of them
    """What is wrong with the settings: one line for each mistake, all at once."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))


def _parse(file: Path) -> object:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        what = "there is no such file; start from the project's folder, or name one with --config"
    except (OSError, UnicodeDecodeError) as error:
        what = f"it cannot be read ({error}); write it anew as UTF-8 text"
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or "it is not YAML"
        what = f"{line}{problem}; mend the line, or put the value in quotes"
    raise Mistakes([f"{file}: {what}"])


def _sections(
    parsed: object, file: Path, mistakes: list[Mistake]
) -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(parsed, dict | None):
        what = "it holds no sections; write, for example, “common:” in a line"
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
    """Put the environment's values for $NAME, ${NAME} and ${NAME:-default}; $$ is a dollar."""
    for section, keys in values.items():
        for key, value in list(keys.items()):
            if not isinstance(value, str):
                continue
            try:
                keys[key] = _VARIABLE.sub(partial(_stand_in, environment), value)
            except KeyError as missing:
                what = _missing(missing.args[0])
                mistakes.append(Mistake(section, f"{file}: {section}.{key}: {what}"))
                # Said once is enough: what is missing is not also of the wrong type.
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
    for name, (section, key) in KNOWN_TO_HOSTS.items():
        if environment.get(name) and key not in values.setdefault(section, {}):
            values[section][key] = environment[name]
            origins[section, key] = name


def _validated(
    values: Mapping[str, dict[str, Any]],
    file: Path,
    origins: Mapping[tuple[str, ...], str],
    mistakes: list[Mistake],
) -> Iterator[tuple[str, Section]]:
    """The sections in which nothing is wrong."""
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
    key = str(mistake["loc"][0])
    examples = section.model_fields[key].examples or []
    value = "" if key in SECRETS else f"“{_in_a_line(mistake['input'])}” "
    return f"{value}{what}; write, for example, {examples[0]}"


def _in_a_line(value: object) -> str:
    return shorten(str(value), SHOWN, placeholder="…")


_VARIABLE = re.compile(
    r"\$(?:\$|(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\})",
    re.ASCII,
)
