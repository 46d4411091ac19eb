"""The figures for Prometheus that nobody has to count: what backends and the machine tell of themselves."""

from __future__ import annotations

from typing import Any, cast

from tests.engine.servers.serving import AT, DOORS
from voice_engine.core.engines import BackendReport, BackendStatus, EnginesStatus, PortStatus
from voice_engine.core.load import Load, MemoryAlert, Throttling
from voice_engine.servers.machine import MachineReport
from voice_engine.servers.metrics import Metrics
from voice_engine.servers.state import EngineFacts, EngineState


async def served(engines: EnginesStatus, machine: MachineReport) -> list[str]:
    """The lines."""
    state = EngineState(EngineFacts("0.1.0", "0" * 32, AT), DOORS, lambda: engines, lambda: machine)
    (route,) = Metrics(state, dict).routes()
    response = await cast("Any", route).handler(None)
    text: str = response.body.decode()
    return text.splitlines()


async def test_restarts_and_what_a_model_knew_from_before_are_told() -> None:
    model = BackendStatus(
        "llama_cpp", "llama_cpp", report=BackendReport(restarts=2, statistics={"cached_tokens": 40, "one_shots": 1})
    )
    cloud = BackendStatus("groq", "groq")
    lines = await served(EnginesStatus(llm=PortStatus("llama_cpp", (model, cloud))), MachineReport())
    assert 'voice_engine_backend_restarts_total{backend="llama_cpp",port="llm"} 2.0' in lines
    assert 'voice_engine_backend_counts_total{backend="llama_cpp",of="cached_tokens",port="llm"} 40.0' in lines
    assert 'voice_engine_backend_counts_total{backend="llama_cpp",of="one_shots",port="llm"} 1.0' in lines
    assert not any("groq" in line for line in lines if "restarts" in line or "counts" in line)


async def test_what_goes_wrong_with_memory_and_processor_is_told() -> None:
    machine = MachineReport(
        Load(frequency_capped=True, cpu_pressure=0.25, memory_pressure=0.5),
        Throttling(memory_alert=MemoryAlert.WARNING),
        memory_growth=3e6,
    )
    lines = await served(EnginesStatus(), machine)
    for line in (
        "voice_engine_machine_frequency_capped 1.0",
        "voice_engine_machine_cpu_pressure 0.25",
        "voice_engine_machine_memory_pressure 0.5",
        "voice_engine_memory_growth_bytes 3e+06",
        'voice_engine_memory_alert{alert="none"} 0.0',
        'voice_engine_memory_alert{alert="warning"} 1.0',
    ):
        assert line in lines


async def test_what_is_not_known_is_left_out() -> None:
    lines = await served(EnginesStatus(), MachineReport())
    for unknown in ("machine_frequency_capped", "machine_cpu_pressure", "memory_growth"):
        assert not any(line.startswith(f"voice_engine_{unknown}") for line in lines)
