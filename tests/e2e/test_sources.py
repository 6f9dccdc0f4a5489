"""Values from files, folders of secrets and files of variables: what main gets, and what stops it from being started."""
import shutil
import subprocess

from harness import EXIT_CONFIG, MUSTER, PATIENCE_S, Case

SECRET = "hunter22 $HOME 'quoted' \"twice\" \\n é"
SEVERAL_LINES = "-----BEGIN-----\nfirst\n\n  last\t\n-----END-----"


class Sources(Case):
    def setUp(self):
        super().setUp()
        self.seen = self.tmp / "seen"
        self.secrets = self.tmp / "secrets"
        self.secrets.mkdir()
        self.main = ["--", "sh", "-c", 'env -0 >"$1"', "sh", self.seen]

    def write(self, path, text):
        path.write_bytes(text.encode())
        path.chmod(0o600)
        return path

    def main_sees(self):
        entries = self.seen.read_bytes().decode().split("\0")
        return dict(entry.split("=", 1) for entry in entries if entry)

    def test_main_gets_them_byte_for_byte(self):
        variables = {
            "NAMED": {"type": "string", "secret": True, "deliver": "env"},
            "PLACED": {"type": "secret"},
            "KEY": {"type": "string", "secret": True},
            "RAW": {"type": "string", "secret": True},
            "MODE": {"type": "enum", "values": ["a", "b"], "default": "a"},
            "MADE": {"type": "string", "default": "<${PLACED}|${KEY}>"},
        }
        self.write(self.secrets / "placed", SECRET + "\n")
        run = self.finish(
            "--secrets-dir", self.secrets,
            "--env-file", f"dotenv:{self.write(self.tmp / 'a.env', f'KEY={chr(39)}{SEVERAL_LINES}{chr(39)} # a key')}",
            "--env-file", f"docker:{self.write(self.tmp / 'b.env', 'RAW= %s ' % SECRET)}",
            *self.main,
            manifest={"variables": variables},
            env={"NAMED_FILE": str(self.write(self.tmp / "named", SEVERAL_LINES + "\r\n"))},
            expect=0,
        )
        seen = self.main_sees()
        self.assertEqual(seen["NAMED"], SEVERAL_LINES)
        self.assertEqual(seen["PLACED"], SECRET)
        self.assertEqual(seen["KEY"], SEVERAL_LINES)
        self.assertEqual(seen["RAW"], f" {SECRET} ")
        self.assertEqual(seen["MADE"], f"<{SECRET}|{SEVERAL_LINES}>")
        self.assertEqual(seen["MODE"], "a")
        sources = run.status()["profile"]["sources"]
        self.assertEqual([sources[n] for n in ("NAMED", "PLACED", "KEY", "RAW", "MADE", "MODE")],
                         ["file", "secrets_dir", "env_file", "env_file", "default", "default"])
        for where, written in run.written().items():
            self.assertNotIn(b"hunter22", written, where)
            self.assertNotIn(b"-----BEGIN", written, where)

    def test_what_came_by_file_stays_in_its_file(self):
        path = str(self.write(self.tmp / "named", "hunter22\n"))
        self.finish(*self.main, manifest={"variables": {"NAMED": {"type": "secret"}}}, env={"NAMED_FILE": path}, expect=0)
        self.assertEqual(self.main_sees()["NAMED_FILE"], path)
        self.assertNotIn("NAMED", self.main_sees())

    def test_the_environment_wins(self):
        self.write(self.secrets / "X", "from the folder")
        file = self.write(self.tmp / "a.env", "X=from the file\nY=from the file\n")
        self.finish("--secrets-dir", self.secrets, "--env-file", f"docker:{file}", *self.main,
                    manifest={"variables": {n: {"type": "string", "default": "d"} for n in "XYZ"}},
                    env={"X": "from the environment"}, expect=0)
        seen = self.main_sees()
        self.assertEqual([seen[n] for n in "XYZ"], ["from the environment", "from the file", "d"])

    def test_a_variable_out_of_use_is_not_handed_on_from_a_file(self):
        only = {"variable": "MODE", "equals": "tls"}
        variables = {"MODE": {"type": "string", "default": "plain"}, "KEY": {"type": "secret", "only_when": only}}
        self.write(self.secrets / "KEY", "hunter22")
        words = ["--secrets-dir", self.secrets, *self.main]
        self.finish(*words, manifest={"variables": variables}, expect=0)
        self.assertNotIn("KEY", self.main_sees())
        self.finish(*words, manifest={"variables": variables}, env={"MODE": "tls"}, expect=0)
        self.assertEqual(self.main_sees()["KEY"], "hunter22")

    def test_nothing_starts_without_a_file_that_is_named(self):
        manifest = {"variables": {"X": {"type": "string", "default": "d"}}}
        for words, env, told in (
            (["--env-file", "dotenv:nowhere.env"], {}, "nowhere.env: env_file.missing"),
            (["--secrets-dir", "nowhere"], {}, "nowhere: source.directory"),
            ([], {"X_FILE": "nowhere"}, "X: source.file"),
        ):
            with self.subTest(told):
                run = self.finish(*words, *self.main, manifest=manifest, env=env, expect=EXIT_CONFIG)
                self.assertIn(told, run.stderr)
                self.assertIn("No such file or directory", run.stderr)
                self.assertFalse(self.seen.exists())


class Volume(Case):
    """Kubernetes replaces what a secret's link leads to: for a moment there may be nothing."""

    def config(self, times):
        self.assertIsNotNone(shutil.which("strace"), "strace is not installed")
        file = self.tmp / "db"
        file.write_text("hunter22\n")
        file.chmod(0o600)
        manifest = self.manifest({"variables": {"DB": {"type": "secret", "required": True}}})
        return subprocess.run(
            ["strace", "-qq", "-o", self.tmp / "trace", "-P", file, "-e", f"inject=open,openat:error=ENOENT:when={times}",
             MUSTER, "config", "--file", manifest],
            env=self.environment(DB_FILE=str(file), **self.no_leak_check()), cwd=self.tmp, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=PATIENCE_S,
        )

    def test_nothing_there_for_a_moment(self):
        done = self.config("1")
        self.assertIn("INJECTED", (self.tmp / "trace").read_text())
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_nothing_there(self):
        done = self.config("1+")
        self.assertEqual((self.tmp / "trace").read_text().count("INJECTED"), 2)
        self.assertEqual(done.returncode, EXIT_CONFIG, done.stderr)
        self.assertIn("DB: source.file", done.stderr)
        self.assertIn("No such file or directory", done.stderr)
