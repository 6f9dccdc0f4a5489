"""The journal: what a killed run leaves behind, what damage comes to, and each of its writes failing in turn."""
import hashlib
import json

import harness
from harness import EXIT_MANIFEST, EXIT_NO_STATE, Case

STEPS = {
    name: {"name": name, "category": "installation", "command": ["true"], "prerequisites": needs}
    for name, needs in (("one", []), ("two", ["one"]))
}


class Journal(Case):
    def setUp(self):
        super().setUp()
        self.state = self.tmp / "state"
        self.path = self.state / "journal.ndjson"

    def up(self, expect=0, **how):
        return self.finish("up", manifest=how.pop("manifest", {"steps": STEPS}), state_dir=self.state, expect=expect, **how)

    def check_chain(self):
        """Every line as the description says, with nothing but a JSON parser and SHA-256."""
        check = b"0" * 32
        entries = []
        for number, line in enumerate(self.path.read_bytes().splitlines(), 1):
            check = hashlib.sha256(check + line[: line.rindex(b',"check":"')]).hexdigest()[:32].encode()
            entries.append(json.loads(line))
            self.assertEqual((entries[-1]["check"].encode(), entries[-1]["sequence"]), (check, number))
        return entries

    def refused(self, says):
        """Exit code 65, a text that says what to do, and nothing touched."""
        before = {path.name: path.read_bytes() for path in self.state.iterdir() if path.is_file() and path.name != "lock"}
        run = self.up(expect=EXIT_MANIFEST)
        self.assertIn(says, run.stderr)
        self.assertIn("move it out of", run.stderr)
        after = {path.name: path.read_bytes() for path in self.state.iterdir() if path.is_file() and path.name != "lock"}
        self.assertEqual(after, before)

    def test_lines_hold_on_to_each_other_over_runs(self):
        self.up()
        first = self.check_chain()
        self.up()
        entries = self.check_chain()
        self.assertGreater(len(entries), len(first))
        self.assertEqual({e["session"] for e in entries}, {first[0]["session"]}, "the configuration is the same")
        self.assertEqual(json.loads((self.state / "status.json").read_text())["journal_sequence"], len(entries))

    def test_another_configuration_is_another_session(self):
        variables = {"variables": {"NAME": {"type": "string"}}, "steps": STEPS}
        self.up(manifest=variables, env={"NAME": "a"})
        self.up(manifest=variables, env={"NAME": "b"})
        sessions = [e["session"] for e in self.check_chain() if e.get("to") == "validated"]
        self.assertEqual(len(set(sessions)), 2)

    def test_a_changed_line_is_refused(self):
        """STP-12"""
        self.up()
        text = self.path.read_text()
        self.path.write_text(text.replace('"to":"completed"', '"to":"pending"', 1))
        self.refused("line 5: it was changed")
        self.path.rename(self.tmp / "put-aside")
        self.up()

    def test_a_journal_cut_after_a_line_is_refused(self):
        """STP-12: no line of it is wrong, but status.json has seen more."""
        self.up()
        lines = self.path.read_bytes().splitlines(keepends=True)
        self.path.write_bytes(b"".join(lines[:-1]))
        self.refused(f"it ends with line number {len(lines) - 1}, but status.json knows of {len(lines)}")
        (self.state / "status.json").write_text("{")
        self.up()

    def test_half_a_line_at_the_end_is_cut_off(self):
        self.up()
        with open(self.path, "ab") as file:
            file.write(b'{"sequence":8,"at":"20')
        run = self.up()
        self.assertIn("22 bytes of a line", run.stderr)
        self.check_chain()

    def test_a_killed_step_has_failed(self):
        """STP-05, as far as the journal goes."""
        slow = {"one": STEPS["one"], "two": {**STEPS["two"], "command": ["sleep", "1000"]}}
        run = self.start("up", manifest={"steps": slow}, state_dir=self.state)
        run.wait_for_status(lambda s: s["steps"][1]["status"] == "in_progress", "the second step runs")
        run.kill()
        self.up()
        two = [(e["from"], e["to"], e["attempt"]) for e in self.check_chain() if e.get("step_id") == "two"]
        self.assertEqual(two, [("pending", "in_progress", 1), ("in_progress", "failed", 1),
                               ("failed", "in_progress", 2), ("in_progress", "completed", 2)])
        failed = next(e for e in self.check_chain() if e.get("to") == "failed")
        self.assertEqual(failed["error"], "interrupted")

    def write_large(self):
        """Above 1 MiB, of a step that failed over and over. Returns how often."""
        check, lines, size, attempt = "0" * 32, [], 0, 0
        entries = [{"kind": "session"}]
        while size < 1100000:
            if len(entries) == 0:
                attempt += 1
                step = {"kind": "step", "step_id": "one", "attempt": attempt}
                entries = [{**step, "from": "failed" if attempt > 1 else "pending", "to": "in_progress"},
                           {**step, "from": "in_progress", "to": "failed", "error": "e" * 200}]
            entry = {"sequence": len(lines) + 1, "session": "0" * 32, **entries.pop(0)}
            text = json.dumps(entry, separators=(",", ":"))[:-1]
            check = hashlib.sha256((check + text).encode()).hexdigest()[:32]
            lines.append(f'{text},"check":"{check}"}}\n')
            size += len(lines[-1])
        self.state.mkdir(mode=0o700)
        self.path.write_text("".join(lines))
        return attempt

    def test_killed_while_a_large_one_is_written_anew(self):
        """At each call that it takes: one whole journal has the name, and it comes to the same."""
        calls = [("unlinkat", 1), ("unlinkat", 2), ("linkat", 1), ("renameat,renameat2", 1), ("fsync", 1), ("fsync", 2),
                 ("fsync", 3), ("write", 5), (None, 0)]
        for call, number in calls:
            for when in ("enter", "exit"):
                with self.subTest(call=call, number=number, when=when):
                    self.state = self.tmp / f"large-{call}-{number}-{when}"
                    self.path = self.state / "journal.ndjson"
                    attempts = self.write_large()
                    how = {}
                    if call:
                        # A signal is delivered when the call is over; with an error it has not happened.
                        fault = f"inject={call}:{'error=EINTR:' if when == 'enter' else ''}signal=KILL:when={number}"
                        how = {"prefix": ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", fault],
                               "pid1": False, "env": self.no_leak_check()}
                    run = self.start("up", manifest={"steps": STEPS}, state_dir=self.state, **how)
                    self.assertEqual(run.wait(), 137 if call else 0, run.transcript())
                    self.up()
                    begun = [e for e in map(json.loads, self.path.read_text().splitlines())
                             if e["kind"] == "step" and e["step_id"] == "one" and e["to"] == "in_progress"]
                    if call:
                        self.assertEqual(begun[-1]["attempt"], attempts + 1)
                    self.assertLess(self.path.stat().st_size, 100000, "it was written anew")

    def faulty(self, call, error, number):
        """One call on the journal's descriptor fails, the rest work."""
        return ["strace", "-qq", "-o", "/dev/null", "-P", self.path, "-e", f"trace={call}",
                "-e", f"inject={call}:error={error}:when={number}"]

    def test_each_write_fails_in_turn(self):
        """A clear error, the documented exit code, and nothing that could not be gone on from."""
        says = {"ENOSPC": "full: make room", "EDQUOT": "full for this user", "EROFS": "read-only", "EIO": "kernel's log"}
        faults = [("write", error) for error in says] + [("fdatasync", "EIO"), ("fdatasync", "ENOSPC")]
        for turn, (call, error) in enumerate(faults):
            for number in range(1, 8):
                with self.subTest(call=call, error=error, number=number):
                    self.state = self.tmp / f"state-{turn}-{number}"
                    self.state.mkdir(mode=0o700)
                    self.path = self.state / "journal.ndjson"
                    run = self.up(prefix=self.faulty(call, error, number), pid1=False, env=self.no_leak_check(),
                                  expect=EXIT_NO_STATE)
                    self.assertIn(says[error], run.stderr)
                    self.assertIn("cannot write to the journal", run.stderr)
                    # What failed is not there; whatever was written later follows what was there before.
                    self.check_chain()
                    self.up()
                    self.check_chain()


if __name__ == "__main__":
    harness.unittest.main()
