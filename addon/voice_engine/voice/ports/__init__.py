"""The sockets of the engine: what uses need and adapters provide."""

from voice_engine.voice.ports.calls import (
    CallArchive,
    CallObserver,
    CallRecorder,
)
from voice_engine.voice.ports.language import (
    CandidLanguageModel,
    LanguageModel,
    LanguageModelChoice,
    LanguageTask,
)
from voice_engine.voice.ports.microphone import SoundListener, SoundSource, SwitchKeeper
from voice_engine.voice.ports.speech import (
    FollowedTranscriber,
    InterimListener,
    Probed,
    Reporting,
    SoundKeeper,
    Speech,
    StreamingSynthesizer,
    StreamingTranscriber,
    Synthesizer,
    Transcriber,
    TranscriptStream,
    VoiceChoice,
    VoiceDetector,
)
from voice_engine.voice.ports.telephony import (
    Leg,
    LegAdmission,
    LegSink,
    Playout,
    RefusalListener,
    RingOutcome,
    RingResult,
    TelephoneSystem,
)

__all__ = [
    "CallArchive",
    "CallObserver",
    "CallRecorder",
    "CandidLanguageModel",
    "FollowedTranscriber",
    "InterimListener",
    "LanguageModel",
    "LanguageModelChoice",
    "LanguageTask",
    "Leg",
    "LegAdmission",
    "LegSink",
    "Playout",
    "Probed",
    "RefusalListener",
    "Reporting",
    "RingOutcome",
    "RingResult",
    "SoundKeeper",
    "SoundListener",
    "SoundSource",
    "Speech",
    "StreamingSynthesizer",
    "StreamingTranscriber",
    "SwitchKeeper",
    "Synthesizer",
    "TelephoneSystem",
    "Transcriber",
    "TranscriptStream",
    "VoiceChoice",
    "VoiceDetector",
]
