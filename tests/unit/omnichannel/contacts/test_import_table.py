"""A table is read whatever spreadsheet wrote it, and each fault is found with its line and column."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnichannel.contacts.errors import FileUnreadable
from omnichannel.contacts.importing.columns import guess, is_field, read_line
from omnichannel.contacts.importing.table import read_table

pytestmark = pytest.mark.unit

TEXT = "Họ và tên;SĐT;Email\nNguyễn Thị Lan;0912 345 678;lan@example.vn\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace(";", "\t").encode(),
        TEXT.replace(";", ",").encode(),
        TEXT.replace(";", "|").encode(),
    ],
)
def test_every_encoding_and_delimiter_gives_the_same_table(data: bytes) -> None:
    table = read_table(data)
    assert table.header == ("Họ và tên", "SĐT", "Email")
    assert list(table.lines()) == [(2, ["Nguyễn Thị Lan", "0912 345 678", "lan@example.vn"])]


def test_windows_1258_with_its_combining_accents_is_read() -> None:
    data = "Tên,SĐT\nBùi Tha\u0300nh,0912345678\n".encode("windows-1258")
    assert list(read_table(data).lines()) == [(2, ["Bùi Thành", "0912345678"])]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    table = read_table(b'name,phone\n"two\nlines",1\n\nlast,2\n')
    assert [line for line, _ in table.lines()] == [2, 5]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"a\x00b", b'name\n"open\n', codecs.BOM_UTF16_LE + b"a"])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        list(read_table(data).lines())


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    try:
        lines = list(read_table(data).lines())
    except FileUnreadable:
        return
    assert all(isinstance(line, int) for line, _ in lines)


def test_columns_are_guessed_in_both_languages() -> None:
    header = ("Họ và tên", "SĐT 1", "E-mail", "Mã KH", "Thành phố")
    assert guess(header) == {
        "Họ và tên": "name",
        "SĐT 1": "phone",
        "E-mail": "email",
        "Mã KH": "customer_no",
        "Thành phố": "field:Thành phố",
    }


def test_a_line_becomes_identities_and_fields() -> None:
    columns = {"a": "name", "b": "phone", "c": "tags", "d": "vip", "e": "field:city", "f": "external:shop"}
    line = read_line("abcdef", columns, ["Lan", "0912345678; 01621234567", "x, y", "Có", "Huế", "K9"], "VN")
    assert [one.value for one in line.identities] == ["+84912345678", "+84321234567", "K9"]
    assert (line.plain, line.tags, line.vip, line.extra) == (
        {"name": "Lan"},
        ["x", "y"],
        True,
        {"city": "Huế"},
    )
    assert not line.findings


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        (["Lan", "12", ""], "p", "phone_unreadable"),
        (["Lan", "", "lan at home"], "m", "email_unreadable"),
        (["Lan", "", ""], None, "no_identity"),
        (["Lan", "0912345678", "", "more"], None, "too_many_cells"),
        (["L" * 201, "0912345678", ""], "n", "too_long"),
    ],
)
def test_what_is_wrong_is_said_with_its_column(cells: list[str], column: str | None, code: str) -> None:
    (finding,) = read_line("npm", {"n": "name", "p": "phone", "m": "email"}, cells, "VN").findings
    assert (finding.column, finding.code) == (column, code)
    assert finding.mend


def test_only_fields_there_are_may_be_named() -> None:
    assert is_field("")
    assert is_field("field:city")
    assert not is_field("field:")
    assert not is_field("password")
