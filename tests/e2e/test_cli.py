"""The command line: help, version, usage errors, check and status, config, plan, the lock, and the demo."""
import json
import os
import re
import signal
import stat
import subprocess
import time

import harness
from harness import (
    EXIT_CONFIG, EXIT_DEPENDENCY, EXIT_LOCKED, EXIT_MANIFEST, EXIT_NO_STATE, EXIT_USAGE, MUSTER, ROOT, Case,
)

STEP = {"name": "s", "category": "installation", "command": ["true"]}


class Help(Case):
    def test_help(self):
        done = self.command("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("run", "up", "check", "status", "config", "plan", "wait", "--any", "--no-watch", "--file", "--profile", "--state-dir", "--timeout", "--skip"):
            self.assertIn(word, done.stdout)
        self.assertEqual(done.stderr, "")

    def test_version(self):
        done = self.command("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^muster \d+\.\d+\.\d+\n$")

    def test_verbose_version_lists_the_components(self):
        done = self.command("--version", "--verbose")
        self.assertEqual(done.returncode, 0)
        for name in ("musl", "curl", "mbedtls", "c-ares", "hiredis", "libseccomp", "cjson", "nettle"):
            self.assertRegex(done.stdout, rf"(?m)^\s*{name}\s+\d[\w.:~+-]*.*[0-9a-f]{{64}}")

    def test_wrong_words_are_usage_errors(self):
        for words in (
            ["--no-such-option"], ["--timeout"], ["--timeout", "5"], ["--timeout", "soon", "up"], ["--file"], ["-f"],
            ["check", "--", "surplus"], ["status", "--format", "xml"], ["config", "--format", "yaml"], ["up", "surplus"],
            ["--profile", "no-such-profile", "up"],
        ):
            with self.subTest(words):
                done = self.command(*words, env={"MUSTER_STATE_DIR": str(self.tmp / "state")})
                wanted = (EXIT_USAGE, EXIT_MANIFEST) if "--profile" in words else (EXIT_USAGE,)
                self.assertIn(done.returncode, wanted, done.stderr)
                self.assertRegex(done.stderr, r"(?m)^muster: ")
                self.assertEqual(done.stdout, "")

    def test_nothing_to_do_is_a_usage_error(self):
        done = self.command(env={"MUSTER_STATE_DIR": str(self.tmp / "state")})
        self.assertEqual(done.returncode, EXIT_USAGE, done.stderr)

    def test_closed_standard_streams_are_survived(self):
        for redirect in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(redirect):
                script = f'exec {redirect}; "$0" -- sh -c "exit 5"'
                code = subprocess.call(
                    ["sh", "-c", script, str(MUSTER)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL, cwd=self.tmp, env=self.environment(MUSTER_STATE_DIR=str(self.tmp / "s")),
                )
                self.assertEqual(code, 5)


class StaticBinary(Case):
    def test_it_needs_nothing_else(self):
        """In an empty root directory it is all there is."""
        if os.geteuid() == 0:
            root = self.tmp / "root"
            root.mkdir()
            (root / "muster").write_bytes(MUSTER.read_bytes())
            (root / "muster").chmod(0o755)
            done = subprocess.run(["chroot", root, "/muster", "--", "/muster", "--version"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, "^muster ")
        done = subprocess.run(["readelf", "-lW", MUSTER], capture_output=True, text=True, check=True)
        self.assertNotIn("INTERP", done.stdout)


class CheckAndStatus(Case):
    def test_no_state_at_all(self):
        for words in (["check"], ["status"]):
            with self.subTest(words):
                done = self.command(*words, "--state-dir", self.tmp / "nowhere")
                self.assertEqual(done.returncode, 1 if words == ["check"] else done.returncode)
                self.assertNotEqual(done.returncode, 0)
                self.assertFalse((self.tmp / "nowhere").exists(), "a reader makes nothing")
        self.assertEqual(len(self.command("check", "--state-dir", self.tmp / "nowhere").stdout.splitlines()), 1)

    def test_an_empty_state_directory(self):
        (self.tmp / "empty").mkdir(mode=0o700)
        done = self.command("check", "--state-dir", self.tmp / "empty")
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (1, 1))

    def test_through_a_run(self):
        flag = self.tmp / "flag"
        manifest = {"services": {"s": {"probe": {"type": "file", "path": str(flag)}, "timeout": "60s"}}, "steps": {"one": STEP}}
        run = self.start("--", "sleep", "600", manifest=manifest)
        run.wait_for_status(lambda s: harness.service(s, "s")["last_check"], "the roll is called")
        done = self.check(run)
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (1, 1))
        self.assertRegex(done.stdout, r"\bs\b")
        flag.touch()
        run.wait_for_status(lambda s: s["ready"], "ready")
        done = self.check(run)
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (0, 1), done.stdout)
        # The environment names the directory as well.
        done = self.command("check", env={"MUSTER_STATE_DIR": str(run.state_dir)})
        self.assertEqual(done.returncode, 0)
        text = self.command("status", "--state-dir", run.state_dir)
        self.assertEqual(text.returncode, 0)
        for word in ("healthy", "completed", "one"):
            self.assertIn(word, text.stdout)
        document = self.command("status", "--state-dir", run.state_dir, "--format", "json")
        self.assertEqual(json.loads(document.stdout)["ready"], True)
        # The owner dies without a word: ready in the file, and yet not.
        run.kill()
        self.assertEqual(run.status()["ready"], True)
        done = self.check(run)
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (1, 1), done.stdout)

    def test_after_up(self):
        run = self.finish("up", manifest={"steps": {"one": STEP}}, expect=0)
        self.assertEqual(self.check(run).returncode, 0)

    def test_a_broken_document(self):
        folder = self.tmp / "broken"
        folder.mkdir(mode=0o700)
        for text in (b"", b"{", b"[]", b"{}", b'{"schema": 1, "ready": true', b"\0" * 100, b"x" * 2000000):
            with self.subTest(text[:30]):
                (folder / "status.json").write_bytes(text)
                done = self.command("check", "--state-dir", folder)
                self.assertEqual((done.returncode, len(done.stdout.splitlines())), (1, 1), done)


class StateDirectory(Case):
    def test_two_owners_are_not_allowed(self):
        first = self.start("--", "sleep", "600", manifest={"steps": {"one": STEP}}, state_dir=self.tmp / "shared")
        first.wait_for_status(lambda s: s["ready"], "ready")
        second = self.finish("--", "echo", "second", manifest={}, state_dir=self.tmp / "shared", expect=EXIT_LOCKED)
        self.assertNotIn("second", second.stdout)
        # A killed owner does not keep it.
        first.kill()
        self.finish("--", "echo", "third", manifest={}, state_dir=self.tmp / "shared", expect=0)

    def test_one_that_cannot_be_made(self):
        (self.tmp / "file").touch()
        self.finish("up", manifest={}, state_dir=self.tmp / "file" / "below", expect=EXIT_NO_STATE)

    def test_the_option_wins_over_the_environment(self):
        run = self.finish("--state-dir", self.tmp / "option", "up", manifest={"steps": {"one": STEP}}, expect=0)
        self.assertTrue((self.tmp / "option" / "status.json").exists())
        self.assertFalse((run.state_dir / "status.json").exists())

    def test_its_files_are_private_and_the_status_can_be_read_by_the_owner(self):
        run = self.finish("up", manifest={"steps": {"one": STEP}}, expect=0)
        self.assertEqual(stat.S_IMODE(run.state_dir.stat().st_mode), 0o700)
        for name in ("status.json", "journal.ndjson"):
            self.assertTrue((run.state_dir / name).is_file(), name)


class Config(Case):
    def test_a_valid_one(self):
        """CFG-01"""
        done = self.command("config", "--profile", "devstack", "--format", "json", env={"REDIS_URL": "redis://localhost:6379"})
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(done.stdout)
        profile = document.get("profile", document)
        self.assertEqual((profile["redis_session_db"], profile["redis_task_db"]), (1, 2))
        self.assertEqual(profile["backend_url"], "http://localhost:8000")
        self.assertEqual(profile["state"], "validated")

    def test_an_invalid_one(self):
        done = self.command("config", "--profile", "devstack", env={})
        self.assertEqual(done.returncode, EXIT_CONFIG)
        self.assertIn("required.missing", done.stdout + done.stderr)

    def test_a_bad_manifest(self):
        path = self.manifest({"stepz": {}})
        self.assertEqual(self.command("config", "--file", path).returncode, EXIT_MANIFEST)

    def test_the_effective_manifest_fed_back_is_the_same(self):
        """PRF-01"""
        env = {"REDIS_URL": "redis://h"}
        for options in (
            ["--profile", "devstack"],
            ["--file", self.manifest({"extends": "builtin:devstack", "name": "x", "steps": {"one": STEP}})],
        ):
            with self.subTest(options):
                first = self.command("config", "--manifest", *options, env=env)
                self.assertEqual(first.returncode, 0, first.stderr)
                again = self.manifest(first.stdout, "again.json")
                second = self.command("config", "--manifest", "--file", again, env=env)
                self.assertEqual(second.returncode, 0, second.stderr)
                self.assertEqual(first.stdout, second.stdout)
                digests = {self.digest(words, env) for words in (tuple(options), ("--file", again))}
                self.assertEqual(len(digests), 1)

    def digest(self, options, env):
        """The manifest's digest as a test's snapshot tells it: the same manifest plus nothing."""
        run = self.finish(*options, "up", "--timeout", "200ms", env=env, expect=EXIT_DEPENDENCY)
        session = next(e for e in run.journal() if e["kind"] == "session")
        return session["manifest_sha256"]

    def test_config_and_plan_start_nothing(self):
        made = self.tmp / "made"
        path = self.manifest({"steps": {"one": {**STEP, "command": ["touch", str(made)]}}})
        for words in (["config"], ["plan"]):
            done = self.command(*words, "--file", path, env={"MUSTER_STATE_DIR": str(self.tmp / "state")})
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(made.exists())

    def test_plan_tells_the_order(self):
        done = self.command("plan", "--profile", "devstack", env={"REDIS_URL": "redis://h", "WEBSOCKET_URL": "ws://h"})
        self.assertEqual(done.returncode, 0, done.stderr)
        places = [done.stdout.index(name) for name in ("redis", "backend", "frontend")]
        self.assertEqual(places, sorted(places))

    def test_warnings_and_strict(self):
        """CFG-10"""
        env = {"REDIS_URL": "redis://redis:6379", "ENVIRONMENT": "docker"}
        done = self.command("config", "--profile", "devstack", env=env)
        self.assertEqual(done.returncode, 0)
        self.assertIn("url.localhost_in_container", done.stdout + done.stderr)
        done = self.command("config", "--profile", "devstack", "--strict", env=env)
        self.assertEqual(done.returncode, EXIT_CONFIG)

    def test_empty_as_unset(self):
        env = {"REDIS_URL": "redis://h", "OPENAI_API_KEY": ""}
        self.assertEqual(self.command("config", "--profile", "devstack", env=env).returncode, EXIT_CONFIG)
        self.assertEqual(self.command("config", "--profile", "devstack", "--empty-as-unset", env=env).returncode, 0)


class Quiet(Case):
    def test_quiet_says_nothing_when_all_is_well(self):
        run = self.finish("--quiet", "--", "true", manifest={"steps": {"one": STEP}}, expect=0)
        self.assertEqual(run.stderr, "")

    def test_quiet_still_tells_failures(self):
        run = self.finish("-q", "up", manifest={"steps": {"one": {**STEP, "command": ["false"]}}})
        self.assertEqual(run.code, 76)
        self.assertIn("one", run.stderr)


class Demo(Case):
    def demo_environment(self, binary=MUSTER):
        """With ports of our own: somebody else may be running the demo at this moment."""
        ports = " ".join(map(str, harness.free_ports(4)))
        return self.environment(MUSTER=str(binary), TMPDIR=str(self.tmp), DEMO_PORTS=ports)

    def demo(self):
        return subprocess.run(
            [ROOT / "compose" / "demo"], env=self.demo_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, cwd=self.tmp,
        )

    def expected(self, done):
        self.assertEqual(done.returncode, 0, done.stdout)
        for text in ("main: got USR1", "exit code 7", "ready in ", "sha256:", '"artifacts"', "muster check says: "):
            self.assertIn(text, done.stdout)
        for secret in ("roll@call", "roll%40call", "demo-openai-key", "demo-youtube-key"):
            self.assertNotIn(secret, done.stdout)
        self.assertEqual([p.name for p in self.tmp.iterdir() if p.name.startswith("muster-demo")], [], "it cleans up")

    def test_it_ends_with_everything_as_it_should_be(self):
        done = self.demo()
        self.expected(done)
        self.assertIn("started by process 1\n", done.stdout)
        order = [re.search(rf"(?m)^.*\b{name}\b.*healthy", done.stdout).start() for name in ("redis", "backend", "frontend")]
        self.assertEqual(order, sorted(order))

    def test_as_an_ordinary_user(self):
        if os.geteuid() == 0:
            # Nobody has to get at the repository; where that is not so, a copy is looked at.
            self.tmp.chmod(0o777)
            copy = self.tmp / "copy"
            subprocess.run(["cp", "-r", ROOT / "compose", copy], check=True)
            binary = self.tmp / "muster"
            binary.write_bytes(MUSTER.read_bytes())
            binary.chmod(0o755)
            words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy / "demo"]
            done = subprocess.run(
                words, env=self.demo_environment(binary), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, cwd=self.tmp,
            )
        else:
            done = self.demo()
        self.expected(done)

    def test_interrupted_it_leaves_nothing_behind(self):
        process = subprocess.Popen(
            [ROOT / "compose" / "demo"], env=self.demo_environment(), cwd=self.tmp,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )
        self.addCleanup(process.stdout.close)
        harness.eventually(
            lambda: any(b"redis.sh" in harness.read_proc(p, "cmdline") for p in harness.descendants_of(process.pid)),
            "redis is being started",
        )
        # What Ctrl-C does: the whole foreground group gets it.
        os.killpg(process.pid, signal.SIGINT)
        self.assertNotEqual(process.wait(30), 0)
        self.assertEqual([p.name for p in self.tmp.iterdir() if p.name.startswith("muster-demo")], [])
        harness.eventually(lambda: not harness.processes_with(f"TMPDIR={self.tmp}"), "all its processes end")


class SingleServices(Case):
    """muster check SERVICE..."""

    def ask(self, run, *names):
        done = self.command("check", "--state-dir", run.state_dir, *names)
        return done.returncode, done.stdout, done.stderr

    def test_each_answers_for_itself(self):
        services = {
            "here": {"probe": {"type": "file", "path": "/"}},
            "lost": {"probe": {"type": "file", "path": str(self.tmp / "nowhere")}, "required": False},
            "some": {"any_of": ["here", "lost"]},
        }
        run = self.start("--", "sleep", "60", manifest={"services": services})
        run.wait_for_status(lambda status: status["ready"], "ready")
        self.assertEqual(self.ask(run, "here", "some"), (0, "", ""))
        code, out, _ = self.ask(run, "here", "lost")
        self.assertEqual(code, 1)
        self.assertRegex(out, r"^lost: \w+: missing: ")
        code, out, err = self.ask(run, "lots")
        self.assertEqual([code, out], [EXIT_USAGE, ""])
        self.assertIn("did you mean lost?", err)
        run.signal(signal.SIGTERM)
        run.wait()
        code, out, _ = self.ask(run, "here")
        self.assertEqual(code, 1)
        self.assertIn("not running any more", out)


class ManyServices(Case):
    def test_ten_thousand_are_loaded_at_once(self):
        services = {f"s{i}": {"probe": {"type": "tcp", "url": f"tcp://h:{i + 1}"}} for i in range(10000)}
        for i in range(1000, 10000):
            services[f"s{i}"]["depends_on"] = [f"s{i - 1000}"]
        path = self.manifest({"services": services})
        begin = time.monotonic()
        done = self.command("plan", "--file", path)
        took = time.monotonic() - begin
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 10000)
        # A tenth of a second, and minutes if it grew with the square.
        self.assertLess(took, 5)


if __name__ == "__main__":
    harness.unittest.main()
