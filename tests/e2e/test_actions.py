"""Built-in actions of set-up steps on files, each in a process of its own as PID 1 starts it."""
import os
import re
import shutil
import signal
import stat
import subprocess
import unittest

import harness
from action_driver import Action, ActionCase, pack

# Where a fault may leave what is neither the old nor the new: the calls that change something.
CHANGING = ("write", "fsync", "renameat", "fchmod", "openat", "flock", "newfstatat", "ftruncate", "copy_file_range", "fchown",
            "pwrite64", "read", "lseek", "symlinkat", "mkdirat")
FAULTS = ("ENOSPC", "EIO", "EDQUOT", "EROFS")


def mode_of(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


class Actions(ActionCase):
    def test_write_is_told_by_content_and_permissions(self):
        path = self.tmp / "f"
        self.act("write", path, content="one\n")
        self.assertEqual((path.read_text(), mode_of(path)), ("one\n", 0o644))
        self.act("write", path, content="two\n", mode=0o600, pipe=True)
        self.assertEqual((path.read_text(), mode_of(path)), ("two\n", 0o600))
        self.assertEqual(self.names(), ["f"])

    def test_a_template_takes_the_environment_of_the_process(self):
        (self.tmp / "t").write_text("host ${NAME}\nport ${PORT:-80}\n$host $$\n")
        self.act("write", self.tmp / "f", source=self.tmp / "t", env={"NAME": "db"})
        self.assertEqual((self.tmp / "f").read_text(), "host db\nport 80\n$host $\n")
        said = self.act("write", self.tmp / "f", f"{self.tmp}/t:1: the variable NAME is not set", source=self.tmp / "t", expect=1)
        self.assertEqual(said.count("\n"), 1)
        self.assertEqual((self.tmp / "f").read_text(), "host db\nport 80\n$host $\n")

    def test_umask_does_not_matter(self):
        for umask in (0, 0o077, 0o777):
            action = Action(self, "@action", pack("mkdir", self.tmp / "a" / "b", parents=True, mode=0o2775), umask=umask)
            self.assertEqual(action.finish(), 0, action.output)
            self.assertEqual((mode_of(self.tmp / "a"), mode_of(self.tmp / "a" / "b")), (0o755, 0o2775))
            action = Action(self, "@action", pack("write", self.tmp / "a" / "f", content="x", mode=0o666), umask=umask)
            self.assertEqual(action.finish(), 0, action.output)
            self.assertEqual(mode_of(self.tmp / "a" / "f"), 0o666)
            shutil.rmtree(self.tmp / "a")

    def test_a_tree_is_copied_twice_to_the_same_end(self):
        source = self.tmp / "from"
        (source / "d").mkdir(parents=True)
        (source / "d" / "f").write_bytes(os.urandom(300000))
        (source / "l").symlink_to("d/f")
        for _ in range(2):
            self.act("copy", self.tmp / "to", source=source)
            done = subprocess.run(["diff", "-r", "--no-dereference", source, self.tmp / "to"], capture_output=True, text=True)
            self.assertEqual(done.stdout, "")
        self.act("symlink", self.tmp / "link", target="to")
        self.act("chmod", self.tmp / "to", mode=0o600, recursive=True)
        self.assertEqual((mode_of(self.tmp / "to" / "d"), mode_of(self.tmp / "to" / "d" / "f")), (0o700, 0o600))

    def test_failures_are_one_line_that_says_what(self):
        said = self.act("write", self.tmp / "no" / "f", "cannot open the folder of", "No such file", expect=1, content="s3cret")
        self.assertEqual(said.count("\n"), 1)
        self.assertNotIn("s3cret", said)

    def test_instructions_that_are_none(self):
        for packed in (b"", b"x" * 200, pack("write", "f"), pack("write", "/f")[:-1], pack("write", "/f") + b"\0"):
            action = Action(self, "@action", packed)
            self.assertEqual(action.finish(), 70, action.output)
            self.assertEqual(action.output.count("\n"), 1)
        action = Action(self, "@action", pack("download", "/f", url="http://h/", checksum="sha256:" + "00" * 32))
        self.assertEqual(action.finish(), 70, action.output)

    def test_a_signal_ends_it(self):
        os.mkfifo(self.tmp / "fifo")
        descriptor = os.open(self.tmp / "fifo", os.O_RDWR)
        self.addCleanup(os.close, descriptor)

        def no_end():
            os.dup2(os.open(self.tmp / "fifo", os.O_RDONLY), 3)
            os.set_inheritable(3, True)

        process = subprocess.Popen([str(harness.MUSTER), "@action"], env=self.environment(), pass_fds=(3,), preexec_fn=no_end)
        harness.eventually(lambda: harness.read_proc(process.pid, "comm") == b"muster\n", "it runs")
        harness.send_signal(process.pid, signal.SIGTERM)
        self.assertEqual(process.wait(harness.PATIENCE_S), -signal.SIGTERM)

    def test_a_mount_point_is_written_over(self):
        mine, other = self.tmp / "f", self.tmp / "other"
        mine.write_text("of the image")
        other.write_text("of the host, and longer")
        script = f'mount --bind {other} {mine} && exec "$@"'
        prefix = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", script, "sh"]
        self.act("write", mine, "is a mount point", content="new", prefix=prefix)
        self.assertEqual((mine.read_text(), other.read_text()), ("of the image", "new"))
        self.assertEqual(self.names(), ["f", "other"])

    def test_what_is_mounted_into_a_tree_is_left_alone(self):
        for name in ("tree/in", "outside"):
            (self.tmp / name).mkdir(parents=True)
        (self.tmp / "outside" / "f").touch(0o644)
        (self.tmp / "tree" / "file").touch(0o644)
        (self.tmp / "tree" / "mine").touch(0o644)
        script = (f'mount --bind {self.tmp}/outside {self.tmp}/tree/in && '
                  f'mount --bind {self.tmp}/outside/f {self.tmp}/tree/file && exec "$@"')
        prefix = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", script, "sh"]
        self.act("chmod", self.tmp / "tree", mode=0o600, recursive=True, prefix=prefix)
        self.assertEqual(mode_of(self.tmp / "tree" / "mine"), 0o600)
        self.assertEqual(mode_of(self.tmp / "outside" / "f"), 0o644)
        self.assertEqual(mode_of(self.tmp / "outside"), 0o755)


class Faults(ActionCase):
    """Every call that changes something fails, one at a time: what was there is there still, or all of the new."""

    def setUp(self):
        super().setUp()
        self.assertIsNotNone(shutil.which("strace"), "strace is not installed")

    def strace(self, *options):
        return ["strace", "-qq", "-o", str(self.tmp / "trace"), *options]

    def sweep(self, prepare, act, look):
        """@look returns what is there; what it is before and after is allowed, nothing in between."""
        prepare()
        before = look()
        act(prefix=self.strace())
        after = look()
        self.assertNotEqual(before, after)
        calls = {}
        for line in (self.tmp / "trace").read_text().splitlines():
            name = re.match(r"\w+", line)
            if name and name.group() in CHANGING:
                calls[name.group()] = calls.get(name.group(), 0) + 1
        self.assertIn("fsync", calls)
        failed = 0
        for name, count in calls.items():
            for number in range(1, count + 1):
                error = FAULTS[(number + len(name)) % len(FAULTS)]
                prepare()
                action = act(prefix=self.strace("-e", f"inject={name}:error={error}:when={number}"), env=self.no_leak_check())
                where = f"{name} number {number} fails with {error}: {action.process.returncode} {action.output}"
                left = [n for n in self.names(self.tmp / "d") if ".muster-" in n]
                self.assertEqual(left, [], where)
                if action.process.returncode == 0:
                    self.assertEqual(look(), after, where)
                else:
                    failed += 1
                    self.assertIn(look(), (before, after), where)
                    self.assertEqual(action.output.count("\n"), 1, where)
        self.assertGreater(failed, 3)

    def act_anyhow(self, kind, path, prefix, env=None, **members):
        action = self.start_action(kind, path, prefix=prefix, env=env or self.no_leak_check(), **members)
        action.finish()
        return action

    def prepare(self):
        shutil.rmtree(self.tmp / "d", ignore_errors=True)
        (self.tmp / "d").mkdir()
        (self.tmp / "d" / "f").write_text("old")
        (self.tmp / "d" / "l").symlink_to("old")

    def test_write(self):
        path = self.tmp / "d" / "f"
        self.sweep(self.prepare, lambda **how: self.act_anyhow("write", path, content="new", mode=0o604, **how),
                   lambda: (path.read_text(), mode_of(path)))

    def test_copy(self):
        path = self.tmp / "d" / "f"
        (self.tmp / "source").write_bytes(b"new" * 100000)
        self.sweep(self.prepare, lambda **how: self.act_anyhow("copy", path, source=self.tmp / "source", mode=0o604, **how),
                   lambda: (path.read_bytes(), mode_of(path)))

    def test_symlink(self):
        path = self.tmp / "d" / "l"
        self.sweep(self.prepare, lambda **how: self.act_anyhow("symlink", path, target="new", **how), lambda: os.readlink(path))


if __name__ == "__main__":
    unittest.main()
