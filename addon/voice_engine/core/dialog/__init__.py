"""The door's conversation as a machine: ``step(rules, state, event) -> (state, effects)``.

It knows neither sound nor time: what was heard arrives as meaning, time-outs arrive as events, and everything it wants
done leaves as an effect. A party answers by voice (only after the question was heard to its end) or by keypad (at any
moment of a question).
"""

from voice_engine.core.dialog.machine import step
from voice_engine.core.dialog.state import Rules, Stage, State, Step

__all__ = ["Rules", "Stage", "State", "Step", "step"]
