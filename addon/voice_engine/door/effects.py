"""What is done to a party's line that needs nothing but the line, in a visit as in a notification."""

from __future__ import annotations

from voice_engine.core.dialog.messages import HangUp, Hush, LineEffect, Listen, PlayWaiting, SayText, StopListening
from voice_engine.door.line import Line


def perform_on_line(line: Line, effect: LineEffect) -> None:
    """Perform one effect; those that need sentences or tones are performed by whoever has them."""
    match effect:
        case SayText(text=text):
            line.say(text, interruptible=False)
        case PlayWaiting():
            line.play_waiting()
        case Hush():
            line.hush()
        case Listen(question=question):
            line.listen(question)
        case StopListening():
            line.stop_listening()
        case HangUp():
            line.hang_up()
