"""Services and main processes that say themselves that they are ready, and zombies told on request."""
import json
import os
import signal
import socket
import unittest

from harness import EXIT_DEPENDENCY, EXIT_MANIFEST, EXIT_NO_STATE, MUSTER, PYTHON, ROOT, Case, eventually, schema_problems, service, shell

SAY = str(ROOT / "tests" / "e2e" / "say_ready.py")


def says(*words):
    return {"run": [PYTHON, SAY, *map(str, words)], "ready": "notify"}


def healthy(name):
    return lambda status: service(status, name)["status"] == "healthy"


class Services(Case):
    def up_with(self, pid1=True, env=None, **services):
        return self.start("--", "sleep", "1000", manifest={"services": services}, pid1=pid1, env=env)

    def both(self, **services):
        """The same as the first process of a namespace, and as an ordinary one."""
        for pid1 in (True, False):
            with self.subTest(pid1=pid1):
                yield self.up_with(pid1, **services)

    def test_its_word_makes_it_healthy_and_nothing_else(self):
        for pid1 in (True, False):
            with self.subTest(pid1=pid1):
                go = self.tmp / f"go{pid1}"
                run = self.up_with(pid1, app=says("STATUS=loading", f"wait={go}", "READY=1\\nSTATUS=at work"))
                status = run.wait_for_status(lambda s: service(s, "app")["message"] == "loading", "its message is shown")
                self.assertEqual(service(status, "app")["status"], "starting")
                self.assertIn("for its own word (sd_notify)", run.stderr)
                checked = self.check(run)
                self.assertEqual(checked.returncode, 1)
                self.assertIn("app (waits for its own word (sd_notify): loading)", checked.stdout)
                go.touch()
                run.wait_for_status(healthy("app"), "it said that it is ready")
                status = run.wait_for_status(lambda s: service(s, "app")["message"] == "at work", "the new message")
                self.assertEqual(service(status, "app")["attempts"], 0)
                self.assertEqual(schema_problems(status), [])
                self.assertEqual(self.check(run).returncode, 0)

    def test_it_is_not_probed_even_if_there_is_a_probe(self):
        marker = self.tmp / "probed"
        app = {**says("READY=1"), "probe": {"type": "exec", "command": ["touch", str(marker)]}, "interval": "1s"}
        run = self.up_with(app=app)
        run.wait_for_status(lambda s: s["ready"], "it is ready")
        self.assertFalse(marker.exists())

    def test_dependents_wait_for_it(self):
        go = self.tmp / "go"
        run = self.up_with(app=says(f"wait={go}", "READY=1"), later={"run": ["sleep", "1000"], "depends_on": ["app"]})
        run.wait_for_output("for its own word")
        status = run.wait_for_status(lambda s: s["services"], "the services are told")
        self.assertEqual(service(status, "later")["status"], "starting")
        go.touch()
        run.wait_for_status(healthy("later"), "the dependent came up")

    def test_silence_is_bounded_by_its_timeout(self):
        run = self.finish("up", manifest={"services": {"app": {**says("STATUS=x"), "timeout": "300ms"}}}, expect=EXIT_DEPENDENCY)
        self.assertIn("its process did not say that it is ready within 300 ms", run.stderr)

    def test_a_process_that_ends_without_a_word(self):
        run = self.finish("up", manifest={"services": {"app": says("STATUS=almost", "gone")}}, expect=EXIT_DEPENDENCY)
        self.assertIn("its process exited with code 0", run.stderr)

    def test_redis_speaks_it(self):
        words = ["redis-server", "--supervised", "systemd", "--port", "0", "--unixsocket", str(self.tmp / "redis.sock"),
                 "--save", "", "--dir", str(self.tmp)]
        for run in self.both(cache={"run": words, "ready": "notify"}):
            status = run.wait_for_status(lambda s: s["ready"], "redis says that it is ready")
            self.assertIn("Ready", service(status, "cache")["message"])
            run.kill()

    def test_a_newline_on_a_descriptor(self):
        for number in (3, 7, 255):
            with self.subTest(number=number):
                go = self.tmp / f"go{number}"
                line = f'while ! [ -e {go} ]; do sleep 0.01; done; {PYTHON} -c "import os; os.write({number}, b\'up\\n\')"; exec sleep 1000'
                run = self.up_with(app={"run": shell(line), "ready": {"fd": number}})
                run.wait_for_output(f"for its own word (descriptor {number})")
                self.assertEqual(self.check(run).returncode, 1)
                go.touch()
                run.wait_for_status(healthy("app"), "the newline came")

    def test_a_descriptor_that_is_closed_says_nothing(self):
        app = {"run": shell("printf almost >&3; exec 3>&-; exec sleep 1000"), "ready": {"fd": 3}, "timeout": "400ms"}
        run = self.finish("up", manifest={"services": {"app": app}}, expect=EXIT_DEPENDENCY)
        self.assertIn("closed its descriptor without a newline", run.stderr)

    def test_a_stranger_is_not_heard(self):
        for pid1 in (True, False):
            with self.subTest(pid1=pid1):
                name, go = self.tmp / f"name{pid1}", self.tmp / f"go{pid1}"
                run = self.up_with(pid1, app=says(f"file={name}", f"wait={go}", "READY=1"))
                eventually(name.exists, "the name of the socket")
                with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
                    s.connect("\0" + name.read_text()[1:])
                    for _ in range(50):
                        s.send(b"READY=1\nSTATUS=mine")
                run.wait_for_output("is not of a service that is asked")
                self.assertEqual(service(run.status(), "app")["status"], "starting")
                self.assertNotIn("mine", run.stderr)
                go.touch()
                run.wait_for_status(healthy("app"), "its own word")
                self.assertLessEqual(run.stderr.count("is not of a service"), 5)

    def test_another_service_is_not_heard_for_it(self):
        name = self.tmp / "name"
        send = (f"import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); "
                f"s.sendto(b'READY=1', chr(0) + open('{name}').read()[1:])")
        other = shell(f"while ! [ -e {name} ]; do sleep 0.01; done; {PYTHON} -c \"{send}\"; exec sleep 1000")
        app = {**says(f"file={name}"), "timeout": "2s"}
        run = self.finish("up", manifest={"services": {"app": app, "other": {"run": other}}}, expect=EXIT_DEPENDENCY)
        self.assertIn("is not of a service that is asked", run.stderr)

    def test_its_descendants_are_heard(self):
        for run in self.both(app=says("orphan", "READY=1")):
            run.wait_for_status(healthy("app"), "a grandchild in another session said it")

    def test_garbage_harms_nobody(self):
        for run in self.both(app=says("garbage", "barrier=READY=1\\nERRNO=2")):
            status = run.wait_for_status(healthy("app"), "its word after the garbage")
            run.wait_for_output("heard")
            self.assertEqual(schema_problems(status), [])
            run.signal(signal.SIGTERM)
            self.assertEqual(run.wait(), 128 + signal.SIGTERM)

    def test_messages_are_masked_and_printable(self):
        manifest = {
            "variables": {"TOKEN": {"type": "secret"}},
            "services": {"app": says("STATUS=with tok-123456 \x1b[31mred " + "x" * 3000, "READY=1")},
        }
        run = self.start("--", "sleep", "1000", manifest=manifest, env={"TOKEN": "tok-123456"})
        status = run.wait_for_status(lambda s: s["ready"], "it is ready")
        message = service(status, "app")["message"]
        self.assertTrue(message.startswith("with *** ?[31mred x"), message)
        self.assertLess(len(message), 256)
        self.assertNotIn("tok-123456", run.stderr)

    def test_a_service_that_stops_is_not_ready(self):
        go = self.tmp / "go"
        run = self.up_with(app=says("READY=1", f"wait={go}", "STOPPING=1"))
        run.wait_for_status(lambda s: s["ready"], "it is ready")
        go.touch()
        status = run.wait_for_status(lambda s: not s["ready"], "it is stopping")
        self.assertIn("it says that it is stopping", service(status, "app")["error_message"])

    def test_the_socket_is_for_those_that_are_asked(self):
        echo = shell('echo "socket: ${NOTIFY_SOCKET-none}"; exec sleep 1000')
        manifest = {
            "services": {"app": says("READY=1"), "plain": {"run": echo}},
            "steps": {"s": {"name": "s", "category": "installation", "command": shell('echo "step: ${NOTIFY_SOCKET-none}"')}},
        }
        run = self.start("--", "sh", "-c", 'echo "main: $NOTIFY_SOCKET"', manifest=manifest, env={"NOTIFY_SOCKET": "/of/our/parent"})
        self.assertEqual(run.wait(), 0, run.transcript())
        self.assertIn("plain | socket: none", run.stderr)
        self.assertIn("s     | step: none", run.stderr)
        self.assertEqual(run.stdout, "main: /of/our/parent\n")


class Mistakes(Case):
    def test_they_are_told(self):
        for ready, text in (
            ("yes", "notify"), (5, "expected a string"), ({}, "fd"), ({"fd": 2}, "3 to 255"), ({"fd": 256}, "3 to 255"),
            ({"fd": 3, "x": 1}, "key.unknown"),
        ):
            with self.subTest(ready=ready):
                manifest = self.manifest({"services": {"app": {"run": ["true"], "ready": ready}}})
                done = self.command("config", "--file", manifest)
                self.assertEqual(done.returncode, EXIT_MANIFEST)
                self.assertIn(text, done.stdout + done.stderr)
        probe = {"type": "tcp", "url": "tcp://h:1"}
        done = self.command("config", "--file", self.manifest({"services": {"app": {"probe": probe, "ready": "notify"}}}))
        self.assertEqual(done.returncode, EXIT_MANIFEST)
        self.assertIn('needs "run"', done.stdout + done.stderr)


class MainReady(Case):
    MANIFEST = {"main_ready": "notify", "services": {"app": {"run": ["sleep", "1000"]}}}

    def test_nothing_is_ready_before_its_word(self):
        for pid1 in (True, False):
            with self.subTest(pid1=pid1):
                go = self.tmp / f"go{pid1}"
                run = self.start("--", PYTHON, SAY, "STATUS=warming up", f"wait={go}", "READY=1", manifest=self.MANIFEST, pid1=pid1)
                status = run.wait_for_status(lambda s: "warming" in s["summary"], "main was started and heard")
                self.assertEqual((status["phase"], status["ready"], status["ready_after_ms"]), ("starting", False, None))
                self.assertEqual(schema_problems(status), [])
                checked = self.check(run)
                self.assertEqual(checked.returncode, 1)
                self.assertEqual(checked.stdout, "not ready: main process has not said that it is ready: warming up\n")
                self.assertNotIn("active", (run.state_dir / "journal.ndjson").read_text())
                self.assertNotIn("ready in", run.stderr)
                go.touch()
                status = run.wait_for_status(lambda s: s["ready"], "main said it")
                self.assertEqual(status["phase"], "ready")
                self.assertGreater(status["ready_after_ms"], 0)
                self.assertIn('"active"', (run.state_dir / "journal.ndjson").read_text())
                run.wait_for_output("ready in")
                self.assertEqual(self.check(run).returncode, 0)
                run.signal(signal.SIGTERM)
                self.assertEqual(run.wait(), 128 + signal.SIGTERM)

    def test_one_that_ends_before_it_is_ready(self):
        run = self.finish("--", "sh", "-c", "exit 7", manifest=self.MANIFEST, expect=7)
        self.assertNotIn('"active"', (run.state_dir / "journal.ndjson").read_text())

    def test_with_fewer_rights_it_is_heard_too(self):
        user = ["--user", "65534:65534"] if os.geteuid() == 0 else ["--cap-drop", "all"]
        run = self.start(*user, "--", PYTHON, "-c", SAY_INLINE, manifest=self.MANIFEST)
        run.wait_for_status(lambda s: s["ready"], "main said it as another user")

    def test_up_has_no_main_process_to_wait_for(self):
        self.finish("up", manifest=self.MANIFEST, expect=0)

    def test_the_socket_of_the_parent_is_replaced(self):
        run = self.start("--", "sh", "-c", 'echo "$NOTIFY_SOCKET"', manifest=self.MANIFEST, env={"NOTIFY_SOCKET": "/of/our/parent"})
        self.assertEqual(run.wait(), 0)
        self.assertRegex(run.stdout, r"^@muster/[0-9a-f]{32}\n$")


# The folder of the tests may not be readable for everybody.
SAY_INLINE = """
import os, socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(b"READY=1", chr(0) + os.environ["NOTIFY_SOCKET"][1:])
time.sleep(1000)
"""

# A parent that does not wait; its child's name is its own, with what would break a careless reader of /proc.
NEGLIGENT = """
import ctypes, os, time
child = os.fork()
if child == 0:
    ctypes.CDLL(None).prctl(15, b"odd) S 1 (x", 0, 0, 0)
    os._exit(0)
print(child, flush=True)
time.sleep(1000)
"""


class Processes(Case):
    def start_negligent(self, pid1):
        run = self.start("--", PYTHON, "-c", NEGLIGENT, "an-argument-that-is-secret", manifest={"name": "x"}, pid1=pid1)
        run.wait_for_output("\n")
        return run

    def listed(self, run, *more):
        return self.command("status", "--processes", "--state-dir", run.state_dir, *more)

    def test_zombies_are_told_with_their_parent(self):
        for pid1 in (True, False):
            with self.subTest(pid1=pid1):
                run = self.start_negligent(pid1)
                done = eventually(lambda: (d := self.listed(run)) and "zombie of" in d.stdout and d, "the zombie is listed")
                self.assertEqual(done.returncode, 0, done.stderr)
                lines = done.stdout.splitlines()
                self.assertEqual(lines[0].split(), ["PID", "STATE", "AGE", "COMMAND"])
                # From outside of its namespace it has another number than in its status file.
                self.assertEqual(lines[1].split()[0], str(run.pid))
                self.assertRegex(lines[1], r"sleeping|running")
                zombie = next(line for line in lines if "zombie of" in line)
                parent = next(line for line in lines if line.endswith("  python3"))
                self.assertRegex(zombie, rf"zombie +\d+ m?s +odd\) S 1 \(x  zombie of {parent.split()[0]} \(python3\): its parent does not wait for it")
                self.assertEqual(len(lines), 4, done.stdout)
                self.assertNotIn("secret", done.stdout)

    def test_for_programs(self):
        run = self.start_negligent(True)
        found = eventually(lambda: [p for p in self.document(run) if p["zombie_of"]], "the zombie is listed")
        self.assertEqual([p["state"] for p in found], ["zombie"])
        self.assertEqual(found[0]["zombie_of"], found[0]["parent"])

    def document(self, run):
        return json.loads(self.listed(run, "--format", "json").stdout)["processes"]

    def test_from_inside_of_the_namespace(self):
        run = self.start("--", "sh", "-c", '"$1" status --processes; exit 3', "sh", str(MUSTER), manifest={"name": "x"})
        self.assertEqual(run.wait(), 3)
        self.assertRegex(run.stdout, r"\n +1 +(sleeping|running) +\d+ m?s  muster\n")

    def test_nothing_to_list(self):
        run = self.finish("up", manifest={"name": "x"}, expect=0)
        done = self.listed(run)
        self.assertEqual(done.returncode, EXIT_NO_STATE)
        self.assertIn("not running any more", done.stderr)

    def test_the_option_is_for_status_only(self):
        self.assertEqual(self.command("check", "--processes").returncode, 64)


if __name__ == "__main__":
    unittest.main()
