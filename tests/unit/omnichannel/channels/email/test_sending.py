"""What a mail server's refusals mean for the outbox; and how HTML is shown."""

import pytest

from omnichannel.channels.email import html
from omnichannel.channels.email.channel import relay_ids
from omnichannel.channels.email.sending import of_code
from omnichannel.channels.port import Remedy

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("code", "said", "remedy"),
    [
        (421, "4.3.2 shutting down", Remedy.PAUSE),
        (450, "4.2.0 greylisted", Remedy.RETRY),
        (452, "4.2.2 mailbox full", Remedy.RETRY),
        (530, "5.7.0 log in first", Remedy.RECONNECT),
        (535, "5.7.8 wrong", Remedy.RECONNECT),
        (550, "5.1.1 unknown", Remedy.GIVE_UP),
        (554, "rejected", Remedy.GIVE_UP),
    ],
)
def test_a_code_says_what_to_do(code: int, said: str, remedy: Remedy) -> None:
    assert of_code(code, said).remedy is remedy


def test_a_relay_may_say_under_which_id_the_mail_goes() -> None:
    ses = "Ok 0100018f1a2b3c4d-01234567-89ab-cdef-0123-456789abcdef-000000"
    assert relay_ids(ses) == [
        "<0100018f1a2b3c4d-01234567-89ab-cdef-0123-456789abcdef-000000@email.amazonses.com>"
    ]
    assert relay_ids("2.0.0 Ok: queued as <7F2A@relay.example>") == ["<7F2A@relay.example>"]
    assert relay_ids("2.0.0 Ok: queued") == []


def test_stored_html_shows_its_own_pictures_and_others_only_when_asked() -> None:
    stored = html.clean('<img src="cid:a@b"><img src="https://evil.example/p.gif"><p style="color:red">x</p>')
    assert html.clean(stored) == stored
    assert html.has_remote(stored)
    shy = html.shown(stored, {"a@b": "/api/files/1"}, has_remote=False)
    assert 'src="/api/files/1"' in shy
    assert "evil" not in shy
    assert 'src="https://evil.example/p.gif"' in html.shown(stored, {}, has_remote=True)
