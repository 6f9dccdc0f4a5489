"""Built-in actions of set-up steps on files, each in a process of its own as PID 1 starts it."""
import os
import shutil
import signal
import stat
import subprocess
import unittest

import harness
from action_driver import Action, ActionCase, FaultCase, pack


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


class Faults(FaultCase):
    def prepare(self):
        shutil.rmtree(self.tmp / "d", ignore_errors=True)
        (self.tmp / "d").mkdir()
        (self.tmp / "d" / "f").write_text("old")
        (self.tmp / "d" / "l").symlink_to("old")

    def test_write(self):
        path = self.tmp / "d" / "f"
        self.sweep(self.prepare, lambda: (path.read_text(), mode_of(path)), "write", path, content="new", mode=0o604)

    def test_copy(self):
        path = self.tmp / "d" / "f"
        (self.tmp / "source").write_bytes(b"new" * 100000)
        self.sweep(self.prepare, lambda: (path.read_bytes(), mode_of(path)), "copy", path, source=self.tmp / "source", mode=0o604)

    def test_symlink(self):
        path = self.tmp / "d" / "l"
        self.sweep(self.prepare, lambda: os.readlink(path), "symlink", path, target="new")

    def test_a_tree(self):
        path = self.tmp / "d" / "t"
        (self.tmp / "source" / "in").mkdir(parents=True)
        (self.tmp / "source" / "in" / "f").write_text("new")

        def prepare():
            self.prepare()
            (path / "in").mkdir(parents=True)
            (path / "in" / "f").write_text("old")

        self.sweep(prepare, lambda: (path / "in" / "f").read_text(), "copy", path, source=self.tmp / "source")


if __name__ == "__main__":
    unittest.main()
