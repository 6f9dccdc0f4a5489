"""Set-up steps: resumed, retried, skipped, done anew; what the data model says about SetupProgress (STP-..)."""
import json
import re
import signal

from harness import EXIT_MANIFEST, EXIT_STEP, Case, eventually, shell, step

EXIT_LOCKED = 75
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")


def a_step(line, category="installation", **more):
    return {"category": category, "shell": line, **more}


class StepCase(Case):
    """One state directory and one folder for several runs."""

    def setUp(self):
        super().setUp()
        self.state, self.work = self.tmp / "kept", self.tmp / "work"
        self.work.mkdir()

    def up(self, steps, *words, expect=0, env=None, more=None, **how):
        manifest = {"steps": steps, **(more or {})}
        return self.finish("up", *words, manifest=manifest, state_dir=self.state, expect=expect,
                           env={"W": str(self.work), **(env or {})}, **how)

    def begin(self, steps, *words, **how):
        return self.start("up", *words, manifest={"steps": steps}, state_dir=self.state, env={"W": str(self.work)}, **how)

    def count(self, name):
        """How often a command wrote a line there."""
        path = self.work / name
        return len(path.read_text().splitlines()) if path.exists() else 0

    def transitions(self, run, step_id):
        return [(line["from"], line["to"]) for line in run.journal() if line["kind"] == "step" and line["step_id"] == step_id]


class Resume(StepCase):
    """Kill it at any instant, start it again, and it goes on from where it was."""

    def test_a_completed_step_is_not_run_again_and_says_so(self):
        steps = {"a": a_step('echo x >>"$W/a"')}
        self.up(steps)
        run = self.up(steps)
        self.assertEqual(self.count("a"), 1)
        self.assertTrue(step(run.status(), "a")["cached"])
        self.assertEqual(step(run.status(), "a")["status"], "completed")
        self.assertIn("already", run.stderr)

    def test_killed_while_a_step_runs(self):
        """STP-05"""
        steps = {
            "a": a_step('echo x >>"$W/a"'),
            "b": a_step('echo "$MUSTER_ATTEMPT" >>"$W/b"; test -e "$W/go" || exec sleep 600', prerequisites=["a"]),
            "c": a_step('echo x >>"$W/c"', prerequisites=["b"]),
        }
        run = self.begin(steps)
        eventually(lambda: self.count("b") == 1, "b runs")
        run.kill()
        (self.work / "go").touch()
        run = self.up(steps)
        self.assertEqual((self.count("a"), self.count("b"), self.count("c")), (1, 2, 1))
        self.assertEqual((self.work / "b").read_text().split(), ["1", "2"])
        self.assertEqual(self.transitions(run, "b"), [
            ("pending", "in_progress"), ("in_progress", "failed"), ("failed", "in_progress"), ("in_progress", "completed")])
        history = step(run.status(), "b")["history"]
        self.assertEqual([h["status"] for h in history], ["failed", "completed"])
        self.assertEqual(history[0]["error"], "interrupted")
        self.assertEqual(step(run.status(), "b")["attempts"], 2)

    def test_a_changed_definition_opens_the_step_anew(self):
        """STP-11"""
        self.up({"a": a_step('echo 1 >>"$W/a"')})
        old = step(json.loads((self.state / "status.json").read_text()), "a")["definition_sha256"]
        run = self.up({"a": a_step('echo 2 >>"$W/a"')})
        self.assertEqual((self.work / "a").read_text(), "1\n2\n")
        told = step(run.status(), "a")
        self.assertNotEqual(told["definition_sha256"], old)
        self.assertEqual([h["definition_sha256"] for h in told["history"]], [old, told["definition_sha256"]])
        self.assertEqual(told["reopened"], "definition")
        self.up({"a": a_step('echo 2 >>"$W/a"')})
        self.assertEqual(self.count("a"), 2)

    def test_another_name_or_order_of_keys_is_not_another_definition(self):
        self.up({"a": {"name": "one", "category": "installation", "shell": 'echo 1 >>"$W/a"'}})
        self.up({"a": {"shell": 'echo 1 >>"$W/a"', "name": "two", "category": "installation"}})
        self.assertEqual(self.count("a"), 1)

    def test_a_changed_value_opens_the_steps_that_use_it(self):
        steps = {"a": {"category": "installation", "write": {"path": str(self.work / "a"), "content": "${V}"}},
                 "b": a_step('echo x >>"$W/b"')}
        more = {"variables": {"V": {"type": "secret", "required": True}}}
        for value in ("first-value", "second-value"):
            self.up(steps, env={"V": value}, more=more)
            self.assertEqual((self.work / "a").read_text(), value)
        self.assertEqual(self.count("b"), 1)

    def test_another_project_with_the_same_state_directory(self):
        """Its manifest is elsewhere, so its steps are others, whatever they say."""
        for name in ("one", "two"):
            (self.tmp / name).mkdir()
            manifest = self.manifest({"steps": {"a": a_step('echo x >>"$W/a"')}}, f"{name}/muster.json")
            for _ in range(2):
                self.finish("up", manifest=manifest, state_dir=self.state, expect=0, env={"W": str(self.work)})
        self.assertEqual(self.count("a"), 2)

    def test_completed_without_an_end_on_disk_is_run_again(self):
        """STP-06: the command ended, but "completed" is not in the journal."""
        steps = {"a": a_step('echo x >>"$W/a"')}
        self.up(steps)
        journal = self.state / "journal.ndjson"
        lines = journal.read_text().splitlines(keepends=True)
        last = next(i for i, line in enumerate(lines) if '"to":"completed"' in line)
        journal.write_text("".join(lines[:last]))
        (self.state / "status.json").unlink()
        run = self.up(steps)
        self.assertEqual(self.count("a"), 2)
        self.assertIn(("in_progress", "failed"), self.transitions(run, "a"))


class Journal(StepCase):
    """The journal is believed only as a whole."""

    STEPS = {"a": a_step('echo x >>"$W/a"'), "b": a_step("true", prerequisites=["a"])}

    def refused(self, change):
        self.up(self.STEPS)
        path = self.state / "journal.ndjson"
        text = change(path.read_text())
        path.write_text(text)
        run = self.up(self.STEPS, expect=EXIT_MANIFEST)
        self.assertEqual(path.read_text(), text, "it is left as it is")
        self.assertIn("journal", run.stderr)
        self.assertEqual(self.count("a"), 1)
        return run

    def test_a_line_changed_by_hand(self):
        """STP-12"""
        self.refused(lambda text: text.replace('"to":"completed"', '"to":"pending"', 1))

    def test_a_line_that_is_missing(self):
        def without(text):
            lines = text.splitlines(keepends=True)
            return "".join(lines[:2] + lines[3:])

        self.refused(without)

    def test_cut_at_the_end_of_a_line(self):
        run = self.refused(lambda text: "".join(text.splitlines(keepends=True)[:-2]))
        self.assertIn("status.json knows of", run.stderr)

    def test_a_torn_end_is_put_right(self):
        self.up(self.STEPS)
        path = self.state / "journal.ndjson"
        with open(path, "a") as f:
            f.write('{"sequence":99,"at":"20')
        run = self.up(self.STEPS)
        self.assertEqual(self.count("a"), 1)
        self.assertTrue(all(json.loads(line) for line in path.read_text().splitlines()))
        self.assertIn("cut off", run.stderr)


class Retry(StepCase):
    """STP-07, and which failures are tried again."""

    def test_fails_twice_then_succeeds(self):
        run = self.up({"a": a_step('echo x >>"$W/a"; test "$MUSTER_ATTEMPT" = 3',
                                   retry={"max": 3, "backoff": "50ms"})})
        self.assertEqual(self.count("a"), 3)
        told = step(run.status(), "a")
        self.assertEqual((told["status"], told["attempts"]), ("completed", 3))
        self.assertEqual([h["status"] for h in told["history"]], ["failed", "failed", "completed"])
        for h in told["history"]:
            self.assertRegex(h["started_at"], STAMP)
            self.assertLess(h["started_at"], h["completed_at"])

    def test_only_for_the_exit_codes_that_are_listed(self):
        run = self.up({"a": a_step('echo x >>"$W/a"; exit 4', retry={"max": 3, "backoff": "10ms", "on_exit": [5]})},
                      expect=EXIT_STEP)
        self.assertEqual(self.count("a"), 1)
        self.assertEqual(step(run.status(), "a")["error_details"]["exit_code"], 4)

    def test_gives_up_after_the_last(self):
        run = self.up({"a": a_step('echo x >>"$W/a"; exit 1', retry={"max": 2, "backoff": "10ms"})}, expect=EXIT_STEP)
        self.assertEqual(self.count("a"), 2)
        self.assertEqual(step(run.status(), "a")["status"], "failed")

    def test_what_an_attempt_changed_is_put_back_before_the_next(self):
        path = self.work / "list"
        path.write_text("first\n")
        steps = {"a": a_step(f'echo more >>"{path}"; test "$MUSTER_ATTEMPT" = 3', retry={"max": 3, "backoff": "10ms"},
                             artifacts=[{"type": "file", "path": str(path)}])}
        self.up(steps)
        self.assertEqual(path.read_text(), "first\nmore\n")

    def test_unless_it_goes_on_from_there(self):
        path = self.work / "list"
        steps = {"a": a_step(f'echo more >>"{path}"; test "$MUSTER_ATTEMPT" = 3', resume=True,
                             retry={"max": 3, "backoff": "10ms"}, artifacts=[{"type": "file", "path": str(path)}])}
        self.up(steps)
        self.assertEqual(path.read_text(), "more\n" * 3)


class Skip(StepCase):
    STEPS = {"a": a_step('echo x >>"$W/a"'), "b": a_step('echo x >>"$W/b"', prerequisites=["a"])}

    def test_by_option_and_variable(self):
        """STP-08"""
        for words, env in ((["--skip", "a"], {}), ([], {"MUSTER_SKIP": "a"})):
            run = self.up(self.STEPS, *words, env=env)
            told = step(run.status(), "a")
            self.assertEqual((told["status"], told["skip_reason"]), ("skipped", "manual"))
        self.assertEqual((self.count("a"), self.count("b")), (0, 1))
        self.up(self.STEPS)
        self.assertEqual((self.count("a"), self.count("b")), (1, 1))

    def test_what_is_completed_stays_so(self):
        self.up(self.STEPS)
        run = self.up(self.STEPS, "--skip", "a")
        self.assertTrue(step(run.status(), "a")["cached"])
        self.up(self.STEPS)
        self.assertEqual(self.count("a"), 1)

    def test_by_command_it_stays_so_until_it_is_to_be_retried(self):
        manifest = self.manifest({"steps": self.STEPS})
        result = self.command("step", "skip", "a", "--file", manifest, "--state-dir", self.state)
        self.assertEqual(result.returncode, 0, result.stderr)
        for _ in range(2):
            run = self.up(self.STEPS)
            self.assertEqual(step(run.status(), "a")["skip_source"], "command")
        self.assertEqual((self.count("a"), self.count("b")), (0, 1))
        result = self.command("step", "retry", "a", "--file", manifest, "--state-dir", self.state)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.up(self.STEPS)
        self.assertEqual((self.count("a"), self.count("b")), (1, 1))

    def test_while_it_runs(self):
        """Its process is ended first; what needs it goes on."""
        steps = {"a": a_step('echo x >>"$W/a"; exec sleep 600'), "b": a_step('echo x >>"$W/b"', prerequisites=["a"])}
        run = self.begin(steps)
        eventually(lambda: self.count("a") == 1, "a runs")
        result = self.command("step", "skip", "a", "--file", self.manifest({"steps": steps}), "--state-dir", self.state)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(run.wait(), 0, run.transcript())
        self.assertEqual(self.count("b"), 1)
        told = step(run.status(), "a")
        self.assertEqual((told["status"], told["skip_reason"], told["skip_source"]), ("skipped", "manual", "command"))
        self.up(steps)
        self.assertEqual(self.count("a"), 1, "it stays skipped")

    def test_an_unknown_step(self):
        manifest = self.manifest({"steps": self.STEPS})
        result = self.command("step", "skip", "aa", "--file", manifest, "--state-dir", self.state)
        self.assertEqual(result.returncode, 64)
        self.assertIn('did you mean "a"?', result.stderr)

    def test_by_condition_and_environment(self):
        steps = {
            "if": a_step('echo x >>"$W/if"', when={"variable": "MODE", "equals": "full"}),
            "cloud": a_step('echo x >>"$W/cloud"', environments=["cloud"]),
            "after": a_step('echo x >>"$W/after"', prerequisites=["if", "cloud"]),
        }
        more = {"variables": {"MODE": {"type": "string", "default": "small"},
                              "ENVIRONMENT": {"type": "enum", "values": ["local", "docker", "cloud"], "default": "local",
                                              "field": "environment"}}}
        run = self.up(steps, more=more)
        self.assertEqual(step(run.status(), "if")["skip_reason"], "condition")
        self.assertEqual(step(run.status(), "cloud")["skip_reason"], "environment")
        self.assertEqual((self.count("if"), self.count("cloud"), self.count("after")), (0, 0, 1))
        self.up(steps, more=more, env={"MODE": "full", "ENVIRONMENT": "cloud"})
        self.assertEqual((self.count("if"), self.count("cloud"), self.count("after")), (1, 1, 1))

    def test_a_skipped_step_that_does_not_satisfy(self):
        run = self.up({"a": a_step("true", skip_satisfies=False), "b": a_step("true", prerequisites=["a"])}, "--skip", "a",
                      expect=EXIT_STEP)
        self.assertEqual(step(run.status(), "b")["status"], "pending")
        self.assertIn("skipped", run.stderr)


class Failure(StepCase):
    def test_dependents_stay_pending(self):
        """STP-09"""
        run = self.up({"a": a_step("exit 3"), "b": a_step("true", prerequisites=["a"])}, expect=EXIT_STEP)
        told = step(run.status(), "b")
        self.assertEqual((told["status"], told["blocked_by"]), ("pending", ["a"]))

    def test_the_next_run_tries_again(self):
        steps = {"a": a_step('echo x >>"$W/a"; test -e "$W/go"')}
        self.up(steps, expect=EXIT_STEP)
        (self.work / "go").touch()
        self.up(steps)
        self.assertEqual(self.count("a"), 2)

    def test_its_last_lines_and_its_log_are_told(self):
        run = self.up({"a": a_step("seq 100; echo the reason; exit 1")}, expect=EXIT_STEP)
        self.assertIn("the reason", run.stderr)
        self.assertIn("logs/a.step.log", run.stderr)
        self.assertIn("50\n", (self.state / "logs/a.step.log").read_text())


class Parallel(StepCase):
    def steps(self):
        line = 'echo + >>"$W/log"; sleep 0.2; echo - >>"$W/log"'
        return {f"s{i}": a_step(line) for i in range(6)}

    def most_at_once(self):
        now = most = 0
        for line in (self.work / "log").read_text().splitlines():
            now += 1 if line == "+" else -1
            most = max(most, now)
        return most

    def test_as_many_as_allowed(self):
        self.up(self.steps(), "--parallel", "2")
        self.assertEqual(self.most_at_once(), 2)

    def test_by_the_manifest(self):
        self.up(self.steps(), more={"parallel": 1})
        self.assertEqual(self.most_at_once(), 1)

    def test_independent_ones_at_once(self):
        self.up(self.steps())
        self.assertGreater(self.most_at_once(), 2)


class Lock(StepCase):
    STEPS = {"a": a_step('echo x >>"$W/a"; while ! test -e "$W/go"; do sleep 0.02; done')}

    def test_a_second_one_says_who_holds_it(self):
        first = self.begin(self.STEPS)
        eventually(lambda: self.count("a") == 1, "a runs")
        second = self.up(self.STEPS, expect=EXIT_LOCKED)
        self.assertRegex(second.stderr, r"pid \d+")
        (self.work / "go").touch()
        self.assertEqual(first.wait(), 0)

    def test_or_waits(self):
        first = self.begin(self.STEPS)
        eventually(lambda: self.count("a") == 1, "a runs")
        second = self.begin(self.STEPS, "--wait-lock", "60s")
        second.wait_for_output("waiting")
        (self.work / "go").touch()
        self.assertEqual((first.wait(), second.wait()), (0, 0), second.transcript())
        self.assertEqual(self.count("a"), 1)
        self.assertTrue(step(second.status(), "a")["cached"])

    def test_after_a_kill_it_is_free(self):
        first = self.begin(self.STEPS)
        eventually(lambda: self.count("a") == 1, "a runs")
        first.kill()
        (self.work / "go").touch()
        self.up(self.STEPS)


class Interrupted(StepCase):
    def test_a_signal_fails_the_running_step_and_the_next_run_goes_on(self):
        steps = {"a": a_step('echo x >>"$W/a"; test -e "$W/go" || exec sleep 600')}
        run = self.begin(steps)
        eventually(lambda: self.count("a") == 1, "a runs")
        run.signal(signal.SIGTERM)
        self.assertEqual(run.wait(), 128 + signal.SIGTERM)
        self.assertEqual(step(run.status(), "a")["status"], "failed")
        (self.work / "go").touch()
        self.up(steps)
