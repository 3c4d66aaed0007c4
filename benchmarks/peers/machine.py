"""What the figures were measured on, and with what."""

import os
import platform
import sys
import time
from importlib import metadata

from benchmarks.peers import placement


def processor_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def blas_of_libraries():
    """What the libraries multiply matrices with, where threadpoolctl is installed to tell."""
    try:
        import threadpoolctl
    except ImportError:
        return []
    found = []
    for pool in threadpoolctl.threadpool_info():
        words = [pool.get("internal_api"), pool.get("version"), pool.get("architecture")]
        where = os.path.basename(os.path.dirname(pool.get("filepath", ""))).removesuffix(".libs")
        found.append(f"{' '.join(str(word) for word in words if word)} ({where}, {pool.get('num_threads')} threads)")
    return found


def describe(threads):
    return {
        "processor": processor_name(),
        "processors": os.cpu_count(),
        "threads": threads,
        "system": f"{platform.system()} {platform.release()}",
        "python": sys.version.split()[0],
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "other_load": round(placement.other_load(), 2),
    }


def versions_of(engines):
    """{name: version}, or why there is none."""
    return {name: f"missing: {engine}" if isinstance(engine, str) else engine.version() for name, engine in engines.items()}


def version_of_package(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
