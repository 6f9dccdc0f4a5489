"""The golden cases of the manifest: every folder of tests/cases/manifest (its README.md says what is in one), and the schema."""
import json
import re
import subprocess

import jsonschema

from harness import EXIT_MANIFEST, MUSTER, PATIENCE_S, ROOT, Case

CASES = ROOT / "tests" / "cases" / "manifest"
SCHEMA = ROOT / "docs" / "muster.schema.json"
# A loop over no folders would pass.
CASES_AT_LEAST = 95
# What has to do with the form of a manifest, and so is refused by the schema too, at the same place …
OF_FORM = {"type", "key.unknown", "required", "enum", "name", "duration", "mode", "hash.format", "limit"}
# … but not what a variable may hold, which environments there are, and how deep conditions go.
OF_VALUES = re.compile(r"/(default|example|equals|in/\d+|environments?(/[^/]+)?|only_when/not(/not)+)$")
# A schema says of these what is allowed as a whole.
AS_A_WHOLE = ("anyOf", "oneOf")
# A string is matched first, so that what looks like a comment inside of it stays.
STRING_OR_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


def strip_comments(text):
    return STRING_OR_COMMENT.sub(lambda m: m.group(1) or " ", text)


def read_with_comments(path):
    return json.loads(strip_comments(path.read_text()))


def read_schema():
    return json.loads(SCHEMA.read_text())


def errors_by_schema(document):
    return list(jsonschema.Draft202012Validator(read_schema()).iter_errors(document))


def mistakes_by_schema(document):
    return [e.message for e in errors_by_schema(document)]


def is_at(error, where):
    """Whether the schema complains there, one level around it or within it, or about something as a whole that it is in."""
    place = "".join(f"/{part}" for part in error.absolute_path)
    if place in (where, where.rpartition("/")[0]) or place.rpartition("/")[0] == where:
        return True
    return error.validator in AS_A_WHOLE and where.startswith(place + "/")


class ManifestCases(Case):
    def config(self, folder, expect, *more):
        return subprocess.run(
            [MUSTER, "config", "--file", folder / "muster.json", *more],
            env={"REDIS_URL": "redis://cache:6379", **expect.get("env", {})},
            cwd=self.tmp,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
        )

    def compare_problems(self, wanted, got):
        got = [{key: problem[key] for key in ("rule", "where", "text", "hint") if problem[key] is not None} for problem in got]
        self.assertEqual(wanted, got)

    def run_case(self, folder):
        expect = json.loads((folder / "expect.json").read_text())
        as_json = self.config(folder, expect, "--format", "json")
        as_text = self.config(folder, expect)
        self.assertEqual([as_json.returncode, as_text.returncode], [expect["exit"]] * 2, as_text.stderr.decode())
        document = json.loads(as_json.stdout)
        self.compare_problems(expect["errors"], document["errors"])
        self.compare_problems(expect["warnings"], document["warnings"])
        for problem in expect["errors"] + expect["warnings"]:
            self.assertIn(problem["where"], as_text.stderr.decode())
            self.assertIn(problem["text"], as_text.stderr.decode())
        if expect["exit"] == EXIT_MANIFEST and not expect.get("loaded"):
            self.assertIsNone(document["manifest_sha256"])
            self.assertNotIn("profile", document)

    def run_schema(self, folder):
        expect = json.loads((folder / "expect.json").read_text())
        if "schema" not in expect:
            with self.assertRaises(json.JSONDecodeError):
                read_with_comments_and_unique_names(folder / "muster.json")
            return
        errors = errors_by_schema(read_with_comments(folder / "muster.json"))
        self.assertEqual(expect["schema"], "invalid" if errors else "valid", [e.message for e in errors])
        if expect["exit"] != EXIT_MANIFEST:
            self.assertEqual(expect["schema"], "valid")
        for problem in expect["errors"]:
            if problem["rule"] not in OF_FORM or OF_VALUES.search(problem["where"]):
                continue
            with self.subTest(problem["where"]):
                self.assertTrue(any(is_at(e, problem["where"]) for e in errors), problem["text"])

    def test_there_are_cases(self):
        self.assertGreaterEqual(len(list(CASES.glob("*/expect.json"))), CASES_AT_LEAST)

    def test_mistakes_are_stable(self):
        folder = CASES / "many-mistakes"
        self.assertEqual(self.config(folder, {}).stderr, self.config(folder, {}).stderr)

    def test_nothing_starts_with_a_bad_manifest(self):
        made = self.tmp / "made"
        manifest = {"services": {"s": {"run": ["touch", str(made)]}, "t": {"run": []}}}
        done = subprocess.run(
            [MUSTER, "--file", self.manifest(manifest), "--", "touch", made], env=self.environment(), cwd=self.tmp,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S,
        )
        self.assertEqual(done.returncode, EXIT_MANIFEST, done.stderr)
        self.assertIn(b"/services/t/run", done.stderr)
        self.assertFalse(made.exists())


def read_with_comments_and_unique_names(path):
    def unique(pairs):
        if len({name for name, _ in pairs}) < len(pairs):
            raise json.JSONDecodeError("a name is given twice", "", 0)
        return dict(pairs)

    return json.loads(strip_comments(path.read_text()), object_pairs_hook=unique)


class Schema(Case):
    def test_it_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(read_schema())

    def test_builtin_and_example_manifests_are_valid(self):
        paths = [
            *ROOT.glob("init/plan/*.json"),
            *(p for p in ROOT.glob("compose/**/*.json") if "services" in p.read_text()),
        ]
        self.assertGreaterEqual(len(paths), 3)
        for path in paths:
            with self.subTest(path.name):
                self.assertEqual(mistakes_by_schema(read_with_comments(path)), [])

    def test_manifests_of_the_cases_of_the_configuration_are_valid(self):
        paths = list((ROOT / "tests" / "cases" / "config").glob("*/muster.json"))
        self.assertGreaterEqual(len(paths), 30)
        for path in paths:
            with self.subTest(path.parent.name):
                expect = json.loads((path.parent / "expect.json").read_text())
                self.assertNotEqual(expect["exit"], EXIT_MANIFEST)
                self.assertEqual(mistakes_by_schema(read_with_comments(path)), [])

    def test_the_examples_name_it_for_editors(self):
        paths = [p for p in ROOT.glob("compose/*.json") if "services" in p.read_text()]
        self.assertGreaterEqual(len(paths), 2)
        for path in paths:
            with self.subTest(path.name):
                self.assertEqual((path.parent / read_with_comments(path)["$schema"]).resolve(), SCHEMA)

    def test_the_effective_manifest_is_valid(self):
        """Also as a manifest of its own, where every entry has to be complete."""
        done = subprocess.run(
            [MUSTER, "config", "--manifest", "--file", CASES / "prf-02-override" / "muster.json"],
            env=self.environment(REDIS_URL="redis://cache"), cwd=self.tmp, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=PATIENCE_S,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(mistakes_by_schema(json.loads(done.stdout)), [])

    def test_every_entry_has_to_be_complete_without_a_builtin(self):
        partial = {"services": {"redis": {"timeout": "5s"}}, "variables": {"REDIS_SESSION_DB": {"max": 7}}}
        self.assertEqual(len(mistakes_by_schema(partial)), 2)
        self.assertEqual(mistakes_by_schema({"extends": "builtin:devstack", **partial}), [])
        other = {"extends": "builtin:devstack", "services": {"mine": {"timeout": "5s"}}}
        self.assertEqual(len(mistakes_by_schema(other)), 1)


def add_case(folder):
    name = folder.name.replace("-", "_")
    setattr(ManifestCases, f"test_{name}", lambda self: self.run_case(folder))
    setattr(Schema, f"test_{name}", lambda self: ManifestCases.run_schema(self, folder))


for found in sorted(CASES.glob("*/expect.json")):
    add_case(found.parent)
