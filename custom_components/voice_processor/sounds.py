"""Recordings that Home Assistant may read: of its media, or of folders that its owner allows."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from homeassistant.components.media_source import Unresolvable, async_resolve_media
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from .const import DOMAIN

LARGEST_BYTES = 16 * 1024 * 1024
"""Of the contract."""
CONTENT_TYPES = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".mp3": "audio/mpeg",
}
"""What the engine reads, by the ends of files' names."""
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that is open."""

    chunks: AsyncIterator[bytes]
    content_type: str


@asynccontextmanager
async def async_open_sound(
    hass: HomeAssistant, *, file: str | None = None, media_id: str | None = None
) -> AsyncGenerator[Sound]:
    """Open the file of that path, or of that media; raise a ServiceValidationError if that may or can not be."""
    path = await _async_locate_media(hass, media_id) if media_id else await _async_locate_file(hass, file or "")
    if (content_type := CONTENT_TYPES.get(path.suffix.lower())) is None:
        raise _mistake("not_a_sound", formats=", ".join(ending.lstrip(".") for ending in CONTENT_TYPES))
    try:
        opened, size = await hass.async_add_executor_job(_open, path)
    except OSError as err:
        raise _mistake("unreadable_file", error=err.strerror or str(err)) from err
    try:
        if size > LARGEST_BYTES:
            raise _mistake("too_large", megabytes=str(LARGEST_BYTES // 1024 // 1024))
        yield Sound(_async_chunks(hass, opened), content_type)
    finally:
        await hass.async_add_executor_job(opened.close)


async def _async_locate_media(hass: HomeAssistant, media_id: str) -> Path:
    try:
        media = await async_resolve_media(hass, media_id, None)
    except Unresolvable as err:
        raise _mistake("media_not_found", error=str(err)) from err
    if media.path is None:
        # Streams have no end, and other machines are not to be reached at a caller's word.
        raise _mistake("media_not_local")
    return media.path


async def _async_locate_file(hass: HomeAssistant, file: str) -> Path:
    if not await hass.async_add_executor_job(hass.config.is_allowed_path, file):
        raise _mistake("path_not_allowed")
    return Path(file)


def _open(path: Path) -> tuple[BinaryIO, int]:
    """Open a file for reading and tell its size; a pipe or a folder is none."""
    if not path.is_file():
        raise FileNotFoundError(None, "no such file")
    return path.open("rb"), path.stat().st_size


async def _async_chunks(hass: HomeAssistant, opened: BinaryIO) -> AsyncGenerator[bytes]:
    """Read the file piece by piece, without holding Home Assistant up."""
    while chunk := await hass.async_add_executor_job(opened.read, _CHUNK_BYTES):
        yield chunk


def _mistake(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders or None
    )
