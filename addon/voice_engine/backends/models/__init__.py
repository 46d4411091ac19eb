"""Models from a hub: by name, resumed, verified; for those that are on the disk no network is needed."""

from voice_engine.backends.models.by_url import ModelAtUrl
from voice_engine.backends.models.registry import BASE_URL, MODELS, Model
from voice_engine.backends.models.store import ModelProgress, ModelState, ModelStore

__all__ = ["BASE_URL", "MODELS", "Model", "ModelAtUrl", "ModelProgress", "ModelState", "ModelStore"]
