"""Log lines: a fixed phrase and its fields, for people or as JSON.

Personal data never reaches a line unless `log_pii` is set: fields named `pii.…` are dropped, and of an
exception only its type and the places it passed are written, because its text may quote a caller.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, TextIO

_OWN_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_PII: Final = "pii."
# Their info lines quote addresses, query strings and job payloads.
_TALKATIVE: Final = ("aiohttp.access", "pgqueuer", "asyncio", "faster_whisper", "pyVoIP")


class LineFormatter(logging.Formatter):
    """`17:02:11.120 INFO telephony.controller: call queued  queue=support wait_s=0.1`."""

    def __init__(self, *, with_pii: bool) -> None:
        super().__init__()
        self._with_pii = with_pii

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).astimezone()
        line = (
            f"{at:%H:%M:%S}.{int(record.msecs):03d} {record.levelname} {record.name}: {record.getMessage()}"
        )
        fields = " ".join(
            f"{name}={_shown(value)}" for name, value in _fields(record, self._with_pii).items()
        )
        fault = _fault(record, self._with_pii)
        return line + (f"  {fields}" if fields else "") + (f"\n{fault}" if fault else "")


class JsonFormatter(logging.Formatter):
    """One object a line: `at` (UTC, ISO 8601), `level`, `logger`, `text`, the fields, `fault`."""

    def __init__(self, *, with_pii: bool) -> None:
        super().__init__()
        self._with_pii = with_pii

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
        } | _fields(record, self._with_pii)
        if fault := _fault(record, self._with_pii):
            line["fault"] = fault
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up_logging(level: str, form: str, *, with_pii: bool, stream: TextIO | None = None) -> None:
    """Sends every logger of this process to `stream` (default stderr). Called once, by the command line."""
    formatter = JsonFormatter(with_pii=with_pii) if form == "json" else LineFormatter(with_pii=with_pii)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.NOTSET if with_pii else logging.WARNING)


def _fields(record: logging.LogRecord, with_pii: bool) -> dict[str, object]:
    given = {name: value for name, value in vars(record).items() if name not in _OWN_FIELDS}
    return {name: value for name, value in given.items() if with_pii or not name.startswith(_PII)}


def _shown(value: object) -> str:
    text = str(value)
    return (
        json.dumps(text, ensure_ascii=False)
        if not text or any(c.isspace() or c in '"=' for c in text)
        else text
    )


def _fault(record: logging.LogRecord, with_pii: bool) -> str:
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    kind, error, trace = record.exc_info
    if with_pii:
        return "".join(traceback.format_exception(kind, error, trace)).rstrip()
    return "\n".join(_without_text(error, trace))


def _without_text(error: BaseException, trace: TracebackType | None) -> list[str]:
    """The chain of exceptions, oldest first, by type and place alone."""
    lines: list[str] = []
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        lines += [*_without_text(earlier, earlier.__traceback__), "which led to"]
    lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(trace)]
    lines.append(f"{type(error).__module__}.{type(error).__qualname__} (text withheld; log_pii shows it)")
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            lines += ["of which", *_without_text(part, part.__traceback__)]
    return lines
