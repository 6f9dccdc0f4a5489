"""Drives one prober process over its channel, as PID 1 does (init/wire/messages.h)."""

import os
import socket
import struct
import subprocess
import tempfile
import time

BINARY = os.environ.get("MUSTER", os.path.join(os.path.dirname(__file__), "../../build/muster"))

PROBE, VERDICT, CANCEL = 2, 3, 4
TCP, HTTP, REDIS, WEBSOCKET, GRPC, DNS, POSTGRES, MYSQL = range(1, 9)
CLASSES = ("ok resolve refused unreachable timeout reset tls tlsname tlstime status content protocol istls loading masterdown "
           "busy noauth wrongpass noperm database exit missing stale up members died command test internal").split()

NUMBERS = struct.Struct("=IIIIIIIIIIHHHHBBBBBB8sB1x")
TEXTS = ("host path user password database url method headers body expect_headers expect_body key service server address "
         "server_name proxy").split()
ANSWER = struct.Struct("=IIIIQHBBII64s16s256s4x")
CANCELLATION = struct.Struct("=II")

ANSWER_MAX = 65536


def text(raw):
    return raw.split(b"\0", 1)[0].decode()


class Verdict:
    def __init__(self, raw):
        (kind, self.id, self.attempt, verdict, self.elapsed_us, self.http_status, self.tls_version, self.loading,
         self.certificate_days, self.tries, address, role, words) = ANSWER.unpack(raw)
        assert kind == VERDICT, kind
        self.name = CLASSES[verdict]
        self.address, self.role, self.text = text(address), text(role), text(words)

    def __repr__(self):
        return "%s: %s" % (self.name, self.text)


def request(kind, id=1, attempt=1, timeout_ms=2000, hold_us=5000, expiry_s=0, patience=(0, 0, 0), port=0, status=(200, 399), address_count=0,
            tls=False, insecure=False, redirects=0, record=0, role=0, databases=(), tls_files=0, **texts):
    assert set(texts) <= set(TEXTS), texts
    return NUMBERS.pack(PROBE, id, attempt, kind, timeout_ms, hold_us, expiry_s, *patience, port, status[0], status[1], address_count,
                        tls, insecure, redirects, record, role, len(databases), bytes(databases), tls_files) + b"".join(
                            texts.get(name, "").encode() + b"\0" for name in TEXTS)


class Prober:
    """@prefix is a command that executes the rest of its arguments."""

    def __init__(self, environment=None, inherited=(), prefix=()):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        theirs.setblocking(False)
        self.log = tempfile.TemporaryFile()

        def to_descriptor_3():
            os.dup2(theirs.fileno(), 3)
            os.set_inheritable(3, True)

        argv = list(prefix) + [os.path.abspath(BINARY), "@prober"]
        self.process = subprocess.Popen(argv, env=environment or {}, pass_fds=(3,) + inherited, stderr=self.log,
                                        preexec_fn=to_descriptor_3)
        theirs.close()
        self.channel = ours

    def send(self, message, files=()):
        """@files are descriptors that go along."""
        if files:
            socket.send_fds(self.channel, [message], list(files))
        else:
            self.channel.send(message)

    def cancel(self, id):
        self.send(CANCELLATION.pack(CANCEL, id))

    def receive(self, limit_s=10):
        """The next verdict, or None."""
        self.channel.settimeout(limit_s)
        try:
            raw = self.channel.recv(ANSWER_MAX)
        except socket.timeout:
            return None
        if not raw:
            self.process.wait(5)
            raise RuntimeError("the prober ended with %d: %s" % (self.process.returncode, self.output()))
        return Verdict(raw)

    def probe(self, kind, files=(), **fields):
        self.send(request(kind, **fields), files)
        verdict = self.receive(fields.get("timeout_ms", 2000) / 1000 + 5)
        assert verdict is not None, "no verdict"
        return verdict

    def status(self):
        """Fields of proc(5)'s status file."""
        with open("/proc/%d/status" % self.process.pid) as f:
            return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)

    def output(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def peak_rss_kib(self):
        return int(self.status()["VmHWM"].split()[0])

    def descriptors(self):
        """How many are open; 0 for an ordinary user, who may not look: the prober is not dumpable."""
        try:
            return len(os.listdir("/proc/%d/fd" % self.process.pid))
        except PermissionError:
            return 0

    def wait_for_descriptors(self, most, limit_s=5):
        limit = time.monotonic() + limit_s
        while self.descriptors() > most and time.monotonic() < limit:
            time.sleep(0.01)
        return self.descriptors()

    def close(self):
        self.channel.close()
        code = self.process.wait(10)
        self.log.close()
        return code
