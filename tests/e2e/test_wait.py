"""muster wait and MUSTER_WAIT: waiting for targets that are words, without a manifest."""
import pathlib
import re
import signal
import socket
import socketserver
import subprocess
import threading
import time

from harness import EXIT_DEPENDENCY, EXIT_MANIFEST, EXIT_USAGE, MUSTER, PATIENCE_S, Case, eventually, free_ports

# Nothing listens there and nobody but root could.
CLOSED = "127.0.0.1:1"
# Long enough for a probe on a slow machine, short enough to be waited for.
SHORT = "500ms"
PATIENT = f"{PATIENCE_S:.0f}s"


class Waiting(Case):
    def listener(self):
        """A port that takes connections and keeps them."""
        return self.silent_server()

    def words_of(self, done):
        return done.stdout + done.stderr


class Targets(Waiting):
    def test_ready_targets_of_every_local_kind(self):
        port = self.listener()
        path = self.tmp / "there"
        path.write_text("it is ready\n")
        unix = socket.socket(socket.AF_UNIX)
        unix.bind(str(self.tmp / "s.sock"))
        (self.tmp / "s.sock").chmod(0o777)
        unix.listen(8)
        self.addCleanup(unix.close)
        for target in (
            f"tcp://127.0.0.1:{port}", f"127.0.0.1:{port}", f"unix://{self.tmp}/s.sock", f"file://{path}",
            f"file://{path}#expect_body.contains=is ready", f"file://{path}#expect_body=is%20ready", "exec:true",
            "exec:test 1 = 1 && true", "process:python3", f"tcp://{CLOSED}#expect=down", "file:///does-not-exist#expect=down",
        ):
            with self.subTest(target):
                done = self.command("wait", "-t", PATIENT, target)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_http(self):
        port = free_ports(1)[0]
        self.web_server(port).start()
        for keys in ("", "#status=200", "#method=HEAD", "#headers.Accept=text/plain&redirects=2", "#expect_headers.Server=nginx"):
            with self.subTest(keys):
                done = self.command("wait", "-t", PATIENT, f"http://127.0.0.1:{port}/health{keys}")
                self.assertEqual(done.returncode, 0, done.stderr)
        done = self.command("wait", "-t", SHORT, f"http://127.0.0.1:{port}/#status=500-599")
        self.assertEqual(done.returncode, EXIT_DEPENDENCY, done.stderr)

    def test_redis(self):
        port = free_ports(1)[0]
        self.redis_server(port, "geheimnis").start()
        target = f"redis://:geheimnis@127.0.0.1:{port}/1"
        done = self.command("wait", "-t", PATIENT, f"{target}#role=master&databases=0,2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("geheimnis", self.words_of(done))

    def test_init_sleeps_while_the_prober_knocks(self):
        waiter = subprocess.Popen([MUSTER, "wait", "--timeout", "2s", f"tcp://{CLOSED}"], stderr=subprocess.PIPE, text=True)
        status = pathlib.Path(f"/proc/{waiter.pid}/status")
        switches = 0
        while waiter.poll() is None:
            found = re.search(r"\nvoluntary_ctxt_switches:\s*(\d+)", status.read_text())
            switches = int(found[1]) if found else switches
            time.sleep(0.01)
        told = waiter.communicate()[1]
        attempts = int(re.search(r"(\d+) attempts, failing", told)[1])
        # Asked one by one, each attempt wakes it twice: when it is due, and when it is over.
        self.assertLess(switches, attempts, told)

    def test_what_waiting_does_not_heal_ends_it_early(self):
        port = free_ports(1)[0]
        self.redis_server(port, "geheimnis").start()
        self.assertEqual(self.command("wait", f"redis://:geheimnis@127.0.0.1:{port}").returncode, 0)
        done = self.command("wait", "--timeout", "0s", f"redis://:falsches@127.0.0.1:{port}")
        self.assertEqual(done.returncode, EXIT_DEPENDENCY, done.stderr)
        self.assertIn("wrongpass", done.stderr)
        self.assertNotIn("falsches", self.words_of(done))

    def test_a_target_that_comes_later(self):
        """What wait-for-it, dockerize and wait4x are for."""
        port = free_ports(1)[0]
        run = self.start("wait", f"tcp://127.0.0.1:{port}", "--", "echo", "started")
        run.wait_for_output("refused")
        late = socket.create_server(("127.0.0.1", port))
        self.addCleanup(late.close)
        self.assertEqual(run.wait(), 0, run.transcript())
        self.assertIn("started", run.transcript())

    def test_several_and_mixed(self):
        port = self.listener()
        done = self.command("wait", "-t", SHORT, f"127.0.0.1:{port}", "exec:true", f"tcp://{CLOSED}")
        self.assertEqual(done.returncode, EXIT_DEPENDENCY, done.stderr)
        self.assertIn(f"tcp://{CLOSED}", done.stderr)
        self.assertIn("refused", done.stderr)

    def test_one_of_many_is_enough(self):
        port = self.listener()
        done = self.command("wait", "-t", PATIENT, "--any", f"tcp://{CLOSED}", f"tcp://127.0.0.1:{port}")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.command("wait", "-t", SHORT, "--any", f"tcp://{CLOSED}", "file:///does-not-exist")
        self.assertEqual(done.returncode, EXIT_DEPENDENCY, done.stderr)

    def test_a_dollar_sign_is_one(self):
        path = self.tmp / "a$HOME"
        path.write_text("x$y\n")
        done = self.command("wait", "-t", PATIENT, f"file://{path}#expect_body.regex=y$", "exec:test -n \"$HOME\"")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_same_target_twice(self):
        port = self.listener()
        done = self.command("wait", f"tcp://127.0.0.1:{port}", f"tcp://127.0.0.1:{port}")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_five_hundred(self):
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        targets = [f"tcp://127.0.0.1:{port}#hold=0s"] * 500
        done = self.command("wait", "-q", "-t", PATIENT, *targets)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])

    def test_no_file_is_written(self):
        state = self.tmp / "state"
        done = self.command("wait", "exec:true", env={"MUSTER_STATE_DIR": str(state)})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(state.exists())
        done = self.command("wait", "--state-dir", state, "exec:true")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((state / "status.json").exists())

    def test_a_manifest_that_lies_around_does_not_count(self):
        (self.tmp / "muster.json").write_text("{ broken")
        self.assertEqual(self.command("wait", "exec:true").returncode, 0)

    def test_quiet(self):
        done = self.command("wait", "--quiet", "exec:true")
        self.assertEqual([done.returncode, done.stdout, done.stderr], [0, "", ""])


class Commands(Waiting):
    def children_of(self, run):
        """What the processes are called that it started."""
        path = pathlib.Path(f"/proc/{run.pid}/task/{run.pid}/children")
        return [pathlib.Path(f"/proc/{pid}/comm").read_text().strip() for pid in path.read_text().split()]

    def test_its_exit_code(self):
        run = self.finish("wait", "exec:true", "--", "sh", "-c", "exit 7")
        self.assertEqual(run.code, 7, run.transcript())

    def test_as_an_ordinary_process(self):
        run = self.finish("wait", "exec:true", "--", "sh", "-c", "exit 7", pid1=False)
        self.assertEqual(run.code, 7, run.transcript())

    def test_it_is_never_started_when_the_wait_failed(self):
        made = self.tmp / "made"
        done = self.command("wait", "-t", SHORT, f"tcp://{CLOSED}", "--", "touch", made)
        self.assertEqual(done.returncode, EXIT_DEPENDENCY, done.stderr)
        self.assertFalse(made.exists())

    def test_signals_are_forwarded_to_it(self):
        run = self.start("wait", "exec:true", "--", "sh", "-c", "trap 'exit 9' TERM; echo up; while :; do sleep 0.1; done")
        run.wait_for_output("up")
        run.signal(signal.SIGTERM)
        self.assertEqual(run.wait(), 9, run.transcript())

    def test_a_signal_ends_the_wait(self):
        run = self.start("wait", f"tcp://{CLOSED}", "--", "echo", "never", pid1=False)
        run.wait_for_output("refused")
        run.signal(signal.SIGTERM)
        self.assertEqual(run.wait(), 128 + signal.SIGTERM, run.transcript())
        self.assertEqual(run.stdout, "")

    def test_nothing_of_ours_is_left_beside_it(self):
        port = self.listener()
        run = self.start("wait", f"tcp://127.0.0.1:{port}", "--", "sh", "-c", "echo up; exec sleep 60", pid1=False)
        run.wait_for_output("up")
        eventually(lambda: self.children_of(run) == ["sleep"], "there is nothing but the command")

    def test_options_of_a_main_process(self):
        run = self.finish("wait", "--remap", "7=0", "exec:true", "--", "sh", "-c", "exit 7")
        self.assertEqual(run.code, 0, run.transcript())


class Mistakes(Waiting):
    def refused(self, *words, env=None):
        done = self.command("wait", *words, env=env)
        self.assertEqual(done.returncode, EXIT_USAGE, done.stderr)
        return done.stderr

    def test_all_of_them_at_once(self):
        begin = time.monotonic()
        said = self.refused(
            "htp://a", "tcp://b", "http://c#status=900", "http://d#foo=1", "nonsense", "http://e:99999", "tcp://f:1#hold",
        )
        for text in ("did you mean http:?", "tcp://b: ", "http://c: ", 'no', '"foo"', "nonsense", "http://e:99999", '"hold"'):
            self.assertIn(text, said)
        self.assertLess(time.monotonic() - begin, PATIENCE_S / 2)

    def test_no_credentials_in_messages(self):
        said = self.refused("http://user:hunter2@h:99999/p?token=hunter2", "postgres://app:hunter2@db/app", "tcp://:hunter2@h")
        self.assertNotIn("hunter2", said)
        self.assertIn("postgres://***@db/app", said)
        self.assertIn("does not log in", said)

    def test_nothing_to_wait_for(self):
        self.assertIn("nothing to wait for", self.refused())
        self.assertIn("nothing to wait for", self.refused(env={"MUSTER_WAIT": " \n"}))

    def test_seconds_without_a_unit(self):
        self.assertIn("write 15s", self.refused("-t", "15", "tcp://h:1"))

    def test_options_that_mean_nothing_here(self):
        for words in (["--file", "x"], ["--skip", "x"], ["--profile", "none"]):
            with self.subTest(words):
                self.assertIn("makes no sense", self.refused(*words, "exec:true"))


class Variable(Waiting):
    def test_without_a_manifest(self):
        made = self.tmp / "made"
        env = {"MUSTER_WAIT": f" exec:true\nfile://{made}\t"}
        run = self.start("--", "echo", "started", env=env, folder_env=False)
        run.wait_for_output("missing")
        made.touch()
        self.assertEqual(run.wait(), 0, run.transcript())
        self.assertIn("started", run.transcript())

    def test_it_adds_to_the_command_line(self):
        done = self.command("wait", "-t", SHORT, "exec:true", env={"MUSTER_WAIT": f"tcp://{CLOSED}"})
        self.assertEqual(done.returncode, EXIT_DEPENDENCY, done.stderr)

    def test_it_adds_to_a_manifest(self):
        manifest = {"services": {"exec-true": {"probe": {"type": "file", "path": "/"}}}}
        run = self.finish("up", manifest=manifest, env={"MUSTER_WAIT": "exec:true"}, expect=0)
        names = [s["service_name"] for s in run.status()["services"]]
        self.assertEqual(sorted(names), ["exec-true", "exec-true-2"])

    def test_credentials_are_in_no_file(self):
        port = free_ports(1)[0]
        self.redis_server(port, "geheimnis").start()
        run = self.finish(
            "up", manifest={}, env={"MUSTER_WAIT": f"redis://:geheimnis@127.0.0.1:{port}"}, expect=0,
        )
        for path in run.state_dir.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"geheimnis", path.read_bytes(), path.name)

    def test_a_mistake_in_it(self):
        done = self.command("up", env={"MUSTER_WAIT": "tcp://nowhere"})
        self.assertEqual(done.returncode, EXIT_USAGE, done.stderr)
        done = self.command("up", "--file", self.manifest({}), env={"MUSTER_WAIT": "tcp://nowhere", "MUSTER_STATE_DIR": str(self.tmp)})
        self.assertEqual(done.returncode, EXIT_MANIFEST, done.stderr)


class Cost(Waiting):
    def test_a_refused_connection_costs_little(self):
        """A socket, a connection that is refused, its end: nothing to watch, and nothing of libcurl's."""
        trace = self.tmp / "trace"
        done = subprocess.run(
            ["strace", "-f", "-qq", "-o", trace, MUSTER, "wait", "--quiet", "--timeout", "1s", f"tcp://{CLOSED}"],
            env=self.environment(**self.no_leak_check()), stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S,
        )
        self.assertEqual(done.returncode, EXIT_DEPENDENCY, done.stderr)
        calls = trace.read_text()
        attempts = calls.count(" connect(")
        self.assertGreater(attempts, 20)
        self.assertLess(calls.count(" epoll_ctl("), attempts)
