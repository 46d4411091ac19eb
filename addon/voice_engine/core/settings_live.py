"""Settings that count from the next call on; all others wait for the engine's next start."""

from __future__ import annotations

from dataclasses import replace

from voice_engine.core.settings import Settings


def taken_over(running: Settings, stored: Settings) -> Settings:
    """What can be worked by at once: ``running``, with those of ``stored`` that may change while the engine runs."""
    return replace(
        running,
        # A voice of a service is one of the language that was spoken when it was made.
        language=running.language if _is_bound_to_language(running) else stored.language,
        door=replace(
            running.door,
            silence_threshold_seconds=stored.door.silence_threshold_seconds,
            barge_in_seconds=stored.door.barge_in_seconds,
        ),
        engines=replace(running.engines, voice=stored.engines.voice),
    )


def _is_bound_to_language(settings: Settings) -> bool:
    return any(backend.voice and not backend.languages for backend in settings.backends)
