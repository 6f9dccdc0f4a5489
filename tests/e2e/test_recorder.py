"""Before-images: killed at any system call, every write failing, full and read-only disks, bind mounts, links that appear.

Whatever happens, what is at the path is as it was or as it has to be, never something in between; asked again, the recorder
finishes.
"""
import concurrent.futures
import contextlib
import errno
import os
import re
import shutil
import subprocess

import harness
from harness import Case
from recorder_driver import DIRECTORY, REGULAR, SHA512, Recorder, snapshot

# Whatever makes or changes something on disk, and what opens it.
WRITE_LIKE = ("write pwrite64 copy_file_range ioctl ftruncate fsync syncfs openat openat2 mkdirat symlinkat unlinkat renameat "
              "renameat2 fchmod fchown fchownat fsetxattr fremovexattr utimensat").split()
ERRORS = "ENOSPC EIO EDQUOT EROFS".split()
AT_ONCE = 4


def write(path, content, mode=0o640):
    path.write_text(content)
    path.chmod(mode)


def age(path):
    os.utime(path, ns=(1000000000123456789, 1000000000123456789), follow_symlinks=False)


def make_file(it):
    write(it, "before\n" * 1000)
    age(it)


def make_folder(it):
    it.mkdir(mode=0o750)
    (it / "sub").mkdir(mode=0o700)
    make_file(it / "sub" / "deep")
    write(it / "tool", "#!/bin/sh\n", 0o755)
    (it / "link").symlink_to("sub/deep")
    for name in ("tool", "link"):
        age(it / name)


def make_link(it):
    it.symlink_to("/nowhere")
    age(it)


def make_nothing(it):
    del it


def change_to_file(it):
    if it.is_dir() and not it.is_symlink():
        shutil.rmtree(it)
    elif it.exists() or it.is_symlink():
        it.unlink()
    write(it, "after", 0o600)


def change_to_folder(it):
    change_to_file(it)
    it.unlink()
    it.mkdir()
    write(it / "new", "new")


# What was there, and what a step has made of it.
CASES = {"file": (make_file, change_to_file), "folder": (make_folder, change_to_folder), "link": (make_link, change_to_file),
         "file from folder": (make_file, change_to_folder), "nothing from file": (make_nothing, change_to_file),
         "nothing from folder": (make_nothing, change_to_folder)}


class Scene:
    """A folder with the artifact, and one for before-images."""

    def __init__(self, tmp):
        self.folder = tmp
        self.target, self.images = tmp / "target", tmp / "images"
        self.target.mkdir(parents=True)
        self.images.mkdir(mode=0o700)
        self.it = self.target / "it"
        self.trace = tmp / "trace"

    @contextlib.contextmanager
    def recorder(self, inject=""):
        """Under strace when @inject says what has to go wrong."""
        prefix = ["strace", "-f", "-qq", "-o", str(self.trace), "-e", "trace=" + ",".join(WRITE_LIKE)]
        r = Recorder([*prefix, "-e", f"inject={inject}"] if inject else prefix if inject is None else [])
        folder = os.open(self.images, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield r, folder
        finally:
            os.close(folder)
            r.close()

    def keep(self, inject=""):
        with self.recorder(inject) as (r, folder):
            return r.keep(self.it, folder)

    def facts(self):
        with self.recorder() as (r, _):
            r.record(self.it)
            return r.recorded()[2]

    def restore(self, kept, after, inject="", check=True):
        with self.recorder(inject) as (r, folder):
            return r.restore(kept[2], folder, kept[1], after, check=check)

    def calls(self):
        """[(name, which of that name)] of the trace, from when a request has come."""
        counts = {}
        for line in self.trace.read_text().splitlines():
            match = re.match(r"\d+ +(\w+)\(", line)
            if match:
                counts[match.group(1)] = counts.get(match.group(1), 0) + 1
        return [(name, n + 1) for name, count in counts.items() for n in range(count)]


class Faults(Case):
    def setUp(self):
        super().setUp()
        self.assertIsNotNone(shutil.which("strace"), "strace is not installed")
        self.scenes, self.struck = 0, []

    def look_for_the_fault(self, scene):
        self.struck.append(bool(re.search(r"\(INJECTED\)|killed by SIGKILL", scene.trace.read_text())))

    def scene(self, number):
        return Scene(self.tmp / str(number))

    def sweep(self, calls, faults, one):
        """@one(number, inject) returns what is wrong, or ''."""
        jobs = [f"{name}:{fault}:when={which}" for name, which in calls for fault in faults]
        self.assertGreater(len(jobs), 4, calls)
        self.struck = []
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            problems = [p for p in pool.map(one, range(1, len(jobs) + 1), jobs) if p]
        self.assertEqual(problems, [], f"{len(problems)} of {len(jobs)}")
        # strace counts for each thread, and who does what is not the same each time.
        self.assertGreater(sum(self.struck), 0.6 * len(jobs), f"the faults happened, of {len(jobs)}")

    def keep_once(self, make):
        def one(number, inject):
            scene = self.scene(number)
            make(scene.it)
            before = snapshot(scene.it)
            answer = scene.keep(inject)
            self.look_for_the_fault(scene)
            if snapshot(scene.it) != before:
                return f"{inject}: the artifact was touched: {answer}"
            if answer is not None and answer[0] != 0 and list(scene.images.glob("*.meta")):
                return f"{inject}: {answer[3]}, but the list says that it is complete"
            again = scene.keep()
            if again[0] != 0 or len(list(scene.images.iterdir())) != (0 if make is make_nothing else 2):
                return f"{inject}: again: {again}, {list(scene.images.iterdir())}"
            shutil.rmtree(scene.folder)
            return ""
        return one

    def restore_once(self, make, change):
        def one(number, inject):
            scene = self.scene(number)
            make(scene.it)
            before = snapshot(scene.it)
            kept = scene.keep()
            change(scene.it)
            changed, after = snapshot(scene.it), scene.facts()
            answer = scene.restore(kept, after, inject)
            self.look_for_the_fault(scene)
            now = snapshot(scene.it)
            done = answer is not None and answer[0] in ("restored", "removed", "unchanged")
            # Between two names that could not be exchanged in one step there may be none, but only for a killed one.
            if now != before and (done or now != changed) and not (answer is None and now == {}):
                return f"{inject}: {answer}: something in between: {now}"
            if answer is not None and not done and (answer[0] != "failed" or "cannot restore" not in answer[3]):
                return f"{inject}: {answer}"
            again = scene.restore(kept, after)
            left = [p.name for p in scene.target.iterdir() if p.name != "it"]
            if snapshot(scene.it) != before or again[0] not in ("restored", "removed", "unchanged") or left:
                return f"{inject}: {answer}, again: {again}, left {left}"
            shutil.rmtree(scene.folder)
            return ""
        return one

    def calls_of(self, make, change=None):
        scene = self.scene("traced" + str(self.scenes))
        self.scenes += 1
        make(scene.it)
        kept = scene.keep(None if change is None else "")
        if change is not None:
            change(scene.it)
            self.assertIn(scene.restore(kept, scene.facts(), None)[0], ("restored", "removed"))
        return scene.calls()

    def every_case(self, faults):
        for name, (make, change) in CASES.items():
            with self.subTest(name):
                self.sweep(self.calls_of(make, change), faults, self.restore_once(make, change))
                for path in self.tmp.glob("[0-9]*"):
                    shutil.rmtree(path)

    def test_every_call_of_a_restoration_fails(self):
        self.every_case([f"error={number}" for number in ERRORS])

    def test_killed_at_every_call_of_a_restoration(self):
        self.every_case(["signal=KILL"])

    def test_every_call_of_keeping_fails_or_kills(self):
        for make in (make_file, make_folder, make_link):
            with self.subTest(make.__name__):
                self.sweep(self.calls_of(make), [f"error={n}" for n in ERRORS] + ["signal=KILL"], self.keep_once(make))
                for path in self.tmp.glob("[0-9]*"):
                    shutil.rmtree(path)

    def test_kernels_that_cannot_exchange_names_or_open_safely(self):
        """Old kernels and gVisor: no openat2, no flags for renames, no copies inside the kernel."""
        for inject in ("openat2:error=ENOSYS", "openat2:error=EPERM", "renameat2:error=EINVAL", "renameat2:error=ENOSYS", "copy_file_range:error=EXDEV",
                       "ioctl:error=ENOTTY"):
            for name, (make, change) in CASES.items():
                with self.subTest(f"{inject}, {name}"):
                    scene = self.scene(f"{inject} {name}")
                    make(scene.it)
                    before = snapshot(scene.it)
                    kept = scene.keep(inject)
                    self.assertEqual(kept[0], 0, kept[3])
                    change(scene.it)
                    answer = scene.restore(kept, scene.facts(), inject)
                    self.assertIn(answer[0], ("restored", "removed"), answer)
                    self.assertEqual(snapshot(scene.it), before)
                    self.assertEqual([p.name for p in scene.target.iterdir() if p.name != "it"], [])

    def test_texts_say_what_to_do(self):
        scene = self.scene("texts")
        make_file(scene.it)
        kept = scene.keep()
        change_to_file(scene.it)
        after = scene.facts()
        for number, words in (("ENOSPC", "the disk is full"), ("EDQUOT", "the disk quota is used up"),
                              ("EIO", "the disk reports an error")):
            outcome, error, _, said = scene.restore(kept, after, f"copy_file_range:error={number}")
            self.assertEqual((outcome, error), ("failed", getattr(errno, number)))
            self.assertEqual(said, f"cannot restore {scene.it}: {words}")
            error, _, _, said = scene.keep(f"copy_file_range:error={number}")
            self.assertEqual(error, getattr(errno, number))
            self.assertEqual(said, f"cannot keep a copy of {scene.it}: {words}")
            kept = self.keep_before(scene)
        self.assertEqual(scene.it.read_text(), "after")

    def keep_before(self, scene):
        """The before-image again, which a failed attempt to keep another one has removed."""
        scene.it.unlink()
        make_file(scene.it)
        kept = scene.keep()
        change_to_file(scene.it)
        return kept


class Mounts(Case):
    """In a mount namespace of its own."""

    def recorder(self, commands):
        """@commands of a shell mount what is needed below the test's folder; then the recorder runs there."""
        unshare = ["unshare", "--mount"] + (["--user", "--map-root-user"] if os.geteuid() != 0 else [])
        r = Recorder([*unshare, "--", "sh", "-ec", f'cd "{self.tmp}"; {commands}; exec "$0" "$@"'])
        self.addCleanup(r.close)
        r.record("/dev/null")  # once it answers, everything is mounted
        r.recorded()
        return r

    def seen(self, r, name):
        """The path of a file as the recorder sees it."""
        return type(self.tmp)(f"/proc/{r.process.pid}/root{self.tmp}/{name}")

    def images(self, r, name="images"):
        folder = os.open(self.seen(r, name), os.O_RDONLY | os.O_DIRECTORY)
        self.addCleanup(os.close, folder)
        return folder

    def make(self, *names):
        for name in names:
            (self.tmp / name).mkdir(mode=0o700)

    def test_a_bind_mounted_file_is_written_in_place(self):
        self.make("target", "images")
        write(self.tmp / "source", "before", 0o640)
        age(self.tmp / "source")
        write(self.tmp / "target" / "it", "")
        r = self.recorder("mount --bind source target/it")
        images, it = self.images(r), self.seen(r, "target/it")
        before = snapshot(it)
        error, facts, path, said = r.keep(self.tmp / "target" / "it", images)
        self.assertEqual((error, facts.kind), (0, REGULAR), said)
        write(it, "after and longer", 0o600)
        r.record(self.tmp / "target" / "it")
        after = r.recorded()[2]
        self.assertEqual(r.restore(path, images, facts, after), ("restored", 0, True, ""))
        self.assertEqual(snapshot(it), before)
        self.assertEqual(os.listdir(self.seen(r, "target")), ["it"])
        self.assertEqual(r.restore(path, images, facts, after)[0], "unchanged")

    def test_a_writable_file_in_a_read_only_folder_is_written_in_place(self):
        self.make("target", "images")
        write(self.tmp / "source", "before", 0o640)
        write(self.tmp / "target" / "it", "")
        r = self.recorder("mount --bind target target; mount -o remount,bind,ro target; mount --bind source target/it")
        images, it = self.images(r), self.seen(r, "target/it")
        _, facts, path, _ = r.keep(self.tmp / "target" / "it", images)
        before = snapshot(it)
        write(it, "after", 0o600)
        r.record(self.tmp / "target" / "it")
        self.assertEqual(r.restore(path, images, facts, r.recorded()[2])[:3], ("restored", 0, True))
        self.assertEqual(snapshot(it), before)

    def test_a_read_only_folder_is_told(self):
        self.make("target", "images")
        write(self.tmp / "target" / "it", "before")
        r = self.recorder("mount --bind target target")
        images = self.images(r)
        _, facts, path, _ = r.keep(self.tmp / "target" / "it", images)
        write(self.seen(r, "target/it"), "after")
        r.record(self.tmp / "target" / "it")
        after = r.recorded()[2]
        subprocess.run(["nsenter", "--preserve-credentials", f"--user=/proc/{r.process.pid}/ns/user",
                        f"--mount=/proc/{r.process.pid}/ns/mnt", "mount", "-o", "remount,bind,ro", str(self.tmp / "target")]
                       if os.geteuid() != 0 else
                       ["nsenter", f"--mount=/proc/{r.process.pid}/ns/mnt", "mount", "-o", "remount,bind,ro",
                        str(self.tmp / "target")], check=True)
        outcome, error, _, said = r.restore(path, images, facts, after)
        self.assertEqual((outcome, error), ("failed", errno.EROFS))
        self.assertEqual(said, f"cannot restore {path}: the file system is read-only")
        self.assertEqual(self.seen(r, "target/it").read_text(), "after")

    def test_a_full_disk_for_before_images(self):
        self.make("target", "images")
        write(self.tmp / "target" / "it", "x" * 200000)
        r = self.recorder("mount -t tmpfs -o size=64k,mode=700 none images")
        images = self.images(r)
        error, _, _, said = r.keep(self.tmp / "target" / "it", images)
        self.assertEqual(error, errno.ENOSPC)
        self.assertIn("the disk is full", said)
        self.assertEqual(os.listdir(self.seen(r, "images")), [])

    def test_a_full_disk_at_the_artifact(self):
        self.make("target", "images")
        r = self.recorder("mount -t tmpfs -o size=256k,mode=755 none target")
        images, it = self.images(r), self.seen(r, "target/it")
        write(it, "x" * 200000)
        _, facts, path, _ = r.keep(self.tmp / "target" / "it", images)
        write(it, "y" * 200000)
        r.record(self.tmp / "target" / "it")
        outcome, error, _, said = r.restore(path, images, facts, r.recorded()[2])
        self.assertEqual((outcome, error), ("failed", errno.ENOSPC))
        self.assertEqual(said, f"cannot restore {path}: the disk is full")
        self.assertEqual(it.read_text(), "y" * 200000)
        self.assertEqual(os.listdir(self.seen(r, "target")), ["it"])

    def test_what_is_mounted_in_a_folder_is_neither_measured_nor_removed(self):
        self.make("target", "images")
        r = self.recorder("mkdir -p target/it/inner; mount -t tmpfs none target/it/inner; touch target/it/inner/precious")
        images = self.images(r)
        r.record(self.tmp / "target" / "it")
        facts = r.recorded()[2]
        self.assertEqual((facts.kind, facts.size), (DIRECTORY, 0))
        error, nothing, path, said = r.keep(self.tmp / "target" / "none", images)
        self.assertEqual(error, 0, said)
        outcome, _, _, said = r.restore(str(self.tmp / "target" / "it"), images, nothing, facts)
        self.assertEqual(outcome, "failed")
        self.assertIn("something is mounted in it", said)
        self.assertTrue(self.seen(r, "target/it/inner/precious").exists())


class Answers(Case):
    def test_many_requests_at_once(self):
        names = [self.tmp / f"file{i}" for i in range(200)]
        for name in names:
            write(name, str(name))
        r = Recorder()
        self.addCleanup(r.close)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            sent = pool.submit(lambda: [r.record(name, SHA512, i) for i, name in enumerate(names)])
            answers = [r.recorded() for _ in names]
            sent.result()
        self.assertEqual(sorted(a[0] for a in answers), list(range(len(names))))
        self.assertEqual({a[1] for a in answers}, {0})

    def test_it_ends_with_its_channel(self):
        self.assertEqual(Recorder().close(), 0)

    def test_a_limit_on_processes_is_no_limit_on_work(self):
        write(self.tmp / "file", "x")
        r = Recorder(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=clone", "-e", "inject=clone:error=EAGAIN"])
        self.addCleanup(r.close)
        r.record(self.tmp / "file")
        self.assertEqual(r.recorded()[1], 0)


if __name__ == "__main__":
    harness.unittest.main()
