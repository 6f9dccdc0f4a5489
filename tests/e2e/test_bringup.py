"""The whole way: environment, configuration, graph, probes, steps, tests, status file, ready, main process."""
import hashlib
import json
import re
import signal

import harness
from harness import (
    EXIT_CONFIG, EXIT_DEPENDENCY, EXIT_MANIFEST, EXIT_STEP, EXIT_TEST, PYTHON, STACK, Case, eventually,
    free_ports, result_of, service, shell, step,
)

PROFILE_FIELDS = {
    "redis_url", "redis_session_db", "redis_task_db", "youtube_api_key", "openai_api_key", "backend_url", "frontend_url",
    "websocket_url", "environment",
}
SERVICE_FIELDS = {
    "service_name", "status", "last_check", "response_time_ms", "error_message", "connection_details", "dependencies",
}
TEST_FIELDS = {
    "test_type", "test_name", "execution_time", "duration_ms", "status", "error_details", "test_data", "environment_snapshot",
}
STEP_FIELDS = {
    "step_id", "step_name", "category", "status", "started_at", "completed_at", "error_details", "prerequisites", "artifacts",
}
ARTIFACT_FIELDS = {
    "artifact_type", "artifact_path", "created_by_step", "size_bytes", "checksum", "permissions", "backup_location",
    "cleanup_script",
}
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$")

HOPELESS = {"probe": {"type": "tcp", "url": "tcp://127.0.0.1:1"}}


def a_step(*command, **more):
    return {"name": "a step", "category": "installation", "command": list(command), **more}


class Devstack(Case):
    """builtin:devstack against a real Redis, nginx and WebSocket server."""

    def setUp(self):
        super().setUp()
        self.redis_port, self.backend_port, self.frontend_port, self.websocket_port = free_ports(4)
        self.backend_url = f"http://127.0.0.1:{self.backend_port}"
        self.stack_env = {
            "REDIS_URL": f"redis://:secret%40word@127.0.0.1:{self.redis_port}",
            "BACKEND_URL": self.backend_url,
            "FRONTEND_URL": f"http://127.0.0.1:{self.frontend_port}",
            "WEBSOCKET_URL": f"ws://127.0.0.1:{self.websocket_port}/",
        }
        self.redis = self.redis_server(self.redis_port, "secret@word")
        self.backend = self.web_server(self.backend_port)
        self.frontend = self.web_server(self.frontend_port, "frontend", self.backend_url)
        self.websocket = self.websocket_server(self.websocket_port)

    def full_manifest(self, scratch):
        return {
            "extends": "builtin:devstack",
            "name": "full",
            "variables": {
                "SCRATCH": {"type": "string", "required": True},
                "GREETING": {"type": "string", "default": "hello"},
            },
            "steps": {
                "plain": a_step(
                    *shell('printf %s "$GREETING" >"$SCRATCH/plain"; chmod 0640 "$SCRATCH/plain"'),
                    artifacts=[{"type": "file", "path": "${SCRATCH}/plain", "permissions": "0640"}],
                ),
                "large": a_step(
                    *shell('head -c 3000000 /dev/zero >"$SCRATCH/large"'), prerequisites=["plain"], services=["redis"],
                    artifacts=[
                        {"type": "file", "path": "${SCRATCH}/large"},
                        {"type": "service", "path": "something-by-name"},
                    ],
                ),
            },
            "tests": {
                "by-command": {"type": "smoke", "services": ["redis"], "command": ["test", "-s", f"{scratch}/large"]},
                "by-probe": {
                    "type": "smoke", "services": ["frontend"], "probe": {"type": "http", "url": "${FRONTEND_URL}/api/x"},
                },
            },
        }

    def start_late_and_out_of_order(self, run):
        """The last one in the graph first; redis, which all wait for, last."""
        run.wait_for_status(lambda s: service(s, "redis")["last_check"], "redis is called")
        self.websocket.start()
        self.frontend.start()
        self.backend.start()
        # Nothing that needs redis has been looked at, though it may well be up.
        status = run.wait_for_status(
            lambda s: service(s, "redis")["connection_details"].get("attempts", 0) > 5, "redis is called again and again"
        )
        for name in ("backend", "frontend", "websocket"):
            self.assertIsNone(service(status, name)["last_check"], name)
            self.assertEqual(service(status, name)["status"], "starting")
        self.assertEqual(status["ready"], False)
        self.redis.start()

    def full_run(self, pid1=True):
        scratch = self.tmp / "scratch"
        scratch.mkdir(exist_ok=True)
        main = "env; cat \"$MUSTER_STATE_DIR/status.json\" >\"$SCRATCH/status-at-main\"; exit 7"
        run = self.start(
            "--", "sh", "-c", main, manifest=self.full_manifest(scratch), pid1=pid1,
            env={**self.stack_env, "SCRATCH": str(scratch), "OPENAI_API_KEY": "sk-something-long"},
        )
        self.start_late_and_out_of_order(run)
        self.assertEqual(run.wait(), 7, run.transcript())
        run.at_main = json.loads((scratch / "status-at-main").read_text())
        run.scratch = scratch
        return run

    def test_everything_comes_up_and_main_is_started(self):
        run = self.full_run()
        status = run.at_main
        self.assertEqual({s["status"] for s in status["services"]}, {"healthy"})
        self.assertEqual({s["status"] for s in status["steps"]}, {"completed"})
        self.assertEqual({t["status"] for t in status["tests"]}, {"passed"})
        self.assertEqual((status["ready"], status["phase"], status["profile"]["state"]), (True, "ready", "active"))
        self.assertIn("ready in ", run.stderr)
        self.the_environment_of_main(run)
        self.the_fields(status)
        self.the_profile(status["profile"])
        self.the_services(status)
        self.the_tests(status)
        self.the_artifacts(run, status)
        self.the_order(run)
        self.assertEqual(status["sequence"], sorted([status["sequence"], run.status()["sequence"]])[0])

    def the_environment_of_main(self, run):
        env = dict(line.split("=", 1) for line in run.stdout.splitlines() if "=" in line)
        self.assertEqual(env["REDIS_URL"], self.stack_env["REDIS_URL"])
        self.assertEqual((env["REDIS_SESSION_DB"], env["REDIS_TASK_DB"]), ("1", "2"))
        self.assertEqual((env["ENVIRONMENT"], env["GREETING"]), ("local", "hello"))
        self.assertEqual(env["OPENAI_API_KEY"], "sk-something-long")
        self.assertNotIn("YOUTUBE_API_KEY", env)

    def the_fields(self, status):
        for entity, fields in (
            ("services", SERVICE_FIELDS), ("tests", TEST_FIELDS), ("steps", STEP_FIELDS), ("artifacts", ARTIFACT_FIELDS),
        ):
            self.assertTrue(status[entity], entity)
            for record in status[entity]:
                self.assertEqual(fields - set(record), set(), f"{entity}: a field of the data model is missing")
        self.assertEqual(PROFILE_FIELDS - set(status["profile"]), set())
        stamps = [s["last_check"] for s in status["services"]] + [t["execution_time"] for t in status["tests"]]
        stamps += [s[k] for s in status["steps"] for k in ("started_at", "completed_at")]
        for stamp in stamps:
            self.assertRegex(stamp, STAMP)
        for record in status["steps"]:
            self.assertGreater(record["completed_at"], record["started_at"])
        self.assertEqual(harness.schema_problems(status), [])

    def the_profile(self, profile):
        self.assertEqual(profile["redis_url"], f"redis://:***@127.0.0.1:{self.redis_port}")
        self.assertEqual((profile["redis_session_db"], profile["redis_task_db"]), (1, 2))
        self.assertEqual((profile["openai_api_key"], profile["youtube_api_key"]), ("***", None))
        self.assertEqual(profile["environment"], "local")
        self.assertEqual(profile["extra"]["GREETING"], "hello")

    def the_services(self, status):
        wanted = {"redis": [], "backend": ["redis"], "frontend": ["backend"], "websocket": ["backend"]}
        self.assertEqual({s["service_name"]: s["dependencies"] for s in status["services"]}, wanted)
        for record in status["services"]:
            self.assertGreaterEqual(record["response_time_ms"], 0)
            self.assertIsNone(record["error_message"])
            self.assertGreaterEqual(record["connection_details"]["attempts"], 1)
            self.assertIn("127.0.0.1", record["connection_details"]["target"])
            self.assertEqual(record["connection_details"]["resolved_address"], "127.0.0.1")
        self.assertEqual(service(status, "backend")["connection_details"]["http_status"], 200)
        self.assertEqual(service(status, "redis")["connection_details"]["redis"]["role"], "master")

    def the_tests(self, status):
        for record in status["tests"]:
            self.assertEqual(record["test_type"], "smoke")
            self.assertGreater(record["duration_ms"], 0)
            self.assertIsNone(record["error_details"])
            snapshot = record["environment_snapshot"]
            wanted = PROFILE_FIELDS | {"SCRATCH", "config_digest", "manifest_sha256", "muster_version"}
            self.assertEqual(wanted - set(snapshot), set())
            self.assertEqual(snapshot["openai_api_key"]["set"], True)
            self.assertIsNone(snapshot["youtube_api_key"])

    def the_artifacts(self, run, status):
        records = {a["artifact_path"]: a for a in status["artifacts"]}
        for name, by in (("plain", "plain"), ("large", "large")):
            path = run.scratch / name
            record = records[str(path)]
            content = path.read_bytes()
            self.assertEqual(record["checksum"], "sha256:" + hashlib.sha256(content).hexdigest())
            self.assertEqual(record["size_bytes"], len(content))
            self.assertEqual(record["permissions"], f"{path.stat().st_mode & 0o7777:04o}")
            self.assertEqual((record["created_by_step"], record["artifact_type"]), (by, "file"))
        self.assertIsNone(records["something-by-name"]["checksum"])
        self.assertEqual(len(records), 3)
        # A step's artifacts are those that say they are its own.
        self.assertEqual(len(step(status, "large")["artifacts"]), 2)

    def the_order(self, run):
        """The journal: in_progress before completed, and the next step only after that."""
        steps = [(e["step_id"], e["to"]) for e in run.journal() if e["kind"] == "step"]
        self.assertEqual(
            steps, [("plain", "in_progress"), ("plain", "completed"), ("large", "in_progress"), ("large", "completed")]
        )
        sequence = [e["sequence"] for e in run.journal()]
        self.assertEqual(sequence, sorted(set(sequence)))

    def test_as_an_ordinary_process_too(self):
        run = self.full_run(pid1=False)
        self.assertEqual(run.at_main["ready"], True)

    def test_no_websocket_url_means_no_websocket_service(self):
        """SVC-05"""
        for server in (self.redis, self.backend, self.frontend):
            server.start()
        del self.stack_env["WEBSOCKET_URL"]
        run = self.finish("--profile", "devstack", "up", env=self.stack_env, expect=0)
        record = service(run.status(), "websocket")
        self.assertEqual(record["status"], "stopped")
        self.assertIn("not_configured", json.dumps(record))
        self.assertIsNone(record["last_check"])
        self.assertEqual(self.check(run).returncode, 0)

    def test_a_server_that_does_not_answer_is_unhealthy(self):
        """SVC-04: accepts, says nothing. Each attempt ends by the probe's own timeout."""
        port = self.silent_server()
        manifest = {
            "services": {
                "mute": {"probe": {"type": "http", "url": f"http://127.0.0.1:{port}/", "timeout": "100ms"}, "timeout": "4s"}
            }
        }
        run = self.finish("up", manifest=manifest, expect=EXIT_DEPENDENCY)
        record = service(run.status(), "mute")
        self.assertEqual(record["status"], "unhealthy")
        self.assertGreaterEqual(record["response_time_ms"], 0)
        self.assertGreater(record["connection_details"]["attempts"], 3)
        # Not the last one, for which less time was left.
        self.assertIn("not done within 100 ms: connected, but no answer", record["error_message"])

    def test_a_stopped_redis_is_unhealthy(self):
        """SVC-04 with the real thing: SIGSTOP, and the wall clock says nothing."""
        self.redis.start()
        manifest = {
            "extends": "builtin:devstack",
            "services": {
                "redis": {"probe": {"timeout": "300ms"}, "interval": "50ms", "failure_threshold": 2},
                "backend": None, "frontend": None, "websocket": None,
            },
        }
        run = self.start("--", "sleep", "600", manifest=manifest, env=self.stack_env)
        run.wait_for_status(lambda s: s["ready"], "ready")
        self.redis.signal(signal.SIGSTOP)
        self.addCleanup(self.redis.signal, signal.SIGCONT)
        status = run.wait_for_status(lambda s: service(s, "redis")["status"] == "unhealthy", "redis is unhealthy")
        self.assertGreaterEqual(service(status, "redis")["response_time_ms"], 299)
        self.assertTrue(service(status, "redis")["error_message"])
        self.assertEqual(status["ready"], False)
        self.assertEqual(self.check(run).returncode, 1)
        self.redis.signal(signal.SIGCONT)
        run.wait_for_status(lambda s: s["ready"], "ready again")
        self.assertEqual(self.check(run).returncode, 0)
        run.signal(signal.SIGTERM)
        self.assertEqual(run.wait(), 143)
        self.assertRegex(run.stderr, r"redis +healthy +again after ")
        # It is not ours to stop.
        self.assertNotRegex(run.stderr, r"redis +stopped")


class OwnRedis(Case):
    """Redis as a service that muster runs, and that gets killed."""

    def setUp(self):
        super().setUp()
        (self.port,) = free_ports(1)
        self.env = {"REDIS_URL": f"redis://:pass-word@127.0.0.1:{self.port}", "REDISCLI_AUTH": "pass-word"}
        self.document = {
            "variables": {
                "REDIS_URL": {"type": "redis-url", "required": True},
                "REDISCLI_AUTH": {"type": "secret", "required": True},
            },
            "services": {
                "redis": {
                    "run": ["sh", str(STACK / "redis.sh"), "0", "127.0.0.1", str(self.port), str(self.tmp / "redis")],
                    "probe": {"type": "redis", "url": "${REDIS_URL}"},
                    "interval": "50ms",
                }
            },
        }

    def redis_pid(self, run):
        def find():
            return [p for p in harness.descendants_of(run.pid) if harness.read_proc(p, "comm") == b"redis-server\n"]

        return eventually(find, "a redis-server below muster")[0]

    def test_it_is_started_probed_and_stopped_again(self):
        run = self.finish("up", manifest=self.document, env=self.env, expect=0)
        self.assertEqual(service(run.status(), "redis")["status"], "stopped")
        self.assertEqual((run.status()["phase"], self.check(run).returncode), ("complete", 0))
        self.assertEqual(run.leftovers(), [])

    def test_killed_during_the_bring_up(self):
        self.document["services"]["later"] = {**HOPELESS, "depends_on": ["redis"], "timeout": "600s"}
        run = self.start("--", "echo", "main was started", manifest=self.document, env=self.env)
        run.wait_for_status(lambda s: service(s, "redis")["status"] == "healthy", "redis is healthy")
        harness.send_signal(self.redis_pid(run), signal.SIGKILL)
        self.assertEqual(run.wait(), EXIT_DEPENDENCY, run.transcript())
        self.assertRegex(run.stderr, r"redis.*SIGKILL")
        self.assertNotIn("main was started", run.stdout)
        self.assertRegex(service(run.status(), "redis")["error_message"] or "", "SIGKILL")
        self.assertEqual(self.check(run).returncode, 1)

    def test_killed_after_ready(self):
        run = self.start("--", "sleep", "600", manifest=self.document, env=self.env)
        run.wait_for_status(lambda s: s["ready"], "ready")
        self.assertEqual(self.check(run).returncode, 0)
        harness.send_signal(self.redis_pid(run), signal.SIGKILL)
        status = run.wait_for_status(lambda s: not s["ready"], "not ready any more")
        self.assertEqual(service(status, "redis")["status"], "unhealthy")
        self.assertRegex(service(status, "redis")["error_message"], "SIGKILL")
        eventually(lambda: re.search(r"redis.*SIGKILL", run.stderr), "it is told")
        check = self.check(run)
        self.assertEqual(check.returncode, 1)
        self.assertIn("redis", check.stdout)
        # The main process is not taken down with it.
        self.assertTrue(run.running())
        run.signal(signal.SIGTERM)
        self.assertEqual(run.wait(), 143)

    def test_the_readme_s_distinct_redis_mistakes(self):
        """No password and a wrong one are told apart, and neither is waited for in vain until the time is up."""
        self.redis_server(self.port, "pass-word").start()
        del self.document["services"]["redis"]["run"]
        self.document["services"]["redis"]["timeout"] = "10m"
        for url, word in ((f"redis://127.0.0.1:{self.port}", "NOAUTH"), (f"redis://:wrong@127.0.0.1:{self.port}", "WRONGPASS")):
            with self.subTest(word):
                run = self.finish("up", manifest=self.document, env={**self.env, "REDIS_URL": url}, expect=EXIT_DEPENDENCY)
                self.assertIn(word, run.stderr)
                self.assertIn("waiting does not help", run.stderr)


class Graph(Case):
    def test_services_wait_for_services_and_steps(self):
        log = self.tmp / "log"
        note = lambda name: ["sh", "-c", f"echo {name} >>{log}; touch {self.tmp}/{name}; exec sleep 600"]
        probe = lambda name: {"type": "file", "path": f"{self.tmp}/{name}"}
        manifest = {
            "services": {
                "c": {"run": note("c"), "probe": probe("c"), "depends_on": ["b"]},
                "b": {"run": note("b"), "probe": probe("b"), "depends_on": ["a"], "after": ["two"]},
                "a": {"run": note("a"), "probe": probe("a")},
            },
            "steps": {
                "two": a_step("sh", "-c", f"echo two >>{log}", services=["a"], prerequisites=["one"]),
                "one": a_step("sh", "-c", f"sleep 0.2; echo one >>{log}", category="prerequisites"),
            },
        }
        self.finish("--", "sh", "-c", f"echo main >>{log}", manifest=manifest, expect=0)
        words = log.read_text().split()
        self.assertEqual(sorted(words), sorted(["a", "one", "two", "b", "c", "main"]))
        for first, then in (("a", "two"), ("one", "two"), ("two", "b"), ("b", "c"), ("c", "main")):
            self.assertLess(words.index(first), words.index(then), words)

    def test_independent_things_go_on_at_once(self):
        """Both sides of a rendezvous are needed at the same time: one after the other would never end."""
        meet = "touch {0}/{1}; while ! [ -e {0}/{2} ]; do sleep 0.02; done"
        manifest = {
            "steps": {
                "left": a_step("sh", "-c", meet.format(self.tmp, "left", "right"), timeout="20s"),
                "right": a_step("sh", "-c", meet.format(self.tmp, "right", "left"), timeout="20s"),
            }
        }
        self.finish("up", manifest=manifest, expect=0)

    def test_exec_and_file_probes(self):
        flag = self.tmp / "flag"
        manifest = {
            "services": {
                "by-file": {"probe": {"type": "file", "path": str(flag)}, "timeout": "20s"},
                "by-command": {"probe": {"type": "exec", "command": ["test", "-e", str(flag)]}, "timeout": "20s"},
            }
        }
        run = self.start("up", manifest=manifest)
        run.wait_for_status(lambda s: all(r["last_check"] for r in s["services"]), "both were looked at")
        self.assertEqual({r["status"] for r in run.status()["services"]} & {"healthy"}, set())
        flag.touch()
        self.assertEqual(run.wait(), 0, run.transcript())

    def test_a_service_that_is_not_required_is_not_waited_for(self):
        manifest = {"services": {"nice-to-have": {**HOPELESS, "required": False, "timeout": "300ms"}}}
        self.finish("--", "sh", "-c", "exit 3", manifest=manifest, expect=3)

    def test_many_services_at_once(self):
        (port,) = free_ports(1)
        manifest = {
            "services": {f"s{i}": {"probe": {"type": "tcp", "url": f"tcp://127.0.0.1:{port}"}, "timeout": "30s"} for i in range(200)}
        }
        run = self.start("up", manifest=manifest)
        run.wait_for_status(lambda s: sum(1 for r in s["services"] if r["last_check"]) == 200, "all are called")
        self.web_server(port).start()
        self.assertEqual(run.wait(), 0, run.transcript())


class Hopeless(Case):
    def test_each_missing_service_is_told_with_its_last_error_and_a_hint(self):
        (port,) = free_ports(1)
        self.web_server(port).start()
        (closed,) = free_ports(1)
        short = {"timeout": "1s"}
        manifest = {
            "services": {
                "here": {"probe": {"type": "tcp", "url": f"tcp://127.0.0.1:{port}"}},
                "refuses": {"probe": {"type": "tcp", "url": f"tcp://127.0.0.1:{closed}"}, **short},
                "no-name": {"probe": {"type": "http", "url": "http://no-such-host.invalid/"}, **short},
                "wrong-status": {"probe": {"type": "http", "url": f"http://127.0.0.1:{port}/", "status": "500"}, **short},
                "no-redis": {"probe": {"type": "redis", "url": f"redis://127.0.0.1:{port}"}, **short},
                "waits": {"probe": {"type": "tcp", "url": f"tcp://127.0.0.1:{port}"}, "depends_on": ["refuses"]},
            }
        }
        run = self.finish("--", "echo", "main was started", manifest=manifest, expect=EXIT_DEPENDENCY)
        self.assertNotIn("main was started", run.stdout)
        failed = run.stderr
        for name, said in (
            ("refuses", "refused"), ("no-name", "resolve: "), ("wrong-status", "200"), ("no-redis", "Redis protocol"), ("never", "waits"),
        ):
            self.assertRegex(failed, rf"(?m)^.*{name}.*{said}")
        self.assertRegex(failed, r"hint: the name does not resolve yet")
        self.assertNotIn("firewall", failed)
        self.assertRegex(failed, r"hint: nothing listens there yet")
        status = run.status()
        self.assertEqual((status["phase"], status["ready"]), ("failed", False))
        for name in ("refuses", "no-name", "wrong-status", "no-redis"):
            self.assertEqual(service(status, name)["status"], "unhealthy", name)
            self.assertTrue(service(status, name)["error_message"])
        waits = service(status, "waits")
        self.assertEqual((waits["status"], waits["reason"], waits["blocked_by"]), ("stopped", "dependency", ["refuses"]))
        check = self.check(run)
        self.assertEqual((check.returncode, len(check.stdout.splitlines())), (1, 1))

    def test_the_overall_deadline(self):
        manifest = {"services": {"never": {**HOPELESS, "timeout": "600s"}}}
        for words in (["--timeout", "500ms", "up"], ["up", "--timeout", "500ms"]):
            with self.subTest(words):
                run = self.finish(*words, manifest=manifest, expect=EXIT_DEPENDENCY)
                self.assertIn("never", run.stderr)
                self.assertLess(run.ended - run.started, 20)
        manifest["deadline"] = "500ms"
        self.finish("up", manifest=manifest, expect=EXIT_DEPENDENCY)

    def test_a_service_of_ours_that_ends_by_itself(self):
        manifest = {"services": {"quits": {"run": ["sh", "-c", "echo cannot open the shop; exit 3"], **HOPELESS, "timeout": "600s"}}}
        run = self.finish("up", manifest=manifest, expect=EXIT_DEPENDENCY)
        self.assertRegex(run.stderr, r"quits.*exit.*3")
        self.assertIn("cannot open the shop", run.stderr)

    def test_a_service_of_ours_that_cannot_be_started(self):
        manifest = {"services": {"absent": {"run": ["/no/such/program"], **HOPELESS, "timeout": "600s"}}}
        run = self.finish("up", manifest=manifest, expect=EXIT_DEPENDENCY)
        self.assertRegex(run.stderr, r"absent.*unhealthy.*/no/such/program")
        self.assertIn("is it in the image", run.stderr)
        self.assertNotIn("see its output", run.stderr)


class Mistakes(Case):
    def test_five_mistakes_in_the_environment_are_all_told(self):
        env = {
            "REDIS_URL": "http://cache", "REDIS_SESSION_DB": "16", "BACKEND_URL": "ftp://x", "OPENAI_API_KEY": "",
            "ENVIRONMENT": "Docker",
        }
        runs = [self.finish("--profile", "devstack", "--", "echo", "main was started", env=env, expect=EXIT_CONFIG) for _ in "12"]
        text = runs[0].stderr
        places = [text.index(name) for name in ("REDIS_URL", "REDIS_SESSION_DB", "OPENAI_API_KEY", "BACKEND_URL", "ENVIRONMENT")]
        self.assertEqual(places, sorted(places), "manifest order")
        for rule in ("uri.scheme", "int.range", "secret.empty", "url.scheme", "enum"):
            self.assertIn(rule, text)
        self.assertIn('"docker"', text)
        self.assertNotIn("main was started", runs[0].stdout)
        self.assertEqual(text, runs[1].stderr, "the same every time")
        status = runs[0].status()
        self.assertEqual((status["profile"]["state"], status["ready"]), ("configuration", False))

    def test_every_mistake_in_a_manifest_is_told_and_nothing_is_started(self):
        manifest = {
            "servces": {},
            "services": {
                "a": {"run": ["sh", "-c", f"touch {self.tmp}/started"], "depends_on": ["bb"], "probe": {"type": "tpc"}},
                "b": {"timeout": 5},
            },
            "steps": {"s": a_step("true", prerequisites=["t"]), "t": a_step("true", prerequisites=["s"])},
        }
        run = self.finish("--", "touch", self.tmp / "started", manifest=manifest, expect=EXIT_MANIFEST)
        text = run.stderr
        for pointer in ("/servces", "/services/a/depends_on/0", "/services/a/probe/type", "/services/b/timeout"):
            self.assertIn(pointer, text)
        for rule in ("key.unknown", "ref.unknown"):
            self.assertIn(rule, text)
        for guess in ('"services"', '"b"', '"tcp"'):
            self.assertIn(guess, text)
        self.assertFalse((self.tmp / "started").exists())

    def test_a_cycle_is_printed_whole(self):
        manifest = {"services": {n: {**HOPELESS, "depends_on": [d]} for n, d in (("a", "b"), ("b", "c"), ("c", "a"))}}
        run = self.finish("up", manifest=manifest, expect=EXIT_MANIFEST)
        self.assertRegex(run.stderr, "a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c")

    def test_wrong_json(self):
        for text in ("{", "[]", '{"name": "x",}x', '{"name": "x", "name": "y"}', "\xff", ""):
            with self.subTest(text):
                path = self.tmp / "wrong.json"
                path.write_bytes(text.encode("latin-1"))
                self.finish("up", manifest=path, expect=EXIT_MANIFEST)

    def test_a_manifest_that_is_not_there(self):
        run = self.finish("--file", "/no/such/manifest.json", "up", expect=EXIT_MANIFEST)
        self.assertIn("/no/such/manifest.json", run.stderr)


class StepsAndTests(Case):
    def test_a_failing_step_ends_it_and_shows_its_last_output(self):
        after = self.tmp / "after"
        manifest = {
            "steps": {
                "bad": a_step("sh", "-c", "echo first line; echo cannot reach the moon >&2; exit 3"),
                "next": a_step("touch", str(after), prerequisites=["bad"]),
            }
        }
        run = self.finish("--", "echo", "main was started", manifest=manifest, expect=EXIT_STEP)
        self.assertIn("cannot reach the moon", run.stderr)
        self.assertFalse(after.exists())
        self.assertNotIn("main was started", run.stdout)
        status = run.status()
        details = step(status, "bad")["error_details"]
        self.assertEqual((step(status, "bad")["status"], step(status, "next")["status"]), ("failed", "pending"))
        self.assertEqual(details["exit_code"], 3)
        self.assertIn("cannot reach the moon", details["output_tail"])

    def test_a_step_that_takes_too_long(self):
        manifest = {"steps": {"slow": a_step("sh", "-c", "sleep 600; true", timeout="300ms")}}
        run = self.finish("up", manifest=manifest, expect=EXIT_STEP)
        self.assertEqual(step(run.status(), "slow")["error_details"]["timed_out"], True)
        self.assertEqual(run.leftovers(), [])

    def test_a_step_whose_command_is_not_there(self):
        manifest = {"steps": {"absent": a_step("/no/such/program")}}
        run = self.finish("up", manifest=manifest, expect=EXIT_STEP)
        self.assertIn("/no/such/program", run.stderr)
        self.assertIn("is it in the image", run.stderr)

    def test_artifacts_that_are_not_as_declared(self):
        wrong = "sha256:" + "0" * 64
        for what, artifact in (
            ("missing", {"path": f"{self.tmp}/absent"}),
            ("owner", {"path": f"{self.tmp}/made", "owner": "12345:12345"}),
            ("checksum", {"path": f"{self.tmp}/made", "checksum": wrong}),
        ):
            with self.subTest(what):
                command = f"umask 022; echo x >{self.tmp}/made; chmod 0644 {self.tmp}/made"
                manifest = {"steps": {"s": a_step("sh", "-c", command, artifacts=[{"type": "file", **artifact}])}}
                run = self.finish("up", manifest=manifest, expect=EXIT_STEP)
                self.assertIn(artifact["path"], run.stderr)
                self.assertEqual(step(run.status(), "s")["status"], "failed")

    def test_in_progress_is_on_disk_before_the_command_runs(self):
        """The command reads the journal itself."""
        manifest = {
            "steps": {
                "one": a_step(*shell('cp "$MUSTER_STATE_DIR/journal.ndjson" seen-by-one')),
                "two": a_step(*shell('cp "$MUSTER_STATE_DIR/journal.ndjson" seen-by-two'), prerequisites=["one"]),
            }
        }
        run = self.finish("up", manifest=manifest, expect=0)

        def seen(name):
            lines = (run.folder / "cwd" / name).read_text().splitlines()
            return [(e["step_id"], e["to"]) for e in map(json.loads, lines) if e["kind"] == "step"]

        self.assertEqual(seen("seen-by-one"), [("one", "in_progress")])
        self.assertEqual(seen("seen-by-two"), [("one", "in_progress"), ("one", "completed"), ("two", "in_progress")])

    def test_skipped_by_hand(self):
        """STP-08, by option and by environment."""
        manifest = {"steps": {"a": a_step("false"), "b": a_step("true", prerequisites=["a"])}}
        for words, env in ((["--skip", "a"], {}), ([], {"MUSTER_SKIP": "a"})):
            with self.subTest(words=words, env=env):
                run = self.finish(*words, "up", manifest=manifest, env=env, expect=0)
                self.assertEqual(step(run.status(), "a")["status"], "skipped")
                self.assertIn("manual", json.dumps(step(run.status(), "a")))
                self.assertEqual(step(run.status(), "b")["status"], "completed")
        run = self.finish("--skip", "nope", "up", manifest=manifest)
        self.assertIn(run.code, (64, EXIT_MANIFEST), run.transcript())
        self.assertIn("nope", run.stderr)

    def test_how_tests_end(self):
        """TST-02, TST-03, TST-06"""
        cases = {
            "passes": (["true"], "passed"),
            "fails": (["sh", "-c", "printf 'not \\377 good ]]>'; exit 1"], "failed"),
            "absent": (["/no/such/program"], "error"),
            "slow": (["sleep", "600"], "error"),
            "crashes": (shell("kill -SEGV $$"), "error"),
        }
        manifest = {
            "tests": {
                name: {"type": "smoke", "blocking": False, "command": command, **({"timeout": "300ms"} if name == "slow" else {})}
                for name, (command, _) in cases.items()
            }
        }
        run = self.finish("up", manifest=manifest, expect=0)
        for name, (_, wanted) in cases.items():
            record = result_of(run.status(), name)
            self.assertEqual(record["status"], wanted, record)
            self.assertGreaterEqual(record["duration_ms"], 0.001)
        details = {name: result_of(run.status(), name)["error_details"] for name in cases}
        self.assertIsNone(details["passes"])
        self.assertEqual(details["fails"]["exit_code"], 1)
        self.assertIn("good ]]>", details["fails"]["output_tail"])
        self.assertEqual(details["slow"]["timed_out"], True)
        self.assertEqual(details["crashes"]["signal"], 11)

    def test_a_failing_blocking_test_ends_it_and_its_service_is_unhealthy(self):
        """REL-02, the first half."""
        manifest = {
            "services": {"s": {"probe": {"type": "file", "path": "/"}}},
            "tests": {"t": {"type": "smoke", "services": ["s"], "command": ["sh", "-c", "echo no luck; exit 1"]}},
        }
        run = self.finish("--", "echo", "main was started", manifest=manifest, expect=EXIT_TEST)
        self.assertNotIn("main was started", run.stdout)
        self.assertIn("no luck", run.stderr)
        status = run.status()
        self.assertEqual(result_of(status, "t")["status"], "failed")
        self.assertEqual(service(status, "s")["status"], "unhealthy")
        self.assertEqual(self.check(run).returncode, 1)

    def test_a_test_for_another_environment_is_skipped(self):
        """REL-04"""
        manifest = {
            "extends": "builtin:devstack",
            "services": {"redis": None, "backend": None, "frontend": None, "websocket": None},
            "tests": {"t": {"type": "e2e", "environments": ["cloud"], "command": ["false"]}},
        }
        run = self.finish("up", manifest=manifest, env={"REDIS_URL": "redis://h"}, expect=0)
        record = result_of(run.status(), "t")
        self.assertEqual(record["status"], "skipped")
        self.assertGreaterEqual(record["duration_ms"], 0.001)

    def test_an_endless_talker_is_bounded(self):
        """TST-05: 50 MB of output; memory stays small, the tail is kept and marked."""
        talk = "import sys; [sys.stdout.write('x' * 99 + '\\n') for _ in range(500000)]; print('the end'); sys.exit(1)"
        manifest = {"tests": {"t": {"type": "smoke", "blocking": False, "command": [PYTHON, "-c", talk]}}}
        main = "import resource, os; print(open(f'/proc/{os.getppid()}/status').read())"
        run = self.finish("--quiet", "--", PYTHON, "-c", main, manifest=manifest, expect=0)
        details = result_of(run.status(), "t")["error_details"]
        self.assertEqual(details["truncated"], True)
        self.assertLess(len(details["output_tail"]), 8192)
        self.assertIn("the end", details["output_tail"])
        self.assertEqual(details["output_bytes"], 500000 * 100 + len("the end\n"))
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", run.stdout).group(1))
        self.assertLess(peak, 64 * 1024)


class Lookup(Case):
    """Where the manifest is found."""

    def test_in_the_working_directory_and_by_the_environment(self):
        document = {"steps": {"s": a_step("sh", "-c", "echo from the manifest")}}
        run = self.start("up")
        self.assertEqual(run.wait(), 0)
        cwd = self.tmp / "with"
        cwd.mkdir()
        (cwd / "muster.json").write_text(json.dumps(document))
        done = self.command("up", cwd=cwd, env={"MUSTER_STATE_DIR": str(self.tmp / "s1")})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("from the manifest", done.stderr)
        done = self.command("up", env={"MUSTER_STATE_DIR": str(self.tmp / "s2"), "MUSTER_FILE": str(cwd / "muster.json")})
        self.assertIn("from the manifest", done.stderr)

    def test_comments_are_allowed(self):
        text = '// one\n{ /* two */ "name": "x", // three\n "steps": {} }\n'
        self.finish("up", manifest=self.manifest(text), expect=0)


if __name__ == "__main__":
    harness.unittest.main()
