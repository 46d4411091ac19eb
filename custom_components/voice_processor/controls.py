"""What can be turned while the engine runs: values as they are in force, and what each may be."""

from dataclasses import dataclass
from typing import Self

from .wire import Wire, object_of, objects, optional_text, required, required_number, texts


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    value: str | None
    """None where none of them holds."""
    options: tuple[str, ...]

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``ChoiceControl``."""
        return cls(value=optional_text(wire, "value"), options=texts(wire, "options") or ())


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a range."""

    value: float
    minimum: float
    maximum: float
    step: float

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``NumberControl``."""
        return cls(
            value=required_number(wire, "value"),
            minimum=required_number(wire, "min"),
            maximum=required_number(wire, "max"),
            step=required_number(wire, "step"),
        )


@dataclass(frozen=True, slots=True)
class UnitControl:
    """A unit, and whether it is muted by itself."""

    unit: str
    muted: bool

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``UnitControl``."""
        return cls(unit=required(wire, "unit", str), muted=required(wire, "muted", bool))


@dataclass(frozen=True, slots=True)
class Controls:
    """All of them."""

    language: Choice
    voice: Choice
    silence_threshold: Number
    """In seconds."""
    barge_in: Number
    """In seconds; 0: only keys interrupt."""
    do_not_disturb: bool
    """Whether nobody in the house is to be disturbed."""
    units: tuple[UnitControl, ...]
    """Empty where they are too many for each to have a switch."""

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a ``Controls``."""
        return cls(
            language=Choice.from_wire(object_of(wire, "language")),
            voice=Choice.from_wire(object_of(wire, "voice")),
            silence_threshold=Number.from_wire(object_of(wire, "silence_threshold_seconds")),
            barge_in=Number.from_wire(object_of(wire, "barge_in_seconds")),
            do_not_disturb=required(wire, "do_not_disturb", bool),
            units=tuple(map(UnitControl.from_wire, objects(wire, "units"))) if wire.get("units") is not None else (),
        )

    @property
    def unit_names(self) -> tuple[str, ...]:
        """The units that have a switch."""
        return tuple(control.unit for control in self.units)

    def is_muted(self, unit: str) -> bool | None:
        """Whether the unit is muted by itself; None where it has no switch."""
        return next((control.muted for control in self.units if control.unit == unit), None)
