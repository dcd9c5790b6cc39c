"""The form fields that Twilio's OpenAPI description names for what we ask: a request with any other is refused here."""

import re
from typing import Final


def _names(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))


CREATE_CALL: Final = _names(
    """
    To From Method FallbackUrl FallbackMethod StatusCallback StatusCallbackEvent StatusCallbackMethod SendDigits
    Timeout Record RecordingChannels RecordingStatusCallback RecordingStatusCallbackMethod SipAuthUsername
    SipAuthPassword MachineDetection MachineDetectionTimeout RecordingStatusCallbackEvent Trim CallerId
    MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout AsyncAmd
    AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod Byoc CallReason CallToken RecordingTrack TimeLimit Url Twiml
    ApplicationSid
    """
)
UPDATE_CALL: Final = _names(
    "Url Method Status FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod Twiml TimeLimit"
)
CREATE_RECORDING: Final = _names(
    """
    RecordingStatusCallbackEvent RecordingStatusCallback RecordingStatusCallbackMethod Trim RecordingChannels
    RecordingTrack
    """
)
UPDATE_RECORDING: Final = _names("Status PauseBehavior")
UPDATE_PARTICIPANT: Final = _names(
    """
    Muted Hold HoldUrl HoldMethod AnnounceUrl AnnounceMethod WaitUrl WaitMethod BeepOnExit EndConferenceOnExit
    Coaching CallSidToCoach
    """
)
MACHINE_DETECTION: Final = frozenset({"Enable", "DetectMessageEnd"})
EVENTS: Final = frozenset({"initiated", "ringing", "answered", "completed"})
TWIML_MAX: Final = 4000


def wrong_with_fields(form: dict[str, str], known: frozenset[str]) -> str | None:
    """Why Twilio would not take this form."""
    unknown = form.keys() - known
    return f"unknown fields {sorted(unknown)}" if unknown else None


def wrong_with_call(form: list[tuple[str, str]]) -> str | None:
    """Why Twilio would not take this CreateCall; None: it would."""
    told = dict(form)
    if unknown := told.keys() - CREATE_CALL:
        return f"unknown fields {sorted(unknown)}"
    if "To" not in told or "From" not in told or not ({"Url", "Twiml", "ApplicationSid"} & told.keys()):
        return "To, From and one of Url, Twiml, ApplicationSid are needed"
    if len(told.get("Twiml", "")) > TWIML_MAX:
        return "Twiml is too long"
    if told.get("MachineDetection", "Enable") not in MACHINE_DETECTION:
        return "MachineDetection has another value"
    events = {value for name, value in form if name == "StatusCallbackEvent"}
    return None if events <= EVENTS else "StatusCallbackEvent has another value"


def wrong_with_update(form: dict[str, str]) -> str | None:
    """The same of UpdateCall."""
    if unknown := form.keys() - UPDATE_CALL:
        return f"unknown fields {sorted(unknown)}"
    if {"Url", "Twiml"} <= form.keys():
        return "Url and Twiml exclude one another"
    return (
        None if form.get("Status", "completed") in ("completed", "canceled") else "Status has another value"
    )
