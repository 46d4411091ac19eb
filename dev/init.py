"""The first process of a box: runs one command, passes signals on to it, and takes everything along when it ends."""

import math
import os
import signal
import sys
import time

FORWARDED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}
ENDING = {signal.SIGTERM, signal.SIGHUP}
SENT_BY_KERNEL = 0x80  # SI_KERNEL: a terminal's interrupt, which the command has had as well
GRACE_SECONDS = 10.0  # between the request to end and the end


def main() -> int:
    """Run ``sys.argv[1:]``; return its exit status, or 128 + the signal that ended it.

    As the first process of its namespace, its own end makes the kernel kill whatever the command left running.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, *FORWARDED})
    command = start(sys.argv[1:])
    deadline = math.inf
    while True:
        received = signal.sigtimedwait({signal.SIGCHLD, *FORWARDED}, 1.0)
        if received and received.si_signo in FORWARDED:
            if received.si_code != SENT_BY_KERNEL:
                os.kill(command, received.si_signo)
            if received.si_signo in ENDING:
                deadline = min(deadline, time.monotonic() + GRACE_SECONDS)
        if time.monotonic() > deadline:
            os.kill(command, signal.SIGKILL)
        while ended := ended_child():
            pid, code = ended
            if pid == command:
                return 128 - code if code < 0 else code


def start(arguments: list[str]) -> int:
    """Start the command with every signal as at first; return its process."""
    for number in {signal.SIGCHLD, *FORWARDED}:
        signal.signal(number, signal.SIG_DFL)
    command = os.fork()
    if command:
        return command
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD, *FORWARDED})
    try:
        os.execvp(arguments[0], arguments)  # noqa: S606 - to run what it is given is its whole purpose
    except OSError as error:
        print(f"{arguments[0]}: {error.strerror}", file=sys.stderr)
        os._exit(127)


def ended_child() -> tuple[int, int] | None:
    """Reap one process that has ended, our own or one left to us; ``None`` when there is none."""
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return (pid, os.waitstatus_to_exitcode(status)) if pid else None


if __name__ == "__main__":
    sys.exit(main())
