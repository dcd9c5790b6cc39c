"""Child processes of tests."""

import signal

import pytest

from tests.support.program import PYTHON, Program

pytestmark = pytest.mark.integration


async def test_lines_and_exit_code_are_kept() -> None:
    async with Program(PYTHON, "-c", "print('one'); print('two'); raise SystemExit(3)") as program:
        assert await program.line("two") == "two"
        assert await program.ended(timeout_s=10) == 3
        with pytest.raises(ConnectionError, match="code 3"):
            await program.line("three")


async def test_a_process_that_ignores_the_request_to_end_is_ended() -> None:
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
    program = Program(PYTHON, "-c", stubborn)
    async with program:
        await program.line("up")
        await program.stop(patience_s=0.2)
    assert program.exit_code == -signal.SIGKILL
