"""The golden cases of the configuration: every folder of tests/cases/config (its README.md says what is in one)."""
import json
import re
import shutil
import subprocess

from harness import MUSTER, PATIENCE_S, ROOT, Case

CASES = ROOT / "tests" / "cases" / "config"
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
# A loop over no folders would pass.
CASES_AT_LEAST = 40


def unescape(text):
    def one(match):
        word = match.group(1)
        return chr(int(word[1:], 16)) if word[0] == "x" else ESCAPES[word]

    return re.sub(r"\\(x[0-9a-f]{2}|.)", one, text)


class ConfigCases(Case):
    def setUp(self):
        super().setUp()
        self.cwd = self.tmp / "cwd"

    def text_of(self, folder, name):
        """A file of the case, with its placeholders filled in; empty when there is none."""
        path = folder / name
        text = path.read_text() if path.exists() else ""
        return text.replace("@CASE@", str(folder)).replace("@TMP@", str(self.cwd))

    def lay_out(self, folder, modes, links):
        """The working directory: what is in `files`, for nobody else's eyes unless the case says so."""
        if (folder / "files").exists():
            shutil.copytree(folder / "files", self.cwd)
        self.cwd.mkdir(exist_ok=True)
        for name, target in links.items():
            (self.cwd / name).symlink_to(target)
        for path in [self.cwd, *self.cwd.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o700 if path.is_dir() else 0o600)
        for name, mode in modes.items():
            (self.cwd / name).chmod(int(mode, 8))

    def config(self, folder, *more):
        own = folder / "muster.json"
        pairs = (line.split("=", 1) for line in self.text_of(folder, "env").splitlines())
        return subprocess.run(
            [
                MUSTER,
                "config",
                *(["--file", own] if own.exists() else ["--profile", "devstack"]),
                *self.text_of(folder, "args").splitlines(),
                *more,
            ],
            env={name: unescape(value).encode("latin-1") for name, value in pairs},
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
        )

    def compare_problems(self, wanted, got):
        self.assertEqual([(p["where"], p["rule"]) for p in wanted], [(p["where"], p["rule"]) for p in got])
        for want, problem in zip(wanted, got):
            self.assertTrue(problem["text"] and problem["hint"], problem)
            for part in ("text", "hint"):
                self.assertIn(want.get(part, ""), problem[part] or "")
            for part in ("source", "found", "accepted"):
                if part in want:
                    self.assertEqual(want[part], problem[part], (part, problem))

    def run_case(self, folder):
        expect = json.loads(self.text_of(folder, "expect.json"))
        self.lay_out(folder, expect.get("modes", {}), expect.get("links", {}))
        as_json = self.config(folder, "--format", "json")
        as_text = self.config(folder)
        written = as_json.stdout + as_json.stderr + as_text.stdout + as_text.stderr
        self.assertEqual([as_json.returncode, as_text.returncode], [expect["exit"]] * 2, written.decode())
        document = json.loads(as_json.stdout)
        self.assertEqual(document["state"], expect["state"])
        self.compare_problems(expect["errors"], document["errors"])
        self.compare_problems(expect["warnings"], document["warnings"])
        profile = dict(expect.get("profile", {}))
        for part in ("sources", "extra"):
            for name, value in profile.pop(part, {}).items():
                self.assertEqual(document["profile"][part][name], value, name)
        for field, value in profile.items():
            self.assertEqual(document["profile"][field], value, field)
        for problem in expect["errors"] + expect["warnings"]:
            self.assertIn(problem["where"], as_text.stderr.decode())
        for text in expect.get("stderr_contains", []):
            self.assertIn(text, as_text.stderr.decode())
        for secret in expect.get("never", []):
            self.assertNotIn(secret.encode(), written)

    def test_there_are_cases(self):
        self.assertGreaterEqual(len(list(CASES.glob("*/expect.json"))), CASES_AT_LEAST)

    def test_mistakes_are_stable(self):
        """CFG-08: the same text every time."""
        folder = CASES / "cfg-08-five-mistakes"
        self.lay_out(folder, {}, {})
        self.assertEqual(self.config(folder).stderr, self.config(folder).stderr)


def add_case(folder):
    def test(self):
        self.run_case(folder)

    setattr(ConfigCases, f"test_{folder.name.replace('-', '_')}", test)


for path in sorted(CASES.glob("*/expect.json")):
    add_case(path.parent)
