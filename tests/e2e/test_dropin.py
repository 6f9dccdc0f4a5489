"""Called by the name of another init, muster is that init: the same command lines go to both, and the same has to come out.

What is different on purpose is in DIFFERENT, with both sides, so that it is noticed when one of them changes.
"""
import concurrent.futures
import pathlib
import re
import shlex
import signal
import subprocess

import harness
from harness import MUSTER, PYTHON, SANITIZED, Case, eventually

HERE = pathlib.Path(__file__).resolve().parent
BOTH = (("as PID 1", True), ("as an ordinary process", False))

# Our name for it, and the program of Debian that muster stands in for. Docker and Podman ship theirs under other names.
PROGRAMS = {
    "tini": "/usr/bin/tini",
    "tini-static": "/usr/bin/tini-static",
    "docker-init": "/usr/bin/tini",
    "dumb-init": "/usr/bin/dumb-init",
    "catatonit": "/usr/bin/catatonit",
    "podman-init": "/usr/bin/catatonit",
}

# Command lines, variables in front of them. The same exit code, standard output and first line of standard error.
RUNS = """
    -- sh -c 'exit 0'
    -- sh -c 'exit 7'
    -- sh -c 'exit 255'
    -- sh -c 'kill -TERM $$'
    -- sh -c 'kill -KILL $$'
    -- sh -c 'kill -ABRT $$'
    -- env
    -- printf '%s|' '' 'a b' -x '$HOME' --
    -- {script} one
    -- sh -c 'printf out; printf "err\\n" >&2'
    true
    sh
"""
TINI = RUNS + """
    --version
    --version x
    --help
    --

    -x
    -gx true
    -p
    -p FOO true
    -p TERM true
    -p 15 true
    -p sigterm true
    -p SIGIO true
    -p SIGRTMIN true
    -p SIGRTMIN+3 true
    -p SIGTERM -- true
    -pSIGKILL true
    -e
    -e x true
    -e -1 true
    -e 256 true
    -e 255 -- sh -c 'exit 255'
    -e 143 -e130 -- sh -c 'kill -TERM $$'
    -e 143 -- sh -c 'exit 3'
    -e 3 -- sh -c 'exit 3'
    -s -- sh -c 'exit 3'
    -gsw -- sh -c 'exit 3'
    TINI_SUBREAPER= -- sh -c 'exit 3'
    TINI_VERBOSITY=0 -- sh -c 'exit 3'
    TINI_VERBOSITY=x -- sh -c 'exit 3'
    TINI_KILL_PROCESS_GROUP=1 -- sh -c 'exit 3'
    TINI_VERBOSITY=0 /does/not/exist
    TINI_VERBOSITY=0 no-such-command
    TINI_VERBOSITY=0 /etc/passwd
    TINI_VERBOSITY=0 /etc
"""
DUMB_INIT = RUNS + """
    -V
    --version
    --version x
    --version=3
    --ver
    --

    -x
    --yolo true
    -r
    --rewrite
    -r '' true
    -r herp true
    -r herp:derp true
    -r 15 true
    -r 15: true
    -r 15::12 true
    -r 15:derp true
    -r 15:12 -r
    -r 15:12 -r 0 true
    -r 15:12 -r 1:32 true
    -r 0:1 true
    -r 32:1 true
    -r 15:-1 true
    -r TERM:INT true
    -r 15:3 -- sh -c 'exit 3'
    -r15:3 --rewrite 1:0 --rewrite=2:31 --rewr 3:3 -- sh -c 'exit 3'
    -r 15:3: true
    -c -- sh -c 'exit 3'
    --single-child sh -c 'exit 3'
    --s sh -c 'exit 3'
    --single-child=x true
    -c --
    DUMB_INIT_SETSID=0 sh -c 'exit 3'
    DUMB_INIT_SETSID=1 sh -c 'exit 3'
    DUMB_INIT_DEBUG=0 sh -c 'exit 3'
    DUMB_INIT_DEBUG=1
    sh -c 'exit 3' -x --version
"""
CATATONIT = RUNS + """
    -V
    -gV
    --version
    --ver
    --version=x
    --help
    --foo
    --

    -g
    -x
    -gx true
    -x -h
    -g -- sh -c 'exit 3'
    CATATONIT_LOG= -- true
    CATATONIT_LOG=debug -V
"""
ANY_NAME = """
    --version

    -x
    -g -- sh -c 'exit 3'
    -- {script} one
"""
SAME = {
    "tini": TINI,
    "tini-static": ANY_NAME,
    "docker-init": ANY_NAME,
    "dumb-init": DUMB_INIT,
    "catatonit": CATATONIT,
    "podman-init": ANY_NAME,
}

# Help is in our own words: the same exit code, the same stream, the same first line.
HELP = {
    "tini": "-h, -vgh, -h -x, -l, -p SIGTERM -h",
    "tini-static": "-h",
    "docker-init": "-h",
    "dumb-init": "-h, --help, --he, -vh, -hV, -h -x",
    "catatonit": "-h, -gh, -h -x, -hV",
    "podman-init": "-h",
}

NOT_FOUND, NOT_EXECUTABLE = 127, 126

# name: (command line, our exit code, theirs, why)
DIFFERENT = {
    "tini": (
        ("-s {loop}", NOT_EXECUTABLE, 1, "ELOOP is no reason of its own there"),
        ("-s {plain}/x", NOT_EXECUTABLE, 1, "ENOTDIR likewise"),
        ("-s true -x", 0, 1, "options of the program are taken for its own"),
    ),
    "dumb-init": (
        ("/does/not/exist", NOT_FOUND, 2, "every failure to start is 2 there"),
        ("/etc/passwd", NOT_EXECUTABLE, 2, "likewise"),
        ("{plain}/x", NOT_EXECUTABLE, 2, "likewise"),
    ),
    "catatonit": (
        ("/does/not/exist", NOT_FOUND, 1, "every failure to start is 1 there"),
        ("/etc/passwd", NOT_EXECUTABLE, 1, "likewise"),
        ("sh -c 'exit 3'", 3, 1, "options of the program are taken for its own"),
    ),
}

# Warning of a tini that is not told to be a subreaper; muster always is one.
NO_SUBREAPER = re.compile(r"\[WARN  tini \(\d+\)\] Tini is not running as PID 1.*\n.*\n.*\n")
PID = re.compile(r"(?<=[(:])\d+(?=\))")

# The kernel sends these for faults. muster tells a fault of its own from a signal that a user sent; the others cannot.
FAULTS = {signal.SIGFPE, signal.SIGILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGTRAP, signal.SIGSYS}
STOPS = {signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
SIGNALS = set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}

# What arrives where it was sent to the init, and what is kept from it, by both.
FORWARDED = {
    "tini": (SIGNALS - FAULTS - {signal.SIGTTIN, signal.SIGTTOU}, {signal.SIGTTIN, signal.SIGTTOU}),
    "dumb-init": (SIGNALS - STOPS, set()),
    "catatonit": (SIGNALS - FAULTS - STOPS, STOPS),
}

ECHO = """
(trap 'echo child' USR1; trap 'exit' TERM; echo up; while :; do sleep 0.02; done) &
trap 'echo parent' USR1; trap 'exit 7' TERM; echo up; while :; do sleep 0.02; done
"""


class DropIn(Case):
    """Runs a program under a name that is first muster and then the real one."""

    def setUp(self):
        super().setUp()
        for side in ("ours", "theirs"):
            (self.tmp / side).mkdir()
            for name, real in PROGRAMS.items():
                (self.tmp / side / name).symlink_to(MUSTER if side == "ours" else real)
        self.files = {"script": self.tmp / "script", "plain": self.tmp / "plain", "loop": self.tmp / "loop"}
        self.files["script"].write_text('echo "script $1"\nexit 9\n')
        self.files["script"].chmod(0o755)
        self.files["plain"].write_text("")
        self.files["loop"].symlink_to(self.files["loop"])

    def launch(self, side, name, words, env=None, pid1=True):
        """Start it; argv[0] is the bare name, since messages begin with it."""
        self.runs += 1
        folder = self.tmp / f"run{self.runs}"
        (folder / "cwd").mkdir(parents=True)
        full = self.environment(**(env or {}))
        full["PATH"] = f"{self.tmp / side}:{harness.PATH}"
        run = harness.Run([name, *words], full, folder, folder, pid1)
        self.addCleanup(run.kill)
        return run

    def line(self, side, name, line, pid1):
        """One command line to its end: exit code, standard output, standard error."""
        words = shlex.split(line.format(**self.files))
        env = {}
        while words and re.match(r"[A-Z_]+=", words[0]):
            variable, _, value = words.pop(0).partition("=")
            env[variable] = value
        run = self.launch(side, name, words, env, pid1)
        code = run.wait()
        hidden = lambda text: PID.sub("N", text).replace(str(self.tmp / side), "").replace(str(run.folder), "")
        return code, hidden(run.stdout), hidden(NO_SUBREAPER.sub("", run.stderr))

    def both_sides(self, name, line, pid1):
        return [self.line(side, name, line, pid1) for side in ("ours", "theirs")]


def first_line(text):
    return text.split("\n")[0]


def lines_of(text):
    """Command lines of a table; the empty one counts once."""
    return dict.fromkeys(line.strip() for line in text.strip("\n").split("\n"))


class CommandLines(DropIn):
    def compare(self, name):
        for how, pid1 in BOTH:
            for line in lines_of(SAME[name]):
                with self.subTest(how, name=name, line=line):
                    ours, theirs = self.both_sides(name, line, pid1)
                    self.assertEqual(ours[:2], theirs[:2], f"{ours}\n{theirs}")
                    self.assertEqual(first_line(ours[2]), first_line(theirs[2]))

    def test_tini(self):
        self.compare("tini")

    def test_dumb_init(self):
        self.compare("dumb-init")

    def test_catatonit(self):
        self.compare("catatonit")

    def test_the_names_that_docker_and_podman_give_them(self):
        for name in ("tini-static", "docker-init", "podman-init"):
            self.compare(name)

    def test_help(self):
        for name, lines in HELP.items():
            for line in lines.split(", "):
                with self.subTest(name=name, line=line):
                    ours, theirs = self.both_sides(name, line, False)
                    self.assertEqual(ours[0], theirs[0])
                    self.assertEqual([first_line(t) for t in ours[1:]], [first_line(t) for t in theirs[1:]])

    def test_help_has_every_option_of_theirs(self):
        for name in PROGRAMS:
            ours, theirs = self.both_sides(name, "-h", False)
            options = re.findall(r"(?m)(?:^ +|, )(--?[A-Za-z-]+)", theirs[1] + theirs[2])
            self.assertGreater(len(options), 4)
            for option in options:
                with self.subTest(name=name, option=option):
                    self.assertRegex(ours[1] + ours[2], rf"(?m)(?:^ +|, ){option}\b")

    def test_what_is_different_on_purpose(self):
        for name, rows in DIFFERENT.items():
            for how, pid1 in BOTH:
                for line, our_code, their_code, why in rows:
                    with self.subTest(how, name=name, line=line, why=why):
                        ours, theirs = self.both_sides(name, line, pid1)
                        self.assertEqual((ours[0], theirs[0]), (our_code, their_code), f"{ours}\n{theirs}")
                        if our_code in (NOT_FOUND, NOT_EXECUTABLE):
                            # Up to the text of the errno, which each C library words in its own way.
                            self.assertIn(first_line(theirs[2]).rpartition(":")[0], first_line(ours[2]))

    def test_every_name_is_in_the_manual_page(self):
        manual = (harness.ROOT / "docs" / "muster.1").read_text()
        names = re.findall(r"\.It Cm ([a-z, -]+)\n\.Op Fl", manual)
        self.assertEqual(sorted(name for line in names for name in line.split(" , ")), sorted(PROGRAMS))

    def test_the_licence_is_ours(self):
        code, out, _ = self.line("ours", "catatonit", "-L", False)
        self.assertEqual(code, 0)
        self.assertIn("muster", out)

    def test_standard_output_belongs_to_the_program_however_much_is_said(self):
        for name, line in (("tini", "-svvv"), ("dumb-init", "-v"), ("dumb-init", "--verb"), ("catatonit", "CATATONIT_DEBUG=1")):
            with self.subTest(name=name):
                code, out, _ = self.line("ours", name, line + " -- printf mine", True)
                self.assertEqual((code, out), (0, "mine"))


class ExitCodes(DropIn):
    # A build with sanitizers takes its time to start.
    CODES = range(0, 256, 15 if SANITIZED else 1)

    def test_all_256(self):
        for name in ("tini", "dumb-init", "catatonit"):
            got = {}
            for side in ("ours", "theirs"):
                # tini warns when it is not PID 1; only the codes matter.
                words = [self.tmp / side / name, "--", "sh", "-c"]
                ended = lambda code: subprocess.run([*words, f"exit {code}"], env=self.environment(), stderr=subprocess.DEVNULL)
                with concurrent.futures.ThreadPoolExecutor(4) as pool:
                    got[side] = [done.returncode for done in pool.map(ended, self.CODES)]
            self.assertEqual(got["ours"], list(self.CODES), name)
            self.assertEqual(got["ours"], got["theirs"], name)


class Signals(DropIn):
    def listener(self, side, name, pid1, *options, env=None):
        run = self.launch(side, name, [*options, "--", PYTHON, HERE / "report_signals.py"], env, pid1)
        run.wait_for_output("listening")
        return run

    def told(self, run):
        return [int(line.split()[1]) for line in run.stdout.splitlines() if line.startswith("got ")]

    def delivered(self, side, name, pid1, numbers, *options):
        """What arrives of these, sent one after the other, each when the one before has arrived or cannot any more."""
        run = self.listener(side, name, pid1, *options)
        expected, kept = FORWARDED[name]
        for number in sorted(numbers):
            before = len(self.told(run))
            run.signal(number)
            if number in kept:
                # The next one arrives, so this one would have.
                run.signal(signal.SIGUSR2)
            eventually(lambda: len(self.told(run)) > before, f"{side} {name}: signal {number}\n{run.transcript()}")
        arrived = self.told(run)
        run.kill()
        return arrived

    def test_the_same_signals_arrive(self):
        for name, (forwarded, kept) in FORWARDED.items():
            for how, pid1 in BOTH:
                numbers = forwarded | kept
                expected = [int(signal.SIGUSR2 if n in kept else n) for n in sorted(numbers)]
                for side in ("ours", "theirs"):
                    with self.subTest(how, name=name, side=side):
                        self.assertEqual(self.delivered(side, name, pid1, numbers), expected)

    def test_faults_that_a_user_sends_arrive_too(self):
        for name in FORWARDED:
            for how, pid1 in BOTH:
                with self.subTest(how, name=name):
                    self.assertEqual(self.delivered("ours", name, pid1, FAULTS), sorted(map(int, FAULTS)))

    def test_dumb_init_rewrites(self):
        for options, sent, expected in (
            (("-r", "15:3"), (signal.SIGTERM,), [3]),
            (("-c", "-r", "1:0", "-r", "2:10"), (signal.SIGHUP, signal.SIGINT, signal.SIGUSR2), [10, 12]),
            (("-r", "20:20"), (signal.SIGTSTP,), [20]),
        ):
            for side in ("ours", "theirs"):
                with self.subTest(side=side, options=options):
                    run = self.listener(side, "dumb-init", True, *options)
                    for number in sent:
                        run.signal(number)
                    eventually(lambda: self.told(run) == expected, f"{expected}\n{run.transcript()}")
                    run.kill()

    def test_dumb_init_stops_its_session(self):
        """Ours alone: the real one loses a signal now and then."""
        run = self.listener("ours", "dumb-init", True)
        (main,) = harness.children_of(run.pid)
        run.signal(signal.SIGTSTP)
        eventually(lambda: harness.state_of(main) == "T", "the program is stopped")
        run.signal(signal.SIGCONT)
        eventually(lambda: self.told(run) == [signal.SIGCONT], "it goes on")

    def group(self, side, name, pid1, *options, env=None, reaches_child=True):
        run = self.launch(side, name, [*options, "--", "sh", "-c", ECHO], env, pid1)
        eventually(lambda: run.stdout.count("up\n") == 2, "both are up")
        run.signal(signal.SIGUSR1)
        run.wait_for_output("parent\n")
        if reaches_child:
            run.wait_for_output("child\n")
        run.signal(signal.SIGTERM)
        code = run.wait()
        run.kill()
        return code, sorted(run.stdout.split())

    def test_the_process_group(self):
        for name, options, env, reaches_child in (
            ("tini", (), {}, False),
            ("tini", ("-g",), {}, True),
            ("tini", (), {"TINI_KILL_PROCESS_GROUP": ""}, True),
            ("dumb-init", (), {}, True),
            ("dumb-init", ("-c",), {}, False),
            ("dumb-init", (), {"DUMB_INIT_SETSID": "0"}, False),
            ("catatonit", (), {}, False),
            ("catatonit", ("-g",), {}, True),
        ):
            for how, pid1 in BOTH:
                for side in ("ours", "theirs"):
                    with self.subTest(how, name=name, side=side, options=options, env=env):
                        code, said = self.group(side, name, pid1, *options, env=env, reaches_child=reaches_child)
                        self.assertEqual(code, 7)
                        self.assertEqual(said, sorted(["parent", "up", "up"] + ["child"] * reaches_child))

    def test_tini_tells_the_program_when_its_parent_ends(self):
        for side in ("ours", "theirs"):
            with self.subTest(side=side):
                line = f"tini -s -p SIGUSR1 -- {PYTHON} {HERE / 'report_signals.py'} & wait"
                run = self.launch(side, "sh", ["-c", line], pid1=False)
                run.wait_for_output("listening")
                run.signal(signal.SIGKILL)
                eventually(lambda: self.told(run) == [signal.SIGUSR1], f"SIGUSR1\n{run.transcript()}")
                run.kill()

    def test_catatonit_pauses(self):
        for how, pid1 in BOTH:
            for number in (signal.SIGTERM, signal.SIGINT):
                for side in ("ours", "theirs"):
                    with self.subTest(how, side=side, signal=number):
                        run = self.launch(side, "catatonit", ["-P"], pid1=pid1)
                        asleep = lambda: b"-P" in harness.read_proc(run.pid, "cmdline") and harness.state_of(run.pid) == "S"
                        eventually(asleep, "it waits for signals")
                        run.signal(signal.SIGUSR1)
                        run.signal(number)
                        self.assertEqual(run.wait(), 0, run.transcript())


class DumbInitVerbose(DropIn):
    """What dumb-init says with -v is compared by its own tests, and by those of images built on it."""

    def said(self, text):
        """Its two processes say how they start in any order; then comes what happens. C libraries word an errno in their way."""
        lines = re.sub(r"(?<=PID )\d+", "N", re.sub(r"(errno=\d+) [^)]*", r"\1", text)).splitlines()
        ended = next(n for n, line in enumerate([*lines, "Received"]) if "Received" in line)
        return sorted(lines[:ended]), lines[ended:]

    def test_from_start_to_end(self):
        for how, pid1 in BOTH:
            for line in ("-v true", "--verbose -c sh -c 'exit 3'", "DUMB_INIT_DEBUG=1 true", "-v sh -c 'kill -9 $$'",
                         "DUMB_INIT_DEBUG=1 DUMB_INIT_SETSID=0 true", "-v -r 15:3 true", "-v -r 15:0 true", "-v -r 15:15 true"):
                with self.subTest(how, line=line):
                    ours, theirs = (self.said(err) for _, _, err in self.both_sides("dumb-init", line, pid1))
                    self.assertEqual(ours, theirs)
                    self.assertIn("Goodbye.", ours[1][-1])

    def test_signals(self):
        for how, pid1 in BOTH:
            for options in ((), ("-c",)):
                with self.subTest(how, options=options):
                    found = []
                    for side in ("ours", "theirs"):
                        words = ["-v", *options, "-r", "1:0", "-r", "10:12", "--", PYTHON, HERE / "report_signals.py"]
                        run = self.launch(side, "dumb-init", words, pid1=pid1)
                        run.wait_for_output("listening")
                        for number, said in ((1, "Not forwarding"), (10, "Forwarded signal 12"), (2, "Forwarded signal 2 ")):
                            run.signal(number)
                            run.wait_for_output(said)
                        for count in (1, 2):
                            run.signal(signal.SIGTERM)
                            run.wait_for_output("got 15\n" * count)
                        self.assertEqual(run.wait(), 42)
                        found.append(self.said(run.stderr))
                    self.assertEqual(*found)

    def test_it_stops_itself_as_well(self):
        """But not as PID 1, which nothing stops."""
        for how, pid1 in BOTH:
            for number in sorted(STOPS):
                with self.subTest(how, signal=number):
                    run = self.launch("ours", "dumb-init", ["-v", "--", "sh", "-c", "echo up; exec sleep 600"], pid1=pid1)
                    run.wait_for_output("up\n")
                    (main,) = harness.children_of(run.pid)
                    for _ in range(2):
                        run.signal(number)
                        eventually(lambda: harness.state_of(main) == "T", "the program is stopped")
                        eventually(lambda: harness.state_of(run.pid) == ("S" if pid1 else "T"), "and so is its init")
                        run.signal(signal.SIGCONT)
                        eventually(lambda: harness.state_of(main) == "S", "the program goes on")
                        eventually(lambda: harness.state_of(run.pid) == "S", "and so does its init")
                    happened = [line for line in self.said(run.stderr)[1] if "signal 17" not in line]
                    self.assertEqual(happened[: len(happened) // 2], happened[len(happened) // 2 :])
                    self.assertEqual(happened[: len(happened) // 2], [f"[dumb-init] {words}" for words in (
                        f"Received signal {int(number)}.", f"Translating signal {int(number)} to 19.",
                        "Forwarded signal 19 to children.", "Suspending self due to TTY signal.",
                        "Received signal 18.", "Forwarded signal 18 to children.")])
                    run.signal(signal.SIGTERM)
                    self.assertEqual(run.wait(), 143)


class Children(DropIn):
    def test_what_is_left_is_ended_in_peace(self):
        """None of the others waits; the program's code counts all the same."""
        worker = "trap 'sleep 0.3; echo saved; exit' TERM; touch up; while :; do sleep 0.02; done"
        for name in ("tini", "dumb-init", "catatonit"):
            with self.subTest(name=name):
                main = f"({worker}) & while ! [ -e up ]; do sleep 0.02; done; exit 6"
                code, out, _ = self.line("ours", name, "-- sh -c " + shlex.quote(main), True)
                self.assertEqual((code, out), (6, "saved\n"))

    def test_tini_s_warning_of_reaped_processes(self):
        code, out, ours = self.line("ours", "tini", f"-w -- {PYTHON} {HERE / 'make_orphans.py'} 3", True)
        self.assertEqual(code, 0, out)
        self.assertEqual(ours.count("reaped process"), 3, ours)

    def test_sockets_that_were_passed_on(self):
        """LISTEN_PID of the init becomes that of the program: catatonit does it, and muster does it under every name."""
        line = "LISTEN_PID={} LISTEN_FDS=1 -- sh -c 'test $LISTEN_PID = $$; echo $?'"
        for name, theirs in (("tini", 1), ("dumb-init", 1), ("catatonit", 0)):
            for side, told in (("ours", 0), ("theirs", theirs)):
                with self.subTest(name=name, side=side):
                    self.assertEqual(self.line(side, name, line.format(1), True)[:2], (0, f"{told}\n"))
                    self.assertEqual(self.line(side, name, line.format(4194305), True)[:2], (0, "1\n"))

    def test_session_and_group_of_the_program(self):
        show = "import os; print(os.getpid() == os.getpgrp(), os.getpid() == os.getsid(0))"
        for name, expected in (("tini", "True False"), ("catatonit", "True False"), ("dumb-init", "True True")):
            line = f"-- {PYTHON} -c {shlex.quote(show)}"
            for side in ("ours", "theirs"):
                with self.subTest(name=name, side=side):
                    code, out, _ = self.line(side, name, line, False)
                    self.assertEqual((code, out.strip()), (0, expected))


if __name__ == "__main__":
    harness.unittest.main()
