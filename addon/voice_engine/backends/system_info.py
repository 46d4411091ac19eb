"""What the engine runs on: read once, at the start."""

from __future__ import annotations

import os
import platform
import shutil

from voice_engine.core.system_info import SystemInfo

PROGRAMS = ("espeak-ng", "pocketsphinx", "whisper-server", "whisper-cli", "llama-server", "llama-completion", "arecord")
"""Run as child processes where the settings name them."""


def read_system_info(version: str) -> SystemInfo:
    """Look at the machine, and for the programs in PATH. Blocks for milliseconds."""
    return SystemInfo(
        version=version,
        python=platform.python_version(),
        machine=platform.machine(),
        system=f"{platform.system()} {platform.release()}",
        cores=os.process_cpu_count() or 1,
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        programs={program: shutil.which(program) is not None for program in PROGRAMS},
    )
