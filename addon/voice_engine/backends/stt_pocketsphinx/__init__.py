"""Speech to text by pocketsphinx: no download, no key, and only the sentences a question expects; English.

Such a recogniser fits whatever it hears, a cough or the weather, to the nearest sentence of its grammar. So every
utterance is recognised twice at the same time, once by the grammar and once by a free loop over all sounds of speech,
and counts only where the sentence explains the sound nearly as well as any sounds could.
"""

from voice_engine.backends.stt_pocketsphinx.transcriber import PocketsphinxTranscriber

__all__ = ["PocketsphinxTranscriber"]
