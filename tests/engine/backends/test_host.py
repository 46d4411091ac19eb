"""What the machine tells, from trees made like those of real machines, and from this one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from voice_engine.backends.host import Host
from voice_engine.core.load import Load

GIGABYTE = 1024**3
STAT = "7 (voice) engine)) S 1 7 7 0 -1 0 0 0 0 0 {user} {system} {children} 0 20 0 1 0 0 0 0\n"
MEMINFO = "MemTotal:        4194304 kB\nMemFree:          524288 kB\nMemAvailable:    3145728 kB\nHugePages_Total: 0\n"


def tree(root: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


async def look(root: Path) -> Load:
    return await Host(root).look()


async def test_a_machine_that_tells_nothing_is_unknown_not_idle(tmp_path: Path) -> None:
    assert await look(tmp_path) == Load()


async def test_the_processor_between_two_looks(tmp_path: Path) -> None:
    """With what the engine's own children take, however deep."""
    files = {
        "proc/self/stat": STAT.format(user=0, system=0, children=0),
        "proc/stat": "cpu  1000 0 0 9000 0 0 0 0 500 0\ncpu0 1 2 3\n",
        "proc/7/stat": STAT.format(user=100, system=0, children=0),
        "proc/7/task/7/children": "8 ",
        "proc/8/stat": STAT.format(user=0, system=50, children=0),
        "proc/8/task/8/children": "",
        "proc/8/task/9/children": "10 ",
        "proc/10/stat": STAT.format(user=0, system=0, children=0),
    }
    host = Host(tree(tmp_path, files))
    first = await host.look()
    tree(
        tmp_path,
        {
            "proc/stat": "cpu  1500 0 100 9400 0 0 0 0 900 0\n",
            "proc/7/stat": STAT.format(user=150, system=0, children=50),
            "proc/10/stat": STAT.format(user=100, system=0, children=0),
        },
    )
    second = await host.look()

    assert (first.cpu, first.own_cpu) == (None, None)
    assert second.cpu == pytest.approx(0.6)
    assert second.own_cpu == pytest.approx(0.2)


async def test_memory_of_a_container_without_a_limit_is_the_machines(tmp_path: Path) -> None:
    files = {
        "proc/meminfo": MEMINFO,
        "proc/self/cgroup": "0::/\n",
        "sys/fs/cgroup/memory.max": "max\n",
        "sys/fs/cgroup/memory.current": "123\n",
    }
    load = await look(tree(tmp_path, files))
    assert (load.memory_bytes, load.memory_limit_bytes) == (GIGABYTE, 4 * GIGABYTE)
    assert load.memory == 0.25


async def test_memory_of_a_container_v2(tmp_path: Path) -> None:
    """The tightest limit on the way up; files that could be given up are not in use."""
    files = {
        "proc/meminfo": MEMINFO,
        "proc/self/cgroup": "0::/apps/voice\n",
        "sys/fs/cgroup/apps/voice/memory.max": "max\n",
        "sys/fs/cgroup/apps/voice/memory.current": "1\n",
        "sys/fs/cgroup/apps/memory.max": f"{GIGABYTE}\n",
        "sys/fs/cgroup/apps/memory.current": "500000000\n",
        "sys/fs/cgroup/apps/memory.stat": "anon 1\ninactive_file 100000000\n",
        "sys/fs/cgroup/memory.max": f"{2 * GIGABYTE}\n",
    }
    load = await look(tree(tmp_path, files))
    assert (load.memory_bytes, load.memory_limit_bytes) == (400_000_000, GIGABYTE)


@pytest.mark.parametrize("folder", ["sys/fs/cgroup/memory", "sys/fs/cgroup/memory/docker/1"])
async def test_memory_of_a_container_v1(tmp_path: Path, folder: str) -> None:
    """Mounted as the machine sees it, or as the container does."""
    files = {
        "proc/meminfo": MEMINFO,
        "proc/self/cgroup": "4:hugetlb,memory:/docker/1\n0::/\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        f"{folder}/memory.limit_in_bytes": f"{GIGABYTE}\n",
        f"{folder}/memory.usage_in_bytes": "500000000\n",
        f"{folder}/memory.stat": "inactive_file 7\ntotal_inactive_file 100000000\n",
    }
    load = await look(tree(tmp_path, files))
    assert (load.memory_bytes, load.memory_limit_bytes) == (400_000_000, GIGABYTE)


@pytest.mark.parametrize(
    "path",
    [
        "sys/devices/platform/soc/soc:firmware/get_throttled",
        "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled",
        "sys/devices/platform/raspberrypi-firmware/get_throttled",
    ],
)
async def test_a_raspberry_pi_tells_of_its_power(tmp_path: Path, path: str) -> None:
    """Only what is so now: what has been so since the start stands in the upper bits."""
    for bits, under_voltage, capped in (("50005", True, True), ("50000", False, False), ("8", False, True)):
        load = await look(tree(tmp_path, {path: f"{bits}\n"}))
        assert (load.under_voltage, load.frequency_capped) == (under_voltage, capped)


async def test_newer_kernels_tell_of_it_through_a_sensor(tmp_path: Path) -> None:
    files = {
        "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
        "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
        "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n",
    }
    load = await look(tree(tmp_path, files))
    assert (load.under_voltage, load.frequency_capped) == (True, None)


async def test_the_hottest_zone_and_the_pressure(tmp_path: Path) -> None:
    files = {
        "sys/class/thermal/thermal_zone0/temp": "48312\n",
        "sys/class/thermal/thermal_zone1/temp": "61000\n",
        "sys/class/thermal/thermal_zone2/temp": "",
        "proc/pressure/cpu": "some avg10=12.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=99.0\n",
        "proc/pressure/memory": "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
    }
    load = await look(tree(tmp_path, files))
    assert (load.temperature_celsius, load.cpu_pressure, load.memory_pressure) == (61.0, 0.125, 0.0)


async def test_this_machine() -> None:
    """A child that works is our own work."""
    host = Host()
    await host.look()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print(flush=True)\nwhile True: pass", stdout=-1
    )
    assert process.stdout
    await process.stdout.readline()
    load = await host.look()
    for _ in range(50):
        if load.own_cpu:
            break
        load = await host.look()
        await asyncio.sleep(0.02)  # the kernel counts in hundredths of a second
    process.kill()
    await process.wait()

    assert load.own_cpu
    assert load.cpu
    assert load.memory
    assert load.own_memory_bytes is not None
    assert load.own_memory_bytes > 1_000_000


async def test_the_disk_is_that_of_the_data(tmp_path: Path) -> None:
    """A directory that is not there tells nothing; nor does a host that was told of none."""
    load = await Host(tmp_path, tmp_path).look()
    assert load.disk_bytes is not None
    assert load.disk_free_bytes is not None
    assert 0 < load.disk_free_bytes <= load.disk_bytes
    for host in (Host(tmp_path, tmp_path / "gone"), Host(tmp_path)):
        load = await host.look()
        assert (load.disk_bytes, load.disk_free_bytes) == (None, None)
