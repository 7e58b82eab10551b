"""What a measurement depends on: processor, caches, threads and versions. No names of hosts or people."""

import contextlib
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path


def limit_threads(threads):
    """Have every runtime that a child process starts use so many threads. Call it before starting one."""
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMBA_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
        "NPROC",  # JAX
    ):
        os.environ[name] = str(threads)
    if threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"


def describe(threads):
    """Return the machine as a dict: what `processor` gives, caches (bytes a level), threads and versions."""
    packages = ("numpy", "tensorflow", "keras", "jax", "jaxlib", "torch", "numba")
    return {**processor(), "caches": _caches(), "threads": threads, "versions": versions(*packages)}


def processor():
    """Return a dict of the system, the processor's name and how many cores it has."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def versions(*packages):
    """Return the versions of Python and of those of the packages that are installed: a dict of name → text."""
    found = {"python": platform.python_version()}
    for package in packages:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


def load():
    """Return how many processes want to run, averaged over the last minute, or None where nobody counts."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _processor():
    if sys.platform == "darwin":
        return subprocess.run(
            ["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True
        ).stdout.strip()
    info = Path("/proc/cpuinfo")
    facts = {}
    if info.exists():
        for line in info.read_text().split("\n\n")[0].splitlines():
            key, _, value = line.partition(":")
            facts[key.strip()] = value.strip()
    name = facts.get("model name") or platform.processor() or "unknown"
    if "cpu family" in facts:
        name += f" (family {facts['cpu family']}, model {facts['model']})"
    vector = next((v for v in ("avx512f", "avx2") if v in facts.get("flags", "").split()), None)
    return f"{name}, {vector}" if vector else name


def _caches():
    caches = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            caches[f"L{level}"] = int(size.rstrip("K")) * 1024
    return caches
