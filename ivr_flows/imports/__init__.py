"""Flows of other systems in our notation: Twilio Studio, VoiceXML, Asterisk.

`import_flow` is a pure function from a text to a flow and a report of what mapped, what mapped with a difference and
what did not. What can't be read at all raises ImportRefused; what can't be mapped is in the report, with its line.
"""

from typing import Final, Literal

from ivr_flows.imports.dialplan import import_dialplan
from ivr_flows.imports.report import Imported, ImportRefused, Remark, report_text
from ivr_flows.imports.studio import import_studio
from ivr_flows.imports.voicexml import import_voicexml

__all__ = [
    "MAX_BYTES",
    "SYSTEMS",
    "ImportRefused",
    "Imported",
    "Remark",
    "System",
    "import_flow",
    "report_text",
]

System = Literal["studio", "voicexml", "asterisk"]
SYSTEMS: Final[tuple[System, ...]] = ("studio", "voicexml", "asterisk")
MAX_BYTES: Final = 2 * 1024 * 1024


def import_flow(
    text: str,
    name: str,
    *,
    system: System | None = None,
    language: str = "en-US",
    context: str = "",
) -> Imported:
    """A flow from the text of another system's; `name` is the file's. Raises ImportRefused.

    `system` is told by the text where it is None, `language` holds where the source names none, `context` is the
    dialplan's context that calls enter.
    """
    if len(text) > MAX_BYTES:
        raise ImportRefused(f"{name} is larger than {MAX_BYTES // 1024 // 1024} MiB")
    title = name.rpartition("/")[2].rpartition(".")[0] or name
    kind = system or told_by(text)
    if kind == "studio":
        return import_studio(text, name, title, language)
    if kind == "voicexml":
        return import_voicexml(text, name, title, language)
    return import_dialplan(text, name, title, language, context)


def told_by(text: str) -> System:
    """Which system's a text is, by how it begins."""
    start = text.lstrip("﻿ \t\r\n")[:1]
    return "studio" if start == "{" else "voicexml" if start == "<" else "asterisk"
