"""terminal - a pseudo-terminal, what runs on it, and everything that was shown on it."""
import contextlib
import fcntl
import os
import pty
import signal
import subprocess
import termios
import threading

import harness
from harness import eventually


class Terminal:
    """`words` run as the leader of a session of their own; with `controlling` this terminal is theirs from the start."""

    def __init__(self, case, words, env, controlling=True, cwd=None):
        self.master, slave = pty.openpty()
        self.shown, self.mark, self.lock = b"", 0, threading.Lock()
        marker = f"MUSTER_TEST_RUN={case.tmp}"
        self.marker = marker
        full = {**env, "TERM": "dumb", "MUSTER_TEST_RUN": str(case.tmp)}

        def take():
            os.setsid()
            if controlling:
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [str(w) for w in words], stdin=slave, stdout=slave, stderr=slave, env=full, cwd=cwd or case.tmp, preexec_fn=take
        )
        os.close(slave)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        case.addCleanup(self.close)

    def read(self):
        # EIO is how a terminal says that nobody has it open any more.
        with contextlib.suppress(OSError):
            while piece := os.read(self.master, 4096):
                with self.lock:
                    self.shown += piece

    @property
    def text(self):
        with self.lock:
            return self.shown.decode(errors="replace")

    def type(self, keys):
        """What is expected next has to come after this."""
        with self.lock:
            self.mark = len(self.shown)
        os.write(self.master, keys.encode())

    def expect(self, words):
        def look():
            with self.lock:
                return words.encode() in self.shown[self.mark :]

        try:
            eventually(look, f"the terminal shows {words!r}")
        except AssertionError as e:
            raise AssertionError(f"{e}\n--- the terminal\n{self.text}") from None

    def foreground(self):
        """Process group that has the terminal."""
        return os.tcgetpgrp(self.master)

    def find(self, name):
        """The process of that name, once there is exactly one."""

        def look():
            found = [p for p in harness.descendants_of(self.process.pid) if comm(p) == name]
            return found[0] if len(found) == 1 else 0

        return eventually(look, f"{name} runs")

    def wait(self):
        code = self.process.wait(harness.PATIENCE_S)
        return 128 - code if code < 0 else code

    def close(self):
        for pid in harness.processes_with(self.marker):
            with contextlib.suppress(ProcessLookupError):
                harness.send_signal(pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.reader.join(harness.PATIENCE_S)
        os.close(self.master)


def comm(pid):
    return harness.read_proc(pid, "comm").decode().strip()
