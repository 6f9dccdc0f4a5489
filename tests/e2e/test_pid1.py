"""Being PID 1, or not: exit codes, signals, orphans, and stopping in the middle of things."""
import pathlib
import signal
import time

import harness
from harness import PYTHON, Case, eventually

HERE = pathlib.Path(__file__).resolve().parent

# What a process can wait for or handle. SIGCHLD is the init's own business; 32 and 33 belong to the C library.
FORWARDED = sorted(set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD})

BOTH = (("as PID 1", True), ("as an ordinary process", False))

# Something that is never there: nothing listens on port 1 of loopback.
HOPELESS = {"probe": {"type": "tcp", "url": "tcp://127.0.0.1:1"}, "timeout": "600s"}


class ExitCodes(Case):
    def test_the_main_process_s_exit_code_is_ours(self):
        for name, pid1 in BOTH:
            for code in (0, 1, 7, 255):
                with self.subTest(name, code=code):
                    self.finish("--", "sh", "-c", f"exit {code}", pid1=pid1, expect=code)

    def test_a_signal_becomes_128_and_its_number(self):
        for name, pid1 in BOTH:
            for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGUSR2):
                with self.subTest(name, signal=number):
                    run = self.finish("--", "sh", "-c", f"kill -{int(number)} $$", pid1=pid1, expect=128 + number)
                    self.assertEqual(run.leftovers(), [])

    def test_what_cannot_be_executed_is_126_and_what_is_not_there_127(self):
        plain = self.tmp / "plain-file"
        plain.write_text("no program\n")
        for name, pid1 in BOTH:
            for words, code in (
                (["/does/not/exist"], 127),
                (["no-such-command-anywhere"], 127),
                ([plain], 126),
                ([self.tmp], 126),
            ):
                with self.subTest(name, words=words):
                    run = self.finish("--", *words, pid1=pid1, expect=code)
                    self.assertIn(str(words[0]), run.stderr)

    def test_run_is_the_default_command_and_dashes_end_the_options(self):
        self.finish("run", "--", "sh", "-c", "exit 9", expect=9)
        self.finish("run", "sh", "-c", "exit 9", expect=9)
        self.finish("sh", "-c", "exit 9", expect=9)

    def test_words_reach_the_main_process_as_they_are(self):
        odd = ["", "a b", "$HOME", '"\'\\', "--version", "-x", "ä\n"]
        run = self.finish("--", PYTHON, "-c", "import sys; print(ascii(sys.argv[1:]))", *odd, expect=0)
        self.assertEqual(run.stdout.strip(), ascii(odd))

    def test_nothing_but_the_main_process_writes_to_standard_output(self):
        run = self.finish("--verbose", "--", "printf", "only me", expect=0)
        self.assertEqual(run.stdout, "only me")


class Surroundings(Case):
    """What the main process inherits."""

    def read(self, text, **how):
        return self.finish("--", PYTHON, "-c", text, expect=0, **how).stdout.strip()

    def test_no_descriptor_but_the_three(self):
        for name, pid1 in BOTH:
            with self.subTest(name):
                # One more: the listing's own.
                text = "import os; print(sorted(int(f) for f in os.listdir('/proc/self/fd')))"
                self.assertEqual(self.read(text, pid1=pid1), "[0, 1, 2, 3]")

    def test_no_signal_is_blocked_or_ignored(self):
        # Python itself ignores SIGPIPE and SIGXFSZ, so a shell has to look.
        for name, pid1 in BOTH:
            with self.subTest(name):
                run = self.finish("--", "grep", "-E", "^Sig(Blk|Ign):", "/proc/self/status", pid1=pid1, expect=0)
                blocked, ignored = (int(line.split()[1], 16) for line in run.stdout.splitlines())
                self.assertEqual(blocked, 0)
                # Whatever the test's own parents ignore stays ignored, and nothing more.
                ours = next(l for l in pathlib.Path("/proc/self/status").read_text().splitlines() if "SigIgn" in l)
                self.assertEqual(ignored & ~int(ours.split()[1], 16), 0)

    def test_a_signal_ignored_by_the_starter_stays_ignored(self):
        run = self.finish(
            "--", "grep", "^SigIgn:", "/proc/self/status", pid1=False, prefix=["nohup"], expect=0
        )
        ignored = int(run.stdout.split()[1], 16)
        self.assertTrue(ignored & 1 << (signal.SIGHUP - 1), run.stdout)

    def test_survives_a_starter_that_ignores_sigchld(self):
        for name, pid1 in BOTH:
            with self.subTest(name):
                starter = "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execvp(sys.argv[1], sys.argv[1:])"
                self.finish("--", "sh", "-c", "exit 5", pid1=pid1, prefix=[PYTHON, "-c", starter], expect=5)

    def test_the_working_directory_is_kept(self):
        run = self.finish("--", "pwd", expect=0)
        self.assertEqual(run.stdout.strip(), str(run.folder / "cwd"))

    def test_the_environment_is_kept_byte_for_byte(self):
        odd = {"ODD": "a=b c\nd\t'\"\\ $X", "EMPTY": "", "UTF": "ä"}
        text = "import os; print(ascii([os.environ[n] for n in ('ODD', 'EMPTY', 'UTF')]))"
        self.assertEqual(self.read(text, env=odd), ascii(list(odd.values())))

    def test_pid_1_is_muster_and_main_is_its_child(self):
        run = self.finish("--", "sh", "-c", "echo $PPID", expect=0)
        self.assertEqual(run.stdout.strip(), "1")


class Signals(Case):
    def listener(self, pid1):
        run = self.start("--", PYTHON, HERE / "report_signals.py", pid1=pid1)
        run.wait_for_output("listening")
        return run

    def test_every_catchable_signal_is_forwarded(self):
        for name, pid1 in BOTH:
            run = self.listener(pid1)
            for number in FORWARDED:
                with self.subTest(name, signal=number):
                    run.signal(number)
                    run.wait_for_output(f"got {int(number)}\n")
            # Exactly these, each once, in the order they were sent.
            self.assertEqual(run.stdout.split("\n")[1:-1], [f"got {int(n)}" for n in FORWARDED])
            run.signal(signal.SIGTERM)
            eventually(lambda: run.stdout.count("got 15\n") == 2, "a second SIGTERM")
            run.signal(signal.SIGTERM)
            self.assertEqual(run.wait(), 42)

    def test_term_after_ready_goes_to_main_and_its_code_counts(self):
        for name, pid1 in BOTH:
            with self.subTest(name):
                script = "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done"
                run = self.start("--", "sh", "-c", script, pid1=pid1)
                run.wait_for_output("up\n")
                run.signal(signal.SIGTERM)
                self.assertEqual(run.wait(), 3, run.transcript())
                self.assertIn("bye", run.stdout)

    def test_main_that_dies_of_term_gives_143(self):
        for name, pid1 in BOTH:
            with self.subTest(name):
                run = self.start("--", "sh", "-c", "echo up; exec sleep 600", pid1=pid1)
                run.wait_for_output("up\n")
                run.signal(signal.SIGTERM)
                self.assertEqual(run.wait(), 143, run.transcript())

    def test_a_stopped_main_process_can_be_continued(self):
        run = self.start("--", "sh", "-c", "echo up; exec sleep 600")
        run.wait_for_output("up\n")
        (main,) = [p for p in harness.descendants_of(run.pid) if b"sleep" in harness.read_proc(p, "cmdline")]
        harness.send_signal(main, signal.SIGSTOP)
        eventually(lambda: harness.state_of(main) == "T", "main is stopped")
        run.signal(signal.SIGCONT)
        eventually(lambda: harness.state_of(main) == "S", "main goes on")
        run.signal(signal.SIGTERM)
        self.assertEqual(run.wait(), 143)


class Orphans(Case):
    def test_a_thousand_orphans_leave_no_zombie(self):
        for name, pid1 in BOTH:
            with self.subTest(name):
                run = self.finish("--", PYTHON, HERE / "make_orphans.py", 1000, pid1=pid1, expect=0)
                self.assertIn("orphans 1000 adopted 1000 zombies 0", run.stdout)

    def test_orphans_of_a_step_are_reaped_too(self):
        manifest = {
            "steps": {"s": {"name": "s", "category": "installation", "command": ["sh", "-c", "sh -c '(true &)'; exit 0"]}}
        }
        text = (
            "import glob, sys, time\n"
            "zombies = lambda: [f for f in glob.glob('/proc/[0-9]*/stat') if open(f).read().split(')')[-1].split()[0] == 'Z']\n"
            "end = time.monotonic() + 20\n"
            "while zombies() and time.monotonic() < end: time.sleep(0.01)\n"
            "print(zombies())\n"
        )
        run = self.finish("--", PYTHON, "-c", text, manifest=manifest, expect=0)
        self.assertEqual(run.stdout.strip(), "[]")


class Interrupted(Case):
    """A signal in the middle of the bring-up ends it at once, with everything that was started."""

    def interrupted(self, manifest, number, pid1, started):
        run = self.start("--", "echo", "main was started", manifest=manifest, pid1=pid1)
        run.wait_for_status(lambda s: s["phase"] == "calling", "the roll is called")
        eventually(lambda: started(run), "the children are there")
        before = time.monotonic()
        run.signal(number)
        code = run.wait()
        took = time.monotonic() - before
        self.assertEqual(code, 128 + number, run.transcript())
        self.assertLess(took, 5, "stopping is prompt")
        self.assertEqual(run.leftovers(), [])
        self.assertNotIn("main was started", run.stdout)
        return run

    def test_while_a_service_is_waited_for(self):
        manifest = {"services": {"never": HOPELESS}}
        for name, pid1 in BOTH:
            for number in (signal.SIGTERM, signal.SIGINT):
                with self.subTest(name, signal=number):
                    run = self.interrupted(manifest, number, pid1, lambda run: "never" in run.stderr)
                    self.assertEqual(run.status()["ready"], False)

    def test_while_services_of_ours_and_a_step_run(self):
        manifest = {
            "services": {
                "never": HOPELESS,
                "ours": {"run": ["sh", "-c", "touch ours; exec sleep 601"], "probe": {"type": "tcp", "url": "tcp://127.0.0.1:1"},
                         "timeout": "600s"},
            },
            "steps": {
                "slow": {"name": "slow", "category": "installation", "timeout": "600s",
                         "command": ["sh", "-c", "touch step; sleep 602; true"]}
            },
        }
        for name, pid1 in BOTH:
            with self.subTest(name):
                folder = lambda run: run.folder / "cwd"
                run = self.interrupted(
                    manifest, signal.SIGTERM, pid1,
                    lambda run: (folder(run) / "ours").exists() and (folder(run) / "step").exists(),
                )
                self.assertEqual(harness.step(run.status(), "slow")["status"], "failed", run.status())

    def test_children_that_ignore_term_are_killed_after_their_grace(self):
        stubborn = "trap '' TERM INT; touch up; while :; do sleep 0.1; done"
        manifest = {
            "services": {
                "ours": {"run": ["sh", "-c", stubborn], "probe": {"type": "tcp", "url": "tcp://127.0.0.1:1"},
                         "timeout": "600s", "stop_grace": "300ms"}
            }
        }
        for name, pid1 in BOTH:
            with self.subTest(name):
                self.interrupted(manifest, signal.SIGTERM, pid1, lambda run: (run.folder / "cwd" / "up").exists())

    def test_a_dead_starter_takes_nothing_along(self):
        """As an ordinary process whose standard error is closed: no SIGPIPE, no death."""
        run = self.start(
            "--", "sh", "-c", "exit 6", pid1=False,
            prefix=["sh", "-c", 'exec 2>&-; exec "$@"', "sh"],
        )
        self.assertEqual(run.wait(), 6)


class Leftovers(Case):
    def test_services_of_ours_are_stopped_in_reverse_order(self):
        serve = "trap 'echo {0} >>stopped; exit 0' TERM; touch {0}; while :; do sleep 0.02; done"
        file_probe = lambda name: {"type": "file", "path": "${CWD}/" + name}
        manifest = {
            "variables": {"CWD": {"type": "string", "required": True}},
            "services": {
                "a": {"run": ["sh", "-c", serve.format("a")], "probe": file_probe("a")},
                "b": {"run": ["sh", "-c", serve.format("b")], "probe": file_probe("b"), "depends_on": ["a"]},
                "c": {"run": ["sh", "-c", serve.format("c")], "probe": file_probe("c"), "depends_on": ["b"]},
            },
        }
        for name, pid1 in BOTH:
            with self.subTest(name):
                cwd = self.tmp / f"run{self.runs + 1}" / "cwd"
                run = self.finish("--", "sh", "-c", "exit 4", manifest=manifest, env={"CWD": str(cwd)}, pid1=pid1, expect=4)
                self.assertEqual((cwd / "stopped").read_text().split(), ["c", "b", "a"])
                self.assertEqual(run.leftovers(), [])
                self.assertEqual({s["status"] for s in run.status()["services"]}, {"stopped"})


if __name__ == "__main__":
    harness.unittest.main()
