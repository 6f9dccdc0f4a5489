"""Carries out one built-in action, as PID 1 has it done (init/wire/instructions.h)."""
import os
import re
import shutil
import struct
import subprocess

import harness

MAGIC, KEEP = 0x7463616D, 0xFFFFFFFF
KINDS = {name: i for i, name in enumerate("write mkdir copy symlink chmod chown download".split(), 1)}
ALGORITHMS = {"sha256": 1, "sha512": 2}
NUMBERS = struct.Struct("=IIIIIIQIBB2x64s")
SIZE_MAX, STALL_MS = 10**9, 20000
# Where a fault may leave what is neither the old nor the new: the calls that touch files.
TOUCHING = ("write", "fsync", "renameat", "fchmod", "openat", "flock", "newfstatat", "ftruncate", "copy_file_range", "fchown",
            "pread64", "pwrite64", "read", "lseek", "symlinkat", "mkdirat", "unlinkat")
FAULTS = ("ENOSPC", "EIO", "EDQUOT", "EROFS")


def pack(kind, path, mode=KEEP, uid=KEEP, gid=KEEP, checksum="", size_max=0, stall_ms=0, parents=False, recursive=False, source="",
         target="", url="", content=""):
    algorithm, _, digest = checksum.partition(":")
    if kind == "download":
        size_max, stall_ms = size_max or SIZE_MAX, stall_ms or STALL_MS
    numbers = NUMBERS.pack(MAGIC, KINDS[kind], mode, uid, gid, ALGORITHMS.get(algorithm, 0), size_max, stall_ms, parents, recursive,
                           bytes.fromhex(digest))
    return numbers + b"".join(str(text).encode() + b"\0" for text in (path, source, target, url, content))


class Action:
    """A process that carries out @packed; in a process group of its own, as any child of PID 1."""

    def __init__(self, case, role, packed, env=None, prefix=(), pipe=False, **more):
        if pipe:
            descriptor, writer = os.pipe()
            os.write(writer, packed)
            os.close(writer)
        else:
            descriptor = os.memfd_create("instructions")
            os.write(descriptor, packed)

        def to_descriptor_3():
            os.dup2(descriptor, 3)
            os.set_inheritable(3, True)

        self.process = subprocess.Popen([*prefix, str(harness.MUSTER), role], env=case.environment(**(env or {})), pass_fds=(3,),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        preexec_fn=to_descriptor_3, start_new_session=True, **more)
        os.close(descriptor)
        case.addCleanup(self.kill)
        self.output = None

    def kill(self):
        if self.process.poll() is None:
            # Its own group: it has not been reaped.
            os.killpg(self.process.pid, 9)
        if self.output is None:
            self.output, _ = self.process.communicate(timeout=harness.PATIENCE_S)

    def finish(self):
        """The exit code; what it said is in output."""
        self.output, _ = self.process.communicate(timeout=harness.PATIENCE_S)
        return self.process.returncode


class ActionCase(harness.Case):
    def start_action(self, kind, path, env=None, prefix=(), pipe=False, **members):
        role = "@download" if kind == "download" else "@action"
        return Action(self, role, pack(kind, path, **members), env, prefix, pipe)

    def act(self, kind, path, *words, expect=0, **members):
        """Done, with the exit code @expect and @words in the output. Returns the output."""
        action = self.start_action(kind, path, **members)
        code = action.finish()
        self.assertEqual(code, expect, action.output)
        for word in words:
            self.assertIn(word, action.output)
        if not words and code == 0:
            self.assertEqual(action.output, "")
        return action.output

    def names(self, folder=None):
        return sorted(p.name for p in (folder or self.tmp).iterdir() if p != self.reports)


class FaultCase(ActionCase):
    """Every call that touches files fails, one at a time, and is the last one before a SIGKILL, one at a time: what was there is
    there still, or all of the new; and done again, it ends as if nothing had happened. In the folder `d`."""

    # What may be left behind when it fails.
    kept = ()

    def setUp(self):
        super().setUp()
        self.assertIsNotNone(shutil.which("strace"), "strace is not installed")

    def attempt(self, kind, path, inject=None, **members):
        options = ["-e", f"inject={inject}"] if inject else []
        prefix = ["strace", "-qq", "-o", str(self.tmp / "trace"), *options]
        action = self.start_action(kind, path, prefix=prefix, env=self.no_leak_check(), **members)
        action.finish()
        return action

    def left(self):
        return [name for name in self.names(self.tmp / "d") if ".muster-" in name and name not in self.kept]

    def calls(self):
        """Each call that touches files, [(name, which of that name)]."""
        found, counts = [], {}
        for line in (self.tmp / "trace").read_text().splitlines():
            name = re.match(r"\w+", line)
            if name and name.group() in TOUCHING:
                counts[name.group()] = counts.get(name.group(), 0) + 1
                found.append((name.group(), counts[name.group()]))
        return found

    def sweep(self, prepare, look, *words, **members):
        """prepare() makes the folder anew, look() returns what is there."""
        prepare()
        before = look()
        self.assertEqual(self.attempt(*words, **members).process.returncode, 0)
        after, calls = look(), self.calls()
        self.assertNotEqual(before, after)
        self.assertIn("fsync", [name for name, _ in calls])
        failed = 0
        for i, (name, number) in enumerate(calls):
            prepare()
            action = self.attempt(*words, inject=f"{name}:error={FAULTS[i % len(FAULTS)]}:when={number}", **members)
            where = f"{name} number {number} fails: {action.process.returncode} {action.output}"
            self.assertEqual(self.left(), [], where)
            self.assertIn(look(), (before, after) if action.process.returncode else (after,), where)
            failed += action.process.returncode != 0
            self.assertTrue(action.process.returncode == 0 or action.output.count("\n") == 1, where)
            prepare()
            killed = self.attempt(*words, inject=f"{name}:signal=SIGKILL:when={number}", **members)
            where = f"killed at {name} number {number}"
            self.assertEqual(killed.process.returncode, -9, where)
            self.assertIn(look(), (before, after), where)
            self.assertEqual(self.attempt(*words, **members).process.returncode, 0, where)
            self.assertEqual((look(), self.left()), (after, []), where)
        self.assertGreater(failed, 3)
