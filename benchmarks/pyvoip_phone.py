"""pyVoIP as a small playback server: registers, answers every call and plays a file. A process of its own.

    python -m benchmarks.pyvoip_phone '{"host", "registrar", "port", "user", "speech", "rtp": [first, last]}'

`speech` is a WAV file of 8-bit samples at 8 kHz, which is what pyVoIP takes. Prints a JSON line when registered;
runs until it is killed.
"""

import json
import sys
import threading
import time
import wave
from typing import Any

from pyVoIP.VoIP import CallState, VoIPCall, VoIPPhone
from pyVoIP.VoIP.status import PhoneStatus


def main() -> None:
    task: dict[str, Any] = json.loads(sys.argv[1])
    with wave.open(task["speech"]) as file:
        speech = file.readframes(file.getnframes())

    def play(call: VoIPCall) -> None:
        call.answer()
        call.write_audio(speech)
        while call.state == CallState.ANSWERED:
            time.sleep(0.5)

    first, last = task["rtp"]
    phone = VoIPPhone(
        task["host"], task["registrar"], task["user"], "secret", myIP=task["host"], callCallback=play,
        sipPort=task["port"], rtpPortLow=first, rtpPortHigh=last,
    )  # fmt: skip
    phone.start()
    while phone.get_status() is not PhoneStatus.REGISTERED:
        time.sleep(0.05)
    time.sleep(1.5)  # it begins to listen a second after registering
    print(json.dumps({"ready": True}), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
