"""The golden cases of the configuration: every folder of tests/cases/config (its README.md says what is in one)."""
import json
import re
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


def read_environment(path):
    pairs = (line.split("=", 1) for line in path.read_text().splitlines())
    return {name: unescape(value).encode("latin-1") for name, value in pairs}


def lines_of(path):
    return path.read_text().splitlines() if path.exists() else []


class ConfigCases(Case):
    def config(self, folder, *more):
        return subprocess.run(
            [MUSTER, "config", "--profile", "devstack", *lines_of(folder / "args"), *more],
            env=read_environment(folder / "env"),
            cwd=self.tmp,
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

    def run_case(self, folder):
        expect = json.loads((folder / "expect.json").read_text())
        as_json = self.config(folder, "--format", "json")
        as_text = self.config(folder)
        written = as_json.stdout + as_json.stderr + as_text.stdout + as_text.stderr
        self.assertEqual([as_json.returncode, as_text.returncode], [expect["exit"]] * 2, written.decode())
        document = json.loads(as_json.stdout)
        self.assertEqual(document["state"], expect["state"])
        self.compare_problems(expect["errors"], document["errors"])
        self.compare_problems(expect["warnings"], document["warnings"])
        profile = dict(expect.get("profile", {}))
        for field, source in profile.pop("sources", {}).items():
            self.assertEqual(document["profile"]["sources"][field], source, field)
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
        self.assertEqual(self.config(folder).stderr, self.config(folder).stderr)


def add_case(folder):
    def test(self):
        self.run_case(folder)

    setattr(ConfigCases, f"test_{folder.name.replace('-', '_')}", test)


for path in sorted(CASES.glob("*/expect.json")):
    add_case(path.parent)
