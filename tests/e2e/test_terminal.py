"""The terminal: who has it, Ctrl-Z and fg under a shell, job control in it, and keys that reach the main process once."""
import os
import pathlib
import signal

import harness
from harness import MUSTER, PYTHON, Case, eventually, send_signal, state_of
from terminal import Terminal

HERE = pathlib.Path(__file__).resolve().parent

CTRL_C, CTRL_D, CTRL_Z = "\x03", "\x04", "\x1a"
PROMPT = "prompt> "
# As PID 1 of a new namespace with a terminal of its own, like `docker run --interactive --tty`.
CONTAINER = [*harness.namespace_command(), "setsid", "--ctty"]
# In the same process group as muster and without job control, so that nobody but muster gives the terminal back.
ASK_AFTERWARDS = (
    "import os, subprocess, sys\n"
    "code = subprocess.call(sys.argv[1:])\n"
    "print('code', code, 'ours again', os.tcgetpgrp(0) == os.getpgrp())\n"
)


class TerminalCase(Case):
    def terminal(self, *words, **how):
        return Terminal(self, words, self.environment(), **how)

    def stopped(self, *pids):
        eventually(lambda: all(state_of(p) == "T" for p in pids), "all are stopped")

    def awake(self, *pids):
        eventually(lambda: all(state_of(p) in ("S", "R") for p in pids), "all go on")

    def has_terminal(self, t, pid):
        eventually(lambda: t.foreground() == os.getpgid(pid), f"{pid} has the terminal: {t.text}")


class UnderAShell(TerminalCase):
    """An interactive shell with job control starts muster as an ordinary process."""

    def setUp(self):
        super().setUp()
        rc = self.tmp / "bashrc"
        rc.write_text(f"PS1='{PROMPT}'\nbind 'set enable-bracketed-paste off'\n")
        self.t = self.terminal("bash", "--noprofile", "--rcfile", rc, "-i")
        self.t.expect(PROMPT)

    def run_line(self, line):
        self.t.type(line + "\n")

    def shell_answers(self):
        """It has the terminal and reads from it."""
        self.run_line("echo al''ive")
        self.t.expect("alive")
        self.has_terminal(self.t, self.t.process.pid)

    def test_main_has_the_terminal_and_the_shell_gets_it_back(self):
        self.run_line(f"{MUSTER} -- cat")
        main = self.t.find("cat")
        self.has_terminal(self.t, main)
        self.assertNotEqual(os.getpgid(main), os.getpgid(self.t.find("muster")))
        self.t.type("to the cat\n")
        self.t.expect("to the cat\r\nto the cat")
        self.t.type(CTRL_D)
        self.t.expect(PROMPT)
        self.shell_answers()

    def test_ctrl_z_stops_both_and_fg_continues_both(self):
        self.run_line(f"{MUSTER} -- cat")
        main, muster = self.t.find("cat"), self.t.find("muster")
        for _ in range(3):
            self.has_terminal(self.t, main)
            self.t.type(CTRL_Z)
            self.t.expect("Stopped")
            self.stopped(main, muster)
            self.shell_answers()
            self.run_line("fg")
            self.awake(main, muster)
        self.has_terminal(self.t, main)
        self.t.type("again\n")
        self.t.expect("again\r\nagain")
        self.t.type(CTRL_D)
        self.t.expect(PROMPT)
        self.run_line("echo code $?")
        self.t.expect("code 0")

    def test_ctrl_z_stops_a_script_around_muster_too(self):
        self.run_line(f"sh -c '{MUSTER} -- cat; echo after''wards'")
        main, muster, script = self.t.find("cat"), self.t.find("muster"), self.t.find("sh")
        self.has_terminal(self.t, main)
        self.t.type(CTRL_Z)
        self.t.expect("Stopped")
        self.stopped(main, muster, script)
        self.shell_answers()
        self.run_line("fg")
        self.has_terminal(self.t, main)
        self.t.type(CTRL_D)
        self.t.expect("afterwards")

    def test_dumb_init_stops_with_its_session(self):
        """The program has a session of its own, without the terminal: what is typed reaches dumb-init, which tells it."""
        (self.tmp / "dumb-init").symlink_to(MUSTER)
        self.run_line(f"{self.tmp}/dumb-init tail -f /dev/null")
        main, init = self.t.find("tail"), self.t.find("dumb-init")
        for _ in range(2):
            self.has_terminal(self.t, init)
            self.t.type(CTRL_Z)
            self.t.expect("Stopped")
            self.stopped(main, init)
            self.shell_answers()
            self.run_line("fg")
            self.awake(main, init)
        self.has_terminal(self.t, init)
        self.t.type(CTRL_C)
        self.t.expect(PROMPT)
        self.run_line("echo code $?")
        self.t.expect("code 130")

    def test_after_bg_the_shell_keeps_the_terminal(self):
        self.run_line(f"{MUSTER} -- tail -f /dev/null")
        main, muster = self.t.find("tail"), self.t.find("muster")
        self.has_terminal(self.t, main)
        self.t.type(CTRL_Z)
        self.t.expect("Stopped")
        self.run_line("bg")
        self.awake(main, muster)
        self.shell_answers()
        send_signal(muster, signal.SIGTERM)
        eventually(lambda: state_of(muster) == "", "muster has ended")
        self.shell_answers()
        self.t.expect("Exit 143")

    def test_started_in_the_background_it_does_not_take_the_terminal(self):
        self.run_line(f"{MUSTER} -- tail -f /dev/null &")
        main, muster = self.t.find("tail"), self.t.find("muster")
        self.shell_answers()
        send_signal(main, signal.SIGTERM)
        eventually(lambda: state_of(muster) == "", "muster has ended")
        self.shell_answers()

    def test_a_background_main_that_reads_the_terminal_stops_until_fg(self):
        self.run_line(f"{MUSTER} -- cat &")
        main, muster = self.t.find("cat"), self.t.find("muster")
        self.stopped(main, muster)
        self.shell_answers()
        self.run_line("fg")
        self.has_terminal(self.t, main)
        self.t.type("hello\n")
        self.t.expect("hello\r\nhello")
        self.t.type(CTRL_D)
        self.t.expect(PROMPT)

    def test_fg_of_a_job_that_runs_gives_the_terminal_when_main_reads(self):
        """The shell sends no SIGCONT then: only the attempt to read tells."""
        go = self.tmp / "go"
        self.run_line(f"{MUSTER} -- sh -c 'until test -e {go}; do sleep 0.02; done; exec cat' &")
        self.t.find("sh")  # started in the background: muster has not given it the terminal
        self.run_line("fg")
        self.t.expect("fg")
        self.has_terminal(self.t, self.t.find("muster"))
        go.touch()
        self.has_terminal(self.t, self.t.find("cat"))
        self.t.type("hello\n")
        self.t.expect("hello\r\nhello")
        self.t.type(CTRL_D)
        self.t.expect(PROMPT)

    def test_ctrl_c_reaches_main_once(self):
        self.run_line(f"{MUSTER} -- {PYTHON} {HERE / 'count_signals.py'}; echo code $?")
        self.t.expect("counting")
        for count in (1, 2, 3):
            self.t.type(CTRL_C)
            self.t.expect(f"interrupt {count}\r\n")
        self.t.mark = len(self.t.shown)
        send_signal(self.t.find("muster"), signal.SIGTERM)
        self.t.expect("in all 3\r\n")
        self.t.expect("code 21")


class Alone(TerminalCase):
    """No shell with job control around it."""

    def test_the_terminal_is_taken_back_at_the_end(self):
        for words, code in ((["true"], 0), (["sh", "-c", "kill -9 $$"], 137), (["bash", "-ic", "exit 3"], 3)):
            with self.subTest(words=words):
                t = self.terminal(PYTHON, "-c", ASK_AFTERWARDS, MUSTER, "--", *words)
                t.expect(f"code {code} ours again True")

    def test_nothing_is_taken_when_main_cannot_be_started(self):
        t = self.terminal(PYTHON, "-c", ASK_AFTERWARDS, MUSTER, "--", "/does/not/exist")
        t.expect("code 127 ours again True")

    def test_ctrl_z_stops_nobody_where_nobody_could_continue(self):
        for name, prefix, controlling in (("as PID 1", CONTAINER, False), ("as the session's leader", [], True)):
            with self.subTest(name):
                t = self.terminal(*prefix, MUSTER, "--", "cat", controlling=controlling)
                main = t.find("cat")
                self.has_terminal(t, main)
                for word in ("one", "two"):
                    t.type(CTRL_Z)
                    t.type(f"{word}\n")
                    t.expect(f"{word}\r\n{word}")
                t.type(CTRL_D)
                self.assertEqual(t.wait(), 0, t.text)

    def test_a_stopped_main_does_not_make_muster_deaf(self):
        for name, prefix, controlling in (("as PID 1", CONTAINER, False), ("as the session's leader", [], True)):
            with self.subTest(name):
                t = self.terminal(*prefix, MUSTER, "--", "cat", controlling=controlling)
                main = t.find("cat")
                self.has_terminal(t, main)
                send_signal(main, signal.SIGSTOP)
                self.stopped(main)
                muster = harness.parent_of(main)
                send_signal(muster, signal.SIGCONT)
                self.awake(main)
                self.has_terminal(t, main)
                send_signal(main, signal.SIGSTOP)
                self.stopped(main)
                send_signal(muster, signal.SIGTERM)
                send_signal(muster, signal.SIGCONT)
                self.assertEqual(t.wait(), 143, t.text)

    def test_a_continue_is_not_lost_with_the_stop_before(self):
        """Both are there when muster looks, and a stop signal erases a SIGCONT that nobody has read."""
        for name, prefix, controlling in (("as PID 1", CONTAINER, False), ("as the session's leader", [], True)):
            with self.subTest(name):
                t = self.terminal(*prefix, MUSTER, "--", "cat", controlling=controlling)
                main = t.find("cat")
                self.has_terminal(t, main)
                muster = harness.parent_of(main)
                send_signal(muster, signal.SIGSTOP)
                self.stopped(muster)
                send_signal(main, signal.SIGSTOP)
                self.stopped(main)
                send_signal(muster, signal.SIGCONT)
                self.awake(muster, main)
                t.type("again\n")
                t.expect("again\r\nagain")

    def test_a_session_of_its_own_gets_ctrl_c_once(self):
        t = self.terminal(MUSTER, "--session", "--", PYTHON, HERE / "count_signals.py")
        t.expect("counting")
        t.type(CTRL_C)
        t.expect("interrupt 1\r\n")
        send_signal(t.process.pid, signal.SIGTERM)
        t.expect("in all 1\r\n")
        self.assertEqual(t.wait(), 21)


class InAContainer(TerminalCase):
    """PID 1 with a terminal of its own, and a person at it."""

    def inits(self):
        """Command lines of inits, with a bring-up and without, as a group and as a session, and that of dumb-init."""
        (self.tmp / "dumb-init").symlink_to(MUSTER)
        bring_up = ["--profile", "none", "--state-dir", self.tmp / "state"]
        return [[MUSTER], [MUSTER, *bring_up], [MUSTER, "--session"], [MUSTER, *bring_up, "--session"],
                [self.tmp / "dumb-init"]]

    def test_an_interactive_shell_has_job_control(self):
        complaints = ("no job control", "job control turned off", "cannot set terminal process group", "can't access tty")
        inits = self.inits()
        for words in (["bash", "--norc", "--noprofile", "-i"], ["sh", "-i"]):
            for init in inits:
                with self.subTest(words=words, init=init):
                    t = self.terminal(*CONTAINER, *init, "--", *words, controlling=False)
                    t.type("PS1=; tail -f /dev/null\n")
                    job = t.find("tail")
                    self.has_terminal(t, job)
                    t.type(CTRL_Z)
                    self.stopped(job)
                    t.type("jobs; echo al''ive\n")
                    t.expect("Stopped")
                    t.expect("alive")
                    t.type("fg\n")
                    self.has_terminal(t, job)
                    self.awake(job)
                    t.type(CTRL_C)
                    eventually(lambda: state_of(job) == "", "Ctrl-C ends the job")
                    t.type("exit 7\n")
                    self.assertEqual(t.wait(), 7, t.text)
                    for complaint in complaints:
                        self.assertNotIn(complaint, t.text)

    def test_giving_the_terminal_up_hangs_nobody_up(self):
        """The kernel sends SIGHUP and SIGCONT to us then; who sends another means the main process."""
        for init in self.inits()[2:]:
            with self.subTest(init=init):
                t = self.terminal(*CONTAINER, *init, "--", PYTHON, HERE / "report_signals.py", controlling=False)
                t.expect("listening")
                muster = harness.parent_of(t.find("python3"))
                for number in (signal.SIGUSR1, signal.SIGHUP, signal.SIGCONT):
                    send_signal(muster, number)
                    t.expect(f"got {int(number)}\r\n")
                self.assertEqual([line for line in t.text.splitlines() if "got" in line], ["got 10", "got 1", "got 18"])

    def test_ctrl_c_reaches_main_once(self):
        for init in [*self.inits(), [MUSTER, "--group"]]:
            with self.subTest(init=init):
                t = self.terminal(*CONTAINER, *init, "--", PYTHON, HERE / "count_signals.py", controlling=False)
                t.expect("counting")
                t.type(CTRL_C)
                t.expect("interrupt 1\r\n")
                send_signal(harness.parent_of(t.find("python3")), signal.SIGTERM)
                t.expect("in all 1\r\n")
                self.assertEqual(t.wait(), 21, t.text)


if __name__ == "__main__":
    harness.unittest.main()
