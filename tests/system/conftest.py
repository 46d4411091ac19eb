"""One stage for the whole suite, and what every test of it uses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dev.stage.stage import Stage, put_up
from tests.system.house import SETTINGS, House

LOGS = Path(__file__).parents[2] / ".cache" / "system"
"""What each part wrote, for whoever looks for the reason of a failure; further stages have folders beside it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let two runs at the same time keep apart what their stages write."""
    parser.addoption("--logs", default=LOGS.name, help=f"folder in {LOGS.parent} for what the stage's parts write")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Say where to look on."""
    if exitstatus:
        logs = LOGS.with_name(config.getoption("logs"))
        terminalreporter.write_line(f"What each part of the stage wrote is in {logs}.")


@pytest.fixture(scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> AsyncIterator[Stage]:
    """All parts, put up once."""
    logs = LOGS.with_name(pytestconfig.getoption("logs"))
    async with put_up(tmp_path_factory.mktemp("stage"), logs, SETTINGS, discovers=True) as stage:
        yield stage


@pytest.fixture
async def house(stage: Stage) -> AsyncIterator[House]:
    """The house at rest before and after each test: no call anywhere."""
    house = House(stage)
    await house.at_rest()
    yield house
    await asyncio.gather(*(phone.let_go() for phone in stage.phones.values()))
    await house.at_rest()
