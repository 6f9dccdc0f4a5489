"""What the manifest says about steps, as far as it shows before anything is started."""
import json
import os
import subprocess

from harness import EXIT_MANIFEST, MUSTER, PATIENCE_S, Case

STEPS = {
    "a": {"category": "installation", "shell": "echo $A", "artifacts": [{"type": "service", "path": "a", "cleanup_script": "true"}]},
    "b": {"category": "installation", "mkdir": {"path": "/b"}},
    "c": {"category": "installation", "command": ["/muster"], "when": {"variable": "C", "set": True}},
}
CLEANUP = "/steps/a/artifacts/0/cleanup_script"


class NoShell(Case):
    """In a root directory with nothing but muster."""

    def plan(self, *words, env=None):
        root = self.tmp / "root"
        if not root.exists():
            root.mkdir()
            (root / "muster").write_bytes(MUSTER.read_bytes())
            (root / "muster").chmod(0o755)
        (root / "m.json").write_text(json.dumps({"variables": {"C": {"type": "string"}}, "steps": STEPS}))
        inside = ["chroot", root] if os.geteuid() == 0 else ["unshare", "--map-root-user", "chroot", root]
        return subprocess.run(
            [*inside, "/muster", "plan", "--file", "/m.json", *words], env=self.environment(**(env or {})),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S,
        )

    def test_it_is_told_before_anything_starts(self):
        done = self.plan()
        self.assertEqual(done.returncode, EXIT_MANIFEST, done.stderr)
        self.assertIn("/steps/a/shell", done.stderr)
        self.assertIn(CLEANUP, done.stderr)
        self.assertIn("there is no /bin/sh here", done.stderr)

    def test_a_skipped_step_needs_none(self):
        for words, env in ((["--skip", "a"], {}), ([], {"MUSTER_SKIP": "a"})):
            with self.subTest(words=words, env=env):
                done = self.plan(*words, env=env)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_nothing_but_a_shell_is_found_to_be_one(self):
        shell = self.tmp / "root" / "bin" / "sh"
        self.plan()
        shell.parent.mkdir()
        shell.write_bytes(b"")
        shell.chmod(0o644)
        self.assertEqual(self.plan().returncode, EXIT_MANIFEST)
        shell.chmod(0o755)
        self.assertEqual(self.plan().returncode, 0)


class Plan(Case):
    def test_what_is_not_for_here_is_marked(self):
        manifest = self.manifest({"variables": {"C": {"type": "string"}}, "steps": STEPS})
        done = self.command("plan", "--file", manifest)
        self.assertIn("c  (condition)", done.stdout)
        done = self.command("plan", "--file", manifest, env={"C": "1"})
        self.assertNotIn("(condition)", done.stdout)

    def test_content_is_shown_without_its_values(self):
        manifest = self.manifest({
            "variables": {"K": {"type": "secret"}, "P": {"type": "string"}},
            "steps": {"w": {"category": "installation", "write": {"path": "/w", "content": "${K} ${P}"}}},
        })
        for words in (["plan"], ["config"], ["config", "--manifest"], ["config", "--format", "json"]):
            done = self.command(*words, "--file", manifest, env={"K": "hunter22-hunter22", "P": "plainly"})
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("hunter22", done.stdout + done.stderr)
            self.assertNotIn("hunter22-hunter22 plainly", done.stdout + done.stderr)

    def test_a_step_is_told_as_a_use_of_its_variables(self):
        manifest = self.manifest({
            "variables": {"D": {"type": "string", "default": "/d"}},
            "steps": {
                "w": {"category": "installation", "write": {"path": "${D}/w", "content": ""}},
                "s": {"category": "installation", "shell": "echo ${D}"},
                "n": {"category": "installation", "command": ["true"], "when": {"variable": "D", "equals": "/d"}},
            },
        })
        done = self.command("config", "explain", "D", "--file", manifest)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("step w (write)", done.stdout)
        self.assertNotIn("step w (artifacts)", done.stdout)
        self.assertIn("step n (when)", done.stdout)
        self.assertNotIn("step s (", done.stdout)
