"""A reader that polls status.json through a whole run never sees half a document, and time never goes back."""
import json
import threading

import harness
from harness import EXIT_CONFIG, Case, free_ports

STATES = ["configuration", "validated", "active"]


class Reader(threading.Thread):
    """Reads the document in a tight loop."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.over = path, threading.Event()
        self.reads, self.problems, self.documents = 0, [], []

    def run(self):
        while not self.over.is_set():
            self.look()
        self.look()

    def look(self):
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            if self.documents:
                self.problems.append("the file was gone")
            return
        self.reads += 1
        try:
            document = json.loads(text)
        except ValueError as e:
            self.problems.append(f"{e}: {text[:200]!r}")
            return
        if not self.documents or self.documents[-1]["sequence"] != document["sequence"]:
            if self.documents and document["sequence"] < self.documents[-1]["sequence"]:
                self.problems.append(f"{self.documents[-1]['sequence']} was followed by {document['sequence']}")
            self.documents.append(document)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def states(self):
        seen = []
        for document in self.documents:
            state = document["profile"]["state"]
            if not seen or seen[-1] != state:
                seen.append(state)
        return seen


def is_subsequence(part, whole):
    rest = iter(whole)
    return all(item in rest for item in part)


class StatusReader(Case):
    def setUp(self):
        super().setUp()
        self.port, self.late = free_ports(2)
        self.document = {
            "extends": "builtin:devstack",
            "services": {
                "redis": None, "backend": None, "frontend": None, "websocket": None,
                **{f"s{i}": {"probe": {"type": "file", "path": f"{self.tmp}/up{i % 3}"}, "timeout": "60s"} for i in range(30)},
            },
            "steps": {
                f"step{i}": {
                    "name": "x" * 100, "category": "installation", "command": ["sh", "-c", f"touch {self.tmp}/up{i % 3}"],
                    "prerequisites": [f"step{i - 1}"] if i else [],
                    "artifacts": [{"type": "file", "path": f"{self.tmp}/up{i % 3}"}] if i < 3 else [],
                }
                for i in range(12)
            },
            "tests": {f"t{i}": {"type": "smoke", "command": ["true"]} for i in range(5)},
        }
        self.env = {"REDIS_URL": "redis://h"}

    def test_a_tight_reader_never_sees_half_a_document(self):
        state = self.tmp / "state"
        state.mkdir(mode=0o700)
        with Reader(state / "status.json") as reader:
            self.finish("--", "sh", "-c", "exit 7", manifest=self.document, env=self.env, state_dir=state, expect=7)
        self.assertEqual(reader.problems, [])
        self.assertGreater(reader.reads, 50)
        self.assertGreater(len(reader.documents), 5)
        self.assertTrue(is_subsequence(reader.states(), STATES), reader.states())
        self.never_backwards(reader.documents)
        for document in reader.documents:
            self.assertEqual(harness.schema_problems(document), [])

    def never_backwards(self, documents):
        """Every record moves along the edges of its own state machine only."""
        services = {"starting": {"healthy", "unhealthy", "stopped"}, "healthy": {"unhealthy", "stopped"},
                    "unhealthy": {"healthy", "stopped"}, "stopped": {"starting"}}
        # Coalesced: a reader may miss the state in the middle.
        steps = {"pending": {"in_progress", "completed", "failed", "skipped"}, "in_progress": {"completed", "failed", "skipped"},
                 "failed": {"in_progress", "completed"}, "completed": set(), "skipped": set()}
        for entity, key, edges in (("services", "service_name", services), ("steps", "step_id", steps)):
            last = {}
            for document in documents:
                for record in document[entity]:
                    name, now = record[key], record["status"]
                    before = last.get(name, now)
                    self.assertTrue(before == now or now in edges[before], f"{name}: {before} -> {now}")
                    last[name] = now

    def test_configuration_validated_active_and_nothing_else(self):
        """CFG-11: every document that was ever in place, seen by slowing its replacement down."""
        state = self.tmp / "state"
        state.mkdir(mode=0o700)
        slow = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2",
                "-e", "inject=rename,renameat,renameat2:delay_exit=40000"]
        document = {**self.document, "services": {"redis": None, "backend": None, "frontend": None, "websocket": None}}
        document["steps"] = {"one": {"name": "one", "category": "installation", "command": ["true"]}}
        with Reader(state / "status.json") as reader:
            # The leak checker of the debug flavour does not work under strace.
            env = {**self.env, "ASAN_OPTIONS": "detect_leaks=0"}
            self.finish("--", "true", manifest=document, env=env, state_dir=state, pid1=False, prefix=slow, expect=0)
        self.assertEqual(reader.problems, [])
        self.assertEqual(reader.states(), STATES)
        # Delayed as they were, none was missed.
        numbers = [d["sequence"] for d in reader.documents]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))

    def test_the_journal_tells_the_same_three(self):
        run = self.finish("--", "true", manifest=self.document, env=self.env, expect=0)
        states = [e["to"] for e in run.journal() if e["kind"] == "configuration"]
        self.assertEqual(states, STATES)

    def test_an_invalid_configuration_stays_configuration(self):
        """CFG-02"""
        run = self.finish("--", "true", manifest=self.document, env={}, expect=EXIT_CONFIG)
        self.assertEqual(run.status()["profile"]["state"], "configuration")
        self.assertIn("required.missing", run.stderr)
        self.assertIn("required.missing", json.dumps(run.status()))


if __name__ == "__main__":
    harness.unittest.main()
