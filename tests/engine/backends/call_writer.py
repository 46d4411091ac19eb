"""A process that writes calls until it is killed: each call's id is printed once it is written.

Every third call is still going on, its door already opened, when the next begins.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from uuid import uuid4

from voice_engine.backends.call_log import CallLog
from voice_engine.core.events import Call, CallEvent, CallEventKind, CallStage, Disposition, Party, Turn

AT = "2099-01-01T00:00:00.000+00:00"
ENDED_AT = "2099-01-01T00:01:00.000+00:00"


async def main(directory: Path) -> None:
    """Never returns."""
    async with CallLog(directory, 30, transcripts=True) as log:
        number = 0
        while True:
            number += 1
            call_id = str(uuid4())
            granted = Call(call_id, "Gate", AT, CallStage.INFORMING, "1000", "501", Disposition.GRANTED)
            log.on_call_event(CallEvent(CallEventKind.RANG, AT, Call(call_id, "Gate", AT)))
            log.on_turn(Turn(call_id, Party.VISITOR, "five oh one", "unit 501", {"endpoint": 1.5}))
            log.on_call_event(CallEvent(CallEventKind.GRANTED, AT, granted))
            if number % 3:
                ended = Call(
                    call_id, "Gate", AT, CallStage.ENDED, "1000", "501", Disposition.GRANTED, ended_at=ENDED_AT
                )
                log.on_call_event(CallEvent(CallEventKind.ENDED, ENDED_AT, ended))
            await log.page(1)
            sys.stdout.write(f"{call_id}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
