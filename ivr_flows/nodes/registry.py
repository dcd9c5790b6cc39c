"""Every kind of step. A new kind is one file in this folder and one line here."""

from typing import Final

from ivr_flows.nodes.agent import AgentStep
from ivr_flows.nodes.answer import AnswerStep
from ivr_flows.nodes.ask import Ask
from ivr_flows.nodes.base import Step
from ivr_flows.nodes.branch import Branch
from ivr_flows.nodes.call import CallStep
from ivr_flows.nodes.callback import CallbackStep
from ivr_flows.nodes.collect import Collect
from ivr_flows.nodes.goto import Goto
from ivr_flows.nodes.hangup import HangupStep
from ivr_flows.nodes.hours import HoursStep
from ivr_flows.nodes.http import HttpStep
from ivr_flows.nodes.language import LanguageStep
from ivr_flows.nodes.loop import Loop
from ivr_flows.nodes.menu import Menu
from ivr_flows.nodes.message import MessageStep
from ivr_flows.nodes.queue import Queue
from ivr_flows.nodes.queue_check import QueueCheck
from ivr_flows.nodes.record import RecordStep
from ivr_flows.nodes.recording import RecordingStep
from ivr_flows.nodes.reject import RejectStep
from ivr_flows.nodes.return_ import ReturnStep
from ivr_flows.nodes.say import Say
from ivr_flows.nodes.set import SetStep
from ivr_flows.nodes.split import Split
from ivr_flows.nodes.survey import Survey
from ivr_flows.nodes.transfer import TransferStep
from ivr_flows.nodes.voicemail import Voicemail
from ivr_flows.nodes.wait import Wait

KINDS: Final[dict[str, type[Step]]] = {
    "answer": AnswerStep,
    "reject": RejectStep,
    "say": Say,
    "menu": Menu,
    "collect": Collect,
    "ask": Ask,
    "language": LanguageStep,
    "branch": Branch,
    "set": SetStep,
    "hours": HoursStep,
    "queue_check": QueueCheck,
    "http": HttpStep,
    "queue": Queue,
    "transfer": TransferStep,
    "agent": AgentStep,
    "callback": CallbackStep,
    "voicemail": Voicemail,
    "record": RecordStep,
    "recording": RecordingStep,
    "survey": Survey,
    "message": MessageStep,
    "call": CallStep,
    "return": ReturnStep,
    "loop": Loop,
    "goto": Goto,
    "wait": Wait,
    "split": Split,
    "hangup": HangupStep,
}
