"""One main process and its init: what it inherits, which signals it gets and when, and what becomes of the rest at the end."""
import contextlib
import errno
import os
import pathlib
import select
import signal
import time

import harness
from harness import EXIT_USAGE, MUSTER, PATIENCE_S, PYTHON, SANITIZED, Case, eventually, send_signal

HERE = pathlib.Path(__file__).resolve().parent
BOTH = (("as PID 1", True), ("as an ordinary process", False))
# A plain init, and the same with a state directory and a manifest: two different loops wait for the main process.
PLAIN, WITH_MANIFEST = {"folder_env": False}, {"manifest": {}}
LOOPS = (("plain", PLAIN), ("with a manifest", WITH_MANIFEST))
EVERY_WAY = [(f"{loop} {name}", {**how, "pid1": pid1}) for name, pid1 in BOTH for loop, how in LOOPS]

SIGNAL_LAST = 64
# By default these do not end a process; SIGCHLD is the init's own business.
HARMLESS = {signal.SIGCHLD, signal.SIGCONT, signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU,
            signal.SIGURG, signal.SIGWINCH}
# An arbitrary user without an entry in /etc/passwd, as OpenShift gives one to every project.
NOBODY_KNOWN = ["setpriv", "--reuid=1000780000", "--regid=0", "--clear-groups"]
USERS = (("root", []), ("an unknown user", NOBODY_KNOWN))


def bits(numbers):
    return sum(1 << (n - 1) for n in numbers)


class Supervised(Case):
    def listener(self, *options, **how):
        run = self.start(*options, "--", PYTHON, HERE / "report_signals.py", **how)
        run.wait_for_output("listening")
        return run

    def got(self, run, *numbers):
        """Exactly these, in this order."""
        wanted = [f"got {int(n)}" for n in numbers]
        with contextlib.suppress(AssertionError):
            eventually(lambda: len(run.stdout.splitlines()) > len(wanted), "all signals arrive")
        self.assertEqual(run.stdout.splitlines()[1:], wanted, run.transcript())

    def starter(self, text):
        """A Python line that prepares the process which then becomes muster."""
        text = f"import os, signal, sys\n{text}\nos.execvp(sys.argv[1], sys.argv[1:])"
        return [PYTHON, "-c", text]

    def main_of(self, run, name):
        def look():
            found = [p for p in harness.descendants_of(run.pid) if harness.read_proc(p, "comm").strip() == name.encode()]
            return found[0] if len(found) == 1 else 0

        return eventually(look, f"{name} runs")


class ChildState(Supervised):
    def test_mask_and_ignored_signals_are_handed_on_exactly(self):
        ignored = [signal.SIGHUP, signal.SIGINT, signal.SIGCHLD, 40]
        blocked = [signal.SIGUSR1, signal.SIGTERM, signal.SIGCHLD, 34, 64]
        start = self.starter(
            f"for n in signal.valid_signals() - {{9, 19}}:\n"
            f"    signal.signal(n, signal.SIG_IGN if n in {list(map(int, ignored))} else signal.SIG_DFL)\n"
            f"signal.pthread_sigmask(signal.SIG_SETMASK, {list(map(int, blocked))})"
        )
        for name, how in EVERY_WAY:
            with self.subTest(name):
                run = self.finish("--", "grep", "-E", "^Sig(Blk|Ign):", "/proc/self/status", prefix=start, expect=0, **how)
                found = {line.split(":")[0]: int(line.split()[1], 16) for line in run.stdout.splitlines()}
                self.assertEqual({k: hex(v) for k, v in found.items()},
                                 {"SigBlk": hex(bits(blocked)), "SigIgn": hex(bits(ignored))})

    def test_exit_codes_survive_an_ignored_sigchld(self):
        start = self.starter("signal.signal(signal.SIGCHLD, signal.SIG_IGN)")
        for name, how in EVERY_WAY:
            with self.subTest(name):
                self.finish("--", "sh", "-c", "exit 5", prefix=start, expect=5, **how)

    # Sockets begin at 3; anybody may give any other.
    GIVEN = [3, 4, 9, 200, 258, 259, 1000, 8191]

    def giver(self):
        """Starts muster with one file open under all these numbers, and under one that is closed by exec."""
        inherited = self.tmp / "inherited"
        inherited.touch()
        return self.starter(
            "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))\n"
            f"fd = os.open({str(inherited)!r}, os.O_RDONLY)\nfd = os.dup2(fd, 250, inheritable=False)\n"
            f"for n in {self.GIVEN}:\n    os.dup2(fd, n)\n"
        )

    def holders(self, run):
        """Who has it open, and under which numbers."""
        found = {}
        for pid in [run.pid, *harness.descendants_of(run.pid)]:
            with contextlib.suppress(FileNotFoundError):
                for fd in os.listdir(f"/proc/{pid}/fd"):
                    if os.readlink(f"/proc/{pid}/fd/{fd}") == str(self.tmp / "inherited"):
                        found.setdefault(pid, []).append(int(fd))
        return {pid: sorted(fds) for pid, fds in found.items()}

    def main_alone_has_them(self, run, code=143):
        main = self.main_of(run, "sleep")
        eventually(lambda: set(self.holders(run)) == {main}, f"nobody else has them: {self.holders(run)}")
        self.assertEqual(self.holders(run)[main], self.GIVEN)
        run.signal(signal.SIGTERM)
        self.assertEqual(run.wait(), code)

    def test_inherited_descriptors_are_for_the_main_process_alone(self):
        leak = "ls -l /proc/self/fd >>leaks"
        manifest = {
            "services": {
                "ours": {"run": harness.shell(f"{leak}; exec tail -f /dev/null"),
                         "probe": {"type": "exec", "command": harness.shell(leak)}},
                "file": {"probe": {"type": "file", "path": "/proc/self/stat"}},
            },
            "steps": {"s": {"name": "s", "category": "installation", "command": harness.shell(leak)}},
        }
        for name, pid1 in BOTH:
            for loop, how in (("plain", PLAIN), ("with a manifest", {"manifest": manifest})):
                with self.subTest(name, loop=loop):
                    run = self.start("--", "sleep", "600", prefix=self.giver(), pid1=pid1, **how)
                    self.main_alone_has_them(run)
                    leaks = run.folder / "cwd" / "leaks"
                    self.assertNotIn("inherited", leaks.read_text() if leaks.exists() else "")
                    self.assertEqual(leaks.exists(), loop != "plain")

    def test_inherited_descriptors_are_let_go_of_without_proc_too(self):
        self.assertEqual(os.geteuid(), 0, "a mount namespace takes root")
        without = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc; exec "$@"', "sh"]
        for name, how in EVERY_WAY:
            with self.subTest(name):
                run = self.start("--", "sleep", "600", prefix=[*without, *self.giver()], **how)
                # Looking for leaks, at the very end, takes /proc; and that it is not wanted would be read there.
                self.main_alone_has_them(run, 1 if SANITIZED else 143)

    ACTIVATED = (
        "import os, sys\n"
        "pid, count = os.environ['LISTEN_PID'], int(os.environ['LISTEN_FDS'])\n"
        "sockets = [os.readlink(f'/proc/self/fd/{n}').partition(':')[0] for n in range(3, 3 + count)]\n"
        "print(pid == str(os.getpid()), set(sockets), len(sockets), os.environ.get('LISTEN_PIDFDID'))\n"
    )

    def test_sockets_of_an_activated_muster_are_for_the_main_process(self):
        for name, how in EVERY_WAY:
            for pid, count, expected in (("os.getpid()", 1, True), ("os.getpid()", 300, True), ("4194305", 1, False), ("'x'", 1, False)):
                with self.subTest(name, pid=pid, count=count):
                    start = self.starter(
                        f"import socket\ns = socket.socket()\nfor n in range(3, 3 + {count}):\n    os.dup2(s.fileno(), n)\n    os.set_inheritable(n, True)\n"
                        f"os.environ.update(LISTEN_PID=str({pid}), LISTEN_FDS='{count}', LISTEN_PIDFDID='1')"
                    )
                    run = self.finish("--", PYTHON, "-c", self.ACTIVATED, prefix=start, expect=0, **how)
                    self.assertEqual(run.stdout, f"{expected} {{'socket'}} {count} {None if expected else 1}\n")

    def reader(self, text, *options, **how):
        """muster with a FIFO as its standard output; returns the run and the reading end. `text` is a shell script."""
        fifo = self.tmp / f"fifo{self.runs}"
        os.mkfifo(fifo)
        fd = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, fd)
        run = self.start(*options, "--", "sh", "-c", text, prefix=["sh", "-c", 'exec "$@" >"$0"', fifo], **how)
        return run, fd

    def read_to_end(self, fd):
        poll, text, deadline = select.poll(), b"", time.monotonic() + PATIENCE_S
        poll.register(fd, select.POLLIN)
        while time.monotonic() < deadline:
            if any(event & select.POLLIN for _, event in poll.poll(1000)):
                text += os.read(fd, 4096)
            elif poll.poll(0):
                return text.decode()
        raise AssertionError(f"no end of file after {text}")

    def test_a_reader_sees_the_end_when_main_closes_its_output(self):
        for name, how in EVERY_WAY:
            with self.subTest(name):
                run, fd = self.reader("echo all; exec >&-; exec sleep 600", **how)
                self.assertEqual(self.read_to_end(fd), "all\n")
                self.assertTrue(run.running())
                run.signal(signal.SIGTERM)
                self.assertEqual(run.wait(), 143)

    def test_a_reader_sees_the_end_when_main_ends_and_others_are_waited_for(self):
        leave = "(trap '' TERM; exec >&-; touch up; while :; do sleep 0.02; done) & until test -e up; do sleep 0.01; done; echo all; exit 4"
        for name, how in EVERY_WAY:
            with self.subTest(name):
                run, fd = self.reader(leave, "--grace", "600s", **how)
                self.assertEqual(self.read_to_end(fd), "all\n")
                self.main_of(run, "sh")  # what is left; main itself has been reaped, so a signal is not for it any more
                self.assertTrue(run.running())
                run.signal(signal.SIGTERM)
                self.assertEqual(run.wait(), 4, run.transcript())
                self.assertEqual(run.leftovers(), [])

    def test_the_working_directory_is_left(self):
        for name, how in EVERY_WAY:
            with self.subTest(name):
                run = self.start("--", "sleep", "600", **how)
                main = self.main_of(run, "sleep")
                eventually(lambda: os.readlink(f"/proc/{run.pid}/cwd") == "/", "muster is in /")
                self.assertEqual(os.readlink(f"/proc/{main}/cwd"), str(run.folder / "cwd"))
                run.signal(signal.SIGTERM)
                run.wait()

    def test_a_log_nobody_reads_neither_kills_nor_signals(self):
        fifo = self.tmp / "log"
        os.mkfifo(fifo)
        manifest = {
            "services": {
                "chatty": {"run": harness.shell("while :; do echo line; echo . >>lines; sleep 0.02; done"),
                           "probe": {"type": "file", "path": "/proc/self/stat"}},
            }
        }
        for name, pid1 in BOTH:
            with self.subTest(name):
                reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
                run = self.listener(manifest=manifest, pid1=pid1, prefix=["sh", "-c", 'exec "$@" 2>"$0"', fifo])
                os.close(reader)
                lines = run.folder / "cwd" / "lines"
                before = lines.stat().st_size
                eventually(lambda: lines.stat().st_size > before + 20, "the service goes on writing")
                run.signal(signal.SIGPIPE)
                self.got(run, signal.SIGPIPE)
                for _ in range(2):
                    run.signal(signal.SIGTERM)
                    run.wait_for_output("got 15")
                    eventually(lambda: run.stdout.count("got 15") == _ + 1, "each arrives")
                self.assertEqual(run.wait(), 42)

    def test_standard_descriptors_may_be_closed(self):
        for name, how in EVERY_WAY:
            with self.subTest(name):
                run = self.finish("--verbose", "--", "sh", "-c", "exit 6", prefix=["sh", "-c", 'exec <&- >&- 2>&-; exec "$@"', "sh"],
                                  expect=6, **how)
                self.assertEqual(run.stdout, "")


class SentOn(Supervised):
    """Signals on their way to the main process."""

    def test_each_of_the_64_reaches_main(self):
        """Ended by it, main says which it was; 32 and 33 are kept by C libraries for themselves."""
        for name, pid1 in BOTH:
            runs = {}
            for number in sorted(set(range(1, SIGNAL_LAST + 1)) - HARMLESS):
                if number != signal.SIGKILL:
                    runs[number] = self.start("--", "sh", "-c", "echo up; exec sleep 600", pid1=pid1, **PLAIN)
            for number, run in runs.items():
                run.wait_for_output("up\n")
                run.signal(number)
            for number, run in runs.items():
                with self.subTest(name, signal=number):
                    self.assertEqual(run.wait(), 128 + number, run.transcript())

    def test_rewritten_dropped_and_stop_signal(self):
        for name, how in EVERY_WAY:
            with self.subTest(name):
                run = self.listener("--rewrite", "USR1:USR2", "--rewrite", "hup:0", "--rewrite", "34:64",
                                    "--stop-signal", "QUIT", **how)
                sent = (signal.SIGHUP, signal.SIGUSR1, signal.SIGTERM, 34, signal.SIGQUIT)
                arrive = (signal.SIGUSR2, signal.SIGQUIT, 64, signal.SIGQUIT)
                run.signal(sent[0])
                for number, count in zip(sent[1:], range(1, 5)):
                    run.signal(number)
                    self.got(run, *arrive[:count])

    def test_real_time_signals_have_the_names_of_kill(self):
        """systemd in a container ends at SIGRTMIN+3."""
        for name, how in EVERY_WAY:
            with self.subTest(name):
                run = self.listener("--stop-signal", "RTMIN+3", "--rewrite", "RTMIN:SIGRTMAX", "--rewrite", "rtmax-14:RTMIN+15",
                                    "--rewrite", "RTMAX-1:RTMIN+30", "--rewrite", "RTMAX-30:USR1", **how)
                for sent, arrives in ((signal.SIGTERM, 37), (34, int(signal.SIGUSR1)), (50, 49), (63, 64)):
                    run.signal(sent)
                    eventually(lambda: run.stdout.endswith(f"got {arrives}\n"), f"{sent} arrives as {arrives}: {run.transcript()}")
        for word in ("RTMIN+31", "RTMAX+1", "RTMIN-1", "RTMIN+"):
            with self.subTest(word):
                run = self.finish("--stop-signal", word, "--", "true", expect=EXIT_USAGE, **PLAIN)
                self.assertIn(word, run.stderr)

    def test_to_the_whole_group(self):
        text = "(trap 'echo inner' TERM; echo up; while :; do sleep 0.02; done) & trap 'echo outer; exit 3' TERM; while :; do sleep 0.02; done"
        for options, inner in ((["--group"], True), ([], False)):
            for name, how in EVERY_WAY:
                with self.subTest(name, options=options):
                    run = self.start(*options, "--grace", "0s", "--", "sh", "-c", text, **how)
                    run.wait_for_output("up\n")
                    run.signal(signal.SIGTERM)
                    self.assertEqual(run.wait(), 3)
                    self.assertIn("outer", run.stdout)
                    if inner and not how["pid1"]:
                        eventually(lambda: "inner" in run.stdout, "the other one got it as well")
                    elif not inner:
                        self.assertNotIn("inner", run.stdout)
                    run.kill()

    def test_drain_delays_term_and_a_second_one_does_not_wait(self):
        for name, how in EVERY_WAY:
            with self.subTest(name):
                run = self.listener("--drain", "600s", **how)
                run.signal(signal.SIGTERM)
                run.signal(signal.SIGUSR1)
                self.got(run, signal.SIGUSR1)
                run.signal(signal.SIGTERM)
                self.got(run, signal.SIGUSR1, signal.SIGTERM)
                run.kill()
                run = self.listener("--drain", "300ms", **how)
                before = time.monotonic()
                run.signal(signal.SIGTERM)
                self.got(run, signal.SIGTERM)
                self.assertGreaterEqual(time.monotonic() - before, 0.3)

    def test_kill_after(self):
        for name, how in EVERY_WAY:
            with self.subTest(name):
                run = self.start("--kill-after", "300ms", "--", "sh", "-c", "trap '' TERM; echo up; exec sleep 600", **how)
                run.wait_for_output("up\n")
                before = time.monotonic()
                run.signal(signal.SIGTERM)
                self.assertEqual(run.wait(), 137, run.transcript())
                self.assertGreaterEqual(run.ended - before, 0.3)

    def test_kill_after_counts_from_term_however_quiet_it_was_before(self):
        text = "trap 'sleep 0.2; exit 5' TERM; sleep 0.8; echo up; while :; do sleep 0.02; done"
        for name, how in EVERY_WAY:
            with self.subTest(name):
                run = self.start("--kill-after", "700ms", "--", "sh", "-c", text, **how)
                run.wait_for_output("up\n")
                run.signal(signal.SIGTERM)
                self.assertEqual(run.wait(), 5, run.transcript())

    def test_the_end_of_the_parent_can_be_a_signal(self):
        starter = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(600)"
        run = self.listener("--parent-death", "RTMIN+2", pid1=False, prefix=[PYTHON, "-c", starter], **PLAIN)
        muster = self.main_of(run, "muster")
        send_signal(run.pid, signal.SIGKILL)
        self.got(run, 36)
        for count in (1, 2):
            send_signal(muster, signal.SIGTERM)
            self.got(run, 36, *[signal.SIGTERM] * count)
        eventually(lambda: harness.state_of(muster) in ("", "Z"), "muster has ended")


class TheEnd(Supervised):
    """What main leaves behind gets TERM, time, and KILL; the exit code is main's."""

    # {} is the shell line of what is left.
    LEAVE = "({}) & until test -e up; do sleep 0.01; done; exit 4"
    SLOW = "trap 'sleep 0.5; touch finished; exit' TERM; touch up; while :; do sleep 0.02; done"
    STUBBORN = "trap '' TERM INT HUP; touch up; while :; do sleep 0.02; done"

    def nested(self, text):
        """The same as the child of a shell that ends with TERM, or is killed, without a word to it."""
        return f"sh -c \"{text}\" & wait"

    def test_a_worker_that_needs_half_a_second_gets_it(self):
        for name, how in EVERY_WAY:
            for worker in (self.SLOW, self.nested(self.SLOW)):
                with self.subTest(name, worker=worker):
                    run = self.finish("--", "sh", "-c", self.LEAVE.format(worker), expect=4, **how)
                    self.assertTrue((run.folder / "cwd" / "finished").exists(), run.transcript())
                    self.assertEqual(run.leftovers(), [])
                    self.assertLess(run.ended - run.started, 4.5, "the grace is not waited for when nobody needs it")

    def test_who_ignores_term_is_killed_after_the_grace(self):
        for name, how in EVERY_WAY:
            for worker in (self.STUBBORN, f"trap '' TERM; {self.nested(self.STUBBORN)}"):
                with self.subTest(name, worker=worker):
                    run = self.finish("--grace", "400ms", "--", "sh", "-c", self.LEAVE.format(worker), expect=4, **how)
                    self.assertGreaterEqual(run.ended - run.started, 0.4)
                    self.assertEqual(run.leftovers(), [])

    def test_stopped_leftovers_are_ended_too(self):
        for name, how in EVERY_WAY:
            with self.subTest(name):
                worker = "trap 'touch finished; exit' TERM; touch up; kill -STOP $self; while :; do sleep 0.02; done"
                worker = f"sh -c '{worker.replace('$self', '$$')}'".replace("'touch finished; exit'", '"touch finished; exit"')
                run = self.finish("--", "sh", "-c", self.LEAVE.format(worker), expect=4, **how)
                self.assertTrue((run.folder / "cwd" / "finished").exists(), run.transcript())

    def test_no_grace_no_signal(self):
        for loop, how in LOOPS:
            with self.subTest(loop):
                run = self.finish("--grace", "0s", "--", "sh", "-c", self.LEAVE.format(self.SLOW), pid1=False, expect=4, **how)
                self.assertEqual(len([p for p in run.leftovers() if harness.read_proc(p, "comm") == b"sh\n"]), 1)
                self.assertFalse((run.folder / "cwd" / "finished").exists())
                run.kill()

    def test_remap(self):
        for name, how in EVERY_WAY:
            for options, env, text, code in (
                (["--remap", "143=0"], {}, "kill $$", 0),
                (["--remap=3=4", "--remap=4=5"], {}, "exit 3", 4),
                (["--remap", "0=9"], {}, "exit 0", 9),
                ([], {"MUSTER_REMAP": "143=0,3=7"}, "exit 3", 7),
                (["--remap", "3=1"], {"MUSTER_REMAP": "143=0,3=7"}, "exit 3", 1),
                (["--remap", "3=1"], {"MUSTER_REMAP": "143=0,3=7"}, "kill $$", 0),
                (["--remap", "143=0"], {}, "exit 8", 8),
            ):
                with self.subTest(name, options=options, env=env, text=text):
                    self.finish(*options, "--", "sh", "-c", text, env=env, expect=code, **how)

    def test_a_bad_remap_is_a_usage_error(self):
        for options, env in ((["--remap", "300=0"], {}), (["--remap", "x"], {}), ([], {"MUSTER_REMAP": "3=-1"})):
            with self.subTest(options=options, env=env):
                self.finish(*options, "--", "true", env=env, expect=EXIT_USAGE, **PLAIN)


class Execution(Supervised):
    def files(self):
        folder = self.tmp / "bin"
        folder.mkdir()
        folder.chmod(0o755)
        for name, mode, data in (
            ("plain", 0o644, b"echo no\n"),
            ("elf", 0o755, b"\x7fELF\x02\x01\x01" + bytes(57)),
            ("binary", 0o755, b"\x00\x01\x02\n"),
            ("orphan", 0o755, b"#!/no/such/interpreter\necho no\n"),
            ("bare", 0o755, b'echo "bare $# $2"\nexit 3\n'),
            ("empty", 0o755, b""),
        ):
            (folder / name).write_bytes(data)
            (folder / name).chmod(mode)
        (folder / "loop").symlink_to(folder / "loop")
        (folder / "dangling").symlink_to(folder / "nothing")
        return folder

    def test_what_cannot_be_executed(self):
        folder = self.files()
        for user, prefix in USERS:
            for name, how in EVERY_WAY:
                how = {**how, "folder_env": False, "prefix": prefix}
                for word, code, number in (
                    (folder / "nothing", 127, errno.ENOENT),
                    (folder / "dangling", 127, errno.ENOENT),
                    ("no-such-command", 127, errno.ENOENT),
                    ("", 127, errno.ENOENT),
                    (folder / "plain", 126, errno.EACCES),
                    (folder, 126, errno.EACCES),
                    (folder / "plain" / "below", 126, errno.ENOTDIR),
                    (folder / "loop", 126, None),
                    (folder / "elf", 126, errno.ENOEXEC),
                    (folder / "binary", 126, errno.ENOEXEC),
                    (folder / "orphan", 126, errno.ENOEXEC),
                    ("plain", 126, errno.EACCES),
                ):
                    with self.subTest(name, user=user, word=word):
                        run = self.finish("--", word, env={"PATH": f"{harness.PATH}:{folder}"}, expect=code, **how)
                        self.assertIn(str(word), run.stderr)
                        # The C libraries do not agree in their words for ELOOP.
                        self.assertIn(os.strerror(number) if number else "ymbolic link", run.stderr)

    def test_a_script_that_does_not_name_its_interpreter_is_for_the_shell(self):
        folder = self.files()
        for user, prefix in USERS:
            for name, how in EVERY_WAY:
                how = {**how, "folder_env": False, "prefix": prefix, "env": {"PATH": f"{harness.PATH}:{folder}"}}
                for word in ("bare", folder / "bare"):
                    with self.subTest(name, user=user, word=word):
                        run = self.finish("--", word, "one", "two words", expect=3, **how)
                        self.assertEqual(run.stdout, "bare 2 two words\n")
                self.finish("--", folder / "empty", expect=0, **how)


class Capabilities(Supervised):
    """--cap-drop for those who may not change the bounding set."""

    KILL = 5
    ORDINARY = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"]

    def sets(self, *options, code=0, **how):
        run = self.finish(*options, "--", "grep", "^Cap", "/proc/self/status", expect=code, **how)
        return {line[:6]: int(line.split()[1], 16) for line in run.stdout.splitlines()}, run.stderr

    def setUp(self):
        super().setUp()
        self.assertEqual(os.geteuid(), 0, "to be another user takes root")

    def test_under_no_new_privs_every_user_may_drop_them(self):
        for name, how in EVERY_WAY:
            with self.subTest(name):
                how = {**how, "folder_env": False}
                for options, prefix in ((["--no-new-privs"], []), ([], ["setpriv", "--no-new-privs"])):
                    for names in ("all", "KILL,NET_RAW"):
                        found, _ = self.sets("--cap-drop", names, *options, prefix=self.ORDINARY + prefix, **how)
                        self.assertGreater(found.pop("CapBnd"), 0)
                        self.assertEqual(set(found.values()), {0}, found)

    def test_without_it_the_message_says_what_to_do(self):
        for name, how in EVERY_WAY:
            with self.subTest(name):
                how = {**how, "folder_env": False}
                _, said = self.sets("--cap-drop", "all", prefix=self.ORDINARY, code=126, **how)
                self.assertIn("--no-new-privs", said)

    def test_nothing_is_needed_where_the_bounding_set_is_empty(self):
        for name, how in EVERY_WAY:
            with self.subTest(name):
                how = {**how, "folder_env": False}
                found, _ = self.sets("--cap-drop", "all", prefix=["setpriv", "--bounding-set=-all", *self.ORDINARY[1:]], **how)
                self.assertEqual(set(found.values()), {0})

    def test_what_an_ordinary_user_has_is_taken_away(self):
        given = [*self.ORDINARY, "--inh-caps=+kill,+chown", "--ambient-caps=+kill,+chown"]
        for name, how in EVERY_WAY:
            with self.subTest(name):
                how = {**how, "folder_env": False}
                for names, left in (("all", 0), ("KILL", 1), ("CHOWN", 1 << self.KILL)):
                    found, _ = self.sets("--cap-drop", names, "--no-new-privs", prefix=given, **how)
                    del found["CapBnd"]
                    self.assertEqual(set(found.values()), {left}, found)

    def test_root_without_the_right_loses_them_too(self):
        """exec gives root all that is in the bounding set, but not under no_new_privs."""
        for name, how in EVERY_WAY:
            with self.subTest(name):
                given = ["setpriv", "--bounding-set=-setpcap"]
                found, _ = self.sets("--cap-drop", "all", "--no-new-privs", prefix=given, **how)
                self.assertNotEqual(found.pop("CapBnd"), 0)
                self.assertEqual(set(found.values()), {0}, found)
                self.sets("--cap-drop", "all", prefix=given, code=126, **how)


class NothingToWriteTo(Supervised):
    """A read-only root and not one writable directory."""

    FREEZE = (
        "set -e; mount --make-rprivate /; mount -t tmpfs none /run; "
        # A state directory that came with the image.
        '"$0" --quiet --profile none up; '
        "awk '{print $5}' /proc/self/mountinfo | sort -u | while read -r at; do mount -o remount,bind,ro \"$at\" 2>/dev/null || true; done; "
        'exec "$@"'
    )
    CHECK = "for d in / /tmp /run /var/tmp /dev/shm . $HOME; do if touch $d/x 2>/dev/null; then echo $d; exit 1; fi; done; exit 4"

    def test_with_and_without_a_manifest(self):
        self.assertEqual(os.geteuid(), 0, "a mount namespace and another user take root")
        step = {"name": "s", "category": "installation", "command": ["true"]}
        manifest = {"services": {"ours": {"run": ["sleep", "600"], "probe": {"type": "exec", "command": ["true"]}}},
                    "steps": {"s": step}}
        for user, prefix in USERS:
            for name, pid1 in BOTH:
                for loop, how in (("plain", {}), ("with a manifest", {"manifest": manifest})):
                    with self.subTest(name, loop=loop, user=user):
                        how = {**how, "pid1": pid1, "folder_env": False, "nowhere": True,
                               "prefix": ["unshare", "--mount", "sh", "-c", self.FREEZE, MUSTER, *prefix]}
                        run = self.finish("--", "sh", "-c", self.CHECK, expect=4, **how)
                        self.assertEqual(run.stdout, "")
                        self.assertEqual("nothing is kept" in run.stderr, "manifest" in how, run.transcript())
                        run = self.listener(**how)
                        run.signal(signal.SIGTERM)
                        self.got(run, signal.SIGTERM)
                        run.signal(signal.SIGTERM)
                        self.assertEqual(run.wait(), 42)


if __name__ == "__main__":
    harness.unittest.main()
