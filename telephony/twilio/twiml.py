"""The TwiML documents of our calls, by Twilio's own library. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from twilio.twiml.voice_response import Gather, VoiceResponse

from telephony.media.messages import Record
from telephony.twilio.account import Doors

BUSY: Final = (486, 600)
WAIT_S: Final = 60  # a Gather without a key: Twilio asks again, so that we know the caller is there
MEETING: Final = "meet-"


@dataclass(frozen=True, slots=True)
class Asking:
    """What the present step waits for: up to so many keys, ended by one of these or by a pause; or a message."""

    keys: int = 1
    end_key: str = ""
    pause_s: int = WAIT_S
    is_message: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What Twilio is to do until it asks again. `plays` are files of ours, `meeting` names whom it calls by SIP.

    `room`: the conference of Twilio's where she talks, herself unheard where `muted`, heard by that call alone which she
    `coaches` (CallSid). `keys` are pressed for her first.
    """

    plays: tuple[str, ...] = ()
    loop: bool = False
    message: Record | None = None
    asking: Asking = Asking()
    meeting: str | None = None
    room: str | None = None
    muted: bool = False
    coaches: str | None = None
    keys: str = ""
    is_over: bool = False


def connected(doors: Doors, token: str) -> str:
    """The call's sound goes to us and comes from us. When the stream ends, Twilio asks `again`."""
    document = VoiceResponse()
    document.connect().stream(url=doors.stream).parameter(name="token", value=token)
    document.redirect(doors.again, method="POST")
    return str(document)


def rejected(code: int) -> str:
    """The caller hears busy, or that the number is not in service; the call costs nothing."""
    document = VoiceResponse()
    document.reject(reason="busy" if code in BUSY else "rejected")
    return str(document)


def ended() -> str:
    document = VoiceResponse()
    document.hangup()
    return str(document)


def nothing() -> str:
    """For callbacks, whose answer Twilio does not read."""
    return str(VoiceResponse())


def stepped(scene: Scene, doors: Doors, name: Callable[[str], str], document_name: str) -> str:
    """The document of a call that works step by step. `name` makes the name under which a file may be fetched.

    `document_name` comes back with the keys that were pressed on it.
    """
    if scene.is_over:
        return ended()
    document = VoiceResponse()
    if scene.keys:
        document.play(digits=scene.keys)
    if scene.room is not None:
        document.dial(action=doors.again).conference(
            scene.room, muted=scene.muted, coach=scene.coaches, beep="false", start_conference_on_enter=True,
            end_conference_on_exit=False, wait_url="", status_callback=doors.status, status_callback_event="join",
        )  # fmt: skip
        return str(document)
    if scene.meeting is not None:
        document.dial(answer_on_bridge=True, action=doors.again).sip(
            f"sip:{MEETING}{scene.meeting}@{doors.sip}"
        )
        return str(document)
    if scene.message is not None:
        _play(document, scene, doors, name)
        _record(document, scene.message, doors)
    else:
        asking = scene.asking
        gather = document.gather(
            input="dtmf", num_digits=asking.keys, finish_on_key=asking.end_key, timeout=asking.pause_s,
            action=f"{doors.keys}?d={document_name}", method="POST", action_on_empty_result=True,
        )  # fmt: skip
        _play(gather, scene, doors, name)
    document.redirect(doors.again, method="POST")
    return str(document)


def _play(into: VoiceResponse | Gather, scene: Scene, doors: Doors, name: Callable[[str], str]) -> None:
    for file in scene.plays:
        into.play(doors.sound(name(file)), loop=0 if scene.loop else 1)


def _record(document: VoiceResponse, message: Record, doors: Doors) -> None:
    """Twilio's own recording; it is fetched when it is finished."""
    document.record(
        action=doors.recorded, method="POST", max_length=round(message.max_s or 0), timeout=round(message.silence_s or 0),
        finish_on_key=message.end_key or "", play_beep=False, trim="do-not-trim",
        recording_status_callback=doors.recorded,
    )  # fmt: skip
