"""Compares what a phone heard with what was played to it, frame by frame: nothing missing, nothing doubled."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

type Samples = NDArray[np.int16]
"""8 kHz mono sound."""

FRAME_SAMPLES = 160
"""20 ms at 8 kHz."""
FRAME_SECONDS = 0.02
SILENT_LEVEL = 40.0
"""Root mean square under which a frame says nothing about where it belongs: a few steps of µ-law."""
ALIKE = 0.97
"""Correlation above which two frames are the same sound; µ-law leaves 0.999, neighbouring frames share less."""
LOOK_AHEAD = 50
"""Frames (a second) in which a lost thread is looked for."""
THREAD = 3
"""Frames in a row that must agree for the thread to be found again."""

type Frames = NDArray[np.float64]
"""Rows of 160 samples."""


def samples_of(pcm: bytes) -> Samples:
    """Signed 16-bit little-endian sound as samples; half a sample at the end is left out."""
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2")


def frames_of(sound: Samples) -> Frames:
    """Sound cut into frames, the last filled up with silence."""
    padding = np.zeros(-len(sound) % FRAME_SAMPLES)
    return np.concatenate([sound.astype(np.float64), padding]).reshape(-1, FRAME_SAMPLES)


def levels(frames: Frames) -> NDArray[np.float64]:
    """Root mean square of each frame."""
    root: NDArray[np.float64] = np.sqrt((frames**2).mean(axis=1))
    return root


@dataclass(slots=True)
class Match:
    """How a prompt arrived. Frames of the prompt count from its first voiced one."""

    start: int
    """Frame of the recording where the prompt begins."""
    end: int = 0
    """Frame of the recording after the prompt's last."""
    missing: list[int] = field(default_factory=list)
    """Frames that were played and not heard."""
    added: list[int] = field(default_factory=list)
    """Frames before which something else was heard: silence, or a frame for the second time."""

    @property
    def damage(self) -> str:
        """What is wrong, in words."""
        places = (("missing", self.missing), ("added", self.added))
        return ", ".join(f"{len(frames)} frames {what} from frame {frames[0]} on" for what, frames in places if frames)

    @property
    def whole(self) -> bool:
        """Whether every frame arrived exactly once."""
        return not self.missing and not self.added


def find(prompt: Samples, recording: Samples, start: int = 0) -> Match | None:
    """Find ``prompt`` in ``recording`` from frame ``start`` on; None where it was not heard.

    Relies on frames travelling unchanged: what is sent as 20 ms arrives as the same 20 ms.
    """
    played = frames_of(prompt)
    voiced = np.flatnonzero(levels(played) > SILENT_LEVEL)
    played = played[voiced[0] : voiced[-1] + 1]
    heard = frames_of(recording)[start:]
    alike = _alike(played, heard)
    offset = _offset(alike & (levels(played) > SILENT_LEVEL)[:, None])
    if offset is None:
        return None
    match = _follow(alike, offset)
    match.start += start
    match.end += start
    return match


def _alike(played: Frames, heard: Frames) -> NDArray[np.bool_]:
    """Which frame of ``played`` (row) sounds like which of ``heard`` (column)."""
    played_levels, heard_levels = levels(played)[:, None], levels(heard)[None, :]
    scale = np.maximum(played_levels * heard_levels, 1e-9) * FRAME_SAMPLES
    correlation = played @ heard.T / scale
    silent: NDArray[np.bool_] = (played_levels <= SILENT_LEVEL) & (heard_levels <= 2 * SILENT_LEVEL)
    result: NDArray[np.bool_] = silent | ((correlation > ALIKE) & (played_levels > SILENT_LEVEL))
    return result


def _offset(alike: NDArray[np.bool_]) -> int | None:
    """Where in the recording the prompt begins; None if less than a third of its voiced frames are found in order."""
    rows, columns = np.nonzero(alike)
    offsets, votes = np.unique(columns - rows, return_counts=True)
    if len(votes) == 0 or votes.max() < alike.any(axis=1).sum() / 3:
        return None
    # Something missing or added moves all that follows it, so the first frames say best where the beginning is.
    near = np.abs(columns - rows - offsets[votes.argmax()]) < LOOK_AHEAD
    early = near & (rows <= rows[near].min() + LOOK_AHEAD)
    offsets, votes = np.unique((columns - rows)[early], return_counts=True)
    return int(offsets[votes.argmax()])


def _follow(alike: NDArray[np.bool_], offset: int) -> Match:
    """Walk through prompt and recording together and note where they part."""
    row, column = max(-offset, 0), max(offset, 0)
    match = Match(start=column, missing=list(range(row)))
    rows, columns = alike.shape
    while row < rows and column < columns:
        if alike[row, column]:
            row, column = row + 1, column + 1
            continue
        skipped, inserted = _thread(alike, row, column)
        match.missing.extend(range(row, row + skipped))
        match.added.extend([row] * inserted)
        row, column = row + skipped, column + inserted
    match.missing.extend(range(row, rows))
    match.end = column
    return match


def _thread(alike: NDArray[np.bool_], row: int, column: int) -> tuple[int, int]:
    """How many frames of prompt and recording to leave out so that they agree again; one of each if they never do."""
    for distance in range(1, LOOK_AHEAD):
        for skipped, inserted in ((distance, 0), (0, distance)):
            ahead = np.diagonal(alike[row + skipped :, column + inserted :])[:THREAD]
            if len(ahead) and ahead.all():
                return skipped, inserted
    return 1, 1
