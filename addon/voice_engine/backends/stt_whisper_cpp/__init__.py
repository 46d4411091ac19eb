"""Speech to text by whisper.cpp: ``whisper-server`` kept warm; ``whisper-cli`` where the server cannot be started.

No sound ever becomes a file. The server is sent it over loopback, the command reads it from standard input, and a
batch of recordings is handed over as files that exist in memory only. A named pipe would not do: whisper-cli opens its
input to see whether it is there, closes it, and opens it again, by when the writer of a pipe is gone.
"""

from voice_engine.backends.stt_whisper_cpp.config import WhisperConfig
from voice_engine.backends.stt_whisper_cpp.transcriber import WhisperStatus, WhisperTranscriber

__all__ = ["WhisperConfig", "WhisperStatus", "WhisperTranscriber"]
