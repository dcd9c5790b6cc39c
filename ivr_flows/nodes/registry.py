"""Every kind of step. A new kind is one file in this folder and one line here."""

from typing import Final

from ivr_flows.nodes.answer import AnswerStep
from ivr_flows.nodes.base import Step
from ivr_flows.nodes.branch import Branch
from ivr_flows.nodes.collect import Collect
from ivr_flows.nodes.goto import Goto
from ivr_flows.nodes.hangup import HangupStep
from ivr_flows.nodes.hours import HoursStep
from ivr_flows.nodes.language import LanguageStep
from ivr_flows.nodes.menu import Menu
from ivr_flows.nodes.queue import Queue
from ivr_flows.nodes.recording import RecordingStep
from ivr_flows.nodes.reject import RejectStep
from ivr_flows.nodes.say import Say
from ivr_flows.nodes.set import SetStep
from ivr_flows.nodes.transfer import TransferStep
from ivr_flows.nodes.voicemail import Voicemail

KINDS: Final[dict[str, type[Step]]] = {
    "answer": AnswerStep,
    "reject": RejectStep,
    "say": Say,
    "menu": Menu,
    "collect": Collect,
    "language": LanguageStep,
    "branch": Branch,
    "set": SetStep,
    "hours": HoursStep,
    "queue": Queue,
    "transfer": TransferStep,
    "voicemail": Voicemail,
    "recording": RecordingStep,
    "goto": Goto,
    "hangup": HangupStep,
}
