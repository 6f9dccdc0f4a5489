"""docs/configuration.md and configuration-compared.md say what the program does."""
import json
import re

import harness
from harness import ROOT, Case

GUIDE = (ROOT / "docs" / "configuration.md").read_text()
COMPARED = (ROOT / "docs" / "configuration-compared.md").read_text()
FOLDER = ROOT / "tests" / "bench" / "compared-configuration"
RIGHT = {"REDIS_URL": "redis://cache:6379", "API_KEY": "correct-horse-battery"}


def table(text, heading):
    """The rows of the first table behind that heading, as lists of cells."""
    rows = re.search(r"(?m)^\|.*\n\|[-|]+\n((?:\|.*\n)+)", text[text.index(heading) :]).group(1)
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows.splitlines()]


class Guide(Case):
    def setUp(self):
        super().setUp()
        self.manifest = self.tmp / "muster.json"
        self.manifest.write_text(re.search(r"```jsonc\n(.*?)```", GUIDE, re.S).group(1))

    def config(self, *words, **env):
        done = self.command("config", *words, "--file", self.manifest, "--format", "json", env=env)
        return done.returncode, json.loads(done.stdout)

    def test_its_example_does_what_the_text_says(self):
        code, document = self.config(**RIGHT)
        self.assertEqual(code, 0, document)
        self.assertEqual(document["profile"]["extra"]["PUBLIC_URL"], "http://localhost:8080")
        code, document = self.config(**RIGHT, ENVIRONMENT="docker", HTTP_PORT="81")
        self.assertEqual(document["profile"]["extra"]["PUBLIC_URL"], "http://shop:81")
        for changes, rule in (({"ENVIRONMENT": "cloud"}, "required.missing"), ({"TLS": "on"}, "required.missing"),
                              ({"TLS": "on", "TLS_KEY_PATH": "/"}, "path.kind"), ({"API_KEY": "short"}, "length"),
                              ({"SHOP_CURRENCIES": "EUR,chf"}, "pattern"), ({"SHOP_CURENCIES": "EUR"}, "name.unknown")):
            with self.subTest(changes):
                code, document = self.config(**{**RIGHT, **changes})
                self.assertEqual((code, [e["rule"] for e in document["errors"]]), (harness.EXIT_CONFIG, [rule]))

    def test_every_type_is_in_its_table(self):
        schema = json.loads((ROOT / "docs" / "muster.schema.json").read_text())
        types = schema["$defs"]["variable"]["properties"]["type"]["enum"]
        self.assertEqual({row[0] for row in table(GUIDE, "## Types")}, {f"`{name}`" for name in types if name})

    def test_both_kinds_of_files_are_read_as_its_table_says(self):
        """A mistake is None here, and a variable that the file does not give either."""
        lines = [row[0].split("`")[1] for row in table(GUIDE, "There are two kinds")]
        self.assertEqual(lines, ['A="x y"  # note', "A='$B\\n'", 'A="1\\n2"', "A", "export A=1"])
        found = {"docker": ['"x y"  # note', "'$B\\n'", '"1\\n2"', "given", None], "dotenv": ["x y", "$B\\n", "1\n2", None, "1"]}
        self.manifest.write_text('{"variables": {"OUT": {"type": "string"}}}')
        for kind, values in found.items():
            for line, value in zip(lines, values):
                with self.subTest(kind=kind, line=line):
                    (self.tmp / "variables").write_text(re.sub(r"\bA\b", "OUT", line) + "\n")
                    done = self.command("--quiet", "--file", self.manifest, "--state-dir", self.tmp / "state", "--env-file",
                                        f"{kind}:{self.tmp}/variables", "--", "printenv", "OUT",
                                        env={"OUT": "given"} if value == "given" else {})
                    self.assertEqual(done.stdout, "" if value is None else f"{value}\n", done.stderr)

    def test_its_commands_exist(self):
        for row in table(GUIDE, "## Commands"):
            words = row[0].strip("`").replace("NAME...", "API_KEY").replace(".env", f"{self.tmp}/.env").split()
            (self.tmp / ".env").write_text("".join(f"{name}={value}\n" for name, value in RIGHT.items()))
            with self.subTest(words):
                done = self.command(*words[1:], "--file", self.manifest, env=RIGHT)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Compared(Case):
    def setUp(self):
        super().setUp()
        self.given = json.loads((FOLDER / "environment.json").read_text())

    def config(self, *changes):
        env = dict(self.given["right"])
        for change in changes:
            env.update(change)
        env = {name: value for name, value in env.items() if value is not None}
        done = self.command("config", "--file", FOLDER / "muster.json", "--format", "json", env=env)
        for secret in self.given["secrets"]:
            self.assertNotIn(secret, done.stdout + done.stderr)
        return done.returncode, json.loads(done.stdout)

    def test_the_right_environment_is_right(self):
        code, document = self.config()
        self.assertEqual((code, document["errors"]), (0, []))

    def test_all_ten_are_told_together_and_each_alone(self):
        code, document = self.config(*self.given["wrong"].values())
        self.assertEqual((code, len(document["errors"])), (harness.EXIT_CONFIG, 10), document["errors"])
        together = {e["where"] for e in document["errors"]}
        for name, change in self.given["wrong"].items():
            with self.subTest(name):
                code, document = self.config(change)
                self.assertEqual(code, harness.EXIT_CONFIG)
                self.assertEqual({e["where"] for e in document["errors"]} - together, set())
        code, document = self.config(self.given["wrong"]["a required name, misspelt"])
        self.assertIn("REDIS_ULR", document["errors"][0]["hint"])

    def test_the_table_has_a_row_for_each(self):
        rows = [row for row in table(COMPARED, "# Ten mistakes") if re.match(r"\d+ ", row[0])]
        self.assertEqual(len(rows), len(self.given["wrong"]))
        self.assertEqual({row[1] for row in rows}, {"**yes**"})


if __name__ == "__main__":
    harness.unittest.main()
