"""What can be asked of `config`: example, docs, schema, explain, check. The manifest has every type and every condition."""
import functools
import itertools
import json
import subprocess

import jsonschema
from harness import EXIT_CONFIG, EXIT_MANIFEST, EXIT_USAGE, MUSTER, PATIENCE_S, ROOT, Case

CASES = ROOT / "tests" / "cases" / "config-commands"
MANIFEST = CASES / "muster.json"
SECRET = "correct-horse-battery"
SOUND = {
    "APP_TITLE": "Hello there", "APP_KEY": SECRET, "APP_DATA": "/tmp", "APP_OWNER": "a@example.org", "APP_HOST": "web",
    "APP_TLS": "off",
}


def config(*words, env=None, manifest=MANIFEST, **more):
    return subprocess.run(
        [MUSTER, "config", *words, "--file", manifest], env=env or {}, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=PATIENCE_S, **more,
    )


def written(*words, manifest=MANIFEST, env=None):
    done = config(*words, manifest=manifest, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


def accepts(env, *words, manifest=MANIFEST):
    return config(*words, env=env, manifest=manifest).returncode == 0


@functools.cache
def validator(manifest=MANIFEST):
    schema = json.loads(written("schema", manifest=manifest))
    kind = jsonschema.validators.validator_for(schema)
    assert kind is jsonschema.Draft202012Validator, schema["$schema"]
    kind.check_schema(schema)
    return kind(schema)


class Golden(Case):
    """Byte by byte what was looked at by a person once."""

    def test_example(self):
        self.assertEqual(written("example"), (CASES / "example.env").read_text())

    def test_docs(self):
        self.assertEqual(written("docs"), (CASES / "docs.md").read_text())

    def test_schema(self):
        self.assertEqual(written("schema"), (CASES / "schema.json").read_text())

    def test_no_environment_makes_a_difference(self):
        for word in ("example", "docs", "schema"):
            with self.subTest(word):
                self.assertEqual(written(word), written(word, env={**SOUND, "APP_ENV": "cloud", "APP_WORKERS": "x"}))

    def test_a_broken_manifest_is_told(self):
        path = self.manifest({"variables": {"A": {"type": "strin"}}})
        for word in (["example"], ["docs"], ["schema"], ["explain", "A"], ["check", "--against", "docker:/dev/null"]):
            with self.subTest(word):
                done = config(*word, manifest=path)
                self.assertEqual((done.returncode, done.stdout), (EXIT_MANIFEST, ""))
                self.assertIn("string", done.stderr)

    def test_standard_output_that_is_full_is_an_error(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([MUSTER, "config", "docs", "--file", MANIFEST], env={}, stdout=full, stderr=subprocess.PIPE)
        self.assertNotEqual(done.returncode, 0)


class Words(Case):
    def test_a_wrong_word_is_told_the_right_one(self):
        done = config("explian", "APP_KEY")
        self.assertEqual((done.returncode, done.stdout), (EXIT_USAGE, ""))
        self.assertIn("did you mean config explain?", done.stderr)

    def test_help_names_them(self):
        text = subprocess.run([MUSTER, "--help"], capture_output=True, text=True, check=True).stdout
        for word in ("explain NAME...", "example", "docs", "schema", "check --against KIND:FILE"):
            self.assertIn(f"\n           {word}: ", text)


# What is put where a sound value was, and whether muster refuses it for a reason that no schema can know.
LOOSE = True
VALUES = {
    "APP_ENV": ["local", "docker", "Docker", "", " local"],
    "APP_TITLE": ["Abc", "Ab", "A" + "b" * 19, "A" + "b" * 20, "abc", "Abc1", "", "A\u00fcber"],
    "APP_KEY": [SECRET, "1234567", "12345678", "", " 12345678", "1234 5678", "1234\t5678", "12345678 ", "\u00fc" * 4,
                ("\u00fc" * 3, LOOSE), "\u00fc"],
    "APP_TOKEN": ["", "x", " "],
    "APP_WORKERS": ["1", "64", "65", "0", "-1", "01", "+1", "1.0", "1e1", "", "42abc", "9" * 30],
    "APP_RATIO": ["0", "1", "0.5", "1e-3", "-0", "0.", ".5", "0x1", "NaN", "1,5", ("2", LOOSE), ("-1", LOOSE), "01", ""],
    "APP_DEBUG": ["true", "false", "yes", "no", "on", "off", "1", "0", "True", "t", "", "2"],
    "APP_PORT": ["1024", "65535", "65536", "1023", "0", "080", ""],
    "APP_TIMEOUT": ["100ms", "1h", "60m", ("99ms", LOOSE), ("2h", LOOSE), "30", "s", "1.5s", "1 s", "01s", "1S", ""],
    "APP_LIMIT": ["1B", "1GiB", "64KiB", "1000KB", ("2GiB", LOOSE), "1kb", "1", "K", "-1B", ""],
    "APP_DATA": ["/tmp", "tmp", "./x", ("/dev/null", LOOSE), ("/no/such", LOOSE), "", "/a\nb"],
    "APP_FILTER": ["", "^a+$", "[a-z]{2,3}", ("[", LOOSE), ("a**", LOOSE), "x" * 513],
    "APP_EXTRA": ["{}", "0", '"x"', "[1, 2]", ("{", LOOSE), ("{'a':1}", LOOSE), ""],
    "APP_BLOB": ["QUI=", "QUJD", ("QQ==", LOOSE), "QUJDREVGR0hJSktM", "QUJDREVGR0hJSktMTQ==", "QUI", "Q-J_", "Q+J_", "QUJ=", "A===", "",
                 "QU JD"],
    "APP_OWNER": ["a@b", "a.b+c@example.org", "a", "a@", "@b", "a@b@c", "a b@c.de", ".a@b.de", "a@-b.de", "a@b..de", "",
                  ("a@1.2", LOOSE)],
    "APP_HOSTS": ["a:1", "a:1;b:2;[::1]:3", "a:1;b:2;c:3;d:4", "a:1;", ";a:1", "a:1; b:2", "a", "a:0", "a:1,b:2", ""],
    "APP_MODES": ["fast", "safe,fast", "fast;safe", "slow", "fast,", "fast, safe", ""],
    "APP_PEER": ["h:1", "[::1]:1", "h", "h:0", "h:65536", "h:1/x", ":1", "u@h:1", "", ("[::g]:1", not LOOSE)],
    "APP_QUEUE": ["amqp://q", "AMQPS://u:p4ssword@q:5671/v", "http://q", "amqp:q", "amqp://", "amqp://q:0", "amqp://a b", ""],
    "APP_URL": ["http://h", "https://h:8443/x?y#z", "ftp://h", "http://u:p4ssword@h", "http://h:99999", "http:/h", "h", ""],
    "APP_HOST": ["web", "web.example", "web..x", "Web", ""],
    "APP_WS": ["ws://h", "wss://h/x", "http://h", "tcp://h", ""],
    "APP_CACHE": ["redis://h", "rediss://h:6379/3", "redis://h/4", "redis://h/x", "unix:/run/r.sock", "redis://:p4ssword@h/",
                  "redis+unix:///run/r.sock", "http://h", ""],
    "APP_TLS": ["off", "ON", ""],
    "APP_NO": ["x"],
    "OTHER": ["", "x"],
}


class Schema(Case):
    def verdicts(self, env):
        return accepts(env), validator().is_valid(env)

    def test_values(self):
        """What muster accepts is valid, and what it refuses is not, but for what a schema cannot know."""
        seen = {True: 0, False: 0}
        for name, values in VALUES.items():
            for value in values:
                value, loose = value if isinstance(value, tuple) else (value, False)
                with self.subTest(name=name, value=value):
                    accepted, valid = self.verdicts({**SOUND, name: value})
                    seen[accepted] += 1
                    if loose:
                        self.assertEqual((accepted, valid), (False, True))
                    else:
                        self.assertEqual(accepted, valid)
        self.assertGreater(seen[True], 60)
        self.assertGreater(seen[False], 120)

    def test_conditions(self):
        """Every combination of what is asked about."""
        choices = {
            "APP_TLS": ["off", "on", "mutual"], "APP_CERT": [None, "/c", "c"], "APP_CA": [None, "/a"],
            "APP_NOTE": [None, "n"], "APP_PEER": [None, "p:1"], "APP_ENV": [None, "docker", "cloud"],
            "APP_CACHE": [None, "redis://h"],
        }
        seen = {True: 0, False: 0}
        for values in itertools.product(*choices.values()):
            env = {**SOUND, **{n: v for n, v in zip(choices, values) if v is not None}}
            accepted, valid = self.verdicts(env)
            seen[accepted] += 1
            self.assertEqual(accepted, valid, env)
        self.assertGreater(min(seen.values()), 50)

    def test_required_ones_under_any_name(self):
        (self.tmp / "key").write_text(SECRET)
        (self.tmp / "key").chmod(0o600)
        for name in SOUND:
            rest = {n: v for n, v in SOUND.items() if n != name}
            self.assertEqual(self.verdicts(rest), (False, False), name)
        rest.update(SOUND)
        del rest["APP_KEY"]
        self.assertEqual(self.verdicts({**rest, "APP_KEY_FILE": str(self.tmp / "key")}), (True, True))
        self.assertEqual(self.verdicts({**SOUND, "APP_KEY_FILE": str(self.tmp / "key")}), (False, False))
        self.assertEqual(self.verdicts({**SOUND, "APP_HOST_FILE": "/x"})[1], False)
        for alias in ("PORT", "HTTP_PORT"):
            self.assertEqual(self.verdicts({**SOUND, alias: "8081"}), (True, True))
            self.assertEqual(self.verdicts({**SOUND, alias: "81"}), (False, False))

    def test_only_strings(self):
        self.assertFalse(validator().is_valid({**SOUND, "APP_WORKERS": 4}))
        self.assertFalse(validator().is_valid({**SOUND, "OTHER": None}))
        self.assertFalse(validator().is_valid([]))

    def test_no_secret_is_in_it(self):
        path = self.manifest({"variables": {
            "A": {"type": "secret", "default": SECRET, "example": SECRET},
            "B": {"type": "redis-url", "default": f"redis://:{SECRET}@h"},
            "C": {"type": "string", "default": "x", "required_when": {"variable": "B", "set": True}},
        }})
        for word in ("schema", "docs", "example"):
            with self.subTest(word):
                done = config(word, manifest=path)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertNotIn(SECRET, done.stdout + done.stderr)


SOUND_LINES = "".join(f"{name}={value}\n" for name, value in SOUND.items() if name != "APP_DATA") + "APP_DATA=/\n"


class Check(Case):
    def check(self, text, kind, *words, env=None, manifest=MANIFEST, expect=None):
        """What is told about a file, without the last line: (line, severity, rule, text) each."""
        path = self.tmp / "file.env"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        done = config("check", "--against", f"{kind}:{path}", "--format", "json", *words, env=env, manifest=manifest)
        self.assertEqual(done.stderr, "")
        document = json.loads(done.stdout)
        self.assertEqual((document["path"], document["dialect"]), (str(path), kind))
        wanted = EXIT_CONFIG if document["errors"] else 0
        self.assertEqual(done.returncode, wanted if expect is None else expect, done.stdout)
        told = []
        for severity in ("errors", "warnings"):
            for problem in document[severity]:
                place, _, line = problem["where"].partition(f"{path}:")
                self.assertEqual(place, "" if line else str(path))
                self.assertTrue(problem["hint"], problem)
                told.append((int(line or 0), severity, problem["rule"], problem["text"]))
        self.assertNotIn(SECRET, done.stdout)
        return sorted(told)

    def rules(self, lines, kind="dotenv", *words, **more):
        """The same for lines behind sound ones: (line, rule), the first of those lines being 1."""
        before = SOUND_LINES.count("\n")
        text = lines if isinstance(lines, bytes) else lines.encode()
        told = self.check(SOUND_LINES.encode() + text, kind, *words, **more)
        return [(line - before, severity[:-1], rule) for line, severity, rule, _ in told]

    def test_nothing_to_complain_about(self):
        for kind in ("docker", "dotenv"):
            self.assertEqual(self.rules("# a comment\n\nPORT=8081\nPATH=/bin\nMUSTER_SKIP=a\n", kind), [])

    def test_the_example_passes_in_both_dialects(self):
        for kind in ("docker", "dotenv"):
            told = self.check(written("example"), kind)
            self.assertEqual([t[1:3] for t in told], [("warnings", "env_file.unfilled"), ("warnings", "path.missing")])
            self.check(written("example"), kind, "--strict", expect=EXIT_CONFIG)
        example = written("example").replace("APP_KEY=", f"APP_KEY={SECRET}").replace("APP_DATA=/data/file", "APP_DATA=/")
        for kind in ("docker", "dotenv"):
            self.assertEqual(self.check(example, kind, "--strict"), [])

    def test_every_line_of_the_example_can_be_used(self):
        """Those that are commented out, too: one after the other without the number sign."""
        for number, line in enumerate(written("example").splitlines()):
            if line.startswith("#APP_") and not line.endswith("="):
                with self.subTest(line):
                    self.assertEqual([], [t for t in self.rules(line[1:] + "\n") if t[1] == "error"])

    def test_names(self):
        for kind in ("docker", "dotenv"):
            self.assertEqual(
                self.rules("PORT=8081\nAPP_NO=1\nAPP_WORKRES=2\nTITLE=x\nport=1\nREDIS=1\nPORT=8082\n", kind),
                [(1, "warning", "env_file.duplicate"), (2, "error", "name.unknown"), (3, "error", "name.unknown"),
                 (4, "warning", "env_file.unknown"), (5, "warning", "env_file.lower_case"),
                 (5, "warning", "env_file.unknown"), (6, "warning", "env_file.unknown")],
            )

    def test_what_is_missing_has_no_line(self):
        told = self.check("APP_TLS=mutual\n", "dotenv")
        self.assertEqual({(line, severity, rule) for line, severity, rule, _ in told}, {(0, "errors", "required.missing")})
        self.assertEqual(
            [text.split(":")[0] for *_, text in told],
            ["APP_CA", "APP_CERT", "APP_DATA", "APP_HOST", "APP_KEY", "APP_OWNER", "APP_TITLE"],
        )

    def test_values_have_their_line(self):
        self.assertEqual(
            self.rules("PORT=80\nAPP_WORKERS=x\nAPP_CACHE=http://h\nAPP_WS=ws://h\n"),
            [(1, "error", "port"), (2, "error", "int.format"), (3, "error", "uri.scheme"),
             (4, "warning", "value.deprecated")],
        )
        self.assertEqual(self.rules("HTTP_PORT=8081\n"), [(1, "warning", "name.deprecated")])
        self.assertEqual(self.rules("APP_CERT=/c\n"), [(1, "warning", "condition.unused")])

    def test_secrets_that_are_left_out(self):
        text = SOUND_LINES.replace(SECRET, "")
        self.assertEqual([t[2] for t in self.check(text, "docker")], ["env_file.unfilled"])
        self.check(text, "docker", "--strict", expect=EXIT_CONFIG)
        text = SOUND_LINES.replace(f"APP_KEY={SECRET}", "APP_KEY_FILE=/run/secrets/key")
        self.assertEqual(self.check(text, "docker"), [])
        self.assertEqual([t[2] for t in self.check(text + f"APP_KEY={SECRET}\n", "docker")], ["source.conflict"])
        text = SOUND_LINES.replace(f"APP_KEY={SECRET}", "APP_KEY")
        self.assertEqual([t[2] for t in self.check(text, "docker")], ["env_file.passed_on"])
        self.assertEqual(self.check(text, "docker", env={"APP_KEY": SECRET}), [])
        self.assertEqual([t[2] for t in self.check(text, "docker", env={"APP_KEY": "x"})], ["length"])

    def test_other_sources_fill_what_is_missing(self):
        more = self.tmp / "more.env"
        more.write_text(f"APP_KEY={SECRET}\nAPP_WORKERS=x\n")
        text = SOUND_LINES.replace(f"APP_KEY={SECRET}\n", "")
        self.assertEqual(self.check(text + "APP_WORKERS=3\n", "dotenv", "--env-file", f"dotenv:{more}"), [])
        folder = self.tmp / "secrets"
        folder.mkdir()
        (folder / "app_key").write_text(SECRET)
        (folder / "app_key").chmod(0o600)
        self.assertEqual(self.check(text, "dotenv", "--secrets-dir", folder), [])

    def test_the_environment_is_another_matter(self):
        told = self.check("", "dotenv", env=SOUND)
        self.assertEqual(len(told), len(SOUND))

    def test_docker(self):
        self.assertEqual(
            self.rules(
                "A=x \nB= x\nC=\"x\"\nD='x'\nE=`x`\nF=x # y\nG=${A}\nH=$(id)\nI=a\"b\nJ=\nK=$A\nL=x#y\n", "docker",
            ),
            sorted([(n, "warning", "env_file.unknown") for n in range(1, 13)] + [
                (1, "warning", "env_file.blanks"), (2, "warning", "env_file.blanks"), (3, "warning", "env_file.quotes"),
                (4, "warning", "env_file.quotes"), (5, "warning", "env_file.quotes"), (6, "warning", "env_file.comment"),
                (7, "warning", "env_file.substitution"), (8, "warning", "env_file.substitution"),
            ]),
        )

    def test_dotenv(self):
        self.assertEqual(
            self.rules(
                "A=x \nB= x\nC=\"x \"\nD='${x}'\nE=`x`\nF=x # y\nG=${A}\nH=\"$(id)\"\nI=x\"\nJ=\nK=\"\\${A}\"\nL = x\n"
                "export M=\"x\n${y}\"  # z\nN=\" x\n y\n\"\nO=a\"b\n",
            ),
            sorted([(n, "warning", "env_file.unknown") for n in (*range(1, 14), 15, 18)] + [
                (1, "warning", "env_file.blanks"), (2, "warning", "env_file.blanks"), (5, "warning", "env_file.quotes"),
                (7, "warning", "env_file.substitution"), (8, "warning", "env_file.substitution"),
                (9, "warning", "env_file.quotes"), (12, "warning", "env_file.blanks"),
                (13, "warning", "env_file.substitution"),
            ]),
        )

    def test_forms_of_files(self):
        self.assertEqual(
            self.check(b"\xef\xbb\xbf" + SOUND_LINES.replace("\n", "\r\n").encode(), "dotenv"),
            [(1, "warnings", "env_file.encoding", "begins with a byte order mark; it is passed over"),
             (1, "warnings", "env_file.line_end", "lines end with CR and LF")],
        )
        self.assertEqual(self.rules("A\n"), [(1, "error", "env_file.syntax")])
        self.assertEqual(self.rules(b"A=\0\n"), [(1, "error", "env_file.nul")])
        self.assertEqual(self.rules("APP_NOTE='x\n"), [(1, "error", "env_file.syntax")])
        self.assertEqual(self.rules("APP_NOTE=x"), [])

    def test_a_file_that_cannot_be_read(self):
        for path, rule in ((self.tmp / "missing", "env_file.missing"), (self.tmp, "env_file.missing")):
            done = config("check", "--against", f"dotenv:{path}")
            self.assertEqual(done.returncode, EXIT_CONFIG)
            self.assertIn(f"{path}: error: {rule}: ", done.stdout)

    def test_for_people(self):
        path = self.tmp / "x.env"
        path.write_text(SOUND_LINES + "APP_WORKERS=x\nPORT= 8081\n")
        done = config("check", "--against", f"docker:{path}")
        self.assertEqual(done.returncode, EXIT_CONFIG)
        self.assertEqual(done.stdout, (
            f"{path}:7: error: int.format: APP_WORKERS: not a whole number in plain decimal, found \"x\"\n"
            "    set APP_WORKERS to a whole number from 1 to 64, only digits: no blanks, no plus sign, no leading zeros\n"
            f"{path}:8: error: port: PORT: not a port number from 1024 to 65535, found \" 8081\"\n"
            "    set PORT to a port number, only digits, for example 8080\n"
            f"{path}:8: warning: env_file.blanks: PORT: white space around the value is a part of it\n"
            "    remove it\n"
            f"{path}: 8 variables, 2 errors, 1 warning\n"
        ))
        quiet = config("check", "--against", f"docker:{path}", "--quiet").stdout
        self.assertEqual(quiet + done.stdout.splitlines(True)[-1], done.stdout)

    def test_more_mistakes_than_are_kept(self):
        text = "".join(f"APP_X{i}=1\n" for i in range(300))
        path = self.tmp / "x.env"
        path.write_text(SOUND_LINES + text)
        done = config("check", "--against", f"docker:{path}")
        self.assertRegex(done.stdout, r"\nand 200 more\n.*: 306 variables, 300 errors, 0 warnings\n$")
        self.assertEqual(done.returncode, EXIT_CONFIG)


ASKED = {
    **SOUND, "PORT": "9000", "APP_TLS": "off", "APP_CERT": "/c", "APP_HOST": "Web", "APP_CACHE": "redis://u:horse-staple@h",
    "APP_WS": "ws://h",
}


class Explain(Case):
    def explain(self, *words, env=None, expect=0, manifest=MANIFEST):
        done = config("explain", "--format", "json", *words, env=env, manifest=manifest)
        self.assertEqual((done.returncode, done.stderr), (expect, ""))
        self.assertNotIn(SECRET, done.stdout)
        return {variable["name"]: variable for variable in json.loads(done.stdout)}

    def places(self, *words, **more):
        """What is said of the places of the only variable: (source, what, state, value), but for those without anything."""
        (variable,) = self.explain(*words, **more).values()
        empty = ("not set", "not given")
        return [tuple(p.values()) for p in variable["sources"] if p["state"] not in empty]

    def golden(self, *words):
        names = [v for v in json.loads(MANIFEST.read_text())["variables"]]
        done = config("explain", *names, "--env-file", "dotenv:explain.env", *words, env=ASKED, cwd=CASES)
        self.assertEqual(done.returncode, EXIT_CONFIG)
        for secret in (SECRET, "another-horse", "battery-staple", "horse-staple", "pass1234"):
            self.assertNotIn(secret, done.stdout + done.stderr)
        return done.stdout

    def test_golden_text(self):
        self.assertEqual(self.golden(), (CASES / "explain.txt").read_text())

    def test_golden_json(self):
        self.assertEqual(self.golden("--format", "json"), (CASES / "explain.json").read_text())

    def test_every_source(self):
        files = {name: self.tmp / name for name in ("key", "first.env", "second.env", "secrets/APP_KEY")}
        (self.tmp / "secrets").mkdir()
        for path in files.values():
            path.write_text(SECRET if "env" not in path.name else f"APP_KEY={SECRET}\n")
            path.chmod(0o600)
        options = [
            "--secrets-dir", self.tmp / "secrets", "--env-file", f"docker:{files['first.env']}",
            "--env-file", f"dotenv:{files['second.env']}",
        ]
        below = [("secrets_dir", str(files["secrets/APP_KEY"])), ("env_file", f"{files['second.env']}:1"),
                 ("env_file", f"{files['first.env']}:1")]
        rest = {name: value for name, value in SOUND.items() if name != "APP_KEY"}
        for env, first in (
            ({"APP_KEY": SECRET}, [("environment", "APP_KEY")]), ({"APP_KEY_FILE": str(files["key"])}, [("file", "APP_KEY_FILE")]),
            ({}, []),
        ):
            with self.subTest(first):
                places = self.places("APP_KEY", *options, env={**rest, **env})
                self.assertEqual([p[:2] for p in places], first + below)
                self.assertEqual([p[2] for p in places], ["used"] + ["overridden"] * (len(places) - 1))
        shown = {p[3] for p in places}
        self.assertLessEqual(shown, {"***", None})
        places = self.places("APP_KEY", *options[2:], env=rest)
        self.assertEqual([p[1:3] for p in places], [(f"{files['second.env']}:1", "used"), (f"{files['first.env']}:1", "overridden")])

    def test_a_secret_where_a_path_should_be_is_not_shown(self):
        env = {n: v for n, v in SOUND.items() if n != "APP_KEY"}
        (place,) = self.places("APP_KEY", env={**env, "APP_KEY_FILE": SECRET}, expect=EXIT_CONFIG)
        self.assertEqual(place, ("file", "APP_KEY_FILE", "used", "***"))

    def test_empty_values(self):
        self.assertEqual(
            self.places("APP_TOKEN", env={**SOUND, "APP_TOKEN": ""}), [("environment", "APP_TOKEN", "empty", None)],
        )
        self.assertEqual(
            self.places("APP_WORKERS", "--empty-as-unset", env={**SOUND, "APP_WORKERS": ""}),
            [("environment", "APP_WORKERS", "empty", None), ("default", None, "used", "4")],
        )
        self.assertEqual(
            self.places("APP_WORKERS", env={**SOUND, "APP_WORKERS": ""}, expect=EXIT_CONFIG),
            [("environment", "APP_WORKERS", "used", ""), ("default", None, "overridden", "4")],
        )

    def test_the_environment_decides_between_defaults(self):
        for place, value, states in (
            ("local", "true", ["used", "overridden"]), ("cloud", "false", ["not used", "used"]),
        ):
            variable = self.explain("APP_DEBUG", env={**SOUND, "APP_ENV": place, "APP_CACHE": "redis://h"})["APP_DEBUG"]
            self.assertEqual(variable["value"], value)
            self.assertEqual([p["state"] for p in variable["sources"][-2:]], states)

    def test_names(self):
        """An alias, a file's name, and the same one twice."""
        self.assertEqual(list(self.explain("HTTP_PORT", "APP_KEY_FILE", "PORT", env=SOUND)), ["APP_PORT", "APP_KEY"])
        for name, near in (("APP_HOSST", "did you mean APP_HOSTS?"), ("NOTHING_LIKE_IT", "config docs")):
            done = config("explain", "APP_KEY", name, env=SOUND)
            self.assertEqual((done.returncode, done.stdout), (EXIT_USAGE, ""))
            self.assertIn(name, done.stderr)
            self.assertIn(near, done.stderr)

    def test_only_mistakes_that_were_asked_about_count(self):
        env = {**SOUND, "APP_WORKERS": "x"}
        self.assertEqual(self.explain("APP_KEY", env=env)["APP_KEY"]["errors"], [])
        (mistake,) = self.explain("APP_WORKERS", env=env, expect=EXIT_CONFIG)["APP_WORKERS"]["errors"]
        self.assertEqual((mistake["rule"], mistake["found"]), ("int.format", "x"))
        (warning,) = self.explain("APP_WS", env={**SOUND, "APP_WS": "ws://h"})["APP_WS"]["warnings"]
        self.assertEqual(warning["rule"], "value.deprecated")
        self.explain("APP_WS", "--strict", env={**SOUND, "APP_WS": "ws://h"}, expect=EXIT_CONFIG)

    def test_who_gets_it(self):
        told = self.explain("APP_KEY", "APP_TOKEN", "APP_PEER", "APP_WORKERS", env=SOUND)
        receivers = {name: [(r["kind"], r["name"]) for r in v["handed_to"]] for name, v in told.items()}
        everybody = [("service", "web"), ("step", "migrate"), ("main", None)]
        self.assertEqual(receivers, {
            "APP_KEY": [("main", None)], "APP_TOKEN": [("step", "migrate")], "APP_PEER": [], "APP_WORKERS": everybody,
        })
