"""An independent caller: pyVoIP in a process of its own, so that our SIP's mistakes can't cancel out."""

from telephony.dialler.calling import carry_out
from telephony.dialler.command import add_arguments, run
from telephony.dialler.plan import Exit, Plan, PlanUnreadable, Report, Server

main = run

__all__ = ["Exit", "Plan", "PlanUnreadable", "Report", "Server", "add_arguments", "carry_out", "main", "run"]
