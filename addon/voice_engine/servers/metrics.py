"""The engine's own numbers for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from voice_engine.core.cache import CacheStatistics
from voice_engine.core.engines import BackendState
from voice_engine.core.events import CallEvent, CallEventKind, Turn
from voice_engine.core.load import MemoryAlert, Reason
from voice_engine.core.microphone import MicrophoneState
from voice_engine.servers.state import EngineState
from voice_engine.voice.caches import CacheName

_BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0)
"""Seconds: from a reply that was there already to a recogniser that is given up."""


class Metrics:
    """A ``CallObserver`` that counts, and serves what it counted beside what others count."""

    def __init__(self, state: EngineState, caches: Callable[[], Mapping[CacheName, CacheStatistics]]) -> None:
        self._registry = CollectorRegistry()
        self._calls = Counter(
            "voice_engine_calls", "Calls that ended, by what became of them.", ["disposition"], registry=self._registry
        )
        self._turns = Histogram(
            "voice_engine_turn_seconds",
            "How long each stage of answering a turn took.",
            ["party", "stage"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._registry.register(_Readings(state, caches))
        ProcessCollector(registry=self._registry)

    def on_call_event(self, event: CallEvent) -> None:
        """Count calls that end."""
        if event.kind is CallEventKind.ENDED:
            self._calls.labels(event.call.disposition or "none").inc()

    def on_turn(self, turn: Turn) -> None:
        """Take a turn's figures."""
        for stage, seconds in turn.stages.items():
            self._turns.labels(turn.party, stage).observe(seconds)

    def routes(self) -> list[web.RouteDef]:
        """All that is served."""
        return [web.get("/metrics", self._get, allow_head=False)]

    async def _get(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._registry), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST})


class _Readings(Collector):
    """What others count: read when it is asked for."""

    def __init__(self, state: EngineState, caches: Callable[[], Mapping[CacheName, CacheStatistics]]) -> None:
        self._state = state
        self._caches = caches

    def collect(self) -> Iterator[Metric]:
        """The readings now."""
        facts = self._state.facts
        yield GaugeMetricFamily("voice_engine_active_calls", "Calls going on.", value=self._state.active_calls)
        info = GaugeMetricFamily("voice_engine_info", "The engine's version.", labels=["version"])
        info.add_metric([facts.version], 1)
        yield info
        yield from self._of_backends()
        yield from self._of_caches()
        yield from self._of_capacity()
        yield from self._of_load()
        yield self._of_inbox()
        yield from self._of_microphone()

    def _of_backends(self) -> Iterator[Metric]:
        ports = self._state.engines
        names = ["port", "backend"]
        requests = CounterMetricFamily("voice_engine_backend_requests", "How often each was asked.", labels=names)
        failures = CounterMetricFamily(
            "voice_engine_backend_failures", "How often each failed, by the error's code.", labels=[*names, "code"]
        )
        failed = GaugeMetricFamily("voice_engine_backend_failed", "1 where it is left out.", labels=names)
        latency = GaugeMetricFamily("voice_engine_backend_latency_seconds", "How long it takes.", labels=names)
        restarts = CounterMetricFamily(
            "voice_engine_backend_restarts", "How often a server of this machine had to be started again.", labels=names
        )
        counts = CounterMetricFamily(
            "voice_engine_backend_counts", "What a backend counts of itself, by what it is.", labels=[*names, "of"]
        )
        for port, status in (("stt", ports.stt), ("tts", ports.tts), ("llm", ports.llm)):
            for backend in status.backends:
                labels = [port, backend.name]
                requests.add_metric(labels, backend.requests)
                failed.add_metric(labels, backend.state is BackendState.FAILED)
                for code, count in backend.failures.items():
                    failures.add_metric([*labels, code], count)
                if backend.latency_seconds is not None:
                    latency.add_metric(labels, backend.latency_seconds)
                if backend.report.restarts is not None:
                    restarts.add_metric(labels, backend.report.restarts)
                for of, count in backend.report.statistics.items():
                    counts.add_metric([*labels, of], count)
        yield from (requests, failures, failed, latency, restarts, counts)

    def _of_caches(self) -> Iterator[Metric]:
        statistics = self._caches()
        for name, text in (
            ("hits", "How often it was there."),
            ("misses", "How often it was not."),
            ("evictions", "What had to leave for something newer."),
        ):
            told = {cache: getattr(figures, name) for cache, figures in statistics.items()}
            yield _family(CounterMetricFamily, f"voice_engine_cache_{name}", text, "cache", told)
        for name, attribute, text in (
            ("entries", "entries", "How many there are."),
            ("size_bytes", "size_bytes", "How much memory or disk they take."),
            ("max_bytes", "max_bytes", "How much they may take; left out where their number is bounded."),
            ("hit_rate", "hit_rate", "Share of what was there, since the start; left out where nobody has asked."),
            ("recent_hit_rate", "recent_hit_rate", "The same in the last hour."),
            ("cleared_timestamp_seconds", "cleared_at", "When it was last cleared; left out where it never was."),
        ):
            told = {cache: getattr(figures, attribute) for cache, figures in statistics.items()}
            yield _family(GaugeMetricFamily, f"voice_engine_cache_{name}", text, "cache", told)

    def _of_capacity(self) -> Iterator[Metric]:
        capacities = self._state.machine.capacity
        for name, text in (
            ("limit", "How many of a kind of work are done at once."),
            ("free", "How many more could be done now."),
            ("waiting", "How many wait."),
        ):
            told = {work: getattr(capacity, name) for work, capacity in capacities.items()}
            yield _family(GaugeMetricFamily, f"voice_engine_capacity_{name}", text, "work", told)
        refused = {work: capacity.refused for work, capacity in capacities.items()}
        yield _family(
            CounterMetricFamily, "voice_engine_capacity_refused", "How many were turned away.", "work", refused
        )

    def _of_load(self) -> Iterator[Metric]:
        """What the machine does not tell is left out."""
        machine = self._state.machine
        for name, text in (
            ("cpu", "Share of all processors that is busy."),
            ("own_cpu", "The part of it that is the engine's and its programs'."),
            ("memory", "Share of the memory in use that there is for the engine."),
            ("temperature_celsius", "Of the hottest part of the machine."),
            ("under_voltage", "1 where the power supply is too weak."),
            ("frequency_capped", "1 where the processor is held back, for heat or voltage."),
            ("cpu_pressure", "Share of the last ten seconds in which something waited for a processor."),
            ("memory_pressure", "The same for memory."),
            ("disk_free_bytes", "What is free on the engine's disk."),
        ):
            if (value := getattr(machine.load, name)) is not None:
                yield GaugeMetricFamily(f"voice_engine_machine_{name}", text, value=value)
        if machine.memory_growth is not None:
            text = "By which the engine's own memory grows steadily, an hour; left out where it does not."
            yield GaugeMetricFamily("voice_engine_memory_growth_bytes", text, value=machine.memory_growth)
        alerts = {alert: alert is machine.throttling.memory_alert for alert in MemoryAlert}
        yield _family(
            GaugeMetricFamily, "voice_engine_memory_alert", "1 for how near the end of memory is.", "alert", alerts
        )
        reasons = {reason: reason in machine.throttling.reasons for reason in Reason}
        yield _family(
            GaugeMetricFamily, "voice_engine_throttled", "1 where this holds the engine back.", "reason", reasons
        )

    def _of_inbox(self) -> Metric:
        inbox = self._state.inbox
        told = {state: getattr(inbox, state) for state in ("waiting", "working", "done", "failed")}
        text = "Recordings in the watched folder."
        return _family(GaugeMetricFamily, "voice_engine_inbox_recordings", text, "state", told)

    def _of_microphone(self) -> Iterator[Metric]:
        status = self._state.microphone
        outcomes = {outcome: getattr(status, outcome) for outcome in ("heard", "dismissed", "failed", "lost")}
        text = "What became of what was said in the room."
        yield _family(CounterMetricFamily, "voice_engine_microphone_utterances", text, "outcome", outcomes)
        yield GaugeMetricFamily("voice_engine_microphone_waiting", "Utterances to transcribe.", value=status.waiting)
        states = {state: state is status.state for state in MicrophoneState}
        yield _family(GaugeMetricFamily, "voice_engine_microphone_state", "1 for the state it is in.", "state", states)
        if status.level_dbfs is not None:
            yield GaugeMetricFamily("voice_engine_microphone_level_dbfs", "Its last second.", value=status.level_dbfs)


def _family[Label: str](
    kind: type[CounterMetricFamily | GaugeMetricFamily],
    name: str,
    text: str,
    label: str,
    values: Mapping[Label, float | None],
) -> Metric:
    """One reading for each value of ``label``; what is None is left out."""
    family = kind(name, text, labels=[label])
    for labelled, value in values.items():
        if value is not None:
            family.add_metric([labelled], value)
    return family
