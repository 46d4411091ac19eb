"""The watched folder over HTTP, in the snapshot and on the WebSocket."""

from __future__ import annotations

from tests.engine.servers.contract import assert_conforms
from tests.engine.servers.serving import AT, Behind, serving
from voice_engine.core.inbox import InboxStatus, RecordingProblem, RecordingResult
from voice_engine.core.transcript import Language

AWAY = InboxStatus(
    enabled=True, waiting=3, done=2, failed=1, problem=RecordingProblem("inbox_unusable", "It is not there.")
)
SAID = RecordingResult("a.wav", AT, Language.ENGLISH, "five oh one", 0.9, 3.0, "whisper", "base", "ab")
UNTOLD = SAID.told(text=False)
REFUSED = RecordingResult("b.m4a", AT, Language.ENGLISH, problem=RecordingProblem("unreadable_sound", "No."))


async def test_the_folder_and_the_latest_results_are_told() -> None:
    async with serving(Behind(results=(SAID, UNTOLD, REFUSED))) as served:
        async with served.client.get("/api/inbox") as response:
            before = await response.json()
        served.state.set_inbox(AWAY)
        async with served.client.get("/api/inbox") as response:
            after = await response.json()
        async with served.client.get("/metrics") as response:
            metrics = await response.text()
    for body in (before, after):
        assert_conforms(body, "InboxReport")
    assert (before["enabled"], after["enabled"], after["watching"], after["waiting"]) == (False, True, False, 3)
    assert after["problem"] == {"code": "inbox_unusable", "message": "It is not there."}
    assert [result["text"] for result in after["results"]] == ["five oh one", None, None]
    assert 'voice_engine_inbox_recordings{state="waiting"} 3.0' in metrics


async def test_it_is_in_the_snapshot_and_told_when_it_changes() -> None:
    async with serving() as served, served.client.ws_connect("/api/events") as events:
        assert (await events.receive_json())["type"] == "hello"
        snapshot = await events.receive_json()
        served.state.set_inbox(AWAY)
        served.state.set_inbox(AWAY)
        served.state.on_transcribed(SAID)
        changed, transcribed = await events.receive_json(), await events.receive_json()
    assert_conforms(snapshot, "SnapshotMessage")
    assert_conforms(changed, "InboxMessage")
    assert_conforms(transcribed, "TranscribedMessage")
    assert (snapshot["status"]["inbox"]["enabled"], changed["inbox"]) == (False, AWAY.to_wire())
    assert (transcribed["at"], transcribed["recording"]) == (AT, SAID.to_wire())
