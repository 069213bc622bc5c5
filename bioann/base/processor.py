"""The processor of this machine, on whose instruction sets compiled code depends."""

from __future__ import annotations

import functools
import platform
from pathlib import Path


@functools.cache
def describe_cpu() -> str:
    """Return the processor's name and instruction sets; one name may have several sets."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    info = {line.split("\t", 1)[0]: line.partition(":")[2].strip() for line in reversed(lines)}
    texts = [info[name] for name in ("model name", "flags", "Features") if name in info]
    return " ".join([platform.machine(), *(texts or [platform.processor()])])
