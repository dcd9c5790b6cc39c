"""What an operator can set: flags over environment over configuration file over defaults.

OPTIONS is the one table: the command line's flags, the environment's names, the file's keys and
docs/configuration.md are all made from it.
"""

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from threadline.kernel.errors import Invalid

PREFIX: Final = "THREADLINE_"
FILE_SUFFIX: Final = "_file"
LOG_LEVELS: Final = ("debug", "info", "warning", "error")
LOG_FORMATS: Final = ("plain", "json")
CORES: Final = len(os.sched_getaffinity(0))  # those this process may use
# Read elsewhere: which file to load, and where a PostgreSQL of one's own has its programs.
OTHER_ENVIRONMENT: Final = {
    "THREADLINE_CONFIG": "the configuration file, as `--config`",
    "THREADLINE_TOKEN": "the bearer token with which `threadline trace` and `threadline bans` ask a running server",
    "THREADLINE_PG_BIN": "a PostgreSQL `bin` folder to use for the embedded database instead of the packaged one",
}
# Kubernetes and Docker put these beside every service that is called `threadline`.
_PLATFORM = re.compile(r"THREADLINE_((.+_)?SERVICE_(HOST|PORT(_.+)?)|(.+_)?PORT_\d+_(TCP|UDP)(_.+)?|NAME)")


class SettingsRefused(Invalid):
    """A setting can't be used. `findings` says of each: where, what, how to mend."""

    def __init__(self, findings: list[str]) -> None:
        self.findings = findings
        super().__init__("\n".join(findings))


@dataclass(frozen=True, slots=True)
class HostPort:
    """An address to listen on; port 0 lets the operating system choose."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "HostPort":
        host, colon, port = text.strip().rpartition(":")
        if not colon or not host or not port.isdigit() or int(port) > 65535:
            raise ValueError("is not HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080")
        return cls(host.removeprefix("[").removesuffix("]"), int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class PortRange:
    """UDP ports, both ends included. Each leg takes two: RTP on the even one, RTCP above it."""

    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> "PortRange":
        match = re.fullmatch(r"(\d{1,5})-(\d{1,5})", text.strip())
        if not match:
            raise ValueError("is not FIRST-LAST, for example 10000-19999")
        first, last = int(match[1]), int(match[2])
        if not 1024 <= first < last <= 65535:
            raise ValueError("must lie within 1024-65535, the first port below the last")
        return cls(first, last)

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one server. A relative `models_dir` or `recordings_dir` lies in `data_dir`."""

    data_dir: Path = Path("data")
    http: HostPort = HostPort("127.0.0.1", 8080)
    sip: HostPort = HostPort("0.0.0.0", 5060)  # noqa: S104  # phones come from outside
    rtp_ports: PortRange = PortRange(10000, 19999)
    sip_tls: HostPort | None = None
    sip_ws: HostPort | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = None
    media_workers: int = CORES
    phone_media: HostPort = HostPort("0.0.0.0", 20000)  # noqa: S104  # browsers come from outside
    ice_servers: tuple[str, ...] = ()
    turn_secret: str | None = None
    database_url: str | None = None
    public_url: str | None = None
    secret_key: str | None = None
    public_host: str | None = None
    public_host6: str | None = None
    realm: str = "threadline"
    region: str = "VN"
    default_language: str = "vi-VN"
    drain_s: float = 30.0
    sip_allow: tuple[str, ...] = ("127.0.0.1", "::1")
    sip_rate: int = 60
    ban_after: int = 10
    dial_countries: frozenset[str] | None = None
    dial_per_minute: int = 30
    dial_at_once: int = 30
    dial_minutes: int = 1000
    dial_money: Decimal | None = None
    metrics_token: str | None = None
    record_internal: bool = False
    captions_at_once: int = 2
    models_dir: Path = Path("models")
    recordings_dir: Path = Path("recordings")
    https: bool = False
    trusted_proxies: tuple[str, ...] = ()
    scan_files: str | None = None
    private_webhooks: bool = False
    twilio_account: str | None = None
    twilio_token: str | None = None
    twilio_token_next: str | None = None
    twilio_webhook_key: str | None = None
    twilio_key: str | None = None
    twilio_secret: str | None = None
    twilio_url: str = "https://api.twilio.com"
    twilio_twiml: tuple[str, ...] = ()
    twilio_numbers: tuple[str, ...] = ()
    twilio_rate: int = 1
    twilio_detect_machines: bool = False
    log_level: str = "info"
    log_format: str = "plain"
    log_pii: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "data_dir", self.data_dir.absolute())
        for name in ("models_dir", "recordings_dir"):
            object.__setattr__(self, name, self.data_dir / getattr(self, name))


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table. `read` turns text into the value or raises ValueError with the rest of a sentence."""

    name: str
    read: Callable[[str], object]
    form: str  # what is written: PATH, HOST:PORT, seconds ...
    default: str
    doc: str
    is_secret: bool = False  # may also come from a file: NAME_FILE

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _word(pattern: str, example: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"does not have the right form; an example: {example}")
        return text

    return read


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"is none of {', '.join(choices)}")
        return text.lower()

    return read


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d+)?", text):
        raise ValueError("is not a number of seconds, for example 30")
    return float(text)


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,2}", text):
        raise ValueError("is not a whole number from 1 to 999, for example 2")
    return int(text)


def _amount(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text):
        raise ValueError("is not a whole number up to 999999, for example 60")
    return int(text)


def _money(text: str) -> Decimal:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,4})?", text):
        raise ValueError("is no sum of money, for example 25 or 12.50")
    return Decimal(text)


def _networks(text: str) -> tuple[str, ...]:
    """Addresses and networks between commas; "none" is none at all."""
    words = [] if text.strip().lower() == "none" else [word.strip() for word in text.split(",")]
    try:
        return tuple(
            str(ipaddress.ip_network(word)).removesuffix("/32").removesuffix("/128") for word in words
        )
    except ValueError:
        raise ValueError("is no list of addresses and networks, for example 192.0.2.7, 10.0.0.0/8") from None


def _scanner(text: str) -> str:
    if not re.fullmatch(r"clamd:/\S+|/\S.*", text.strip()):
        raise ValueError("is neither clamd:/path/of/its/socket nor a command by its full path")
    return text.strip()


def _ice_servers(text: str) -> tuple[str, ...]:
    """URLs of RFC 7064 and 7065 between commas; "none" is none at all."""
    words = [] if text.strip().lower() == "none" else [word.strip() for word in text.split(",")]
    form = re.compile(r"(stuns?|turns?):[A-Za-z0-9.\[\]:-]{1,253}(\?transport=(udp|tcp))?")
    if not all(form.fullmatch(word) for word in words):
        raise ValueError("is no list of servers, for example stun:stun.example.vn:3478")
    return tuple(words)


def _countries(text: str) -> frozenset[str]:
    words = [] if text.strip().lower() == "none" else [word.strip() for word in text.split(",")]
    if not all(re.fullmatch(r"[A-Z]{2}", word) for word in words):
        raise ValueError("is no list of countries, for example VN, SG; none: nothing is dialled")
    return frozenset(words)


def _numbers(text: str) -> tuple[str, ...]:
    """E.164 between commas; "none" is none at all."""
    words = [] if text.strip().lower() == "none" else [word.strip() for word in text.split(",")]
    if not all(re.fullmatch(r"\+[1-9]\d{5,14}", word) for word in words):
        raise ValueError("is no list of numbers, for example +842871000000, +15005550006")
    return tuple(words)


def _token(text: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]{16,256}", text):
        raise ValueError("is not 16 to 256 characters without blanks")
    return text


def _public_url(text: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]{1,253}(/[A-Za-z0-9._~/-]*)?", text.strip()):
        raise ValueError("is no address of a site, for example https://contact.example.vn")
    return text.strip().rstrip("/")


def _truth(text: str) -> bool:
    meanings = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text.lower() not in meanings:
        raise ValueError("is neither true nor false")
    return meanings[text.lower()]


def _database(text: str) -> str:
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("is not a PostgreSQL URL: postgresql://USER:PASSWORD@HOST:5432/DATABASE")
    return text


OPTIONS: Final[tuple[Option, ...]] = (
    Option("data_dir", _path, "PATH", "./data", "Everything the server keeps: database, recordings, models."),
    Option("http", HostPort.parse, "HOST:PORT", "127.0.0.1:8080", "Where pages, API and live socket are served. Put TLS in front of it."),
    Option("sip", HostPort.parse, "HOST:PORT", "0.0.0.0:5060", "Where phones and trunks reach us, UDP and TCP. The demo uses 127.0.0.1."),
    Option("sip_tls", HostPort.parse, "HOST:PORT", "off", "Where phones and trunks reach us over TLS, such as 0.0.0.0:5061."),
    Option("sip_ws", HostPort.parse, "HOST:PORT", "off",
           "Where browsers speak SIP over WebSocket, such as 0.0.0.0:5062: `wss` with a certificate, else `ws`."),
    Option("tls_cert", _path, "PATH", "self-signed",
           "PEM certificate chain for `sip_tls` and `sip_ws`, or a folder of NAME.pem with NAME.key: the server name asked "
           "for, or `default`. Noticed when it changes, and at SIGHUP. Without it `sip_tls` makes its own in DATA_DIR/tls."),
    Option("tls_key", _path, "PATH", "in tls_cert", "The private key of `tls_cert`, unencrypted PEM."),
    Option("tls_ca", _path, "PATH", "the system's", "Certificates trusted besides the system's when we call a trunk over TLS."),
    Option("rtp_ports", PortRange.parse, "FIRST-LAST", "10000-19999", "UDP ports for audio, two per leg, so a bridged call takes four."),
    Option("media_workers", _count, "processes", "cores",
           "Processes that carry audio, each with its share of the calls and ports. One that dies ends only its own calls."),
    Option("phone_media", HostPort.parse, "HOST:PORT", "0.0.0.0:20000",
           "Where the sound of browser phones arrives: one UDP port for all of them, opened when the first page asks. docs/agents.md"),
    Option("ice_servers", _ice_servers, "stun:HOST:PORT, turn:HOST:PORT, …", "none",
           "STUN and TURN servers that agents' browsers use to get out of a strict network. The server itself needs none."),
    Option("turn_secret", _token, "SECRET", "none",
           "What `ice_servers` of kind turn share with us (coturn: use-auth-secret); browsers get passwords for a day.", True),
    Option("database_url", _database, "URL", "embedded", "A PostgreSQL of your own (17 or newer) instead of the embedded one.", True),
    Option("public_url", _public_url, "URL", "as called",
           "How the world reaches `http`: providers are told to call it, and fetch files from it. Needed for channels with webhooks."),
    Option("secret_key", _word(r"[A-Za-z0-9+/_=-]{43,44}", "44 characters of base64"), "BASE64", "DATA_DIR/secret.key",
           "32 bytes that seal the channels' credentials and sign links; made at the first start. Back it up with the database.", True),
    Option("public_host", _word(r"[A-Za-z0-9.:-]{1,253}", "203.0.113.10"), "ADDRESS", "found",
           "The address phones and trunks are told to send to (SDP, Contact). Needed behind NAT."),
    Option("public_host6", _word(r"[A-Fa-f0-9:.]{2,45}", "2001:db8::10"), "ADDRESS", "found",
           "The same for those who come by IPv6, where `sip` listens on [::] and so on both kinds of address."),
    Option("realm", _word(r"[A-Za-z0-9.-]{1,64}", "threadline"), "NAME", "threadline",
           "SIP digest realm. Phone passwords are stored hashed with it: changing it voids them."),
    Option("region", _word(r"[A-Z]{2}", "VN"), "ISO 3166", "VN", "How national phone numbers are read where an entry point says nothing else."),
    Option("default_language", _word(r"[a-z]{2,3}(-[A-Z]{2})?", "vi-VN"), "BCP 47", "vi-VN", "The language of a caller who has not chosen one."),
    Option("drain_s", _seconds, "seconds", "30", "How long running calls may go on after SIGTERM; new ones get 503 meanwhile."),
    Option("sip_allow", _networks, "ADDRESS, NET/BITS", "127.0.0.1, ::1",
           "Whence SIP is never limited nor banned, so that nobody locks himself out; trunks need no entry. docs/security.md"),
    Option("sip_rate", _amount, "messages/s", "60",
           "SIP messages one address may send, with bursts of seven times as many; ten times as many once a phone proved its password."),
    Option("ban_after", _amount, "proofs", "10", "Wrong passwords until an address is banned, at first for a minute, then ever longer."),
    Option("dial_countries", _countries, "ISO 3166, …", "region",
           "Countries whose numbers may be dialled through trunks; premium numbers never are. `none`: no calls out."),
    Option("dial_per_minute", _amount, "calls/min", "30", "Calls out one payer may begin in a minute: an account, or a flow that transfers."),
    Option("dial_at_once", _amount, "calls", "30", "Calls out one payer may have under way."),
    Option("dial_minutes", _amount, "minutes/day", "1000", "Minutes of talk one payer may spend in a day (UTC) before further calls are refused."),
    Option("dial_money", _money, "sum/day", "none",
           "What one payer's calls may cost in a day (UTC), by the prices Twilio reports, before further calls are refused."),
    Option("record_internal", _truth, "true|false", "false",
           "Record calls from one phone of ours to another. Tell your people first; a published number says for itself."),
    Option("metrics_token", _token, "TOKEN", "none", "A bearer token that reads `/metrics` and nothing else; without it an admin's does.", True),
    Option("captions_at_once", _amount, "calls", "2",
           "Calls captioned live at a time; all share one process of low priority, so one core at most. 0: none."),
    Option("models_dir", _path, "PATH", "DATA_DIR/models", "Speech recognition models, one folder per language (`threadline model fetch`)."),
    Option("recordings_dir", _path, "PATH", "DATA_DIR/recordings", "Where recorded calls are written."),
    Option("https", _truth, "true|false", "false", "Browsers reach the page through a proxy that ends TLS: cookies are then sent over TLS only."),
    Option("private_webhooks", _truth, "true|false", "false",
           "Webhooks and the customer panel may call addresses within our own network, and by plain HTTP. docs/integration.md"),
    Option("trusted_proxies", _networks, "ADDRESS, NET/BITS", "none",
           "Proxies before `http` whose `X-Forwarded-For` is believed; limits on addresses then count their clients."),
    Option("scan_files", _scanner, "clamd:SOCKET|COMMAND", "none",
           "A virus scanner that sees every file: clamd's Unix socket, or a command that reads it and ends with 0 clean, 1 infected."),
    Option("twilio_account", _word(r"AC[0-9a-f]{32}", "AC0123456789abcdef0123456789abcdef"), "AC…", "none",
           "The Twilio account whose numbers call us (docs/twilio.md). Needs `public_url` and `twilio_token`."),
    Option("twilio_token", _token, "TOKEN", "none", "Its auth token, which signs what Twilio sends.", True),
    Option("twilio_token_next", _token, "TOKEN", "none", "The secondary auth token while one replaces the other.", True),
    Option("twilio_webhook_key", _token, "KEY", "none",
           "The shared key that signs with SHA-256, where the account is set to use one.", True),
    Option("twilio_key", _word(r"SK[0-9a-f]{32}", "SK0123456789abcdef0123456789abcdef"), "SK…", "none",
           "An API key for what we ask of Twilio, with `twilio_secret`; without it the account's own token is used."),
    Option("twilio_secret", _token, "SECRET", "none", "The secret of `twilio_key`.", True),
    Option("twilio_url", _public_url, "URL", "https://api.twilio.com", "Where Twilio's REST interface is, for a region of its own."),
    Option("twilio_twiml", _numbers, "+84…, …", "none",
           "Our numbers that work step by step by TwiML, without a media stream. docs/twilio.md says what they lack."),
    Option("twilio_numbers", _numbers, "+84…, …", "none",
           "Numbers of the account that calls out may show: a call that shows one goes out by Twilio. docs/twilio.md"),
    Option("twilio_rate", _count, "calls/s", "1", "Calls Twilio may be asked to make in a second; the others wait for their turn."),
    Option("twilio_detect_machines", _truth, "true|false", "false",
           "Let Twilio tell whether a person or a machine answered a call out. It charges for that."),
    Option("log_level", _one_of(LOG_LEVELS), "|".join(LOG_LEVELS), "info", "The least serious log line that is written."),
    Option("log_format", _one_of(LOG_FORMATS), "|".join(LOG_FORMATS), "plain", "Lines for people, or one JSON object a line."),
    Option("log_pii", _truth, "true|false", "false", "Write phone numbers, names and error texts into the log. For hunting a fault only."),
)  # fmt: skip
BY_NAME: Final = {option.name: option for option in OPTIONS}


@dataclass(frozen=True, slots=True)
class _Given:
    """A value somebody wrote, and the place to send him back to."""

    text: str
    where: str


def load_settings(
    argv_overrides: Mapping[str, str | None],
    env: Mapping[str, str],
    config_file: Path | None,
    defaults: Mapping[str, str] | None = None,
) -> Settings:
    """The settings in force. `argv_overrides` maps option names to what a flag said, None where it was not given.

    Without `config_file`, THREADLINE_CONFIG in `env` names it. `defaults` replace those of the table.
    Raises SettingsRefused with every fault found.
    """
    findings: list[str] = []
    config_file = config_file or (Path(env["THREADLINE_CONFIG"]) if env.get("THREADLINE_CONFIG") else None)
    given = {name: _Given(text, f"default {name}") for name, text in (defaults or {}).items()}
    given |= _from_file(config_file, findings) if config_file else {}
    given |= _from_environment(env, findings)
    given |= {
        name: _Given(text, BY_NAME[name].flag) for name, text in argv_overrides.items() if text is not None
    }
    values: dict[str, Any] = {}
    for name, source in given.items():
        try:
            values[name] = BY_NAME[name].read(source.text)
        except ValueError as exc:
            shown = "the value" if BY_NAME[name].is_secret else f"“{source.text}”"
            findings.append(f"{source.where}: {shown} {exc}")
    if findings:
        raise SettingsRefused(findings)
    return Settings(**values)


def _from_environment(env: Mapping[str, str], findings: list[str]) -> dict[str, _Given]:
    given: dict[str, _Given] = {}
    for variable in sorted(env):
        if not variable.startswith(PREFIX) or variable in OTHER_ENVIRONMENT:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if _PLATFORM.fullmatch(variable) or env[variable].startswith(("tcp://", "udp://")):
            continue
        if env[variable]:  # an empty variable is an unset one: compose files pass them so
            _take(name, _Given(env[variable], f"environment {variable}"), given, findings)
    return given


def _from_file(path: Path, findings: list[str]) -> dict[str, _Given]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as exc:
        findings.append(
            f"{path}: can't be read ({os.strerror(exc.errno or 0)}); check the path given by --config"
        )
        return {}
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        findings.append(f"{path}: is not valid TOML: {exc}")
        return {}
    given: dict[str, _Given] = {}
    for name, value in table.items():
        if isinstance(value, bool):
            value = str(value).lower()
        if isinstance(value, (dict, list)):
            findings.append(
                f"{path}: “{name}” must be a single value; every setting is a key at the top of the file"
            )
            continue
        _take(name, _Given(str(value), f"{path}: {name}"), given, findings)
    return given


def _take(name: str, source: _Given, given: dict[str, _Given], findings: list[str]) -> None:
    if name in BY_NAME:
        given[name] = source
    elif option := _file_option(name):
        try:
            given.setdefault(option.name, _Given(Path(source.text).read_text("utf-8").strip(), source.where))
        except (OSError, UnicodeDecodeError):
            findings.append(f"{source.where}: the file {source.text} can't be read")
    else:
        close = difflib.get_close_matches(name, BY_NAME, n=1)
        hint = f"did you mean {close[0]}?" if close else "docs/configuration.md lists them all"
        findings.append(f"{source.where}: there is no setting “{name}”; {hint}")


def _file_option(name: str) -> Option | None:
    option = BY_NAME.get(name.removesuffix(FILE_SUFFIX)) if name.endswith(FILE_SUFFIX) else None
    return option if option and option.is_secret else None
