"""The day's calls from before the engine was started again: the log knows them."""

from __future__ import annotations

import logging
from datetime import datetime, time

from voice_engine.backends.call_log import CallLog
from voice_engine.core.errors import BackendError
from voice_engine.servers.visits import Visits, local_day

_LOGGER = logging.getLogger(__name__)


async def count_earlier(visits: Visits, call_log: CallLog) -> None:
    """Have ``visits`` count the calls of today that the log holds.

    To be done before anybody is told, and before the door opens: a count that grew by them later would look like as
    many new calls.
    """
    today = local_day()
    midnight = datetime.combine(today, time()).astimezone()
    try:
        calls = await call_log.count_since(midnight.timestamp())
    except BackendError as error:
        _LOGGER.warning("The day's calls are counted from now on: %s", error)
    else:
        visits.add_earlier(today, calls)
