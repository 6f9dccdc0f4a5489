"""Which child gets which secret, in which way, and what is left of it in muster itself."""
import contextlib
import json
import os
import re

import harness
from harness import PYTHON, Case, eventually, free_ports, read_proc, shell

TOKEN, KEY, PASSWORD = "t0ken-0123456789-abcdef", "k3y-9876543210-fedcba", "p4ssw0rd-in-a-url"
ORDINARY = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"]
# What a process was given: its environment, and what the files hold that it names.
LOOK = """
import json, os, sys
files = {n: open(v, "rb").read().decode() for n, v in os.environ.items() if n.endswith("_FILE") and os.path.exists(v)}
fds = {n: os.readlink("/proc/self/fd/" + n) for n in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + n)}
json.dump({"environment": dict(os.environ), "files": files, "fds": fds, "uid": os.getuid()}, open(sys.argv[1], "w"))
"""


class Delivery(Case):
    def setUp(self):
        super().setUp()
        self.tmp.chmod(0o777)
        (self.tmp / "look.py").write_text(LOOK)

    def look(self, name):
        return [PYTHON, str(self.tmp / "look.py"), str(self.tmp / f"{name}.json")]

    def seen(self, name):
        return json.loads((self.tmp / f"{name}.json").read_text())

    def variables(self, **more):
        token = {"type": "secret", "required": True, **more}
        return {"TOKEN": token, "KEY": {"type": "secret"}, "URL": {"type": "redis-url"}, "PLAIN": {"type": "string"}}

    def everybody(self, lists, **variable):
        """A service with an exec probe, a step, a test and main; `lists` says who has which list of secrets."""
        def own(name):
            return {"secrets": lists[name]} if name in lists else {}

        up = self.tmp / "up"
        document = {
            "variables": self.variables(**variable),
            "services": {"service": {
                "run": shell(f"{' '.join(self.look('service'))}; touch {up}; exec sleep 600"),
                "probe": {"type": "exec", "command": shell(f"{' '.join(self.look('probe'))}; test -e {up}")},
                **own("service"),
            }},
            "steps": {"step": {"name": "s", "category": "installation", "services": ["service"],
                               "command": self.look("step"), **own("step")}},
            "tests": {"test": {"type": "smoke", "command": self.look("test"), **own("test")}},
        }
        if "main" in lists:
            document["main_secrets"] = lists["main"]
        return document

    ENV = {"TOKEN": TOKEN, "KEY": KEY, "URL": f"redis://:{PASSWORD}@127.0.0.1", "PLAIN": "plain", "OTHER": "undeclared"}
    EVERYBODY = ("service", "probe", "step", "test", "main")

    def run_all(self, lists, *words, env=None, variable=None, **how):
        document = self.everybody(lists, **(variable or {}))
        return self.finish(*words, "--", *self.look("main"), manifest=document, env=env or self.ENV, expect=0, **how)

    # ---- lists ------------------------------------------------------------------------------------------------------

    def test_each_gets_the_secrets_it_lists(self):
        lists = {"service": ["TOKEN"], "step": [], "test": ["KEY", "URL"], "main": ["URL"]}
        self.run_all(lists)
        for name in self.EVERYBODY:
            with self.subTest(name):
                env = self.seen(name)["environment"]
                listed = lists["service" if name == "probe" else name]
                for secret in ("TOKEN", "KEY", "URL"):
                    self.assertEqual(env.get(secret), self.ENV[secret] if secret in listed else None, secret)
                self.assertEqual((env["PLAIN"], env["OTHER"]), ("plain", "undeclared"))

    def test_without_lists_all_get_all(self):
        self.run_all({})
        for name in self.EVERYBODY:
            env = self.seen(name)["environment"]
            self.assertEqual({k: env[k] for k in self.ENV}, self.ENV, name)

    def test_the_name_of_its_file_is_kept_from_others_too(self):
        path = self.tmp / "token"
        path.write_text(TOKEN + "\n")
        path.chmod(0o600)
        env = {k: v for k, v in self.ENV.items() if k != "TOKEN"} | {"TOKEN_FILE": str(path)}
        self.run_all({"step": [], "test": ["TOKEN"]}, env=env)
        self.assertNotIn("TOKEN_FILE", self.seen("step")["environment"])
        for name in ("test", "main"):
            self.assertEqual(self.seen(name)["environment"]["TOKEN_FILE"], str(path))
            self.assertNotIn("TOKEN", self.seen(name)["environment"])

    def test_only_declared(self):
        self.run_all({}, "--only-declared")
        for name in self.EVERYBODY:
            env = self.seen(name)["environment"]
            self.assertEqual({k: env.get(k) for k in self.ENV}, self.ENV | {"OTHER": None}, name)
            self.assertEqual(env["PATH"], harness.PATH)
            self.assertIn("HOME", env)
            self.assertNotIn("MUSTER_STATE_DIR", env)

    # ---- as files ---------------------------------------------------------------------------------------------------

    def check_file(self, name):
        seen = self.seen(name)
        env = seen["environment"]
        self.assertNotIn("TOKEN", env)
        self.assertRegex(env["TOKEN_FILE"], r"^/proc/self/fd/[0-9]+$")
        number = env["TOKEN_FILE"].rsplit("/", 1)[1]
        self.assertGreaterEqual(int(number), 256)
        self.assertEqual(seen["files"]["TOKEN_FILE"], TOKEN)
        self.assertEqual(seen["fds"][number], "/memfd:TOKEN (deleted)")
        self.assertNotIn(TOKEN, json.dumps(env))
        return int(number)

    def test_a_file_for_everybody(self):
        self.run_all({}, variable={"deliver": "file"})
        self.assertEqual(len({self.check_file(name) for name in self.EVERYBODY}), 1, "made once")

    def test_a_file_for_those_who_list_it(self):
        self.run_all({"step": ["KEY"], "test": ["TOKEN"], "main": []}, variable={"deliver": "file"})
        self.check_file("test")
        self.check_file("service")
        for name in ("step", "main"):
            seen = self.seen(name)
            self.assertNotIn("TOKEN_FILE", seen["environment"])
            self.assertEqual([t for t in seen["fds"].values() if "memfd" in t], [])

    def test_a_file_for_another_user(self):
        self.run_all({}, "--user", "1000:1000", variable={"deliver": "file"})
        self.assertEqual(self.seen("main")["uid"], 1000)
        self.check_file("main")

    def test_a_file_has_a_number_of_its_own(self):
        """The main process keeps what it was passed, a socket or anything else."""
        passing = "import os, sys; os.dup2(os.open('/dev/zero', 0), 256); os.dup2(os.open('/dev/full', 0), 3); " \
                  "os.execvp(sys.argv[1], sys.argv[1:])"
        self.run_all({}, variable={"deliver": "file"}, prefix=[PYTHON, "-c", passing])
        self.assertEqual(self.check_file("main"), 257)
        self.assertEqual(self.seen("main")["fds"]["256"], "/dev/zero")
        self.assertEqual(self.seen("main")["fds"]["3"], "/dev/full")
        self.assertNotIn("256", self.seen("step")["fds"])

    def test_a_file_cannot_be_changed(self):
        script = "import os; fd = os.open(os.environ['TOKEN_FILE'], os.O_RDONLY); os.stat(fd); " \
                 "n = int(os.environ['TOKEN_FILE'].rsplit('/', 1)[1])\n" \
                 "for act in (lambda: os.write(n, b'x'), lambda: os.ftruncate(n, 0), lambda: os.ftruncate(n, 99)):\n" \
                 "    try: act()\n" \
                 "    except OSError: continue\n" \
                 "    raise SystemExit(3)\n"
        document = {"variables": self.variables(deliver="file")}
        self.finish("--", PYTHON, "-c", script, manifest=document, env=self.ENV, expect=0)

    def test_without_room_for_descriptors(self):
        document = {"variables": self.variables(deliver="file")}
        run = self.finish("--", "true", manifest=document, env=self.ENV, prefix=["prlimit", "--nofile=200"])
        self.assertNotEqual(run.code, 0)
        self.assertIn("the limit of open files", run.stderr)

    def test_for_muster_alone(self):
        self.run_all({}, variable={"deliver": "none"})
        for name in self.EVERYBODY:
            self.assertNotIn("TOKEN", self.seen(name)["environment"])
            self.assertNotIn("TOKEN_FILE", self.seen(name)["environment"])


class Traces(Case):
    """Of secrets, in muster's own memory and what the kernel shows of it."""

    SECRETS = (TOKEN, KEY, PASSWORD)
    ENV = {"TOKEN": TOKEN, "KEY": KEY, "URL": f"redis://:{PASSWORD}@127.0.0.1", "COPY": f"<{TOKEN}>", "PLAIN": "plain"}

    def document(self, **more):
        return {
            "variables": {"TOKEN": {"type": "secret"}, "KEY": {"type": "secret", "deliver": "file"},
                          "URL": {"type": "redis-url"}, "PLAIN": {"type": "string"}},
            **more,
        }

    def waiting(self, **document):
        """A muster whose main process runs."""
        marker = self.tmp / "started"
        run = self.start("--", "sh", "-c", f"touch {marker}; exec sleep 600",
                         manifest=self.document(**document), env=self.ENV)
        eventually(lambda: marker.exists() or not run.running(), "main has started")
        self.assertTrue(run.running(), run.transcript())
        return run

    def assert_clean(self, what, content):
        for secret in self.SECRETS:
            self.assertNotIn(secret.encode(), content, what)

    def test_its_environment_is_overwritten(self):
        """Before the first child is started, and only where there are secrets."""
        look = self.tmp / "environ"
        steps = {"s": {"name": "s", "category": "installation", "command": shell(f"cat /proc/$PPID/environ >{look}")}}
        run = self.waiting(steps=steps)
        for what, content in (("early", look.read_bytes()), ("late", read_proc(run.pid, "environ"))):
            self.assert_clean(what, content)
            entries = content.split(b"\0")
            for entry in (b"TOKEN=", b"KEY=", b"URL=", b"COPY=", b"PLAIN=plain", f"PATH={harness.PATH}".encode()):
                self.assertIn(entry, entries, what)

    def test_helpers_know_nothing(self):
        """Neither in their environment nor in their arguments, and none of our descriptors."""
        (port,) = free_ports(1)
        document = self.document(services={"redis": {"probe": {"type": "redis", "url": "${URL}"}}})
        run = self.start("up", manifest=document, env={**self.ENV, "URL": f"redis://:{PASSWORD}@127.0.0.1:{port}"})
        prober = eventually(lambda: next((p for p in harness.descendants_of(run.process.pid)
                                          if b"@prober" in read_proc(p, "cmdline")), 0), "there is a prober")
        eventually(lambda: os.readlink(f"/proc/{prober}/exe"), "it runs")
        self.assert_clean("arguments", read_proc(prober, "cmdline"))
        self.assertEqual(read_proc(prober, "environ"), b"")
        names = [os.readlink(f"/proc/{prober}/fd/{n}") for n in os.listdir(f"/proc/{prober}/fd")]
        self.assertEqual([n for n in names if "memfd" in n], [])

    def test_nobody_else_may_look(self):
        """Not dumpable: for the same user, what is in /proc belongs to root."""
        folder = self.tmp / "own"
        folder.mkdir()
        os.chown(folder, 1000, 1000)
        self.tmp.chmod(0o711)
        muster = folder / "muster"
        muster.write_bytes(harness.MUSTER.read_bytes())
        muster.chmod(0o755)
        manifest = self.manifest(self.document())
        run = self.start(prefix=[*ORDINARY, muster, "--state-dir", folder / "state", "--file", manifest, "--",
                                 "sh", "-c", "exec sleep 600"], env=self.ENV, pid1=False)
        main = eventually(lambda: next(iter(harness.children_of(run.process.pid)), 0) or not run.running(), "main runs")
        self.assertTrue(run.running(), run.transcript())
        eventually(lambda: b"sleep" in read_proc(main, "cmdline"), "main is what it is to be")
        self.assertEqual(os.stat(f"/proc/{run.process.pid}/environ").st_uid, 0)
        self.assertEqual(os.stat(f"/proc/{main}/environ").st_uid, 1000, "that one is as it would be without us")

    def memory(self, pid):
        found = b""
        with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
            for line in maps:
                start, end, rights = re.match("([0-9a-f]+)-([0-9a-f]+) (....)", line).groups()
                size = int(end, 16) - int(start, 16)
                # Larger than all of ours are the notes of sanitizers.
                if rights.startswith("r") and "[v" not in line and size <= 1 << 28:
                    with contextlib.suppress(OSError, ValueError):
                        mem.seek(int(start, 16))
                        found += mem.read(size)
        return found

    def memory_files(self, pid):
        with contextlib.suppress(OSError):
            return [t for n in os.listdir(f"/proc/{pid}/fd") if "memfd" in (t := os.readlink(f"/proc/{pid}/fd/{n}"))]
        return []

    def test_they_are_forgotten_when_nothing_needs_them(self):
        steps = {"s": {"name": "s", "category": "installation", "command": shell("echo $TOKEN $KEY_FILE $URL")}}
        tests = {"t": {"type": "smoke", "command": ["true"]}}
        run = self.waiting(steps=steps, tests=tests)
        eventually(lambda: self.memory_files(run.pid) == [], "the files are closed")
        # Sanitizers keep frames and blocks that nobody uses any more.
        if not harness.SANITIZED:
            eventually(lambda: not any(s.encode() in self.memory(run.pid) for s in self.SECRETS), "nothing is left")
        before = harness.result_of(run.status(), "t")["environment_snapshot"]
        run.signal(harness.signal.SIGTERM)
        run.wait()
        self.assertEqual(harness.result_of(run.status(), "t")["environment_snapshot"], before)

    def test_they_are_kept_while_a_service_may_say_them(self):
        """And what it says is redacted to the end."""
        go = self.tmp / "go"
        service = {"run": shell(f"while test ! -e {go}; do sleep 0.02; done; echo late $TOKEN; exec sleep 600")}
        run = self.waiting(services={"talker": service})
        go.touch()
        run.wait_for_output("late ***")
        self.assert_clean("output", run.stderr.encode())
        self.assertEqual(self.memory_files(run.pid), ["/memfd:KEY (deleted)"])


if __name__ == "__main__":
    harness.unittest.main()
