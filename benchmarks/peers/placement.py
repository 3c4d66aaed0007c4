"""Where threads run and where memory comes from, so that libraries with a threading runtime each can be measured in one process.

Libraries choose for themselves: two workers of one can land on one processor, a runtime that pins its first thread pins what every
other runtime starts later, and workers that wait busily steal time from the next library. Therefore
  - the process keeps to as many processors as there are threads, before any library is imported;
  - the main thread may run on all of them whenever a runtime starts threads, and on the first while it is timed;
  - workers that a library started are moved to the other processors, one by one;
  - a library's turn begins when all threads of the others sleep.
"""

import ctypes
import os
import time

THREADS_OF = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "TBLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "EINC_NUM_THREADS",
)
QUIET_AT_MOST = 0.3  # seconds to wait for the threads of others to fall asleep


class Placement:
    def __init__(self, threads=0):
        allowed = sorted(os.sched_getaffinity(0))
        self.threads = min(threads, len(allowed)) if threads > 0 else len(allowed)
        self.processors = allowed[: self.threads]
        self.placed = {}  # by thread: its processor, or None where it chooses

    def prepare_process(self):
        """Before any library is imported."""
        os.sched_setaffinity(0, self.processors)
        for name in THREADS_OF:
            os.environ[name] = str(self.threads)
        os.environ["OMP_PROC_BIND"] = "true"
        os.environ["OMP_PLACES"] = ",".join(f"{{{processor}}}" for processor in self.processors)
        os.environ["OMP_DYNAMIC"] = "false"
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        keep_memory()

    def everywhere(self):
        """The main thread on all processors: while libraries are imported and start threads."""
        os.sched_setaffinity(0, self.processors)

    def on_first(self):
        os.sched_setaffinity(0, self.processors[:1])

    def place_new_threads(self, pinned):
        """Moves threads that appeared since the last call to the processors after the first, in turn; or lets them choose."""
        free = self.processors[1:] or self.processors
        new = [thread for thread in other_threads() if thread not in self.placed]
        for number, thread in enumerate(sorted(new)):
            where = free[number % len(free)] if pinned else None
            try:
                os.sched_setaffinity(thread, [where] if pinned else self.processors)
                self.placed[thread] = where
            except OSError:
                pass  # it ended

    def wait_until_quiet(self):
        """Until no other thread of this process runs. Returns whether that came to be."""
        end = time.monotonic() + QUIET_AT_MOST
        while time.monotonic() < end:
            if not any(is_running(thread) for thread in other_threads()):
                return True
            time.sleep(0.001)
        return False


def keep_memory():
    """malloc keeps what is freed and takes nothing straight from the system: results of libraries that always make new arrays lie in
    memory that was touched before, as results that others write where they are told do."""
    try:
        libc = ctypes.CDLL(None)
        most_mappings, trim_threshold, top_padding = -4, -1, -2
        libc.mallopt(most_mappings, 0)
        libc.mallopt(trim_threshold, 2**31 - 1)
        libc.mallopt(top_padding, 64 << 20)
    except (OSError, AttributeError):
        pass  # another C library


def give_memory_back():
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        pass


def other_threads():
    main = os.getpid()
    return [int(name) for name in os.listdir("/proc/self/task") if int(name) != main]


def is_running(thread):
    try:
        with open(f"/proc/self/task/{thread}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] == "R"
    except OSError:
        return False


def other_load():
    """Processes that want to run, as the system averages them over a minute."""
    try:
        return os.getloadavg()[0]
    except OSError:
        return 0.0
