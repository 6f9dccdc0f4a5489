"""Carries out one built-in action, as PID 1 has it done (init/wire/instructions.h)."""
import os
import struct
import subprocess

import harness

MAGIC, KEEP = 0x7463616D, 0xFFFFFFFF
KINDS = {name: i for i, name in enumerate("write mkdir copy symlink chmod chown download".split(), 1)}
ALGORITHMS = {"sha256": 1, "sha512": 2}
NUMBERS = struct.Struct("=IIIIIIQIBB2x64s")
SIZE_MAX, STALL_MS = 10**9, 20000


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
