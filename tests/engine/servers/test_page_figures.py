"""What the page shows beside the door: earlier calls, how long replies take, and what is remembered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.servers.browser import CHROMIUM, browsing
from tests.engine.servers.ingress import ingress
from tests.engine.servers.serving import call_event, serving
from voice_engine.core.cache import Cache, CacheStatistics
from voice_engine.core.errors import BackendUnavailable
from voice_engine.core.events import CallEventKind, Disposition
from voice_engine.core.records import RecordedCall
from voice_engine.servers.machine import MachineReport
from voice_engine.voice.caches import CacheName, ManagedCache
from voice_engine.voice.latencies import Latency

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


async def test_page_lists_earlier_calls_each_once(tmp_path: Path) -> None:
    """From the call log at first, which holds the last call too, then from what happens."""
    async with serving() as served, ingress(served) as url, browsing(tmp_path) as tab:
        ended = {number: call_event(CallEventKind.ENDED, number) for number in (1, 2, 3)}
        granted = replace(ended[1].call, unit="301", disposition=Disposition.GRANTED)
        in_vain = replace(ended[2].call, unit="302", disposition=Disposition.NO_ANSWER)
        missed = replace(ended[3].call, unit="303", disposition=Disposition.MISSED)
        served.archive.calls = [RecordedCall(call, ()) for call in (granted, in_vain)]
        served.state.on_call_event(replace(ended[2], call=in_vain))
        await tab.open(url, "en-US")
        assert "Unit 302" in await tab.text("#last", containing="Nobody answered")
        assert "Unit 302" not in await tab.text("#earlier", containing="Unit 301")

        served.visits.on_call_event(call_event(CallEventKind.RANG, 3))
        await tab.text("#last", containing="One call today")
        served.state.on_call_event(replace(ended[3], call=missed))
        await tab.text("#last", containing="Unit 303")
        earlier = await tab.text("#earlier", containing="Unit 302")
        assert earlier.index("Unit 302") < earlier.index("Unit 301")
        assert earlier.count("Unit") == 2


async def test_page_does_without_a_call_log(tmp_path: Path) -> None:
    async with serving() as served, ingress(served) as url, browsing(tmp_path) as tab:
        served.archive.problem = BackendUnavailable("the call log is out of order")
        await tab.open(url, "en-US")
        await tab.text("#nobody", containing="Nobody is at the door.")
        served.state.on_call_event(call_event(CallEventKind.ENDED))
        await tab.text("#last", containing="Unit 501")


async def test_page_draws_how_long_replies_take(tmp_path: Path) -> None:
    report = [MachineReport()]
    async with serving(machine=lambda: report[0]) as served, ingress(served) as url, browsing(tmp_path) as tab:
        await tab.open(url, "en-US")
        await tab.text("#latencies", containing="Nobody has been answered since the engine started.")
        stages = {"first_frame": (1.1, 2.4), "endpoint": (0.6, 1.2), "transcription": (0.3, 0.9)}
        report[0] = MachineReport(latencies={stage: Latency(*shares, 36) for stage, shares in stages.items()})
        served.state.tell_machine()
        shown = await tab.text("#latencies", containing="Half of all replies begin within 1.1 sec, 95% within 2.4 sec.")
        assert "Pause 0.6 sec" in shown
        assert "Recognition 0.3 sec" in shown
        assert await tab.widths(".stages span") == pytest.approx([2.0, 1.0], rel=0.02)


async def test_page_shows_what_is_remembered_and_clears_it(tmp_path: Path) -> None:
    """A refusal is told, and what was shown stays."""
    sentences = Cache[str, bytes](1000, lambda: 0.0, len)
    problem: list[BackendUnavailable] = []

    async def clear() -> CacheStatistics:
        if problem:
            raise problem[0]
        return sentences.clear()

    async with serving() as served, ingress(served) as url, browsing(tmp_path) as tab:
        served.caches.add(CacheName.SPEECH, ManagedCache(lambda: sentences.statistics, clear))
        sentences.put("hello", b"12345")
        assert [sentences.get(text) for text in ("hello", "hello", "hello", "goodbye")][-1] is None
        await tab.open(url, "pt-BR")
        shown = await tab.text("#caches", containing="Frases na memória")
        assert "Um item" in shown
        assert "75% encontrados" in shown

        problem.append(BackendUnavailable("the disk is gone"))
        await tab.click("#caches button")
        assert "the disk is gone" in (await tab.text("#trouble", containing="Não funcionou")).lower()
        assert sentences.statistics.entries == 1
        problem.clear()
        await tab.click("#caches button")
        await tab.text("#caches", containing="0 itens")
        assert sentences.statistics.entries == 0
