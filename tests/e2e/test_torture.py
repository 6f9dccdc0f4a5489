"""Killed at any instant, and each write failing: what a set-up of twelve steps with thirty artifacts comes to all the same.

MUSTER_TEST_KILLS=500 kills so often (else 60), MUSTER_TEST_SEED=N at the instants of another run, MUSTER_TEST_FAULTS=all has
every call fail with every error instead of a choice of them.

On two busy processors: about a minute as it is; 500 kills one to six minutes, all faults ten. A seed that failed is told.
"""
import concurrent.futures
import os
import random
import re
import shutil
import signal
import subprocess

import harness
from harness import EXIT_STEP, Case, eventually
from torture_driver import ARTIFACTS, CODES, STEPS, Reader, Scene, look, timed

KILLS = int(os.environ.get("MUSTER_TEST_KILLS", "60"))
SEED = int(os.environ.get("MUSTER_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)

THOROUGH = os.environ.get("MUSTER_TEST_FAULTS") == "all"
# Where how much is copied does not matter.
SMALL = 300000
JOURNAL_CALLS = (("write", "error=EINTR:"), ("write", ""), ("fdatasync", ""))
WRITING = ("openat", "write", "pwrite64", "fsync", "fdatasync", "renameat", "renameat2", "mkdir", "mkdirat", "unlinkat", "ftruncate",
           "fchmod", "fchown", "copy_file_range", "linkat", "symlinkat", "syncfs")
# With what is said about each.
SAYS = {"ENOSPC": ("full", "No space left"), "EIO": ("does not work", "reports an error", "I/O error", "Input/output"),
        "EDQUOT": ("quota", "full for this user", "Quota exceeded"), "EROFS": ("read-only", "Read-only")}
ERRORS = tuple(SAYS)
AT_ONCE = 3
# Sparse; it takes many times as long to read as muster may take to answer.
HUGE, PROMPT_S = "200G", 5


def looked(path):
    """None = nothing is there."""
    return look(path) if os.path.lexists(path) else None


class TortureCase(Case):
    def scene(self, name="scene", **how):
        scene = Scene(self, self.tmp / name, **how)
        self.assertEqual((len(scene.document()["steps"]), len(scene.artifacts())), (STEPS + scene.gate, ARTIFACTS + scene.gate))
        return scene

    def undisturbed(self, scene, expect=0):
        """What one run leaves, and how long it takes."""
        code, seconds = timed(scene.finish)
        self.assertEqual(code, expect, scene.said())
        after = look(scene.work)
        self.assertTrue(expect != 0 or after != scene.before)
        scene.reset()
        self.assertEqual(look(scene.work), scene.before)
        return after, seconds

    def check_images(self, scene):
        """What was there before a step changed it is there still, or kept."""
        folder = scene.state / "backups"
        kept = [contents(look(path)) for path in folder.iterdir()] if folder.exists() else []
        for path, before in scene.images.items():
            self.assertTrue(before is None or looked(path) == before or contents(before) in kept, f"{path} is lost")

    def check_folder(self, scene):
        """Nothing that nobody knows of, but for what a kill has just left."""
        known = {e["backup"] for e in scene.journal() if e.get("backup")}
        names = {path.name.split(".")[0] for path in (scene.state / "backups").iterdir()}
        self.assertEqual(names - known, set(), "before-images that the journal does not name")


def contents(seen):
    """Without permissions and owners, which are kept beside a before-image."""
    if seen[0] == "folder":
        return ("folder", {name: contents(below) for name, below in seen[2].items()})
    return seen if seen[0] == "link" else ("file", seen[-1])


class Kills(TortureCase):
    """SIGKILL at random instants, and begun again until it is done."""

    def torture(self, kills, scene, expect, after, seconds, seed, each=lambda: None):
        numbers, killed, sessions, runs = random.Random(seed), 0, 0, 0
        begun = done = None
        while killed < kills:
            scene.reset()
            done, begun = set(), {}
            code, earlier = None, killed
            while code is None:
                with Reader(scene.state) as reader:
                    code, lived = timed(lambda: scene.kill_after(numbers.uniform(0, 1.2 * seconds)))
                runs += 1
                where = f"seed {seed}, run {runs}, after {killed} kills\n{scene.said()}"
                self.assertEqual(reader.broken, [], where)
                self.assertIn(code, (None, expect), where)
                with self.subTest(where=where):
                    self.check_once(scene, done, begun)
                    self.check_images(scene)
                    each()
                killed += code is None
                done, begun = scene.completed(), scene.begun()
            sessions += 1
            # It may have been measured while the machine was busy; then few would be killed.
            seconds = min(seconds, lived) if killed == earlier else seconds
            self.assertEqual(look(scene.work), after, where)
            self.check_folder(scene)
        return sessions

    def check_once(self, scene, done, begun):
        """What had been completed is so still, and was not begun again."""
        done = done - scene.taken_back()
        self.assertLessEqual(done, scene.completed(), "a completed step is lost")
        now = scene.begun()
        self.assertEqual({name: now[name] for name in done & set(now)}, {name: begun[name] for name in done & set(begun)},
                         "a completed step ran twice")

    def test_it_ends_as_if_nothing_had_happened(self):
        scene = self.scene()
        after, seconds = self.undisturbed(scene)
        self.torture(KILLS // 2, scene, 0, after, seconds, SEED)

    def test_with_steps_that_fail_and_are_tried_again(self):
        after, _ = self.undisturbed(self.scene("smooth"))
        scene = self.scene(fails=True)
        _, seconds = self.undisturbed(scene)
        after = scene_paths(after, self.tmp / "smooth", self.tmp / "scene")
        self.torture(KILLS - KILLS // 2 - KILLS // 4 - KILLS // 8, scene, 0, after, seconds, SEED + 1)

    def test_while_a_failed_session_is_taken_back(self):
        scene, after, seconds, each = self.broken("session")
        self.assertEqual({path: at(after, scene, path) for path in scene.artifacts()}, scene.images)
        self.torture(KILLS // 4, scene, EXIT_STEP, after, seconds, SEED + 2, each)

    def test_while_a_failed_step_is_taken_back(self):
        scene, after, seconds, each = self.broken("step")
        own = [a["path"] for a in scene.document()["steps"]["check"]["artifacts"]]
        self.assertEqual({path: at(after, scene, path) for path in own}, {path: None for path in own})
        self.torture(KILLS // 8, scene, EXIT_STEP, after, seconds, SEED + 3, each)

    def broken(self, policy):
        """A scene that fails, and what is true of it: whenever its rollback has begun, each path is what it was, or what the steps
        have made of it."""
        made, _ = self.undisturbed(self.scene("smooth"))
        scene = self.scene(broken=policy)
        final = scene_paths(made, self.tmp / "smooth", self.tmp / "scene")
        after, seconds = self.undisturbed(scene, EXIT_STEP)

        def itself(path, seen):
            """What other steps have put into the folder of a mkdir does not belong to it."""
            return seen[:2] if seen is not None and path == f"{scene.work}/srv" else seen

        def each():
            taking_back = False
            for entry in scene.journal():
                taking_back = entry["kind"] == "rollback" or (taking_back and entry["kind"] != "session")
            for path in scene.artifacts() if taking_back else ():
                found = [itself(path, seen) for seen in (looked(path), scene.images[path], at(final, scene, path))]
                self.assertIn(found[0], found[1:], path)

        return scene, after, seconds, each


class JournalKills(TortureCase):
    """SIGKILL before and after each write of the journal."""

    def test_at_every_write(self):
        scene = self.scene(large=SMALL)
        after, _ = self.undisturbed(scene)
        self.assertEqual(scene.finish(), 0)
        lines = len(scene.journal())
        self.assertGreater(lines, 80)
        numbers = range(1, lines + 1) if THOROUGH else range(1 + SEED % 5, lines + 1, 5)
        for number in numbers:
            for call, when in (("write", "error=EINTR:"), ("write", ""), ("fdatasync", "")):
                if THOROUGH or (call, when) == JOURNAL_CALLS[number % len(JOURNAL_CALLS)]:
                    with self.subTest(call=call, when=when or "after", number=number):
                        self.at(scene, f"{call}:{when}signal=KILL:when={number}", call, after)

    def test_at_every_write_while_a_session_is_taken_back(self):
        """What is done anew is not made of what later steps had left."""
        smooth, _ = self.undisturbed(self.scene("smooth", large=SMALL))
        scene = self.scene(large=SMALL, broken="session")
        self.assertEqual(scene.finish(), EXIT_STEP)
        kinds = [entry["kind"] for entry in scene.journal()]
        first = kinds.index("rollback") + 1
        for number in range(first, len(kinds) + 1) if THOROUGH else range(first + SEED % 5, len(kinds) + 1, 5):
            with self.subTest(number=number):
                self.at(scene, f"write:signal=KILL:when={number}", "write", scene_paths(smooth, self.tmp / "smooth", scene.folder))

    def at(self, scene, fault, call, after):
        """Killed there, and begun again; then there is nothing to fail any more."""
        scene.reset()
        code = scene.finish(prefix=["strace", "-qq", "-o", "/dev/null", "-P", str(scene.state / "journal.ndjson"),
                                    "-e", f"trace={call}", "-e", f"inject={fault}"])
        self.assertIn(code, (137, -9, 1), scene.said())
        self.check_images(scene)
        done, begun = scene.completed(), scene.begun()
        if scene.broken:
            scene.mend()
        self.assertEqual(scene.finish(), 0, scene.said())
        Kills.check_once(self, scene, done, begun)
        self.assertEqual(look(scene.work), after)
        self.check_folder(scene)


class Faults(TortureCase):
    """One call fails: it is told what and where, nothing is lost, and the next run ends as if nothing had happened."""

    def calls(self, trace):
        """{name: [which of that name, ...]}: those that write; of several threads those of the busiest."""
        found, counts = {}, {}
        for line in trace.read_text().splitlines():
            match = re.match(r"(\d+ +)?(\w+)\(", line)
            if match:
                thread, name = match.groups()
                counts[thread, name] = counts.get((thread, name), 0) + 1
                if name != "openat" or "O_CREAT" in line:
                    found.setdefault(name, {}).setdefault(thread, []).append(counts[thread, name])
        return {name: max(places.values(), key=len) for name, places in found.items()}

    def faults(self, calls, each):
        """All of them, or @each of each call, over its whole length; the errors in turn."""
        found = []
        for name, places in sorted(calls.items()):
            last = len(places) - 1
            chosen = places if THOROUGH else sorted({places[last * i // max(1, each - 1)] for i in range(each)})
            for place in chosen:
                turn = (len(found) + SEED) % len(ERRORS)
                found += [(name, place, error) for error in (ERRORS if THOROUGH else (ERRORS[turn],))]
        return found

    def sweep(self, run, each, gate=False):
        """run(scene, fault) gives its exit code; its trace is in the folder of the scene."""
        traced = self.scene("traced", large=SMALL, gate=gate)
        self.assertEqual(run(traced, None), 0, traced.said())
        after, faults = look(traced.work), self.faults(self.calls(traced.folder / "trace"), each)
        struck, problems = [], []

        def one(numbered):
            number, (name, place, error) = numbered
            scene = self.scene(f"fault{number}", large=SMALL, gate=gate)
            fault = f"{name}:error={error}:when={place}"
            code = run(scene, fault)
            struck.append("(INJECTED)" in (scene.folder / "trace").read_text())
            said = scene.said()
            try:
                self.hold(scene, code, said, error, after)
            except AssertionError as e:
                problems.append(f"{fault}: {e}\n{said[-1500:]}")
            shutil.rmtree(scene.folder, ignore_errors=True)

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(one, enumerate(faults)))
        self.assertEqual(problems, [], f"{len(problems)} of {len(faults)}")
        # Which thread has how many is not the same each time.
        self.assertGreater(sum(struck), 0.5 * len(faults), "the faults happened")

    def hold(self, scene, code, said, error, after):
        self.assertIn(code, CODES)
        if code != 0:
            self.assertTrue(any(word in said for word in SAYS[error]), "it says what is wrong")
            self.assertTrue(str(scene.work) in said or str(scene.state) in said or "journal" in said or "state directory" in said, "and where")
        self.check_images(scene)
        done, begun = scene.completed(), scene.begun()
        scene.open_gate()
        self.assertEqual(scene.finish(), 0, scene.said())
        Kills.check_once(self, scene, done, begun)
        self.assertEqual(look(scene.work), scene_paths(after, self.tmp / "traced", scene.folder))
        self.check_folder(scene)

    def strace(self, scene, fault):
        inject = ["-e", f"inject={fault}"] if fault else []
        return ["strace", "-o", str(scene.folder / "trace"), "-e", f"trace={','.join(WRITING)}", *inject]

    def test_of_pid_1(self):
        self.sweep(lambda scene, fault: scene.finish(prefix=[*self.strace(scene, fault), "-qq"]), 6)

    def test_of_the_recorder(self):
        """Each of its threads counts for itself."""
        def run(scene, fault):
            process = scene.start()
            with open(scene.folder / "strace", "wb") as said:
                tracer = subprocess.Popen([*self.strace(scene, fault), "-f", "-p", str(scene.recorder(process))], stdout=said, stderr=said)
            self.addCleanup(scene.end, tracer)
            eventually(lambda: "attached" in (scene.folder / "strace").read_text(), "strace is attached")
            scene.open_gate()
            code = process.wait(harness.PATIENCE_S * 2)
            tracer.wait(harness.PATIENCE_S)
            return code

        self.sweep(run, 4, gate=True)


class Real(TortureCase):
    """Without strace: a disk that is full, one that is read-only, a limit, a file that takes long."""

    def in_shell(self, scene, script):
        """@script mounts, and has "$@" for muster; its exit codes, one a line in `codes`."""
        unshare = ["unshare", "--mount", *(["--user", "--map-root-user"] if os.geteuid() != 0 else [])]
        words = [*unshare, "sh", "-c", f'run() {{ "$@" || code=$?; echo ${{code:-0}} >>"{scene.folder}/codes"; code=; }}; set -e; {script}', "sh"]
        self.assertEqual(scene.finish(prefix=words, pid1=False), 0, scene.said())
        return [int(code) for code in (scene.folder / "codes").read_text().split()]

    def test_a_state_directory_that_is_full_and_gets_more_room(self):
        scene = self.scene(large=SMALL)
        after, _ = self.undisturbed(scene)
        for size in ("8k", "64k"):
            with self.subTest(size=size):
                scene.reset()
                (scene.folder / "codes").unlink(missing_ok=True)
                scene.state.mkdir(mode=0o700)
                codes = self.in_shell(scene, f'mount -t tmpfs -o size={size},mode=700 none "{scene.state}"; run "$@"; '
                                             f'mount -o remount,size=16m "{scene.state}"; run "$@"')
                self.assertIn(codes[0], (73, 76), scene.said())
                self.assertEqual(codes[1], 0, scene.said())
                self.assertIn("full", scene.said())
                self.assertEqual(look(scene.work), after)

    def test_a_work_folder_that_is_read_only_for_a_while(self):
        scene = self.scene(large=SMALL)
        after, _ = self.undisturbed(scene)
        codes = self.in_shell(scene, f'mount --bind "{scene.work}" "{scene.work}"; mount -o remount,bind,ro "{scene.work}"; run "$@"; '
                                     f'mount -o remount,bind,rw "{scene.work}"; run "$@"')
        self.assertEqual(codes, [76, 0], scene.said())
        # The one of the two first steps that fails first says so: muster with the path, or mkdir.
        self.assertRegex(scene.said(), "[Rr]ead-only file system")
        self.assertEqual(look(scene.work), after)

    def test_a_limit_on_the_size_of_files(self):
        scene = self.scene(large=SMALL)
        after, _ = self.undisturbed(scene)
        for blocks, code in ((0, 73), (16, 73), (128, 76)):
            with self.subTest(blocks=blocks):
                scene.reset()
                (scene.folder / "codes").unlink(missing_ok=True)
                codes = self.in_shell(scene, f'limited() {{ (ulimit -f {blocks}; exec "$@"); }}; '
                                             '{ run limited "$@"; } 2>&1 | cat; run "$@"')
                self.assertEqual(codes, [code, 0], scene.said())
                self.assertRegex(scene.said(), "ulimit -f|too large|larger than a file may be|XFSZ|size limit")
                self.assertEqual(look(scene.work), after)

    def large(self, **how):
        """A run whose recorder reads a large file."""
        path = self.tmp / "large"
        manifest = {"steps": {"large": {"category": "installation", "shell": f'truncate -s {HUGE} "{path}"',
                                        "artifacts": [{"type": "file", "path": str(path)}]}}}
        run = self.start("up", manifest=manifest, **how)

        def reader():
            self.assertTrue(run.running(), run.transcript())
            found = [p for p in harness.descendants_of(run.process.pid) if b"@recorder" in harness.read_proc(p, "cmdline")]
            return next((pid for pid in found if is_open(pid, path)), 0)

        return run, eventually(reader, "the recorder reads it")

    def test_pid_1_answers_while_a_large_file_is_measured(self):
        run, recorder = self.large()
        checked, seconds = timed(lambda: self.check(run))
        self.assertEqual(checked.returncode, 1, checked.stdout)
        self.assertLess(seconds, PROMPT_S)
        self.assertTrue(is_open(recorder, self.tmp / "large"), "it does so still")
        run.signal(signal.SIGTERM)
        code, seconds = timed(run.wait)
        self.assertEqual(code, 128 + signal.SIGTERM, run.transcript())
        self.assertLess(seconds, PROMPT_S)
        self.assertEqual({s["step_id"]: s["status"] for s in run.status()["steps"]}, {"large": "failed"})

    def test_nothing_of_a_killed_one_goes_on_beside_the_next(self):
        """Where the end of muster is not the end of all processes."""
        run, recorder = self.large(pid1=False)
        run.process.kill()
        run.process.wait()
        _, seconds = timed(lambda: eventually(lambda: harness.state_of(recorder) in ("Z", ""), "the recorder ends"))
        self.assertLess(seconds, PROMPT_S)


def is_open(pid, path):
    try:
        return any(os.readlink(f"/proc/{pid}/fd/{name}") == str(path) for name in os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return False


def scene_paths(seen, old, new):
    """The same with the paths of another scene in it."""
    if seen[0] == "folder":
        return (*seen[:2], {name: scene_paths(below, old, new) for name, below in seen[2].items()})
    return tuple(part.replace(str(old).encode(), str(new).encode()) if isinstance(part, bytes) else part for part in seen)


def at(seen, scene, path):
    """What @seen, of all of the work folder, has at @path; None = nothing."""
    for name in os.path.relpath(path, scene.work).split("/"):
        seen = seen[2].get(name) if seen is not None and seen[0] == "folder" else None
    return seen


if __name__ == "__main__":
    harness.unittest.main()
