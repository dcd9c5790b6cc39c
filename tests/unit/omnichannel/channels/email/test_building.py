"""What leaves: headers, alternatives, files, and nothing typed becomes a header."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest

from omnichannel.channels.email.building import Attached, Letter, build
from omnichannel.channels.email.settings import Mailbox, mailbox
from omnichannel.channels.email.tokens import Tokens
from omnichannel.channels.port import Endpoint, Known, Outgoing
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

pytestmark = pytest.mark.unit
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
OWN = "support@shop.example.vn"
TOKENS = Tokens(b"k" * 32, OWN)
SERVERS = {"imap_host": "imap.example.vn", "smtp_host": "smtp.example.vn"}


def box(**config: str) -> Mailbox:
    return mailbox(
        Endpoint(1, UUID(int=1), "email", OWN, title="Cửa hàng Điện Máy", config={**SERVERS, **config})
    )


def built(
    *files: Attached, meta: Json | None = None, plus: str = "yes", **more: object
) -> tuple[Letter, EmailMessage]:
    plain = {
        "key": "k1",
        "to": Known("email", "lan@customer.example"),
        "text": "Chào chị.",
        "at": NOW,
        "by": "person",
    }
    message = Outgoing(**{**plain, "meta": meta or {}, **more})  # type: ignore[arg-type]
    letter = build(box(plus=plus), TOKENS, message, files, NOW)
    parsed = message_from_bytes(letter.raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return letter, parsed


def test_the_same_key_gives_the_same_message_id_in_every_attempt() -> None:
    assert built()[0].message_id == built()[0].message_id
    assert built()[0].message_id != built(key="k2")[0].message_id


def test_ids_longer_than_a_line_stay_as_they_are() -> None:
    long = f"<{'x' * 200}@customer.example>"
    letter, mail = built(meta={"message_id": long, "references": [f"<{'y' * 300}@a.example>"]})
    assert mail["In-Reply-To"] == long
    assert mail["References"].split() == [f"<{'y' * 300}@a.example>", long]
    assert max(map(len, letter.raw.split(b"\r\n"))) < 998


def test_nothing_typed_becomes_a_header() -> None:
    _, mail = built(
        Attached("a\r\nBcc: x@evil.example.txt", "text/plain", b"x"), subject="Hi\r\nBcc: x@evil.example"
    )
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hi Bcc: x@evil.example"


def test_an_odd_id_of_a_customer_is_not_repeated() -> None:
    _, mail = built(meta={"message_id": "<a>\r\nBcc: x@evil.example"})
    assert (mail["In-Reply-To"], mail["Bcc"]) == (None, None)


def test_the_token_stands_in_address_id_and_hidden_mark() -> None:
    letter, mail = built()
    token = TOKENS.in_ids([letter.message_id])
    assert token is not None
    assert mail["Reply-To"].addresses[0].addr_spec == f"support+{token}@shop.example.vn"
    html = mail.get_body(("html",))
    plain = mail.get_body(("plain",))
    assert html is not None
    assert plain is not None
    assert TOKENS.in_text(html.get_content()) == token
    assert TOKENS.in_text(plain.get_content()) is None


def test_without_plus_addresses_the_mark_stands_in_the_text_too() -> None:
    _, mail = built(plus="no")
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert mail["Reply-To"] is None
    assert TOKENS.in_text(plain.get_content()) is not None


def test_an_inline_picture_goes_with_its_html_and_other_files_beside() -> None:
    picture = Attached("a.png", "image/png", b"png", content_id="pic@x")
    _, mail = built(
        picture, Attached("Hóa đơn.pdf", "application/pdf", b"%PDF"), html='<p>Ảnh <img src="cid:pic@x"></p>'
    )
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "application/pdf",
    ]  # fmt: skip
    html = mail.get_body(("html",))
    assert html is not None
    assert 'src="cid:pic@x"' in html.get_content()
    assert [part.get_filename() for part in mail.iter_attachments()] == ["Hóa đơn.pdf"]


def test_an_agents_html_is_cleaned_before_it_leaves() -> None:
    _, mail = built(html="<p onclick=x>Hi<script>alert(1)</script></p>")
    html = mail.get_body(("html",))
    assert html is not None
    assert "script" not in html.get_content()
    assert "onclick" not in html.get_content()


def test_answers_go_where_the_customer_wants_them_but_automatic_ones_to_himself() -> None:
    meta: Json = {"message_id": "<1@customer.example>", "answer_to": "office@customer.example"}
    assert built(meta=meta)[0].to == "office@customer.example"
    assert built(meta=meta, by="machine")[0].to == "lan@customer.example"


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"imap_host": ""}, "imap_host"),
        ({"smtp_security": "none"}, "smtp_security"),
        ({"imap_port": "none"}, "imap_port"),
        ({"auth": "kerberos"}, "auth"),
    ],
)
def test_a_wrong_configuration_names_its_field(config: dict[str, str], word: str) -> None:
    with pytest.raises(Invalid, match=word):
        box(**config)
