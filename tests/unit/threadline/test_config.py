"""Settings: where they come from, which wins, and what a mistake is told."""

import os
from pathlib import Path

import pytest

from scripts.configuration_page import PAGE, page
from threadline.config import OPTIONS, HostPort, PortRange, Settings, SettingsRefused, load_settings

pytestmark = pytest.mark.unit


def refused(argv: dict[str, str | None], env: dict[str, str], file: Path | None = None) -> list[str]:
    with pytest.raises(SettingsRefused) as caught:
        load_settings(argv, env, file)
    return caught.value.findings


def test_nothing_set_gives_the_defaults_of_the_table() -> None:
    settings = load_settings({}, {}, None)
    assert settings == Settings()
    assert settings.data_dir == Path("data").absolute()
    assert settings.models_dir == settings.data_dir / "models"
    assert (settings.sip, settings.rtp_ports) == (HostPort("0.0.0.0", 5060), PortRange(10000, 19999))


def test_every_default_of_the_table_is_what_the_code_does() -> None:
    settings = Settings()
    told = {option.name: option.default for option in OPTIONS}
    for name in (
        "http",
        "sip",
        "rtp_ports",
        "realm",
        "region",
        "default_language",
        "log_level",
        "log_format",
    ):
        assert str(getattr(settings, name)) == told[name]
    assert settings.drain_s == float(told["drain_s"])
    assert str(settings.log_pii).lower() == told["log_pii"]
    assert (told["media_workers"], settings.media_workers) == ("cores", len(os.sched_getaffinity(0)))
    assert ", ".join(settings.sip_allow) == told["sip_allow"]
    for name in ("sip_rate", "ban_after", "dial_per_minute", "dial_at_once", "dial_minutes"):
        assert str(getattr(settings, name)) == told[name]
    assert {option.name for option in OPTIONS} == set(Settings.__dataclass_fields__)


def test_a_flag_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "threadline.toml"
    file.write_text(
        'realm = "file"\nregion = "SG"\nhttp = "127.0.0.1:1"\ndrain_s = 5\nlog_pii = true\n', "utf-8"
    )
    env = {"THREADLINE_CONFIG": str(file), "THREADLINE_REALM": "env", "THREADLINE_HTTP": "127.0.0.1:2"}
    settings = load_settings({"http": "127.0.0.1:3", "realm": None}, env, None)
    assert (settings.region, settings.realm, settings.http.port) == ("SG", "env", 3)
    assert (settings.drain_s, settings.log_pii) == (5.0, True)


def test_a_commands_own_default_yields_to_anything_said() -> None:
    assert load_settings({}, {}, None, {"realm": "demo"}).realm == "demo"
    assert load_settings({}, {"THREADLINE_REALM": "said"}, None, {"realm": "demo"}).realm == "said"


def test_relative_folders_lie_in_the_data_directory() -> None:
    settings = Settings(data_dir=Path("/srv/t"), recordings_dir=Path("/mnt/vault"))
    assert (settings.models_dir, settings.recordings_dir) == (Path("/srv/t/models"), Path("/mnt/vault"))


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://u:p@db/threadline\n", "utf-8")
    settings = load_settings({}, {"THREADLINE_DATABASE_URL_FILE": str(secret)}, None)
    assert settings.database_url == "postgresql://u:p@db/threadline"


def test_a_secret_is_not_repeated_in_the_complaint() -> None:
    assert "hunter2" not in " ".join(refused({}, {"THREADLINE_DATABASE_URL": "mysql://u:hunter2@db/x"}))


def test_an_unknown_name_is_refused_with_the_likely_one() -> None:
    assert refused({}, {"THREADLINE_RTP_PORT": "1-2"}) == [
        "environment THREADLINE_RTP_PORT: there is no setting “rtp_port”; did you mean rtp_ports?"
    ]


def test_what_container_platforms_add_by_themselves_is_no_setting() -> None:
    env = {
        "THREADLINE_SERVICE_HOST": "10.0.0.1",
        "THREADLINE_SERVICE_PORT_HTTP": "80",
        "THREADLINE_PORT": "tcp://10.0.0.1:80",
        "THREADLINE_PORT_8080_TCP_ADDR": "10.0.0.1",
    }
    assert load_settings({}, env, None) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("http", "8080", "HOST:PORT"),
        ("http", "127.0.0.1:70000", "HOST:PORT"),
        ("rtp_ports", "20000-10000", "first port below the last"),
        ("rtp_ports", "80-90", "1024-65535"),
        ("region", "vietnam", "an example: VN"),
        ("default_language", "Vietnamese", "an example: vi-VN"),
        ("drain_s", "-1", "seconds"),
        ("drain_s", "nan", "seconds"),
        ("log_pii", "maybe", "neither true nor false"),
        ("log_format", "xml", "none of plain, json"),
        ("public_host", "my host", "203.0.113.10"),
        ("database_url", "localhost", "postgresql://"),
    ],
)
def test_a_bad_value_is_refused_with_its_place_and_the_right_form(
    name: str, text: str, complaint: str
) -> None:
    (finding,) = refused({name: text}, {})
    assert finding.startswith(f"--{name.replace('_', '-')}: ")
    assert complaint in finding


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text('colour = "red"\n[http]\nport = 1\n', "utf-8")
    findings = refused({"realm": "a b"}, {"THREADLINE_REGION": "x"}, file)
    assert [finding.split(": ")[0] for finding in findings] == [
        str(file), str(file), "environment THREADLINE_REGION", "--realm",
    ]  # fmt: skip


def test_a_file_that_is_missing_or_no_toml_is_named(tmp_path: Path) -> None:
    assert "can't be read" in refused({}, {}, tmp_path / "none.toml")[0]
    broken = tmp_path / "broken.toml"
    broken.write_text("http = \n", "utf-8")
    assert "not valid TOML" in refused({}, {}, broken)[0]


def test_an_address_of_ipv6_is_read_and_written_with_brackets() -> None:
    address = HostPort.parse("[::1]:8080")
    assert (address.host, address.port, str(address)) == ("::1", 8080, "[::1]:8080")


def test_the_configuration_page_says_what_the_table_says() -> None:
    assert PAGE.read_text("utf-8") == page(), "write it anew with: make docs"


def test_networks_and_countries_are_lists_and_none_is_an_empty_one() -> None:
    settings = load_settings(
        {"sip_allow": "192.0.2.7, 10.0.0.0/8,2001:db8::1", "dial_countries": "VN, SG"}, {}, None
    )
    assert settings.sip_allow == ("192.0.2.7", "10.0.0.0/8", "2001:db8::1")
    assert settings.dial_countries == frozenset({"VN", "SG"})
    settings = load_settings({"sip_allow": "none", "dial_countries": "none"}, {}, None)
    assert (settings.sip_allow, settings.dial_countries) == ((), frozenset())


def test_a_list_that_can_not_be_read_is_refused_with_an_example() -> None:
    told = refused({"sip_allow": "office", "dial_countries": "Vietnam", "metrics_token": "short"}, {})
    assert [word for word in ("10.0.0.0/8", "VN, SG", "16 to 256") if any(word in line for line in told)] == [
        "10.0.0.0/8", "VN, SG", "16 to 256",
    ]  # fmt: skip
    assert not any("short" in line for line in told)
