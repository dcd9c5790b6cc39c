"""What a line of a table says of a contact, and what is wrong with it: line, column, what, how to mend it. Pure."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from omnichannel.errors import IdentityUnreadable
from omnichannel.identity import Identity, read
from threadline.kernel.events import Json

FIELDS: Final = ("name", "phone", "email", "customer_no", "language", "vip", "tags")
"""Beside these `field:NAME`, and `external:SYSTEM` for ids in outside systems; "" leaves a column out."""

WORDS: Final[dict[str, str]] = {
    "name": "name", "full name": "name", "customer": "name", "ten": "name", "ho ten": "name", "ho va ten": "name",
    "ten khach hang": "name", "khach hang": "name",
    "phone": "phone", "phone number": "phone", "mobile": "phone", "tel": "phone", "sdt": "phone",
    "so dien thoai": "phone", "dien thoai": "phone", "di dong": "phone",
    "email": "email", "e mail": "email", "mail": "email", "thu dien tu": "email",
    "customer no": "customer_no", "customer number": "customer_no", "customer id": "customer_no",
    "ma kh": "customer_no", "ma khach hang": "customer_no",
    "language": "language", "ngon ngu": "language", "vip": "vip",
    "tags": "tags", "tag": "tags", "the": "tags", "nhan": "tags",
}  # fmt: skip
TRUE: Final = frozenset({"1", "x", "yes", "y", "true", "co", "vip"})
FALSE: Final = frozenset({"", "0", "no", "n", "false", "khong"})
TEXT_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """`column` as the file names it; None: the line as a whole. `code` is the key of its text for pages."""

    column: str | None
    code: str
    text: str
    mend: str

    def shown(self) -> Json:
        return {"column": self.column, "code": self.code, "text": self.text, "mend": self.mend}


@dataclass(slots=True)
class Line:
    """What a line says; it may be taken where `findings` is empty."""

    identities: list[Identity] = field(default_factory=list)
    plain: dict[str, str] = field(default_factory=dict)
    vip: bool | None = None
    tags: list[str] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def plain_words(text: str) -> str:
    """Lower case, without accents and punctuation."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    kept = (char if char.isalnum() else " " for char in decomposed if not unicodedata.combining(char))
    return " ".join("".join(kept).split())


def guess(header: Sequence[str]) -> dict[str, str]:
    """What each column probably is; what nobody knows becomes a field of its own name."""
    found: dict[str, str] = {}
    for name in header:
        if name:
            words = plain_words(name)
            known = WORDS.get(words) or WORDS.get(words.rstrip("0123456789 "))
            found[name] = known or f"field:{name[:100]}"
    return found


def is_field(name: str) -> bool:
    """Whether a column may be that."""
    return (
        name == "" or name in FIELDS or (name.startswith(("field:", "external:")) and not name.endswith(":"))
    )


def read_line(header: Sequence[str], columns: Mapping[str, str], cells: Sequence[str], region: str) -> Line:
    """`region` (ISO 3166) reads national phone numbers."""
    line = Line()
    if len(cells) > len(header):
        line.findings.append(
            Finding(
                None,
                "too_many_cells",
                "more cells than columns",
                "put cells with a delimiter in quotation marks",
            )
        )
    for name, cell in zip(header, cells, strict=False):
        meaning = columns.get(name, "")
        if meaning and cell:
            _take(line, name, meaning, cell, region)
    if not line.identities and not line.findings:
        line.findings.append(
            Finding(
                None, "no_identity", "neither phone nor e-mail nor outside id", "fill in at least one of them"
            )
        )
    return line


def _take(line: Line, column: str, meaning: str, cell: str, region: str) -> None:
    if meaning in ("phone", "email") or meaning.startswith("external:"):
        _take_identities(line, column, meaning, cell, region)
    elif meaning == "vip":
        words = plain_words(cell)
        if words not in TRUE | FALSE:
            line.findings.append(
                Finding(column, "vip_unreadable", "neither yes nor no", "write x, or leave it empty")
            )
        line.vip = words in TRUE
    elif meaning == "tags":
        line.tags += [tag.strip()[:TEXT_MAX] for tag in cell.replace(";", ",").split(",") if tag.strip()]
    elif meaning.startswith("field:"):
        line.extra[meaning.partition(":")[2]] = cell[:2000]
    elif len(cell) > TEXT_MAX:
        line.findings.append(
            Finding(
                column,
                "too_long",
                f"more than {TEXT_MAX} characters",
                "shorten it, or make the column a field",
            )
        )
    else:
        line.plain[meaning] = cell


def _take_identities(line: Line, column: str, meaning: str, cell: str, region: str) -> None:
    kind, _, scope = meaning.partition(":")
    for one in [cell] if kind == "external" else cell.replace(";", ",").replace("/", ",").split(","):
        if not one.strip():
            continue
        try:
            line.identities.append(read(kind, one, scope=scope, region=region))
        except IdentityUnreadable:
            mend = "write it with its country code: +84…" if kind == "phone" else "write it as name@domain"
            line.findings.append(
                Finding(column, f"{kind}_unreadable", f"no {kind} can be read from it", mend)
            )
