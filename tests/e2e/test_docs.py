"""What the documents say is what the program does."""
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import MUSTER, ROOT
from test_manifest_cases import SCHEMA, mistakes_by_schema, strip_comments

PAGES = [ROOT / "README.md", ROOT / "compose" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# An object with one of these is a manifest; other JSON is what programs print.
MANIFEST_KEYS = {"extends", "variables", "services", "steps", "tests"}

README = (ROOT / "README.md").read_text()
MANUAL = (ROOT / "docs" / "muster.1").read_text()

IN_MANUAL = re.findall(r" -([a-z-]+)\b", "\n".join(line for line in MANUAL.split("\n") if line.startswith(".It ")))


def muster(*words, env=None):
    return subprocess.run([MUSTER, *words], capture_output=True, text=True, env=env or {}, timeout=10)


class Help(unittest.TestCase):
    def setUp(self):
        self.help = muster("--help").stdout

    def test_every_option_is_in_the_manual_page(self):
        options = re.findall(r"--([a-z-]+)", self.help.split("\noptions:\n")[1].split("exit codes:")[0])
        self.assertGreater(len(options), 8)
        for option in options:
            with self.subTest(option=option):
                self.assertIn(option, IN_MANUAL)

    def test_every_command_is_in_the_manual_page_and_the_readme(self):
        commands = re.findall(r"^  ([a-z]+) ", self.help.split("commands:\n")[1].split("\noptions:")[0], re.M)
        self.assertEqual(commands, ["run", "up", "check", "status", "config", "plan", "wait", "verify", "rollback", "step"])
        for command in commands:
            with self.subTest(command=command):
                self.assertTrue(f".It Cm {command}\n" in MANUAL)
        for command in commands[1:]:
            self.assertTrue(f"`muster {command}`" in README)

    def test_every_option_of_the_manual_page_exists(self):
        known = set(re.findall(r"--([a-z-]+)", self.help))
        for option in IN_MANUAL:
            with self.subTest(option=option):
                self.assertIn(option, known)

    def test_exit_codes_are_the_same_everywhere(self):
        for code in (64, 65, 69, 70, 73, 74, 75, 76, 77, 78, 126, 127):
            with self.subTest(code=code):
                self.assertTrue(re.search(rf"\b{code}\b", self.help))
                self.assertTrue(re.search(rf"\b{code}\b", README))
                self.assertTrue(re.search(rf"\n\.It (\d+ , )?{code}\b", MANUAL))


def manifests_of(page):
    for text in re.findall(r"```jsonc?\n(.*?)```", page.read_text(), re.S):
        if MANIFEST_KEYS & set(json.loads(strip_comments(text))):
            yield text


class Examples(unittest.TestCase):
    def test_every_manifest_that_is_shown_loads_and_is_valid(self):
        shown = [(page.name, text) for page in PAGES for text in manifests_of(page)]
        self.assertTrue(shown)
        for name, text in shown:
            with self.subTest(page=name, text=text[:60]), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "muster.json"
                path.write_text(text)
                document = json.loads(muster("config", "--file", path, "--format", "json").stdout)
                # Some need an environment that is not here: then the manifest itself is fine.
                self.assertIsNotNone(document["manifest_sha256"], document["errors"])
                self.assertEqual(mistakes_by_schema(json.loads(strip_comments(text))), [])

    def test_the_manifest_of_the_readme_loads(self):
        text = re.search(r"```jsonc\n(.*?)```", README, re.S).group(1)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "muster.json"
            path.write_text(text)
            done = muster("config", "--file", path, "--format", "json", env={"REDIS_URL": "redis://cache:6379"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(json.loads(done.stdout)["profile"]["extra"]["WORKERS"], 4)

    def test_links_of_the_readme_lead_somewhere(self):
        for link in re.findall(r"\]\(([^)#:]+)\)", README):
            with self.subTest(link=link):
                self.assertTrue((ROOT / link).exists())

    def test_the_readme_names_every_value_type_and_probe(self):
        definitions = json.loads(SCHEMA.read_text())["$defs"]
        for kind, at_least in (("variable", 20), ("probe", 12)):
            words = [word for word in definitions[kind]["properties"]["type"]["enum"] if word]
            self.assertGreaterEqual(len(words), at_least)
            for word in words:
                with self.subTest(word=word):
                    self.assertTrue(f"`{word}`" in README)


if __name__ == "__main__":
    unittest.main()
