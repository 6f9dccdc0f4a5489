"""One system call after the hand-off fails or takes long, one at a time: no signal and no exit code is lost, nothing hangs.

strace does it: first without a fault, to learn which calls there are, then once for each of them and each fault.
"""
import concurrent.futures
import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading

import harness
from harness import MUSTER, Case, eventually

CODE = 23
# Ends with this code when SIGTERM comes, and leaves somebody behind who has to be told as well.
MAIN = (
    "(trap 'exit' TERM; touch up; while :; do sleep 0.02; done) & "
    f"trap 'exit {CODE}' TERM; until test -e up; do sleep 0.01; done; echo ready; while :; do sleep 0.02; done"
)
# One that is not told needs this and no more.
GRACE = "1s"
FAULTS = ["error=EPERM", "error=EINTR", "error=EAGAIN", "error=ENOMEM", "delay_enter=30000", "delay_exit=30000"]
# Nothing comes back from these, or they are the hand-off itself.
NOT_THESE = {"execve", "exit_group", "clone"}
# A fault may cost the grace, and two seconds for what cannot be killed. Then there is strace, and a busy machine.
DEADLINE_S = max(10, harness.PATIENCE_S)
# More of the same call are the same place in a loop again.
EACH_CALL_MAX = 6
AT_ONCE = 6
PLAIN, BRING_UP = [], ["--profile", "none", "--state-dir"]


class Faults(Case):
    def setUp(self):
        super().setUp()
        self.assertIsNotNone(shutil.which("strace"), "strace is not installed")
        self.lock, self.count = threading.Lock(), 0

    def folder(self):
        with self.lock:
            self.count += 1
            path = self.tmp / f"f{self.count}"
        path.mkdir()
        return path

    def words(self, folder, options):
        return [str(MUSTER), *options, *([str(folder / "state")] if options else []), "--grace", GRACE, "--", "sh", "-c", MAIN]

    def launch(self, folder, words):
        marker = f"MUSTER_TEST_RUN={folder}"
        env = self.environment(MUSTER_TEST_RUN=str(folder), **self.no_leak_check())
        with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as err:
            process = subprocess.Popen(words, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       start_new_session=True)
        self.addCleanup(self.end, process, marker)
        return process

    def end(self, process, marker):
        process.kill()
        process.wait()
        for pid in harness.processes_with(marker):
            with contextlib.suppress(ProcessLookupError):
                harness.send_signal(pid, signal.SIGKILL)

    def strace(self, folder, fault):
        return ["strace", "-qq", "-o", str(folder / "trace"), *(["-e", f"inject={fault}"] if fault else [])]

    def ready(self, folder, process):
        def check():
            if process.poll() is not None:
                raise AssertionError(f"ended with {process.returncode} before it was ready")
            return "ready" in (folder / "stdout").read_text()

        eventually(check, "main runs", DEADLINE_S)

    def only_child(self, pid):
        return eventually(lambda: next(iter(harness.children_of(pid)), 0), "it has a child")

    def from_the_start(self, options, fault=""):
        """Traced from its first instruction. Returns its folder and exit code."""
        folder = self.folder()
        process = self.launch(folder, self.strace(folder, fault) + self.words(folder, options))
        self.ready(folder, process)
        harness.send_signal(self.only_child(process.pid), signal.SIGTERM)
        return folder, process.wait(DEADLINE_S)

    def attached(self, options, pid1, fault=""):
        """Traced from when it waits for the main process."""
        folder = self.folder()
        process = self.launch(folder, (harness.namespace_command() if pid1 else []) + self.words(folder, options))
        self.ready(folder, process)
        muster = self.only_child(process.pid) if pid1 else process.pid
        eventually(lambda: os.readlink(f"/proc/{muster}/cwd") == "/", "the hand-over is done")
        words = self.strace(folder, fault)
        words.remove("-qq")
        with open(folder / "strace", "wb") as said:
            tracer = subprocess.Popen([*words, "-p", str(muster)], stdout=said, stderr=said)
        self.addCleanup(self.end, tracer, "MUSTER_TEST_RUN=no such")
        eventually(lambda: "attached" in (folder / "strace").read_text(), "strace is attached", DEADLINE_S)
        harness.send_signal(muster, signal.SIGTERM)
        code = process.wait(DEADLINE_S)
        tracer.wait(DEADLINE_S)
        return folder, code

    def calls(self, folder, after=None):
        """[(name, which of that name)] of the trace, those behind the first call of `after`."""
        found, counts, behind = [], {}, after is None
        for line in (folder / "trace").read_text().splitlines():
            match = re.match(r"(\w+)\(", line)
            if not match:
                continue
            name = match.group(1)
            counts[name] = counts.get(name, 0) + 1
            if behind and name not in NOT_THESE:
                found.append((name, counts[name]))
            behind = behind or name == after
        return found

    def sweep(self, run, after=None):
        folder, code = run("")
        self.assertEqual(code, CODE)
        calls, seen = [], {}
        for name, number in self.calls(folder, after):
            seen[name] = seen.get(name, 0) + 1
            if seen[name] <= EACH_CALL_MAX:
                calls.append((name, number))
        self.assertTrue({"wait4", "kill"} <= set(seen), f"these are the calls of a waiting init: {sorted(seen)}")
        faults = [f"{name}:{fault}:when={number}" for name, number in calls for fault in FAULTS]

        struck = []

        def one(fault):
            try:
                folder, code = run(fault)
                struck.append(bool(re.search(r"\((INJECTED|DELAYED)\)", (folder / "trace").read_text())))
                left = harness.processes_with(f"MUSTER_TEST_RUN={folder}")
                return "" if code == CODE and not left else f"{fault}: exit code {code}, left {left}"
            except (AssertionError, subprocess.TimeoutExpired) as e:
                return f"{fault}: {e}"

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            problems = [p for p in pool.map(one, faults) if p]
        self.assertEqual(problems, [], f"{len(problems)} of {len(faults)}")
        # Who wakes when is not the same each time, so now and then there is one call less.
        self.assertGreater(sum(struck), 0.8 * len(faults), "the faults happened")

    def test_plain_from_the_hand_over_on(self):
        self.sweep(lambda fault: self.from_the_start(PLAIN, fault), after="clone")

    def test_plain_as_pid_1(self):
        self.sweep(lambda fault: self.attached(PLAIN, True, fault))

    def test_after_a_bring_up(self):
        self.sweep(lambda fault: self.attached(BRING_UP, False, fault))

    def test_after_a_bring_up_as_pid_1(self):
        self.sweep(lambda fault: self.attached(BRING_UP, True, fault))


if __name__ == "__main__":
    harness.unittest.main()
