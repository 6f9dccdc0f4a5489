"""Drives one recorder process over its channel, as PID 1 does (init/wire/messages.h)."""

import hashlib
import os
import socket
import struct
import subprocess

BINARY = os.environ.get("MUSTER", os.path.join(os.path.dirname(__file__), "../../build/muster"))

RECORD, RECORDED, KEEP, KEPT, RESTORE, RESTORED = range(6, 12)
NONE, REGULAR, DIRECTORY, SYMLINK, OTHER = range(5)
SHA256, SHA512 = 1, 2
OUTCOMES = "unchanged restored removed conflict failed".split()

FACTS = struct.Struct("=IIIIQqI4x64s")
RECORD_REQUEST = struct.Struct("=III4x4096s")
RECORD_ANSWER = struct.Struct("=IIi4x104s")
KEEP_REQUEST = struct.Struct("=III64s4096s")
KEEP_ANSWER = struct.Struct("=IIi4x104s4096s256s")
RESTORE_REQUEST = struct.Struct("=III4x104s104s64s4096s")
RESTORE_ANSWER = struct.Struct("=IIIiI4x256s")
NOTHING = bytes(104)


def text(raw):
    return raw.split(b"\0", 1)[0].decode()


class Facts:
    def __init__(self, raw):
        self.raw = raw
        self.kind, self.mode, self.uid, self.gid, self.size, self.mtime_ns, self.algorithm, self.digest = FACTS.unpack(raw)


class Recorder:
    """@prefix is a command that executes the rest of its arguments."""

    def __init__(self, prefix=(), log=subprocess.DEVNULL):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        theirs.setblocking(False)
        # A shell moves it to where a helper expects it: Python's own descriptors may have that number now.
        move = ["bash", "-c", f'exec 3<&{theirs.fileno()}; exec "$0" "$@"']
        self.process = subprocess.Popen([*move, *prefix, os.path.abspath(BINARY), "@recorder"],
                                        pass_fds=(theirs.fileno(),), stderr=log)
        theirs.close()
        self.channel = ours
        self.channel.settimeout(60)

    def send(self, message, folder=None):
        socket.send_fds(self.channel, [message], [] if folder is None else [folder])

    def receive(self):
        """The next answer, or None when there is nobody any more."""
        try:
            return self.channel.recv(65536) or None
        except ConnectionResetError:
            return None

    def record(self, path, algorithm=SHA256, id=1):
        self.send(RECORD_REQUEST.pack(RECORD, id, algorithm, os.fsencode(path)))

    def recorded(self):
        """(id, errno, facts)"""
        kind, id, error, facts = RECORD_ANSWER.unpack(self.receive())
        assert kind == RECORDED, kind
        return id, error, Facts(facts)

    def keep(self, path, folder, name="image"):
        """(errno, facts, resolved path, text), or None: killed."""
        self.send(KEEP_REQUEST.pack(KEEP, 1, SHA256, name.encode(), os.fsencode(path)), folder)
        raw = self.receive()
        if raw is None:
            return None
        kind, _, error, facts, resolved, words = KEEP_ANSWER.unpack(raw)
        assert kind == KEPT, kind
        return error, Facts(facts), text(resolved), text(words)

    def restore(self, path, folder, before, after, name="image", check=True):
        """(outcome, errno, in place, text), or None: killed."""
        name = "" if before.kind == NONE else name
        self.send(RESTORE_REQUEST.pack(RESTORE, 1, check, before.raw, after.raw, name.encode(), os.fsencode(path)), folder)
        raw = self.receive()
        if raw is None:
            return None
        kind, _, outcome, error, in_place, words = RESTORE_ANSWER.unpack(raw)
        assert kind == RESTORED, kind
        return OUTCOMES[outcome], error, bool(in_place), text(words)

    def close(self):
        self.channel.close()
        return self.process.wait(60)


def snapshot(path):
    """All of it that has to come back: names, kinds, modes, owners, contents, times of files and links."""
    found = {}

    def look(at, name):
        try:
            st = os.lstat(at)
        except FileNotFoundError:
            return
        if os.path.islink(at):
            content, time = os.readlink(at), st.st_mtime_ns
        elif os.path.isdir(at):
            content, time = None, None
            for entry in sorted(os.listdir(at)):
                look(os.path.join(at, entry), os.path.join(name, entry))
        else:
            with open(at, "rb") as f:
                content, time = hashlib.sha256(f.read()).hexdigest(), st.st_mtime_ns
        found[name] = (st.st_mode, st.st_uid, st.st_gid, content, time)

    look(str(path), "")
    return found
