"""Entities of which each door has one."""

from dataclasses import replace

from homeassistant.helpers.entity import EntityDescription

from .models import Status


def descriptions_of_doors[Description: EntityDescription](
    status: Status, only: Description, each: Description
) -> list[tuple[Description, str | None]]:
    """Return the description for each door with the door's name; ``only`` is that of a single door, for all calls.

    The first door keeps the key that a single one has, so that adding doors leaves its entity as it is.
    """
    if len(status.doors) < 2:
        return [(only, None)]
    first, *others = status.doors
    return [
        (each, first.name),
        *((replace(each, key=f"{each.key}_{door.name.casefold()}"), door.name) for door in others),
    ]
