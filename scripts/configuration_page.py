"""Writes docs/configuration.md from the table of settings; a test compares the two."""

from pathlib import Path

from threadline.config import OPTIONS, OTHER_ENVIRONMENT

PAGE = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"
HEAD = """# Configuration

Every setting can be given in three ways; an earlier one wins over a later one:

1. a flag of the command: `--http 0.0.0.0:8080`
2. an environment variable: `THREADLINE_HTTP=0.0.0.0:8080`
3. a key at the top of a TOML file named by `--config` or `THREADLINE_CONFIG`: `http = "0.0.0.0:8080"`

A name that does not exist and a value that can't be read are refused at the start, each with the place it came
from and the right form. An empty environment variable counts as not set. A setting marked *secret* can also lie in
a file: `THREADLINE_DATABASE_URL_FILE=/run/secrets/database_url`. `python -m threadline doctor` tells whether the
settings in force can work on this machine.

`make demo` starts from other defaults: `data_dir` is `./data/demo`, `sip` is `127.0.0.1:5060`, `log_level` is
`warning`.

| flag, variable | form or unit | default | what it does |
|---|---|---|---|
"""
FOOT = """
Read besides:

| variable | what it does |
|---|---|
"""
TRUNKS = """
Trunks are not set here but kept in the database, with what each needs ([operators.md](operators.md)). Of their fields
`transport` is `udp`, `tcp`, `tls` or `auto`. With `auto` the carrier's domain chooses (RFC 3263): its NAPTR records in their
order, else the SRV records there are, else UDP; an address or a port of its own means UDP.
"""


def page() -> str:
    rows = [
        f"| `{option.flag}`<br>`{option.variable}` | {_cell(option.form)} | `{option.default}` | "
        f"{option.doc}{' *Secret.*' if option.is_secret else ''} |"
        for option in OPTIONS
    ]
    others = [f"| `{name}` | {doc} |" for name, doc in OTHER_ENVIRONMENT.items()]
    return HEAD + "\n".join(rows) + "\n" + FOOT + "\n".join(others) + "\n" + TRUNKS


def _cell(text: str) -> str:
    return text.replace("|", ", ")


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
