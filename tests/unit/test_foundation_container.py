"""The container files say what the code does. No container engine is needed to read them."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from threadline.config import BY_NAME, Settings, load_settings

pytestmark = pytest.mark.unit
ROOT = Path(__file__).resolve().parents[2]
START = [".venv/bin/python", "-m", "threadline", "serve"]


@pytest.fixture(scope="module")
def compose() -> Any:
    return YAML(typ="safe", pure=True).load((ROOT / "docker-compose.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text("utf-8")


def test_server_database_and_store_are_there_and_each_has_a_health_check(compose: Any) -> None:
    services = compose["services"]
    assert set(services) == {"server", "postgres", "s3"}
    assert all(service["healthcheck"]["test"][0] == "CMD" for service in services.values())
    assert services["s3"]["profiles"] == ["s3"]
    assert services["postgres"]["image"].startswith("postgres:18")


def test_the_server_starts_by_the_very_command_of_the_makefile(compose: Any, dockerfile: str) -> None:
    recipe = (ROOT / "Makefile").read_text("utf-8")
    assert "\t$(PYTHON) -m threadline serve" in recipe
    assert f"PYTHON := {START[0]}" in recipe
    assert compose["services"]["server"]["command"] == START
    assert f"CMD {START}".replace("'", '"') in dockerfile


def test_the_server_waits_for_a_healthy_database(compose: Any) -> None:
    assert compose["services"]["server"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_every_setting_given_to_the_container_exists_and_can_be_read(compose: Any, dockerfile: str) -> None:
    given = dict(compose["services"]["server"]["environment"])
    given |= dict(re.findall(r"(THREADLINE_\w+)=(\S+)", dockerfile))
    for variable in given:
        assert variable.removeprefix("THREADLINE_").lower() in BY_NAME
    readable = {
        name: "" if text.startswith("${") else re.sub(r"\$\{.*\}", "x", text) for name, text in given.items()
    }
    settings = load_settings({}, readable, None)
    assert settings.http.host == "0.0.0.0"


def test_every_port_the_server_listens_on_is_mapped(compose: Any) -> None:
    server = compose["services"]["server"]
    audio = server["environment"]["THREADLINE_RTP_PORTS"]
    phones = Settings().phone_media.port
    mapped = ["8080:8080/tcp", "5060:5060/udp", "5060:5060/tcp", f"{audio}:{audio}/udp"]
    assert server["ports"] == [*mapped, f"{phones}:{phones}/udp"]


def test_the_container_is_not_killed_before_running_calls_had_their_time(compose: Any) -> None:
    server = compose["services"]["server"]
    assert float(server["stop_grace_period"].removesuffix("s")) > float(
        server["environment"]["THREADLINE_DRAIN_S"]
    )


def test_what_must_last_is_in_volumes(compose: Any, dockerfile: str) -> None:
    mounted = [volume for service in compose["services"].values() for volume in service["volumes"]]
    assert {volume.partition(":")[0] for volume in mounted} == set(compose["volumes"])
    assert "threadline-data:/srv/threadline/data" in mounted
    assert "THREADLINE_DATA_DIR=/srv/threadline/data" in dockerfile


def test_no_password_is_written_down(compose: Any) -> None:
    assert compose["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith(
        "${POSTGRES_PASSWORD:?"
    )


def test_the_server_in_the_container_is_not_root(dockerfile: str) -> None:
    assert re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE) == ["threadline"]


def test_the_compiled_half_of_the_media_engine_is_put_where_it_is_looked_for(dockerfile: str) -> None:
    assert "telephony.media.native.build --into /compiled" in dockerfile
    assert "--from=compiler /compiled .venv/lib/threadline" in dockerfile
