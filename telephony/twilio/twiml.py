"""The TwiML documents that calls with a stream need, by Twilio's own library. Pure."""

from twilio.twiml.voice_response import VoiceResponse

from telephony.twilio.account import Doors

BUSY = (486, 600)


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
