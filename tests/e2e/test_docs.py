"""What the documents say is what the program does."""
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import MUSTER, ROOT

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
        self.assertEqual(commands, ["run", "up", "check", "status", "config", "plan"])
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
        for code in (64, 65, 69, 70, 73, 75, 76, 77, 78, 126, 127):
            with self.subTest(code=code):
                self.assertTrue(re.search(rf"\b{code}\b", self.help))
                self.assertTrue(re.search(rf"\b{code}\b", README))
                self.assertTrue(re.search(rf"\n\.It (\d+ , )?{code}\b", MANUAL))


class Examples(unittest.TestCase):
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
        schema = (ROOT / "docs" / "muster.schema.json").read_text()
        for word in ("string", "secret", "int", "bool", "port", "enum", "uri", "http-url", "ws-url", "redis-url",
                     "tcp", "http", "redis", "websocket", "exec", "file"):
            with self.subTest(word=word):
                self.assertTrue(f"`{word}`" in README)
                self.assertTrue(f'"{word}"' in schema)


if __name__ == "__main__":
    unittest.main()
