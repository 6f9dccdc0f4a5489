"""Secrets appear in no output: every byte written is searched, and every argument list.

The main process and its siblings get the secrets in their environment, and the tests make them talk about it.
"""
import base64
import os
import pathlib
import re
import socketserver
import threading

import harness
import tell_secrets
from harness import EXIT_CONFIG, EXIT_DEPENDENCY, EXIT_MANIFEST, EXIT_STEP, EXIT_TEST, ArgvWatch, Case, free_ports, shell

# The password has a form for the URL and one for the server; both are secret.
SECRETS = {
    "password in the URL": "p%40ss%2Fw0rd%3Dlong",
    "password decoded": "p@ss/w0rd=long",
    "api key": "sk-0123456789-abcdefghijklmnop",
    "second api key": "AIzaSy-another-secret-key-value",
    "variable of the user's own": "correct horse battery staple",
    "user and password of an http URL": "hunter2hunter2",
}
VARIABLES = ("REDIS_URL", "OPENAI_API_KEY", "YOUTUBE_API_KEY", "USER_SECRET", "BACKEND_URL", "REDISCLI_AUTH")

# A careless program: says everything it knows, in pieces too.
BLAB = (
    "env; echo \"to standard error: $OPENAI_API_KEY\" >&2; printf '%s' \"$USER_SECRET\"; sleep 0.02; echo; "
    "echo \"[$REDISCLI_AUTH] $REDIS_URL $BACKEND_URL\"; "
    "printf 'sk-0123456789-'; sleep 0.05; printf 'abcdefghijklmnop\\n'"
)

TELL = [harness.PYTHON, str(pathlib.Path(tell_secrets.__file__))]

# What makes trouble somewhere: for shells, URLs, JSON, terminals, patterns; more than one line; bytes that are no text.
AWKWARD = {
    "AWKWARD": b"p@ss/w0rd=\"x\\y'z\" & 100% + ~*#;$`!?<>|{}()[]^\t \xc3\xa9\xf0\x9f\x94\x91.",
    "BYTES": b"\xff\xfe not UTF-8 \x80\x01\x7f",
    "PEM": b"-----BEGIN PRIVATE KEY-----\n"
    b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"
    b"MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu\n"
    b"-----END PRIVATE KEY-----\n",
    "SHORT": b"k3y!",
    "LONG": b"".join(b"%x." % (i * 7919) for i in range(700)),
}
# Of base64: the characters that a secret alone determines, wherever it begins.
BASE64_MIN = 5


def traces(data):
    """Every text by which `data` could be recognised in what was written."""
    for way, text in tell_secrets.ways(data):
        if not way.startswith("base64"):
            yield way, text
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(b"\0" * before + data)
            core = encoded[(8 * before + 5) // 6 : 8 * (before + len(data)) // 6]
            yield f"base64 behind {before}", core
            # A part of it will do.
            for at in range(0, len(core) - 40, 37):
                yield f"base64 behind {before}, from {at} on", core[at : at + 40]
    for line in data.splitlines():
        if len(line) >= 16:
            yield "a line", line
    for at in range(0, len(data) - 40, 37):
        yield f"from {at} on", data[at : at + 40]


class AllEncodings(Case):
    """Everything that muster relays and keeps, searched for every secret in every way of writing it."""

    def document(self, **more):
        return {
            "variables": {name: {"type": "secret", "required": True} for name in AWKWARD} | {
                "AWKWARD": {"type": "string", "secret": True, "required": True},
                "BYTES": {"type": "string", "secret": True, "required": True},
                "PEM": {"type": "string", "secret": True, "required": True},
            },
            **more,
        }

    def environment_of(self):
        return {name: os.fsdecode(value) for name, value in AWKWARD.items()}

    def search(self, run, also=()):
        places = {**run.written(), **dict(also)}
        for name, value in AWKWARD.items():
            for way, text in traces(value):
                for where, content in places.items():
                    if text in content:
                        at = content.index(text)
                        self.fail(f"{name}, {way}, in {where}: {content[max(0, at - 60):at + len(text) + 60]!r}")

    def run_and_search(self, document, expect, *words, env=None):
        run = self.start(*words, "--verbose", "--", "true", manifest=document, env=env or self.environment_of())
        with ArgvWatch(run) as watch:
            code = run.wait()
        self.assertEqual(code, expect, run.transcript()[-3000:])
        self.search(run, [("an argument list", line) for line in watch.seen])
        for name in AWKWARD:
            self.assertIn(f"{name}, JSON as PHP does it: <***", run.stderr, "the program did write")
        return run

    def test_of_steps(self):
        for tail, expect in (([], 0), (["NO_SUCH_VARIABLE"], EXIT_STEP)):
            step = {"name": "s", "category": "installation", "command": [*TELL, *AWKWARD, *tail]}
            self.run_and_search(self.document(steps={"s": step}), expect)

    def test_of_tests(self):
        for tail, expect in (([], 0), (["NO_SUCH_VARIABLE"], EXIT_TEST)):
            test = {"type": "smoke", "command": [*TELL, *AWKWARD, *tail]}
            self.run_and_search(self.document(tests={"t": test}), expect)

    def test_of_services_and_their_probes(self):
        for tail, expect in (([], 0), (["NO_SUCH_VARIABLE"], EXIT_DEPENDENCY)):
            told = self.tmp / f"told{len(tail)}"  # ready ends the service: not before it has written everything
            service = {
                "run": shell(f"{' '.join(TELL)} {' '.join(AWKWARD)}; touch {told}; exec sleep 600"),
                "probe": {
                    "type": "exec",
                    "command": shell(f"until test -e {told}; do sleep 0.01; done; exec {' '.join([*TELL, *AWKWARD, *tail])}"),
                    "timeout": "20s",
                },
                "timeout": "25s" if not tail else "3s",
            }
            self.run_and_search(self.document(services={"s": service}), expect)

    def test_from_wherever_they_came(self):
        """Files that NAME_FILE names, a folder of secrets, a file of variables."""
        folder = self.tmp / "secrets"
        folder.mkdir()
        for name in ("PEM", "LONG", "BYTES"):
            (folder / name.lower()).write_bytes(AWKWARD[name])
            (folder / name.lower()).chmod(0o600)
        (self.tmp / "awkward").write_bytes(AWKWARD["AWKWARD"] + b"\n")
        (self.tmp / "awkward").chmod(0o600)
        (self.tmp / "variables").write_bytes(b"SHORT=" + AWKWARD["SHORT"] + b"\n")
        document = self.document(
            steps={"s": {"name": "s", "category": "installation", "command": [*TELL, *AWKWARD]}})
        document["variables"]["AWKWARD"]["deliver"] = "env"
        self.run_and_search(
            document, 0, "--secrets-dir", folder, "--env-file", f"docker:{self.tmp}/variables",
            env={"AWKWARD_FILE": str(self.tmp / "awkward")})

    def test_unless_it_is_switched_off(self):
        """Then people see it, and files have nothing of it all the same."""
        step = {"name": "s", "category": "installation", "command": [*TELL, "AWKWARD", "NO_SUCH_VARIABLE"]}
        run = self.start("up", "--no-redact", manifest=self.document(steps={"s": step}), env=self.environment_of())
        self.assertEqual(run.wait(), EXIT_STEP, run.transcript()[-3000:])
        self.assertIn(AWKWARD["AWKWARD"].replace(b"\t", b" ").decode(), run.stderr)
        self.assertIn("***", harness.step(run.status(), "s")["error_details"]["output_tail"])
        run.written = lambda: {str(p): p.read_bytes() for p in run.state_dir.rglob("*") if p.is_file()}
        self.search(run)


class QuotingRedis(socketserver.BaseRequestHandler):
    heard = b""

    def handle(self):
        QuotingRedis.heard = self.request.recv(4096)
        words = QuotingRedis.heard.split(b"\r\n")
        self.request.sendall(b"-ERR I do not like %s\r\n" % words[words.index(b"AUTH") + 2])


class Secrets(Case):
    def setUp(self):
        super().setUp()
        self.redis_port, self.web_port = free_ports(2)
        self.env = {
            "REDIS_URL": f"redis://app:{SECRETS['password in the URL']}@127.0.0.1:{self.redis_port}",
            "REDISCLI_AUTH": SECRETS["password decoded"],
            "OPENAI_API_KEY": SECRETS["api key"],
            "YOUTUBE_API_KEY": SECRETS["second api key"],
            "USER_SECRET": SECRETS["variable of the user's own"],
            "BACKEND_URL": f"http://me:{SECRETS['user and password of an http URL']}@127.0.0.1:{self.web_port}",
        }

    def document(self, **more):
        return {
            "extends": "builtin:devstack",
            "variables": {
                "USER_SECRET": {"type": "string", "secret": True, "required": True},
                "REDISCLI_AUTH": {"type": "secret", "required": True},
                "BACKEND_URL": {"allow_userinfo": True, "override": True},
            },
            "services": {"redis": None, "backend": None, "frontend": None, "websocket": None},
            **more,
        }

    def step(self, *command, **more):
        return {"s": {"name": "s", "category": "installation", "command": list(command), **more}}

    def nothing_leaked(self, run, also=()):
        places = {**run.written(), **dict(also)}
        forms = {}
        for name, value in SECRETS.items():
            forms[name] = value.encode()
            forms[f"{name}, in base64"] = base64.b64encode(value.encode())
        for where, content in places.items():
            for name, form in forms.items():
                if form in content:
                    line = next(l for l in content.splitlines() if form in l)
                    self.fail(f"{name} in {where}: {line[:200]!r}\n{run.transcript()}")

    def run_and_search(self, document, expect, *words, main=("true",)):
        run = self.start(*words, "--verbose", "--", *main, manifest=document, env=self.env)
        with ArgvWatch(run) as watch:
            code = run.wait()
        self.assertEqual(code, expect, run.transcript())
        self.assertTrue(watch.seen, "the watcher saw the processes")
        self.nothing_leaked(run, [("an argument list", line) for line in watch.seen])
        return run

    def test_a_step_that_tells_everything(self):
        run = self.run_and_search(self.document(steps=self.step(*shell(BLAB))), 0)
        self.assertIn("***", run.stderr)

    def test_a_failing_step_that_tells_everything(self):
        run = self.run_and_search(self.document(steps=self.step(*shell(BLAB + "; exit 1"))), EXIT_STEP)
        self.assertIn("***", harness.step(run.status(), "s")["error_details"]["output_tail"])

    def test_a_test_that_tells_everything(self):
        for code, expect in ((0, 0), (1, EXIT_TEST)):
            tests = {"t": {"type": "smoke", "command": shell(f"{BLAB}; exit {code}")}}
            self.run_and_search(self.document(tests=tests), expect)

    def test_a_service_and_a_probe_that_tell_everything(self):
        services = {
            "talker": {
                "run": shell(f"{BLAB}; touch {self.tmp}/up; exec sleep 600"),
                "probe": {"type": "exec", "command": shell(f"{BLAB}; test -e {self.tmp}/up")},
            }
        }
        document = self.document()
        document["services"].update(services)
        self.run_and_search(document, 0)

    def test_a_service_that_tells_everything_and_dies(self):
        document = self.document()
        document["services"]["talker"] = {
            "run": shell(f"{BLAB}; exit 1"), "probe": {"type": "tcp", "url": "tcp://127.0.0.1:1"},
        }
        self.run_and_search(document, EXIT_DEPENDENCY)

    def test_probes_with_credentials(self):
        """A Redis with that password; then one that refuses it; then none."""
        document = self.document()
        document["services"]["redis"] = {"timeout": "1s"}
        document["services"]["backend"] = {"timeout": "1s"}
        document["tests"] = {"t": {"type": "smoke", "services": ["redis"], "probe": {"type": "redis", "url": "${REDIS_URL}"}}}
        self.env["REDIS_URL"] = self.env["REDIS_URL"].replace("app:", ":")
        self.run_and_search(document, EXIT_DEPENDENCY)
        other = self.redis_server(self.redis_port, "quite-another").start()
        self.run_and_search(document, EXIT_DEPENDENCY)
        other.stop()
        self.redis_server(self.redis_port, SECRETS["password decoded"]).start()
        self.web_server(self.web_port).start()
        document["services"] = {"frontend": None, "websocket": None}
        run = self.run_and_search(document, 0)
        self.assertEqual(run.status()["profile"]["redis_url"], f"redis://:***@127.0.0.1:{self.redis_port}")

    def test_servers_that_quote_what_they_were_sent(self):
        """A Redis whose error has the password in it."""
        password = SECRETS["password decoded"].encode()
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), QuotingRedis) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.addCleanup(server.shutdown)
            port = server.server_address[1]
            self.env["REDIS_URL"] = f"redis://:{SECRETS['password in the URL']}@127.0.0.1:{port}"
            run = self.run_and_search(self.document(services={"redis": {"timeout": "2s"}}), EXIT_DEPENDENCY)
            self.assertIn(password, QuotingRedis.heard)
            self.assertIn("redis refuses AUTH", run.stderr)
            server.shutdown()

    def test_a_secret_in_an_argument_list_is_refused(self):
        """Every user of a machine may read argument lists."""
        for part in (
            {"steps": self.step("true", "${USER_SECRET}")},
            {"tests": {"t": {"type": "smoke", "command": ["true", "x${OPENAI_API_KEY}"]}}},
        ):
            with self.subTest(part):
                run = self.finish("up", "--verbose", manifest=self.document(**part), env=self.env, expect=EXIT_MANIFEST)
                self.assertIn("secret.argument", run.stderr)
                self.nothing_leaked(run)

    def test_wrong_values_are_not_quoted(self):
        cases = (
            ("OPENAI_API_KEY", SECRETS["api key"] + "\n", "secret.whitespace"),
            ("REDIS_URL", f"redis://app:{SECRETS['password in the URL']}@127.0.0.1:70000", "uri.port"),
            ("REDIS_URL", f"http://app:{SECRETS['password in the URL']}@127.0.0.1", "uri.scheme"),
            ("REDIS_URL", f"redis://app:{SECRETS['password in the URL']}@", "uri.host"),
            ("REDIS_URL", f"redis://app:{SECRETS['password in the URL']}@h h/", "uri."),
            ("BACKEND_URL", f"ftp://me:{SECRETS['user and password of an http URL']}@h", "url.scheme"),
        )
        for name, value, rule in cases:
            with self.subTest(name=name, rule=rule):
                run = self.start("up", "--verbose", manifest=self.document(), env={**self.env, name: value})
                self.assertEqual(run.wait(), EXIT_CONFIG, run.transcript())
                self.assertIn(rule, run.stderr)
                self.nothing_leaked(run)

    def test_the_short_commands(self):
        path = self.manifest(self.document(steps=self.step(*shell("echo $USER_SECRET"))))
        state = str(self.tmp / "state")
        first = self.start("--", "true", manifest=path, env=self.env, state_dir=state)
        self.assertEqual(first.wait(), 0, first.transcript())
        for words in (
            ["config"], ["config", "--format", "json"], ["config", "--manifest"], ["plan"], ["status"],
            ["status", "--format", "json"], ["check"],
        ):
            with self.subTest(words):
                options = [] if words[0] in ("status", "check") else ["--file", path]
                done = self.command(*words, *options, env={**self.env, "MUSTER_STATE_DIR": state})
                self.nothing_leaked(first, [("stdout", done.stdout.encode()), ("stderr", done.stderr.encode())])

    def test_fingerprints_tell_equal_from_different(self):
        """TST-04"""
        document = self.document(tests={"t": {"type": "smoke", "command": ["true"]}})

        def fingerprint(state, **env):
            run = self.finish("up", manifest=document, env={**self.env, **env}, state_dir=self.tmp / state, expect=0)
            self.nothing_leaked(run)
            value = harness.result_of(run.status(), "t")["environment_snapshot"]["openai_api_key"]
            self.assertRegex(value["fingerprint"], re.compile("^hmac:[0-9a-f]{8}$"))
            return value["fingerprint"]

        same = fingerprint("one")
        self.assertEqual(fingerprint("one"), same)
        self.assertNotEqual(fingerprint("two"), same)
        self.assertNotEqual(fingerprint("one", OPENAI_API_KEY="another-key-altogether"), same)

    def test_the_main_process_does_get_them(self):
        run = self.finish(
            "--", "sh", "-c", f"env >{self.tmp}/main-env", manifest=self.document(), env=self.env, expect=0
        )
        self.nothing_leaked(run)
        text = (self.tmp / "main-env").read_text()
        for name in VARIABLES:
            self.assertIn(f"{name}={self.env[name]}\n", text)

    def test_the_state_directory_is_for_its_owner_only(self):
        run = self.finish("up", manifest=self.document(steps=self.step("true")), env=self.env, expect=0)
        self.assertEqual(run.state_dir.stat().st_mode & 0o777, 0o700)
        self.assertEqual(run.state_dir.stat().st_uid, os.geteuid())


if __name__ == "__main__":
    harness.unittest.main()
