"""What every test of the engine may use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, settings

from tests.engine.virtual_time import VirtualTimeLoop

# How long an example takes says nothing here: a small machine under load takes its time. The same examples run each
# time, so that a failure is the change's own; `--hypothesis-profile explore` looks for new ones.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile(
    "explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=False, max_examples=1000
)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def patient_call_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is busy with other things takes its time; how long the log waits for it is tested on its own."""
    monkeypatch.setattr("voice_engine.backends.call_log.log.FLUSH_SECONDS", 60.0)
    monkeypatch.setattr("voice_engine.backends.call_log.log.ANSWER_SECONDS", 60.0)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "virtual_time: run on a loop whose clock jumps to its next timer")


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Choose each test's loop by its marker."""
    if item.get_closest_marker("virtual_time") is not None:
        return {"virtual_time": VirtualTimeLoop}
    return {"real_time": asyncio.new_event_loop}
