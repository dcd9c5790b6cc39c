"""Recordings in the place of a prompt's text: any format, and the microphone; heard as callers hear them."""

import asyncio
import io
import re
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from playwright.async_api import expect
from scipy.signal import resample_poly

from tests.e2e.flows.conftest import SPOKEN, Desk, menu
from tests.support.audio import RATE, Sound, find, read_mono, warble
from tests.support.pictures import photograph

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

CLIP = warble(21, 2.0)
FORMATS = {"wav": "WAV", "mp3": "MP3", "ogg": "OGG", "flac": "FLAC", "m4a": "M4A", "aiff": "AIFF"}
"""The last one browsers can't decode: the server reads it."""


def _file(kind: str) -> bytes:
    """The clip in two channels at 16 kHz; what a telephone records, M4A, in one."""
    made = io.BytesIO()
    loud = resample_poly(CLIP, 2, 1)
    if kind == "M4A":
        with av.open(made, "w", format="ipod") as file:
            track = file.add_stream("aac", rate=2 * RATE, layout="mono")
            frame = av.AudioFrame.from_ndarray(loud.astype(np.float32)[np.newaxis], "fltp", "mono")
            frame.sample_rate = 2 * RATE
            file.mux([packet for part in (frame, None) for packet in track.encode(part)])
        return made.getvalue()
    soundfile.write(made, np.stack([loud, loud], axis=1), 2 * RATE, format=kind)
    return made.getvalue()


async def _as_heard(desk: Desk, tmp_path: Path, audio: str) -> Sound:
    """What callers get of a recording."""
    rooms = desk.server.flow_rooms
    assert rooms is not None
    sound = await rooms.sounds.recorded(audio)
    assert sound is not None
    (file := tmp_path / "heard.wav").write_bytes(sound)
    return read_mono(file)


async def _named(desk: Desk, former: str = "") -> str:
    """What the text says under `audio:` of the prompt, other than before."""
    await expect(desk.text).to_have_value(re.compile(rf'audio: "(?!{re.escape(former) or "-"}")'))
    found = re.search(r'audio: "([^"]+)"', await desk.text.input_value())
    assert found is not None
    return found.group(1)


async def test_a_recording_of_any_format_takes_the_place_of_a_text(desk: Desk, tmp_path: Path) -> None:
    await desk.server.flows.save(menu("uploaded"), "test", "")
    await desk.sign_in("uploaded")
    await desk.tab("Prompts")
    prompt = desk.page.get_by_role("region", name="fine")
    audio = ""
    for ending, kind in FORMATS.items():
        content = await asyncio.to_thread(_file, kind)
        await prompt.get_by_label("Upload a recording").set_input_files(
            {"name": f"fine.{ending}", "mimeType": f"audio/{ending}", "buffer": content}
        )
        audio = await _named(desk, audio)
        assert find(CLIP, await _as_heard(desk, tmp_path, audio)).score > 0.6, kind


async def test_a_prompt_is_recorded_from_the_microphone_and_no_sound_is_refused(
    desk: Desk, tmp_path: Path
) -> None:
    await desk.server.flows.save(menu("spoken"), "test", "")
    await desk.sign_in("spoken")
    await desk.tab("Prompts")
    prompt = desk.page.get_by_role("region", name="fine")
    await prompt.get_by_label("Upload a recording").set_input_files(
        {"name": "fine.mp3", "mimeType": "audio/mpeg", "buffer": b"no sound at all"}
    )
    await desk.page.get_by_text("This sound can't be read.").wait_for()
    desk.chromium.expect_refusals(422)
    await prompt.get_by_role("button", name="Record from the microphone").click()
    stop = prompt.get_by_role("button", name="Stop recording")
    await stop.wait_for()
    await desk.page.wait_for_timeout(5_000)  # what is recorded takes its time
    await photograph(desk.page, "flows-recording")
    await stop.click()
    await desk.page.get_by_text("The recording is kept and named in the text.").wait_for()
    heard = await _as_heard(desk, tmp_path, await _named(desk))
    assert find(SPOKEN, heard).score > 0.4
    async with desk.page.expect_response("**/api/flows/-/recording?*") as played:
        await prompt.get_by_role("button", name="Listen").click()
    assert (await played.value).ok
