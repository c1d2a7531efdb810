from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena import config
from stena.settings import Common, Settings
from tests.program import ended

if TYPE_CHECKING:
    from pathlib import Path


def load(tmp_path: Path, text: str, **environment: str) -> Settings:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    return config.load(file, environment)


def mistakes(tmp_path: Path, text: str, **environment: str) -> list[str]:
    with pytest.raises(config.Mistakes) as found:
        load(tmp_path, text, **environment)
    return str(found.value).replace(str(tmp_path / "config.yaml"), "FILE").splitlines()


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, "") == Settings()
    assert load(tmp_path, "common:\n") == Settings()


def test_variables_stand_for_what_the_environment_says(tmp_path: Path) -> None:
    text = """
common: {port: $PORT, host: "${HOST}"}
postgres: {database_url: "${DATABASE_URL:-postgres://localhost/x}"}
wall: {title: "${A}-$B$$C${EMPTY:-default}"}
"""
    settings = load(tmp_path, text, PORT="81", HOST="::", A="a", B="b", EMPTY="")
    assert settings.common == Common(port=81, host="::")
    assert settings.postgres.database_url == "postgres://localhost/x"
    assert settings.wall.title == "a-b$Cdefault"


def test_a_variable_in_a_value_is_not_read_again(tmp_path: Path) -> None:
    settings = load(tmp_path, "wall: {title: $A}", A="$B: {yaml}\n- x", B="no")
    assert settings.wall.title == "$B: {yaml}\n- x"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        "common: {port: 81}",
        STENA_COMMON__PORT="82",
        STENA_POSTGRES__REQUIRE_SSL="true",
        STENA_DATA="/data",
        STENA_CONFIG="elsewhere",
    )
    assert settings.common.port == 82
    assert settings.postgres.require_ssl is True


def test_what_a_host_sets_holds_where_the_owner_sets_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "", WEB_CONCURRENCY="2").common.processes == 2
    assert load(tmp_path, "", WEB_CONCURRENCY="").common.processes == 1
    assert load(tmp_path, "common: {processes: 3}", WEB_CONCURRENCY="2").common.processes == 3
    own = load(tmp_path, "", WEB_CONCURRENCY="2", STENA_COMMON__PROCESSES="4")
    assert own.common.processes == 4
    [mistake] = mistakes(tmp_path, "", WEB_CONCURRENCY="many")
    assert mistake.startswith("WEB_CONCURRENCY: “many” should be a valid integer")


def test_without_a_file_the_wall_takes_its_port_and_its_database_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.load(None, {"PORT": "", "DATABASE_URL": ""}) == Settings()
    url = "postgres://localhost/x"
    settings = config.load(None, {"PORT": "81", "DATABASE_URL": url})
    assert (settings.common.port, settings.postgres.database_url) == (81, url)
    own = config.load(None, {"PORT": "81", "STENA_COMMON__PORT": "82"})
    assert own.common.port == 82
    with pytest.raises(config.Mistakes, match=r"^PORT: “eighty” should be a valid integer"):
        config.load(None, {"PORT": "eighty"})
    # If there is a file, it decides which variables have an effect.
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").touch()
    assert config.load(None, {"PORT": "81", "DATABASE_URL": url}) == Settings()


def test_a_file_that_is_named_and_not_there_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(config.Mistakes, match="there is no such file"):
        config.load(config.DEFAULT_FILE, {})
    with pytest.raises(config.Mistakes, match="there is no such file"):
        config.load(None, {"STENA_CONFIG": str(config.DEFAULT_FILE)})


def test_what_is_wrong_in_sections_that_nobody_reads_is_left_aside(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("common: {port: $PORT, prot: 1}\nwall: [1]\nlogging: {level: error}\n")
    environment = {"STENA_COMMON__HOSTS": "x", "WEB_CONCURRENCY": "many"}
    settings = config.load(file, environment, sections=("postgres", "logging"))
    assert settings.logging.level == "error"
    file.write_text("common: {port: $PORT}\npostgres: {pool_size: 0}\nwalls: {}\n")
    with pytest.raises(config.Mistakes) as found:
        config.load(file, {"STENA_WAL__TITLE": "x"}, sections=("postgres", "logging"))
    # An unknown section has no readers.
    unknown, size, walls = str(found.value).splitlines()
    assert unknown.startswith("STENA_WAL__TITLE: there is no section wal;")
    assert "postgres.pool_size: “0”" in size
    assert "walls: there is no such section" in walls


@pytest.mark.parametrize("given", [{}, {"PORT": "", "DATABASE_URL": ""}])
def test_what_a_host_has_not_set_is_told_with_what_makes_it_do_so(
    tmp_path: Path, given: dict[str, str]
) -> None:
    text = "common: {port: $PORT}\npostgres: {database_url: '${DATABASE_URL}'}\n"
    port, database = mistakes(tmp_path, text, **given)
    assert port.startswith("FILE: common.port: the environment has no value for PORT: ")
    assert database.startswith("FILE: postgres.database_url: the environment has no value for ")
    assert "heroku addons:create heroku-postgresql:essential-0" in database
    # An empty variable selects the default in the file.
    own = "common: {port: '${PORT:-81}'}\npostgres: {database_url: '${DATABASE_URL:-}'}\n"
    assert load(tmp_path, own, **given).common.port == 81


def test_a_certificate_that_is_not_there_is_told_with_its_name_and_no_password(
    tmp_path: Path,
) -> None:
    url = "postgres://user:secret@host/x?sslmode=verify-full&sslrootcert="
    text = "postgres: {database_url: $DATABASE_URL}"
    [line] = mistakes(tmp_path, text, DATABASE_URL=f"{url}/no/such%20file")
    assert line == (
        "FILE: postgres.database_url: its sslrootcert is /no/such file, which cannot be read; "
        "put the file there, or correct it"
    )
    (tmp_path / "root.crt").touch()
    there = f"{url}{tmp_path}/root.crt"
    assert load(tmp_path, text, DATABASE_URL=there).postgres.database_url == there


def test_all_mistakes_are_told_at_once_each_in_a_line(tmp_path: Path) -> None:
    text = """
common: {port: abc, prot: 1}
postgres: {database_url: "mysql://user:secret@host/x", pool_size: 0, naive_time_zone: Mars/Base}
walls: {title: x}
wall: {language: de, title: $TITLE}
logging: [1]
"""
    lines = mistakes(tmp_path, text, STENA_COMON__PORT="1", STENA_COMMON__HOSTS="x")
    assert "\n".join(lines) == ALL_MISTAKES


ALL_MISTAKES = """\
FILE: logging: it has no keys; write them below it, indented
FILE: wall.title: the environment has no TITLE; set it, or give a default: ${TITLE:-value}
STENA_COMON__PORT: there is no section comon; the sections are common, postgres, wall, \
alerts, logging
FILE: common.port: “abc” should be a valid integer, unable to parse string as an integer; \
write, for example, 8080
FILE: common.prot: there is no such key; the keys are host, proxies, forwarded, \
processes, secret, metrics_token, port
STENA_COMMON__HOSTS: there is no such key; the keys are host, proxies, forwarded, \
processes, secret, metrics_token, port
FILE: postgres.database_url: does not begin with postgres:// or postgresql://; \
write, for example, postgres://user:password@localhost:5432/stena
FILE: postgres.pool_size: “0” should be greater than or equal to 1; write, for example, 5
FILE: postgres.naive_time_zone: “Mars/Base” is not the name of a time zone; \
write, for example, Europe/Moscow
FILE: wall.language: “de” should be 'en' or 'ru'; write, for example, ru
FILE: walls: there is no such section; the sections are common, postgres, wall, alerts, logging"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("common: {port: 1", "FILE: line 1: "),
        ("a: b: c", "FILE: line 1: "),
        ("- 1", "FILE: it has no sections"),
        ("text", "FILE: it has no sections"),
        ("\tcommon:", "FILE: line 1: "),
        ("common: {port: }", "FILE: common.port: “None” should be a valid integer"),
        ("common: {port: [1]}", "FILE: common.port: “[1]” should be a valid integer"),
        ("1: {2: 3}", "FILE: 1: there is no such section"),
        ("common: {port: 65536}", "FILE: common.port: “65536” should be less than or equal"),
        (
            "postgres: {database_url: 'postgres://u:p@h:port/x'}",
            "FILE: postgres.database_url: is no",
        ),
    ],
)
def test_a_file_that_is_none_is_told_in_a_line(tmp_path: Path, text: str, line: str) -> None:
    found = mistakes(tmp_path, text)
    assert len(found) == 1
    assert found[0].startswith(line)


def test_a_file_that_cannot_be_read_is_told_in_a_line(tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "none"):
        with pytest.raises(config.Mistakes) as found:
            config.load(file, {})
        assert len(str(found.value).splitlines()) == 1
    (tmp_path / "latin").write_bytes("wall: {title: Größe}".encode("latin-1"))
    with pytest.raises(config.Mistakes, match="save it as UTF-8"):
        config.load(tmp_path / "latin", {})


def test_no_secret_is_told(tmp_path: Path) -> None:
    text = 'postgres: {database_url: "redis://user:secret@host/x"}'
    assert "secret" not in str(mistakes(tmp_path, text))
    assert "horse" not in str(mistakes(tmp_path, f"common: {{secret: {'horse' * 201}}}"))
    settings = load(tmp_path, "postgres: {database_url: 'postgres://user:secret@host/x'}")
    assert "secret" not in repr(settings)


def test_the_program_ends_with_2_and_tells_only_the_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("common: {port: x}\nwall: {language: y}\n")
    done = ended(STENA_CONFIG=str(file), STENA_DATA=str(tmp_path / "data"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    assert done.stdout == ""
    assert not (tmp_path / "data").exists()


def test_a_question_goes_with_an_answer(tmp_path: Path) -> None:
    line = (
        "FILE: wall.answer: does not go with wall.question: set both, or neither; "
        "write, for example, twelve"
    )
    for half in ("{question: Why}", "{answer: horse}", "{question: ' ', answer: horse}"):
        assert mistakes(tmp_path, f"wall: {half}") == [line]
    settings = load(tmp_path, "wall: {question: Why, answer: horse}")
    assert "horse" not in repr(settings)
