"""The shortest time a case can take by the rates this machine was measured to have, as src/cli/measure.cpp works it out."""

from benchmarks.peers.cases import INTEGERS

IN_REGISTERS = 4096  # bytes of a buffer where only arithmetic is asked for


class Rates:
    """Measured by einc; without it there are none, and no shares."""

    def __init__(self, threads):
        self.threads = threads
        try:
            import einc

            self.measure_limits = einc.measure_limits
        except (ImportError, AttributeError):
            self.measure_limits = None

    def measure(self, case, arithmetic_only):
        """Limits of this moment, for arrays as large as the case's; None without einc."""
        if self.measure_limits is None:
            return None
        read, written = case.bytes
        buffer = IN_REGISTERS if arithmetic_only else max(4096, int(max(read, written)))
        return self.measure_limits(threads=self.threads, buffer_bytes=buffer, seconds=0.03 if arithmetic_only else 0.06)


def peak_of(dtype, limits):
    """The rate of arithmetic a type is held against: 0 for integers and bool."""
    if dtype in INTEGERS:
        return 0.0
    if dtype == "bf16":
        return max(limits.f32_flops, getattr(limits, "bf16_flops", 0))
    return limits.f64_flops if dtype in ("f64", "c128") else limits.f32_flops


def bound_of(flops, read, written, dtype, limits):
    """(seconds, whether arithmetic sets them); 0 seconds where that is not known."""
    peak = peak_of(dtype, limits)
    arithmetic = flops / (peak or limits.f32_flops)
    only_read = max(0.0, read - written)
    memory = only_read / limits.read_bytes + (read + written - only_read) / limits.copy_bytes
    if arithmetic < memory:
        return memory, False
    return (arithmetic if peak else 0.0), True
