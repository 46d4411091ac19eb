"""Constants for the Voice Processor integration."""

DOMAIN = "voice_processor"

CONF_INSTANCE_ID = "instance_id"
"""In the app's announcement: the engine's identity."""
CONF_SLUG = "slug"
"""In the entry's data: the app's slug, where the Supervisor announced the engine."""

CONF_UNIT_SWITCHES = "unit_switches"
"""In the entry's options: whether each unit has a switch that mutes it."""
CONF_PRIVATE = "private"
"""In the entry's options: whether visitors stay nameless."""

DEFAULT_PORT = 8099
DEFAULT_TITLE = "Voice Processor"
