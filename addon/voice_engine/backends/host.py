"""What Linux tells of the machine, the container and the engine's own processes; what it does not tell is unknown.

Sources: proc(5), the kernel's documentation of cgroup v1 and v2, PSI and hwmon, and the Raspberry Pi firmware's
``get_throttled`` (bit 0 under-voltage, 1 frequency capped, 2 throttled, 3 soft temperature limit).
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voice_engine.core.load import Load

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_THROTTLED = (
    "sys/devices/platform/soc/soc:firmware/get_throttled",
    "sys/devices/platform/soc@*/*firmware*/get_throttled",
    "sys/devices/platform/*firmware*/get_throttled",
)
_UNDER_VOLTAGE, _CAPPED = 0b0001, 0b1110


@dataclass(frozen=True, slots=True)
class _CpuTimes:
    """Seconds since the machine started, over all processors."""

    total: float
    idle: float
    own: float


class Host:
    """Looks at the machine; each look at the processor covers the time since the last."""

    def __init__(self, root: Path = Path("/"), data_directory: Path | None = None) -> None:
        """``root`` holds ``proc`` and ``sys``; ``data_directory`` is on the disk that matters."""
        self._root = root
        self._data_directory = data_directory
        self._before: _CpuTimes | None = None

    async def look(self) -> Load:
        """Take one look, without keeping the event loop waiting: some drivers answer slowly."""
        return await asyncio.to_thread(self._look)

    def _look(self) -> Load:
        cpu, own_cpu = self._cpu()
        used, limit = self._memory()
        throttled = self._throttled()
        disk, disk_free = self._disk()
        return Load(
            cpu=cpu,
            own_cpu=own_cpu,
            memory_bytes=used,
            memory_limit_bytes=limit,
            own_memory_bytes=self._own_memory(),
            temperature_celsius=self._temperature(),
            under_voltage=self._voltage_alarm() if throttled is None else bool(throttled & _UNDER_VOLTAGE),
            frequency_capped=None if throttled is None else bool(throttled & _CAPPED),
            cpu_pressure=self._pressure("cpu"),
            memory_pressure=self._pressure("memory"),
            disk_bytes=disk,
            disk_free_bytes=disk_free,
        )

    # --- processor ----------------------------------------------------------------------------------------------------

    def _cpu(self) -> tuple[float | None, float | None]:
        before, self._before = self._before, self._cpu_times()
        now = self._before
        if before is None or now is None or now.total <= before.total:
            return None, None
        span = now.total - before.total
        busy = 1.0 - (now.idle - before.idle) / span
        # A child that ended since the last look takes its time with it: never less than nothing.
        own = max(0.0, now.own - before.own) / span
        return _share(busy), _share(own)

    def _cpu_times(self) -> _CpuTimes | None:
        stat = self._read("proc/stat")
        if not stat.startswith("cpu "):
            return None
        # user nice system idle iowait irq softirq steal; what guests use is in user and nice already.
        ticks = [int(value) for value in stat.split("\n", 1)[0].split()[1:9]]
        own = sum(self._process_ticks(process) for process in self._own_processes())
        return _CpuTimes(sum(ticks) / _TICK, sum(ticks[3:5]) / _TICK, own / _TICK)

    def _own_processes(self) -> Iterator[str]:
        """The engine and all it has started, and those in turn."""
        waiting = [self._own_pid()]
        while waiting:
            process = waiting.pop()
            yield process
            for thread in self._root.glob(f"proc/{process}/task/*/children"):
                waiting += self._read(thread).split()

    def _own_pid(self) -> str:
        return self._read("proc/self/stat").split(" ", 1)[0]

    def _process_ticks(self, process: str) -> int:
        """In user and kernel mode, with those of children it has waited for."""
        # The name in brackets may hold spaces and brackets itself.
        _, _, fields = self._read(f"proc/{process}/stat").rpartition(")")
        values = fields.split()
        return sum(map(int, values[11:15])) if len(values) > 15 else 0

    def _pressure(self, resource: str) -> float | None:
        for line in self._read(f"proc/pressure/{resource}").splitlines():
            if line.startswith("some "):
                return float(line.split("avg10=", 1)[1].split()[0]) / 100
        return None

    # --- memory -------------------------------------------------------------------------------------------------------

    def _memory(self) -> tuple[int | None, int | None]:
        """In use and the limit: the container's where it has one, else the machine's."""
        machine = self._machine_memory()
        total = machine.get("MemTotal")
        for used, limit in (self._memory_v2(), self._memory_v1()):
            if used is not None and limit is not None and (total is None or limit < total):
                return used, limit
        available = machine.get("MemAvailable")
        return (None if total is None or available is None else total - available), total

    def _machine_memory(self) -> dict[str, int]:
        lines = (line.split() for line in self._read("proc/meminfo").splitlines())
        return {words[0].rstrip(":"): int(words[1]) * 1024 for words in lines if len(words) == 3}

    def _memory_v2(self) -> tuple[int | None, int | None]:
        """The tightest limit on the way from our group to the root."""
        folder = self._root / "sys/fs/cgroup" / self._group("")
        best: tuple[int | None, int | None] = (None, None)
        while folder != self._root / "sys/fs":
            limit = _number(self._read(folder / "memory.max"))
            if limit is not None and (best[1] is None or limit < best[1]):
                current = _number(self._read(folder / "memory.current"))
                best = _without_cache(current, self._read(folder / "memory.stat"), "inactive_file"), limit
            folder = folder.parent
        return best

    def _memory_v1(self) -> tuple[int | None, int | None]:
        folder = self._root / "sys/fs/cgroup/memory"
        if not (folder / "memory.limit_in_bytes").exists():
            return None, None
        own = folder / self._group("memory")
        folder = own if (own / "memory.limit_in_bytes").exists() else folder
        current = _number(self._read(folder / "memory.usage_in_bytes"))
        used = _without_cache(current, self._read(folder / "memory.stat"), "total_inactive_file")
        return used, _number(self._read(folder / "memory.limit_in_bytes"))

    def _group(self, controller: str) -> str:
        """Our group's path under ``controller``; the unified hierarchy of v2 has an empty name."""
        for line in self._read("proc/self/cgroup").splitlines():
            _, controllers, path = line.split(":", 2)
            if controller in controllers.split(","):
                return path.lstrip("/")
        return ""

    def _own_memory(self) -> int | None:
        pages = self._read("proc/self/statm").split()
        return int(pages[1]) * _PAGE_BYTES if len(pages) > 1 else None

    # --- disk ---------------------------------------------------------------------------------------------------------

    def _disk(self) -> tuple[int | None, int | None]:
        """Its size, and what is free of it."""
        if self._data_directory is None:
            return None, None
        try:
            usage = shutil.disk_usage(self._data_directory)
        except OSError:
            return None, None
        return usage.total, usage.free

    # --- heat and power -----------------------------------------------------------------------------------------------

    def _temperature(self) -> float | None:
        """Of the hottest zone."""
        zones = (_number(self._read(path)) for path in self._root.glob("sys/class/thermal/thermal_zone*/temp"))
        degrees = [milli / 1000 for milli in zones if milli]
        return max(degrees, default=None)

    def _throttled(self) -> int | None:
        for pattern in _THROTTLED:
            for path in self._root.glob(pattern):
                try:
                    return int(self._read(path), 16)
                except ValueError:
                    continue
        return None

    def _voltage_alarm(self) -> bool | None:
        """Newer kernels tell of under-voltage through a sensor called ``rpi_volt``."""
        for name in self._root.glob("sys/class/hwmon/hwmon*/name"):
            if self._read(name).strip() == "rpi_volt":
                alarm = _number(self._read(name.with_name("in0_lcrit_alarm")))
                return None if alarm is None else bool(alarm)
        return None

    def _read(self, path: str | Path) -> str:
        try:
            return (self._root / path).read_text()
        except (OSError, UnicodeDecodeError):
            return ""


def give_back_memory() -> None:
    """Have the C library return what was freed to the system: it keeps that for itself, and the limit counts it.

    A few milliseconds for what the engine's caches hold; without effect where the library has no such function (musl).
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def _number(text: str) -> int | None:
    """None for ``max`` and for nothing."""
    stripped = text.strip()
    return int(stripped) if stripped.lstrip("-").isdigit() else None


def _without_cache(current: int | None, statistics: str, key: str) -> int | None:
    """Leave out file contents that nobody has used lately: they are given up before anything fails."""
    if current is None:
        return None
    pairs = (line.split() for line in statistics.splitlines())
    cached = next((int(pair[1]) for pair in pairs if len(pair) == 2 and pair[0] == key), 0)
    return max(0, current - cached)
