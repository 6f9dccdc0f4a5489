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
