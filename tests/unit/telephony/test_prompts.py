"""What a flow says becomes files: recorded where there is a recording, spoken otherwise, left out at worst."""

import os
from pathlib import Path

import pytest

from ivr_flows.effects import Spoken
from telephony.errors import VoiceUnavailable
from telephony.prompts import Prompts

pytestmark = pytest.mark.unit


class Reader:
    """A voice that speaks English only, into names rather than files."""

    def __init__(self) -> None:
        self.encoded: list[Path] = []

    async def prompt(self, text: str, language: str) -> Path:
        if language != "en-US":
            raise VoiceUnavailable
        return Path(f"/spoken/{text}")

    async def encode_file(self, path: Path) -> Path:
        self.encoded.append(path)
        return Path(f"/encoded/{path.name}")

    async def music(self, name: str) -> Path:
        return Path(f"/music/{name}")

    async def beep(self) -> Path:
        return Path("/music/beep")


def said(text: str, *, audio: str | None = None, language: str = "en-US") -> Spoken:
    return Spoken("greet", language, text, audio)


async def test_a_recording_that_is_there_is_played_and_the_text_spoken_otherwise(tmp_path: Path) -> None:
    (tmp_path / "greet.wav").write_bytes(b"sound")
    prompts = Prompts(Reader(), (tmp_path,))
    items = (said("Hello", audio="greet.wav"), said("Bye", audio="missing.wav"), said("Well"))
    assert await prompts.files(items) == ("/encoded/greet.wav", "/spoken/Bye", "/spoken/Well")


async def test_the_first_folder_that_has_the_recording_wins(tmp_path: Path) -> None:
    for name in ("own", "shipped"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "greet.wav").write_bytes(name.encode())
    reader = Reader()
    await Prompts(reader, (tmp_path / "own", tmp_path / "shipped")).files([said("Hello", audio="greet.wav")])
    assert reader.encoded == [(tmp_path / "own" / "greet.wav").resolve()]


async def test_a_recording_is_encoded_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    reader, path = Reader(), tmp_path / "greet.wav"
    prompts, item = Prompts(reader, (tmp_path,)), said("Hello", audio="greet.wav")
    path.write_bytes(b"one")
    await prompts.files([item])
    await prompts.files([item])
    assert len(reader.encoded) == 1
    path.write_bytes(b"another")
    os.utime(path, ns=(1, 1))
    await prompts.files([item])
    assert len(reader.encoded) == 2


@pytest.mark.parametrize("name", ["../secret.wav", "/etc/passwd", "greet.wav/../../secret.wav", ""])
async def test_no_name_leads_out_of_the_folders(tmp_path: Path, name: str) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "secret.wav").write_bytes(b"secret")
    reader = Reader()
    assert await Prompts(reader, (tmp_path / "prompts",)).files([said("Hello", audio=name)]) == (
        "/spoken/Hello",
    )
    assert reader.encoded == []


async def test_what_can_not_be_said_is_left_out_and_the_rest_is_said() -> None:
    items = (said("Xin chào", language="vi-VN"), said("Hello"))
    assert await Prompts(Reader(), ()).files(items) == ("/spoken/Hello",)


async def test_publishing_counts_the_texts_no_voice_can_speak() -> None:
    prompts = Prompts(Reader(), ())
    assert await prompts.render([("Hello", "en-US"), ("Xin chào", "vi-VN")]) == 1
