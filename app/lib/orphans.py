"""A process that another one keeps must not outlive it: nobody would stop it, and it would go on with yesterday's program."""

import ctypes
import os
import signal
import sys
from multiprocessing import parent_process

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent() -> None:
    """Have the kernel ask us to stop when the process that keeps us is gone, even by SIGKILL; where nobody does, nothing. Linux only."""
    keeper = parent_process()
    if keeper is None or sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != keeper.pid:  # it was gone before it could be watched
        os.kill(os.getpid(), signal.SIGTERM)
