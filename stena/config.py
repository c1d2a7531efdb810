"""Settings: a YAML file with $NAME in it, then the environment's own, then types."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from stena.settings import SECTIONS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

DEFAULT_FILE = Path("config/config.yaml")
PREFIX = "STENA_"
# Variables by which hosts set something for any program, whatever its settings are called.
KNOWN_TO_HOSTS = {"WEB_CONCURRENCY": ("common", "processes")}


def load(file: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings once, at the start of the program.

    Args:
        file: the YAML file; by default the one that STENA_CONFIG names, or
            config/config.yaml.
        environment: what $NAME stands for, and STENA_<SECTION>__<KEY>.

    Raises:
        Mistakes: all that is wrong, a line each.
    """
    file = file or Path(environment.get("STENA_CONFIG") or DEFAULT_FILE)
    mistakes: list[str] = []
    values = dict(_sections(_parse(file), file, mistakes))
    origins: dict[tuple[str, ...], str] = {}
    _substitute(values, file, environment, mistakes)
    _override(values, environment, origins, mistakes)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False)
        mistakes += [_describe(mistake, file, origins) for mistake in found]
    if mistakes:
        raise Mistakes(mistakes)
    return settings


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the embedded database keeps its files."""
    return Path(environment.get("STENA_DATA") or "data")


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
    parsed: object, file: Path, mistakes: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(parsed, dict | None):
        mistakes.append(f"{file}: it holds no sections; write, for example, “common:” in a line")
        return
    for name, keys in (parsed or {}).items():
        if isinstance(keys, dict | None):
            yield str(name), {str(key): value for key, value in (keys or {}).items()}
        else:
            mistakes.append(f"{file}: {name}: it has no keys; write them below it, indented")


def _substitute(
    values: dict[str, dict[str, Any]],
    file: Path,
    environment: Mapping[str, str],
    mistakes: list[str],
) -> None:
    """Put the environment's values for $NAME, ${NAME} and ${NAME:-default}; $$ is a dollar."""
    for section, keys in values.items():
        for key, value in list(keys.items()):
            if not isinstance(value, str):
                continue
            try:
                keys[key] = _VARIABLE.sub(partial(_stand_in, environment), value)
            except KeyError as missing:
                name = missing.args[0]
                mistakes.append(
                    f"{file}: {section}.{key}: the environment has no {name}; set it, or give a "
                    f"default: ${{{name}:-value}}"
                )
                # Said once is enough: what is missing is not also of the wrong type.
                del keys[key]


def _stand_in(environment: Mapping[str, str], found: re.Match[str]) -> str:
    name = found["plain"] or found["braced"]
    if name is None:
        return "$"
    if found["default"] is not None:
        return environment.get(name) or found["default"]
    return environment[name]


def _override(
    values: dict[str, dict[str, Any]],
    environment: Mapping[str, str],
    origins: dict[tuple[str, ...], str],
    mistakes: list[str],
) -> None:
    for name, value in sorted(environment.items()):
        if not name.startswith(PREFIX) or "__" not in name:
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("__")
        if section not in SECTIONS:
            known = ", ".join(SECTIONS)
            mistakes.append(f"{name}: there is no section {section}; the sections are {known}")
            continue
        values.setdefault(section, {})[key] = value
        origins[section, key] = name
    for name, (section, key) in KNOWN_TO_HOSTS.items():
        if environment.get(name) and key not in values.setdefault(section, {}):
            values[section][key] = environment[name]
            origins[section, key] = name


def _describe(mistake: ErrorDetails, file: Path, origins: Mapping[tuple[str, ...], str]) -> str:
    """File (or variable), key, what is wrong, what to do."""
    place = tuple(str(part) for part in mistake["loc"])
    where = origins.get(place) or f"{file}: {'.'.join(place)}"
    section = SECTIONS.get(place[0])
    if section is None:
        return f"{where}: there is no such section; the sections are {', '.join(SECTIONS)}"
    if mistake["type"] == "extra_forbidden":
        return f"{where}: there is no such key; the keys are {', '.join(section.model_fields)}"
    examples = section.model_fields[place[1]].examples or []
    # A URL holds a password, and this line goes into logs.
    value = "" if place[1] == "database_url" else f"“{mistake['input']}” "
    what = mistake["msg"].removeprefix("Value error, ").replace("Input should", "should")
    return f"{where}: {value}{what}; write, for example, {examples[0]}"


_VARIABLE = re.compile(
    r"\$(?:\$|(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\})",
    re.ASCII,
)
