"""Services that muster runs itself: as whom, in what order, how often, where their output goes; and what PID 1 looks up."""
import json
import os
import re
import signal
import stat
import sys
import urllib.request

import harness
from harness import EXIT_DEPENDENCY, EXIT_MANIFEST, PYTHON, STACK, Case, eventually, free_ports, send_signal, service, shell

ROOT = os.geteuid() == 0
SAY = str(harness.ROOT / "tests" / "e2e" / "say_ready.py")


def healthy(name):
    return lambda status: service(status, name)["status"] == "healthy"


def writes(path, text):
    return f"echo {text} >> {path}"


class ServiceCase(Case):
    def run_with(self, services, *words, **how):
        return self.start(*(words or ("--", "sleep", "1000")), manifest={"services": services}, **how)

    def lines(self, name):
        path = self.tmp / name
        return path.read_text().splitlines() if path.exists() else []

    def both(self):
        """As the first process of a namespace, and as an ordinary one."""
        for pid1 in (True, False):
            with self.subTest(pid1=pid1):
                yield pid1


class WebServer(ServiceCase):
    """nginx in front of an app, as in a container."""

    def setUp(self):
        super().setUp()
        self.app_port, self.port = free_ports(2)
        self.app = f"http://127.0.0.1:{self.app_port}/"
        self.web = f"http://127.0.0.1:{self.port}/"

    def services(self, name, **more):
        folder = self.tmp / name
        nginx = ["sh", STACK / "web.sh", "frontend", "0", "127.0.0.1", self.port, folder, self.app]
        return {
            "app": {
                "run": [PYTHON, "-u", "-m", "http.server", "--bind", "127.0.0.1", str(self.app_port)],
                "probe": {"type": "http", "url": self.app},
            },
            "web": {
                "run": [str(word) for word in nginx],
                "depends_on": ["app"],
                "probe": {"type": "http", "url": self.web, "timeout": "2s"},
                "interval": "100ms",
                "restart": "always",
                "restart_delay": "50ms",
                **more,
            },
        }

    def page(self):
        with urllib.request.urlopen(self.web, timeout=harness.PATIENCE_S) as answer:
            return answer.read().decode()

    def children(self, run, role):
        """Processes of nginx that have nobody above them but muster."""
        return [p for p in harness.children_of(run.pid) if harness.read_proc(p, "cmdline").startswith(b"nginx: " + role)]

    def masters(self, run):
        return self.children(run, b"master")

    def kill_master(self, run):
        (pid,) = eventually(lambda: self.masters(run), "nginx runs")
        send_signal(pid, signal.SIGKILL)
        return pid

    def test_ordered_start_restart_and_end(self):
        main = shell("trap 'exit 7' TERM; while :; do sleep 0.05; done")
        for pid1 in self.both():
            run = self.run_with(self.services(f"web{pid1}"), "--", *[w.replace("$$", "$") for w in main], pid1=pid1)
            run.wait_for_status(lambda s: s["ready"], "the roll is complete")
            self.assertRegex(run.stderr, r"(?s)app +healthy.*web +healthy")
            self.assertIn("<title>muster</title>", self.page())
            first = self.kill_master(run)
            again = eventually(lambda: [p for p in self.masters(run) if p != first], "nginx was started again")
            run.wait_for_status(lambda s: s["ready"], "ready again, although the old workers had the port")
            self.assertEqual((len(again), self.children(run, b"worker")), (1, []))
            self.assertIn("<title>muster</title>", self.page())
            self.assertIn("SIGKILL", run.stderr)
            run.signal(signal.SIGTERM)
            self.assertEqual(run.wait(), 7, run.transcript())
            self.assertRegex(run.stderr, r"(?s)web +stopped.*app +stopped")
            self.assertEqual(run.leftovers(), [])

    def test_the_budget_of_restarts_is_told(self):
        run = self.run_with(self.services("web", restart_delay="10ms", restart_limit=2, restart_window="10m"))
        run.wait_for_status(lambda s: s["ready"], "the roll is complete")
        killed = []
        for _ in range(3):
            eventually(lambda: [p for p in self.masters(run) if p not in killed], "another nginx")
            killed.append(self.kill_master(run))
        status = run.wait_for_status(lambda s: re.search("ended 3 times", service(s, "web")["error_message"] or ""), "given up")
        self.assertFalse(status["ready"])
        self.assertIn("ended 3 times within", run.stderr)
        self.assertEqual(self.masters(run), [])
        self.assertTrue(run.running(), "the main process goes on")


class Example(ServiceCase):
    """compose/web: its manifest and its site, on ports of this test, without a container."""

    def test_nginx_and_an_app_in_ten_lines(self):
        web = harness.ROOT / "compose" / "web"
        app_port, port = map(str, free_ports(2))
        text, site = ((web / name).read_text().replace("8000", app_port).replace("8080", port) for name in ("muster.json", "site.conf"))
        self.assertLessEqual(len(text.splitlines()), 10)
        document = json.loads(text)
        del document["$schema"]
        services = document["services"]
        if not ROOT:
            del services["app"]["user"]
        temporary = " ".join(f"{kind}_temp_path {self.tmp}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        conf = self.tmp / "nginx.conf"
        conf.write_text(f"pid {self.tmp}/nginx.pid; events {{}} http {{ access_log off; {temporary} {site} }}")
        services["nginx"]["run"] += ["-c", str(conf), "-e", "stderr"]
        for pid1 in self.both():
            run = self.start("--", "sleep", "infinity", manifest=document, pid1=pid1)
            run.wait_for_status(lambda s: s["ready"], "both are there")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=harness.PATIENCE_S) as answer:
                self.assertIn("Directory listing", answer.read().decode())
            run.signal(signal.SIGTERM)
            self.assertEqual(run.wait(), 143, run.transcript())
            self.assertRegex(run.stderr, r"(?s)nginx +stopped.*app +stopped")
            self.assertEqual(run.leftovers(), [])


class Restart(ServiceCase):
    def test_a_crash_loop_is_bounded(self):
        crashing = {"run": shell(f"{writes(self.tmp / 'starts', 'x')}; exit 3"), "ready": {"line": "never"}}
        loop = {"restart": "on-failure", "restart_delay": "1ms", "restart_delay_max": "4ms", "restart_limit": 5}
        run = self.run_with({"app": {**crashing, **loop, "restart_window": "10m"}})
        self.assertEqual(run.wait(), EXIT_DEPENDENCY, run.transcript())
        self.assertEqual(len(self.lines("starts")), 6)
        self.assertIn("ended 6 times within", run.stderr)

    def test_success_is_no_failure_and_never_is_never(self):
        for policy, code, starts in (("on-failure", 0, 1), ("never", 1, 1), ("always", 0, 3)):
            with self.subTest(policy=policy, code=code):
                name = f"starts-{policy}"
                limits = {"restart_delay": "1ms", "restart_limit": 2, "restart_window": "10m"}
                app = {"run": shell(f"{writes(self.tmp / name, 'x')}; exit {code}"), "ready": {"line": "never"}}
                run = self.run_with({"app": {**app, "restart": policy, **(limits if policy != "never" else {})}})
                self.assertEqual(run.wait(), EXIT_DEPENDENCY, run.transcript())
                self.assertEqual(len(self.lines(name)), starts)

    def test_readiness_is_asked_anew(self):
        """A new process has to say it again, however it does that: its old word does not count."""
        ways = {
            "line": ({"line": "up and running"}, "echo '2026: up and running!'"),
            "fd": ({"fd": 5}, "echo >&5"),
            "notify": ("notify", f"{PYTHON} {SAY} barrier=READY=1 gone"),
        }
        for name, (ready, word) in ways.items():
            with self.subTest(ready=ready):
                go = self.tmp / f"go-{name}"
                go.touch()
                line = f"echo $$ > {self.tmp}/pid-{name}; while ! [ -e {go} ]; do sleep 0.01; done; {word}; exec sleep 1000"
                app = {"run": shell(line), "ready": ready, "restart": "always", "restart_delay": "1ms"}
                run = self.run_with({"app": app}, pid1=False)
                run.wait_for_status(healthy("app"), "it said so")
                go.unlink()
                (old,) = self.lines(f"pid-{name}")
                send_signal(int(old), signal.SIGKILL)
                eventually(lambda: self.lines(f"pid-{name}") not in ([], [old]), "another process")
                run.wait_for_status(lambda s: not s["ready"], "the new one has not said so yet")
                self.assertNotEqual(service(run.status(), "app")["status"], "healthy")
                go.touch()
                run.wait_for_status(healthy("app"), "it said so too")
                run.signal(signal.SIGTERM)
                self.assertEqual(run.wait(), 143)

    def test_what_holds_the_pipe_is_no_part_of_the_next_one(self):
        """A grandchild in a session of its own outlives its group, and writes on."""
        go = self.tmp / "go"
        wait = f"while ! [ -e {go} ]; do sleep 0.01; done"
        daemon = f"setsid sh -c 'trap \"\" PIPE; touch {self.tmp}/apart; {wait}; echo from the old one; touch {self.tmp}/said' &"
        daemon += f" while ! [ -e {self.tmp}/apart ]; do sleep 0.01; done;"
        line = f"{writes(self.tmp / 'starts', 'x')}; [ $(wc -l < {self.tmp}/starts) -gt 1 ] || {{ {daemon} exit 1; }}; exec sleep 1000"
        run = self.run_with({"app": {"run": shell(line), "restart": "always", "restart_delay": "1ms"}})
        eventually(lambda: len(self.lines("starts")) == 2, "it was started again")
        run.wait_for_status(healthy("app"), "it runs")
        go.touch()
        eventually((self.tmp / "said").exists, "the old one has said something")
        run.signal(signal.SIGTERM)
        self.assertEqual(run.wait(), 143)
        self.assertNotIn("from the old one", run.stderr)


class Ready(ServiceCase):
    def test_a_line_makes_it_healthy_and_dependents_wait_for_it(self):
        go = self.tmp / "go"
        line = f"echo starting; while ! [ -e {go} ]; do sleep 0.01; done; printf '\\033[32mserver: listening on 80\\033[0m\\n'; exec sleep 1000"
        later = {"run": shell(f"touch {self.tmp}/later; exec sleep 1000"), "depends_on": ["app"]}
        for pid1 in self.both():
            run = self.run_with({"app": {"run": shell(line), "ready": {"line": "listening on [0-9]+$"}}, "later": later}, pid1=pid1)
            run.wait_for_output("| starting")
            self.assertEqual(service(run.status(), "app")["status"], "starting")
            self.assertIn("for a line of its output", run.stderr)
            self.assertFalse((self.tmp / "later").exists())
            go.touch()
            run.wait_for_status(lambda s: s["ready"], "the line came")
            eventually((self.tmp / "later").exists, "what depends on it was started")
            run.signal(signal.SIGTERM)
            self.assertEqual(run.wait(), 143)
            go.unlink()
            (self.tmp / "later").unlink()

    def test_without_the_line_it_is_not_healthy(self):
        run = self.run_with({"app": {"run": shell("echo listening; exec sleep 1000"), "ready": {"line": "^ready$"}, "timeout": "300ms"}})
        self.assertEqual(run.wait(), EXIT_DEPENDENCY, run.transcript())
        self.assertEqual(run.leftovers(), [])


class Process(ServiceCase):
    """As whom and how."""

    def tell(self, script, **options):
        run = self.run_with({"app": {"run": shell(f"{{ {script}; }} > {self.tmp}/new; mv {self.tmp}/new {self.tmp}/told; exec sleep 1000"), **options}})
        told = eventually(lambda: (self.tmp / "told").exists() and self.lines("told"), "it told")
        run.wait_for_status(lambda s: s["ready"], "ready")
        run.signal(signal.SIGTERM)
        self.assertEqual(run.wait(), 143)
        return told

    def test_environment_directory_umask_and_limits(self):
        told = self.tell(
            "echo $GREETING; echo $HOME; pwd; umask; ulimit -n; ulimit -c",
            environment={"GREETING": "good day", "HOME": "/srv"},
            directory="/usr",
            umask="027",
            limits={"nofile": "100:200", "core": 0},
        )
        self.assertEqual(told, ["good day", "/srv", "/usr", "0027", "100", "0"])

    def test_variables_of_the_configuration_are_replaced(self):
        run = self.start(
            "up",
            manifest={
                "variables": {"PORT": {"type": "port", "default": "80"}, "PASSWORD": {"type": "secret"}},
                "services": {
                    "app": {
                        "run": shell(f"echo $URL $PORT $PASSWORD > {self.tmp}/told; echo my $PASSWORD; exec sleep 1000"),
                        "environment": {"URL": "http://localhost:${PORT}/", "PORT": "8080"},
                        "ready": {"line": "my"},
                    }
                },
            },
            env={"PASSWORD": "correct-horse-battery"},
        )
        self.assertEqual(run.wait(), 0, run.transcript())
        self.assertEqual(self.lines("told"), ["http://localhost:80/ 8080 correct-horse-battery"])
        self.assertIn("app | my ***", run.stderr)

    def test_user_groups_and_home(self):
        # Whoever is not root can only be who he is.
        user = "nobody:nogroup" if ROOT else f"{os.getuid()}:{os.getgid()}"
        ids = ["65534", "65534"] if ROOT else [str(os.getuid()), str(os.getgid())]
        self.tmp.chmod(0o777)
        self.assertEqual(self.tell("id -u; id -g", user=user), ids)
        if ROOT:
            (self.tmp / "told").unlink()
            told = self.tell("id -un; id -Gn; echo $HOME", user="daemon", groups="adm,nogroup")
            self.assertEqual(told[0], "daemon")
            self.assertEqual(set(told[1].split()), {"daemon", "adm", "nogroup"})
            self.assertEqual(told[2], "/usr/sbin")

    def test_who_is_not_there_is_told_before_anything_is_started(self):
        started = self.tmp / "started"
        services = {
            "first": {"run": ["touch", str(started)]},
            "app": {"run": ["sleep", "1000"], "user": "no-such-user", "depends_on": ["first"]},
            "other": {"run": ["sleep", "1000"], "groups": "no-such-group"},
        }
        run = self.finish("up", manifest={"services": services}, expect=EXIT_MANIFEST)
        self.assertIn("/services/app/user", run.stderr)
        self.assertIn("no-such-user", run.stderr)
        self.assertIn("/services/other/groups", run.stderr)
        self.assertFalse(started.exists())

    def test_a_service_that_is_not_active_needs_no_user(self):
        services = {"app": {"run": ["sleep", "1000"], "user": "no-such-user", "needs": ["APP"]}}
        self.finish("up", manifest={"variables": {"APP": {"type": "string"}}, "services": services}, expect=0)


class Stop(ServiceCase):
    def test_in_reverse_order_with_their_own_signals(self):
        def app(name, number, *needs):
            line = f"trap '{writes(self.tmp / 'ends', name)}; exit 0' {number}; echo up; while :; do sleep 0.02; done"
            return {"run": shell(line), "ready": {"line": "up"}, "stop_signal": number, "depends_on": list(needs)}

        services = {"c": app("c", "USR1", "b"), "b": app("b", "INT", "a"), "a": app("a", "TERM")}
        for pid1 in self.both():
            run = self.run_with(services, pid1=pid1)
            run.wait_for_status(lambda s: s["ready"], "ready")
            run.signal(signal.SIGTERM)
            self.assertEqual(run.wait(), 143, run.transcript())
            self.assertEqual(self.lines("ends"), ["c", "b", "a"])
            (self.tmp / "ends").unlink()

    def test_kill_after_its_grace(self):
        line = "trap '' TERM INT; echo up; while :; do sleep 0.02; done"
        app = {"run": shell(line), "ready": {"line": "up"}, "stop_signal": "INT", "stop_grace": "200ms", "restart": "always"}
        run = self.run_with({"app": app})
        run.wait_for_status(lambda s: s["ready"], "ready")
        run.signal(signal.SIGTERM)
        self.assertEqual(run.wait(), 143)
        self.assertEqual(run.leftovers(), [])
        self.assertEqual(run.stderr.count("app | up"), 1, "what ends while everything ends is not started again")


class Output(ServiceCase):
    def log(self, run, name):
        path = run.state_dir / "logs" / name
        return path.read_text() if path.exists() else ""

    def test_it_has_its_name_in_front_and_a_file_of_its_own(self):
        secret = "correct-horse-battery"
        for option in ((), ("--no-redact",)):
            run = self.finish(
                *option,
                "up",
                manifest={
                    "variables": {"PASSWORD": {"type": "secret"}},
                    "services": {
                        "app": {"run": shell("echo I know $PASSWORD; printf '\\033[1mbold\\033[0m\\n' >&2; exec sleep 1000"), "ready": {"line": "bold"}},
                        "mute": {"run": shell("echo nothing to keep; exec sleep 1000"), "ready": {"line": "keep"}, "log_limit": "0B"},
                    },
                    "steps": {"app": {"name": "A step", "category": "installation", "command": ["echo", "done"]}},
                    "tests": {"app": {"type": "smoke", "command": ["echo", "tested"]}},
                },
                env={"PASSWORD": secret},
                expect=0,
            )
            self.assertIn(f" app  | I know {secret if option else '***'}\n", run.stderr)
            self.assertIn(" app  | bold\n", run.stderr)
            self.assertNotIn("\x1b", run.stderr)
            self.assertEqual(self.log(run, "app.log"), "I know ***\nbold\n")
            self.assertEqual(self.log(run, "app.step.log"), "done\n")
            self.assertEqual(self.log(run, "app.test.log"), "tested\n")
            logs = run.state_dir / "logs"
            self.assertEqual(sorted(p.name for p in logs.iterdir()), ["app.log", "app.step.log", "app.test.log"])
            self.assertEqual({stat.S_IMODE(p.stat().st_mode) for p in logs.iterdir()}, {0o600})

    def test_a_flood_is_capped_and_keeps_nobody_from_anything(self):
        for pid1 in self.both():
            app = {"run": ["yes", "a line of a flood"], "log_limit": "64KiB"}
            run = self.run_with({"app": app}, pid1=pid1)
            run.wait_for_status(lambda s: s["ready"], "ready all the same")
            eventually(lambda: (run.state_dir / "logs" / "app.log.1").exists(), "the log was put aside")
            run.signal(signal.SIGTERM)
            self.assertEqual(run.wait(), 143)
            kept = [(run.state_dir / "logs" / name) for name in ("app.log", "app.log.1")]
            self.assertLessEqual(sum(p.stat().st_size for p in kept), 64 * 1024)
            self.assertEqual(set(kept[1].read_text().splitlines()), {"a line of a flood"})
            # Nobody wants to read it again.
            run.stderr_path.unlink()

    def test_a_flood_from_many_and_nobody_who_reads(self):
        """More children than are served in one turn, standard error is a pipe that is full."""
        services = {f"app{i}": {"run": ["yes", "flood"], "log_limit": "16KiB"} for i in range(80)}
        full, writer = os.pipe()
        self.addCleanup(os.close, full)
        os.set_blocking(writer, False)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(writer, bytes(4096))
        os.set_blocking(writer, True)
        words = [PYTHON, "-c", "import os, sys; os.dup2(int(sys.argv[1]), 2); os.execv(sys.argv[2], sys.argv[2:])", writer]
        os.set_inheritable(writer, True)
        started = harness.subprocess.Popen
        try:
            harness.subprocess.Popen = lambda *a, **k: started(*a, **k, pass_fds=(writer,))
            run = self.run_with(services, prefix=words)
        finally:
            harness.subprocess.Popen = started
            os.close(writer)
        run.wait_for_status(lambda s: s["ready"], "ready all the same")
        run.signal(signal.SIGTERM)
        self.assertEqual(run.wait(), 143)
        self.assertEqual(run.leftovers(), [])

    def test_what_cannot_be_kept_is_told_once(self):
        state = self.tmp / "state"
        (state / "logs" / "app.log").mkdir(parents=True)
        state.chmod(0o700)
        app = {"run": shell("for i in 1 2 3 4; do echo line $i; done; exec sleep 1000"), "ready": {"line": "line 4"}}
        run = self.finish("up", manifest={"services": {"app": app}}, state_dir=state, expect=0)
        self.assertEqual(run.stderr.count("no more of this output is kept"), 1, run.stderr)


class Lost(ServiceCase):
    def setUp(self):
        super().setUp()
        self.up = self.tmp / "up"
        self.up.touch()

    def needed(self, policy):
        probe = {"type": "file", "path": str(self.up)}
        return {"db": {"probe": probe, "interval": "20ms", "failure_threshold": 2, "when_lost": policy}}

    def test_the_main_process_gets_a_signal_each_time(self):
        main = f"trap '{writes(self.tmp / 'got', 'hup')}' HUP; trap 'exit 5' TERM; while :; do sleep 0.02; done"
        for pid1 in self.both():
            run = self.run_with(self.needed("signal:HUP"), "--", "sh", "-c", main, pid1=pid1)
            for times in (1, 2):
                run.wait_for_status(lambda s: s["ready"], "ready")
                self.up.unlink()
                eventually(lambda: len(self.lines("got")) == times, "it got its signal")
                self.up.touch()
            run.wait_for_status(lambda s: s["ready"], "ready again")
            self.assertRegex(run.stderr, "warning: service db is lost, the main process is sent SIGHUP: missing: .*/up")
            run.signal(signal.SIGTERM)
            self.assertEqual(run.wait(), 5)
            (self.tmp / "got").unlink()

    def test_the_main_process_is_stopped(self):
        for pid1 in self.both():
            for trap, options in (("exit 5", ()), ("", ("--kill-after", "100ms"))):
                with self.subTest(pid1=pid1, trap=trap):
                    self.up.touch()
                    main = f"trap '{trap}' TERM; while :; do sleep 0.02; done"
                    run = self.run_with(self.needed("stop"), *options, "--", "sh", "-c", main, pid1=pid1)
                    run.wait_for_status(lambda s: s["ready"], "ready")
                    self.up.unlink()
                    self.assertEqual(run.wait(), EXIT_DEPENDENCY, run.transcript())
                    self.assertIn("error: service db is lost, the main process is stopped: missing", run.stderr)

    def test_it_is_only_told(self):
        run = self.run_with(self.needed("report"))
        run.wait_for_status(lambda s: s["ready"], "ready")
        self.up.unlink()
        run.wait_for_status(lambda s: not s["ready"], "it is told")
        self.assertTrue(run.running())
        self.assertNotIn("is lost", run.stderr)

    def test_a_service_of_our_own_that_dies_is_lost(self):
        db = {"run": shell(f"echo $$ > {self.tmp}/pid; echo up; exec sleep 1000"), "ready": {"line": "up"}, "when_lost": "stop"}
        run = self.run_with({"db": db}, pid1=False)
        run.wait_for_status(lambda s: s["ready"], "ready")
        send_signal(int(self.lines("pid")[0]), signal.SIGKILL)
        self.assertEqual(run.wait(), EXIT_DEPENDENCY, run.transcript())
        self.assertRegex(run.stderr, "service db is lost, the main process is stopped: .*SIGKILL")

    def test_nobody_looks_if_that_is_wanted(self):
        probes = self.tmp / "probes"
        db = {"probe": {"type": "exec", "command": shell(writes(probes, "x"))}, "interval": "10ms"}
        main = ["--", "sleep", "1"]
        self.finish(*main, manifest={"services": {"db": db}}, expect=0)
        self.assertGreater(len(self.lines("probes")), 1)
        probes.unlink()
        self.finish("--no-watch", *main, manifest={"services": {"db": db}}, expect=0)
        self.assertEqual(len(self.lines("probes")), 1)


class LocalProbes(ServiceCase):
    """What PID 1 looks up itself."""

    def probed(self, probe, **more):
        return self.run_with({"it": {"probe": probe, "retry_max": "20ms", "interval": "20ms", **more}}, "--", "sleep", "1000")

    def end(self, run):
        run.signal(signal.SIGTERM)
        self.assertEqual(run.wait(), 143)

    def test_a_file_and_what_is_in_it(self):
        path = self.tmp / "state"
        run = self.probed({"type": "file", "path": str(path), "expect_body": {"regex": "^phase: (done|over)$"}})
        reason = lambda part: run.wait_for_status(lambda s: part in (service(s, "it")["error_message"] or ""), part)
        reason("No such file or directory")
        path.mkdir()
        reason("is not a regular file")
        path.rmdir()
        path.write_text("phase: begun\n")
        reason("content")
        path.write_text("# now\nphase: done\n")
        run.wait_for_status(lambda s: s["ready"], "the line is there")
        path.write_text("phase: begun\n")
        run.wait_for_status(lambda s: not s["ready"], "it is gone again")
        self.end(run)

    def test_a_pipe_is_not_opened(self):
        path = self.tmp / "pipe"
        os.mkfifo(path)
        self.end_when_ready(self.probed({"type": "file", "path": str(path)}))
        run = self.probed({"type": "file", "path": str(path), "expect_body": "text"})
        run.wait_for_status(lambda s: "not a regular file" in (service(s, "it")["error_message"] or ""), "it says so")
        with self.assertRaises(OSError):
            os.open(path, os.O_WRONLY | os.O_NONBLOCK)

    def end_when_ready(self, run):
        run.wait_for_status(lambda s: s["ready"], "ready")
        self.end(run)

    def test_a_file_that_has_to_be_fresh(self):
        path = self.tmp / "heartbeat"
        path.touch()
        os.utime(path, (1, 1))
        run = self.probed({"type": "file", "path": str(path), "fresher_than": "1h"})
        run.wait_for_status(lambda s: "ago" in (service(s, "it")["error_message"] or ""), "it is too old")
        self.assertIn("stale", run.stderr)
        path.touch()
        self.end_when_ready(run)

    def test_a_file_that_has_to_go(self):
        path = self.tmp / "maintenance"
        path.touch()
        run = self.probed({"type": "file", "path": str(path), "expect": "down"})
        run.wait_for_status(lambda s: service(s, "it")["error_message"], "it is there")
        path.unlink()
        self.end_when_ready(run)

    def test_a_process_by_name(self):
        program = self.tmp / "muster-own-test"
        program.symlink_to("/bin/sleep")
        run = self.probed({"type": "process", "name": "muster-own-test"})
        run.wait_for_status(lambda s: "no process" in (service(s, "it")["error_message"] or ""), "it does not run")
        # In the namespace of the run, where the probe looks.
        services = {"it": {"probe": {"type": "process", "name": program.name}}, "own": {"run": [str(program), "1000"]}}
        self.end_when_ready(self.run_with(services))
        self.end_when_ready(self.run_with(services, pid1=False))

    def test_a_process_by_the_number_in_a_file(self):
        path = self.tmp / "pid"
        run = self.start("--", "sleep", "1000", pid1=False, manifest={"services": {
            "it": {"probe": {"type": "process", "pid_file": str(path)}, "retry_max": "20ms", "interval": "20ms"}}})
        reason = lambda part: run.wait_for_status(lambda s: part in (service(s, "it")["error_message"] or ""), part)
        reason("No such file")
        path.write_text("not a number\n")
        reason("does not hold the number")
        process = harness.subprocess.Popen(["sleep", "1000"])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        path.write_text(f"{process.pid}\n")
        run.wait_for_status(lambda s: s["ready"], "it runs")
        process.kill()
        # Not waited for yet: a dead one does not run.
        run.wait_for_status(lambda s: not s["ready"], "it is dead")
        self.assertEqual(harness.state_of(process.pid), "Z")
        self.end(run)


if __name__ == "__main__":
    sys.exit("run me with tests/run")
