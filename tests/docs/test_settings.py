from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from stena import config
from stena.settings import SECTIONS
from tests.docs.pages import SETTINGS, blocks, rows, spans

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

in_both_languages = pytest.mark.parametrize("page", SETTINGS, ids=["en", "ru"])


@in_both_languages
def test_the_settings_are_all_listed_with_their_variables_defaults_and_values(page: Path) -> None:
    listed = [
        (key, variable.strip("`"), yaml.safe_load(default.strip("`")), spans(takes))
        for key, variable, default, takes, _ in settings_of(page)
    ]
    assert listed == [
        (f"{section}.{key}", f"STENA_{section}__{key}".upper(), schema["default"], values(schema))
        for section, key, schema in settings()
    ]


def test_the_settings_are_described_in_the_words_of_the_code() -> None:
    described = {key: description for key, *_, description in settings_of(SETTINGS[0])}
    assert described == {
        f"{section}.{key}": schema["description"] for section, key, schema in settings()
    }


@in_both_languages
def test_the_mistakes_that_are_shown_are_told_so(
    page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown = blocks(page)
    said = next(place for place, block in enumerate(shown) if block.kind == "text")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").write_text(shown[said - 1].text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(config.Mistakes) as raised:
        config.load(environment={"STENA_COMMON__HOSTS": "x"})
    assert str(raised.value) == shown[said].text


def settings_of(page: Path) -> list[list[str]]:
    """The rows of the table of settings; the first cell without backticks."""
    found = [row for row in rows(page) if len(row) == 5 and row[1].startswith("`STENA_")]
    return [[row[0].strip("`"), *row[1:]] for row in found]


def settings() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for section, model in SECTIONS.items():
        for key, schema in model.model_json_schema()["properties"].items():
            yield section, key, schema


def values(schema: dict[str, Any]) -> list[str]:
    """The values of a setting, if they can be listed or have bounds."""
    if "anyOf" in schema:
        return [value for one in schema["anyOf"] for value in values(one)]
    if "const" in schema:
        return [schema["const"]]
    if schema["type"] == "boolean":
        return ["true", "false"]
    bounds = [
        schema[name] for name in ("minimum", "maximum", "maxLength", "maxItems") if name in schema
    ]
    return schema.get("enum") or [f"{bound:g}" for bound in bounds]
