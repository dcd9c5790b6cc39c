"""espeak-ng through ctypes, from the `espeakng-loader` wheel. GPL: imported by the voice process only.

The library keeps global state: one instance a process, one call at a time.
"""

import ctypes
from typing import Final

import numpy as np

from ivr_flows.ssml import is_ssml
from telephony.errors import VoiceUnavailable
from telephony.voices.pcm import Floats

SYNCHRONOUS: Final = 2  # espeak_AUDIO_OUTPUT
DONT_EXIT: Final = 0x8000
RATE_PARAMETER: Final = 1
UTF8: Final = 1
SSML: Final = 0x10
WORDS_PER_MINUTE: Final = 150


class Espeak:
    """Speaks about a hundred languages at almost no cost; intelligible, not pretty."""

    def __init__(self) -> None:
        """Raises VoiceUnavailable when the wheel is missing or the library refuses."""
        try:
            import espeakng_loader
        except ImportError as exc:
            raise VoiceUnavailable("espeak-ng is not installed (wheel espeakng-loader)") from exc
        self._lib = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate = int(self._lib.espeak_Initialize(SYNCHRONOUS, 0, data, DONT_EXIT))
        if self.rate <= 0:
            raise VoiceUnavailable("espeak-ng could not be started")
        self._heard: list[bytes] = []
        shape = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self._callback = shape(self._take)  # kept alive for as long as the library may call it
        self._lib.espeak_SetSynthCallback(self._callback)

    def _take(self, wave: "ctypes._Pointer[ctypes.c_short]", count: int, _: int | None) -> int:
        if wave and count > 0:
            self._heard.append(ctypes.string_at(wave, count * 2))
        return 0

    def say(self, text: str, voice: str) -> tuple[Floats, int]:
        """Samples and their rate. Raises VoiceUnavailable for a language espeak does not know."""
        if self._lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise VoiceUnavailable(f"espeak-ng has no voice “{voice}”")
        self._lib.espeak_SetParameter(RATE_PARAMETER, WORDS_PER_MINUTE, 0)
        self._heard.clear()
        spoken, flags = text.encode() + b"\0", UTF8 | (SSML if is_ssml(text) else 0)
        if self._lib.espeak_Synth(spoken, len(spoken), 0, 1, 0, flags, None, None) != 0:
            raise VoiceUnavailable("espeak-ng could not speak the text")
        self._lib.espeak_Synchronize()
        return np.frombuffer(b"".join(self._heard), dtype="<i2").astype(np.float32) / 32768.0, self.rate
