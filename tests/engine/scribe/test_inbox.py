"""The watched folder's life, on virtual time: a scripted folder and a scripted recogniser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest

from voice_engine.core.errors import (
    BackendUnavailable,
    InboxUnusable,
    RecordingChanged,
    ResultInTheWay,
    UnreadableSound,
    VoiceEngineError,
)
from voice_engine.core.inbox import InboxStatus, Recording, RecordingProblem, RecordingResult
from voice_engine.core.transcript import Language
from voice_engine.scribe.inbox import EMPTY_SECONDS, LONGEST_PAUSE_SECONDS, MOST_FAILURES, Inbox

pytestmark = pytest.mark.virtual_time

AT = "2026-11-20T09:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Lying:
    """A file, and whether a result lies beside it."""

    recording: Recording
    has_result: bool


@dataclass(slots=True)
class FakeFolder:
    """What lies there is what it is told."""

    files: dict[str, Recording] = field(default_factory=dict)
    results: dict[str, tuple[Recording, RecordingResult]] = field(default_factory=dict)
    problem: InboxUnusable | None = None
    keep_problem: VoiceEngineError | None = None
    looks: int = 0

    def drop(self, name: str, size: int = 100, modified: int = 1) -> None:
        self.files[name] = Recording(name, size, modified)

    async def look(self) -> list[Lying]:
        self.looks += 1
        if self.problem:
            raise self.problem
        found = sorted(self.files.values(), key=lambda recording: recording.modified_ns)
        return [Lying(recording, recording.name in self.results) for recording in found]

    async def verdict(self, recording: Recording) -> bool | None:
        of, result = self.results[recording.name]
        return result.problem is None if of == recording else None

    async def keep(self, recording: Recording, result: RecordingResult) -> bool:
        if self.keep_problem:
            raise self.keep_problem
        if self.files.get(recording.name) != recording:
            raise RecordingChanged("changed")
        self.results[recording.name] = (recording, result)
        return True


@dataclass(slots=True)
class FakeJobs:
    """Takes ten seconds each, unless told otherwise, and fails as told."""

    seconds: float = 10.0
    problems: dict[str, Exception] = field(default_factory=dict)
    away: bool = False
    asked: list[str] = field(default_factory=list)
    working: int = 0
    most_working: int = 0

    async def result(self, recording: Recording) -> RecordingResult:
        self.asked.append(recording.name)
        self.working += 1
        self.most_working = max(self.most_working, self.working)
        try:
            await asyncio.sleep(0 if self.away else self.seconds)
        finally:
            self.working -= 1
        if self.away:
            raise BackendUnavailable("nobody is there")
        if recording.name in self.problems:
            raise self.problems[recording.name]
        return RecordingResult(recording.shown_name, AT, Language.ENGLISH, "five oh one " * 400, 0.9, 3.0)

    def refusal(self, recording: Recording, error: VoiceEngineError) -> RecordingResult:
        return RecordingResult(recording.shown_name, AT, Language.ENGLISH, problem=RecordingProblem.of(error))


@dataclass(slots=True)
class Heard:
    """What the inbox tells."""

    statuses: list[InboxStatus] = field(default_factory=list)
    results: list[RecordingResult] = field(default_factory=list)

    def set_inbox(self, status: InboxStatus) -> None:
        self.statuses.append(status)

    def on_transcribed(self, result: RecordingResult) -> None:
        self.results.append(result)

    @property
    def now(self) -> InboxStatus:
        return self.statuses[-1]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        return self.now.waiting, self.now.working, self.now.done, self.now.failed


@dataclass(slots=True)
class Stage:
    """An inbox that runs."""

    folder: FakeFolder
    jobs: FakeJobs
    heard: Heard
    inbox: Inbox


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    folder, jobs, heard = FakeFolder(), FakeJobs(), Heard()
    inbox = Inbox(folder, jobs, heard, workers=2)  # type: ignore[arg-type]
    running = asyncio.ensure_future(inbox.run())
    yield Stage(folder, jobs, heard, inbox)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_what_is_dropped_is_written_down_once(stage: Stage) -> None:
    """Several at once, and looking again does nothing."""
    for number in range(5):
        stage.folder.drop(f"{number}.wav", modified=number)
    await asyncio.sleep(3)
    assert stage.heard.counts == (5, 0, 0, 0)
    await asyncio.sleep(5)
    assert stage.heard.counts == (3, 2, 0, 0)
    await asyncio.sleep(600)
    assert stage.heard.counts == (0, 0, 5, 0)
    assert stage.jobs.asked == [f"{number}.wav" for number in range(5)]
    assert stage.jobs.most_working == 2
    assert stage.inbox.results == tuple(reversed(stage.heard.results))


async def test_the_words_leave_the_folder_only_where_they_may(stage: Stage) -> None:
    """And then the first few thousand characters of them."""
    stage.folder.drop("a.wav")
    await asyncio.sleep(30)
    (result,) = stage.heard.results
    assert (result.text, result.seconds) == (None, 3.0)
    of, kept = stage.folder.results["a.wav"]
    assert kept.text is not None
    told = kept.told(text=True).text
    assert told is not None
    assert (of.name, len(kept.text), len(told), told[-1]) == ("a.wav", 4800, 4000, "…")


async def test_a_file_that_grows_is_left_alone_until_it_stands_still(stage: Stage) -> None:
    for size in range(100, 120):
        stage.folder.drop("a.wav", size=size)
        await asyncio.sleep(2)
    assert stage.jobs.asked == []
    await asyncio.sleep(20)
    assert stage.jobs.asked == ["a.wav"]


async def test_an_empty_file_has_longer_to_become_a_recording(stage: Stage) -> None:
    stage.folder.drop("a.wav", size=0)
    await asyncio.sleep(EMPTY_SECONDS - 5)
    assert stage.jobs.asked == []
    await asyncio.sleep(10)
    assert stage.jobs.asked == ["a.wav"]


async def test_what_was_written_down_before_the_start_is_known(stage: Stage) -> None:
    """Of another version of the file it says nothing."""
    old, failed, changed = (Recording(name, 100, 1) for name in ("old.wav", "failed.wav", "changed.wav"))
    said = RecordingResult("old.wav", AT, Language.ENGLISH, "yes")
    stage.folder.files = {recording.name: recording for recording in (old, failed, replace(changed, size_bytes=7))}
    stage.folder.results = {
        "old.wav": (old, said),
        "failed.wav": (failed, replace(said, problem=RecordingProblem("unreadable_sound", "No."))),
        "changed.wav": (changed, said),
    }
    await asyncio.sleep(3)
    assert stage.heard.counts == (1, 0, 1, 1)
    await asyncio.sleep(60)
    assert (stage.heard.counts, stage.jobs.asked) == ((0, 0, 2, 1), ["changed.wav"])


async def test_taking_a_result_away_has_it_made_again(stage: Stage) -> None:
    stage.folder.drop("a.wav")
    await asyncio.sleep(30)
    del stage.folder.results["a.wav"]
    await asyncio.sleep(30)
    assert (stage.jobs.asked, stage.heard.counts) == (["a.wav", "a.wav"], (0, 0, 1, 0))
    del stage.folder.files["a.wav"]
    await asyncio.sleep(5)
    assert stage.heard.counts == (0, 0, 0, 0)


async def test_a_recording_replaced_while_it_is_worked_on_is_done_anew(stage: Stage) -> None:
    """As is one that was taken away and is back."""
    stage.folder.drop("a.wav")
    await asyncio.sleep(8)
    assert stage.heard.now.working == 1
    stage.folder.drop("a.wav", size=200)
    await asyncio.sleep(60)
    assert (stage.jobs.asked, stage.folder.results["a.wav"][0].size_bytes) == (["a.wav", "a.wav"], 200)
    assert len(stage.heard.results) == 1


async def test_what_cannot_be_read_is_told_and_holds_nobody_up(stage: Stage) -> None:
    stage.jobs.problems["bad.wav"] = UnreadableSound("this is no sound")
    stage.folder.drop("bad.wav", modified=0)
    stage.folder.drop("good.wav")
    await asyncio.sleep(60)
    assert stage.heard.counts == (0, 0, 1, 1)
    problem = stage.folder.results["bad.wav"][1].problem
    assert problem == RecordingProblem("unreadable_sound", "This is no sound.")
    assert stage.jobs.asked.count("bad.wav") == 1
    assert stage.heard.now.problem is None


async def test_what_nobody_foresaw_costs_one_recording(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """And neither the others nor the calls; the log, which does not name it, tells what it was."""
    stage.jobs.problems["bad.wav"] = ValueError("a strange header")
    stage.folder.drop("bad.wav", modified=0)
    stage.folder.drop("good.wav")
    await asyncio.sleep(60)
    assert stage.heard.counts == (0, 0, 1, 1)
    problem = stage.folder.results["bad.wav"][1].problem
    assert problem == RecordingProblem("internal_error", "The engine failed on it; its log tells how.")
    assert "a strange header" in caplog.text
    assert "bad.wav" not in caplog.text


async def test_a_file_of_somebody_else_s_in_the_way_is_told_once(stage: Stage) -> None:
    """Also where the refusal itself cannot be written."""
    stage.folder.keep_problem = ResultInTheWay("the engine did not write a.wav.txt")
    stage.folder.drop("a.wav")
    await asyncio.sleep(120)
    assert (stage.heard.counts, stage.jobs.asked) == ((0, 0, 0, 1), ["a.wav"])
    assert [result.problem.code for result in stage.heard.results if result.problem] == ["result_in_the_way"]


async def test_while_the_recogniser_is_away_recordings_wait_longer_and_longer(stage: Stage) -> None:
    """Told what for, and done as soon as it is back."""
    stage.jobs.away = True
    for name in ("a.wav", "b.wav", "c.wav"):
        stage.folder.drop(name)
    await asyncio.sleep(3600)
    tries = len(stage.jobs.asked)
    assert 8 <= tries <= 30
    assert stage.heard.counts == (3, 0, 0, 0)
    assert stage.heard.now.problem == RecordingProblem("backend_unavailable", "Nobody is there.")
    stage.jobs.away = False
    await asyncio.sleep(LONGEST_PAUSE_SECONDS + 60)
    assert (stage.heard.counts, stage.heard.now.problem) == ((0, 0, 3, 0), None)
    assert stage.folder.results.keys() == {"a.wav", "b.wav", "c.wav"}


async def test_a_recording_on_which_only_itself_fails_is_given_up(stage: Stage) -> None:
    """Behind all others, which are not held up for good."""
    stage.jobs.problems["bad.wav"] = BackendUnavailable("it broke")
    stage.folder.drop("bad.wav", modified=0)
    for number in range(1, 4):
        stage.folder.drop(f"{number}.wav", modified=number)
    await asyncio.sleep(600)
    assert stage.heard.counts == (0, 0, 3, 1)
    assert stage.jobs.asked.count("bad.wav") == MOST_FAILURES
    assert stage.heard.now.problem is None


async def test_while_paused_nothing_is_begun(stage: Stage) -> None:
    stage.inbox.pause(True)
    stage.folder.drop("a.wav")
    await asyncio.sleep(600)
    assert (stage.jobs.asked, stage.heard.now.paused, stage.heard.now.waiting) == ([], True, 1)
    stage.inbox.pause(False)
    await asyncio.sleep(20)
    assert (stage.heard.now.paused, stage.heard.counts) == (False, (0, 0, 1, 0))


async def test_a_folder_that_vanishes_is_told_and_taken_up_again(stage: Stage) -> None:
    stage.folder.drop("a.wav")
    await asyncio.sleep(30)
    stage.folder.problem = InboxUnusable("the folder is not there")
    await asyncio.sleep(30)
    assert (stage.heard.now.watching, stage.heard.now.problem) == (
        False,
        RecordingProblem("inbox_unusable", "The folder is not there."),
    )
    stage.folder.problem = None
    stage.folder.drop("b.wav")
    await asyncio.sleep(30)
    assert (stage.heard.now.watching, stage.heard.now.problem, stage.heard.counts) == (True, None, (0, 0, 2, 0))
    assert stage.jobs.asked == ["a.wav", "b.wav"]


async def test_a_folder_that_takes_no_results_loses_none(stage: Stage) -> None:
    stage.folder.keep_problem = InboxUnusable("no space left")
    stage.folder.drop("a.wav")
    await asyncio.sleep(60)
    assert stage.heard.now.problem == RecordingProblem("inbox_unusable", "No space left.")
    assert stage.heard.counts[2:] == (0, 0)
    stage.folder.keep_problem = None
    await asyncio.sleep(300)
    assert (stage.heard.counts, stage.heard.now.problem) == ((0, 0, 1, 0), None)
