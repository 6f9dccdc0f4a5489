"""The prober itself: how many targets it serves, with how little, and what it is not fooled by."""

import os
import socket
import tempfile
import time
import unittest

from prober_driver import HTTP, REDIS, TCP, Prober, request
from servers import scripted

# A busy machine is slow, not wrong.
LIMIT_S = 120

# Attempts at a closed port until one has certainly come from that very port: connect(2) walks over half of the range of
# ephemeral ports, 28,232 of them by default.
SELF_CONNECTING = 20000


class ProberCase(unittest.TestCase):
    def prober(self, **options):
        prober = Prober(**options)
        self.addCleanup(prober.close)
        return prober

    def listener(self, backlog=4096, family=socket.AF_INET, address=("127.0.0.1", 0)):
        listener = socket.socket(family)
        self.addCleanup(listener.close)
        listener.bind(address)
        listener.listen(backlog)
        return listener

    def ask(self, prober, messages, window=200):
        """All @messages, a window of them at a time; the verdicts by id and attempt."""
        limit = time.monotonic() + LIMIT_S
        verdicts = {}
        for sent, message in enumerate(messages):
            prober.send(message)
            while sent - len(verdicts) >= window:
                self.take(prober, verdicts, limit)
        while len(verdicts) <= sent:
            self.take(prober, verdicts, limit)
        return verdicts

    def take(self, prober, verdicts, limit):
        verdict = prober.receive(limit - time.monotonic())
        self.assertIsNotNone(verdict, "no verdict after %d" % len(verdicts))
        verdicts[verdict.id, verdict.attempt] = verdict


class Many(ProberCase):
    def test_ten_thousand_targets_are_served(self):
        prober = self.prober()
        port = scripted.unused_port()
        verdicts = self.ask(prober, (request(TCP, id=i, host="127.0.0.1", port=port) for i in range(10000)))
        self.assertEqual({v.name for v in verdicts.values()}, {"refused"})

    def test_the_highest_id_is_served_and_the_next_is_refused(self):
        prober = self.prober()
        port = self.listener().getsockname()[1]
        self.assertEqual(prober.probe(TCP, id=49151, host="127.0.0.1", port=port).name, "ok")
        verdict = prober.probe(TCP, id=49152, host="127.0.0.1", port=port)
        self.assertEqual((verdict.name, verdict.text), ("internal", "too many targets for one prober"))

    def test_attempts_beyond_the_limit_of_descriptors_wait(self):
        prober = self.prober(prefix=["prlimit", "--nofile=24:24"])
        listener = self.listener()
        port = listener.getsockname()[1]
        answers = self.ask(prober, (request(TCP, id=i, host="127.0.0.1", port=port, hold_us=20000) for i in range(300)), 300)
        self.assertEqual({v.name for v in answers.values()}, {"ok"})
        # Names need more descriptors than addresses do, and http is not told from its URL what it needs.
        answers = self.ask(prober, (request(TCP, id=i, host="localhost", port=port) for i in range(100)), 100)
        self.assertEqual({v.name for v in answers.values()}, {"ok"})
        url = "http://127.0.0.1:%d/" % scripted.unused_port()
        answers = self.ask(prober, (request(HTTP, id=i, url=url) for i in range(100)), 100)
        self.assertEqual({v.name for v in answers.values()}, {"refused"})

    def test_the_clock_of_one_that_waits_starts_when_it_begins(self):
        prober = self.prober(prefix=["prlimit", "--nofile=20:20"])
        port = self.listener().getsockname()[1]
        answers = self.ask(prober, (request(REDIS, id=i, host="127.0.0.1", port=port, timeout_ms=300) for i in range(20)), 20)
        for verdict in answers.values():
            self.assertEqual(verdict.name, "timeout", verdict)
            self.assertLess(verdict.elapsed_us, 2000000)
            self.assertIn("answer", verdict.text)

    def test_one_that_waits_can_be_cancelled(self):
        prober = self.prober(prefix=["prlimit", "--nofile=20:20"])
        silent = self.listener().getsockname()[1]
        for i in range(50):
            prober.send(request(REDIS, id=i, host="127.0.0.1", port=silent, timeout_ms=60000))
        for i in range(50):
            prober.cancel(i)
        self.assertEqual(prober.probe(TCP, id=60, host="127.0.0.1", port=silent).id, 60)


class Patience(ProberCase):
    """A request with patience: refused attempts are made again without a word."""

    FAST = (1000000, 1000, 5000)  # µs: how long, pause at least, at most

    def test_a_patient_prober_tells_only_that_somebody_listens_now(self):
        prober = self.prober()
        late = socket.socket()
        self.addCleanup(late.close)
        late.bind(("127.0.0.1", 0))
        prober.send(request(TCP, host="127.0.0.1", port=late.getsockname()[1], patience=(10000000, 1000, 5000)))
        self.assertIsNone(prober.receive(0.3))
        late.listen(8)
        verdict = prober.receive()
        self.assertEqual(verdict.name, "ok", verdict)
        self.assertGreater(verdict.tries, 5)
        self.assertLess(verdict.elapsed_us, 250000)  # of the last attempt

    def test_its_patience_ends(self):
        prober = self.prober()
        begin = time.monotonic()
        verdict = prober.probe(TCP, host="127.0.0.1", port=scripted.unused_port(), patience=self.FAST)
        self.assertEqual(verdict.name, "refused", verdict)
        self.assertGreater(time.monotonic() - begin, 0.9)
        self.assertGreater(verdict.tries, 20)
        self.assertLessEqual(verdict.tries, 1000)
        self.assertEqual(prober.probe(TCP, host="127.0.0.1", port=scripted.unused_port()).tries, 1)

    def test_it_knows_sockets_that_are_not_there_yet(self):
        directory = tempfile.TemporaryDirectory(prefix="muster-prober-")
        self.addCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        path = os.path.join(directory.name, "s")
        prober = self.prober()
        prober.send(request(TCP, path=path, patience=(10000000, 1000, 5000)))
        self.assertIsNone(prober.receive(0.1))
        self.listener(family=socket.AF_UNIX, address=path)
        os.chmod(path, 0o777)
        verdict = prober.receive()
        self.assertGreater(verdict.tries, 5)

    def test_it_can_be_cancelled_and_asked_again(self):
        prober = self.prober()
        port = scripted.unused_port()
        prober.send(request(TCP, host="127.0.0.1", port=port, patience=(10000000, 1000, 5000)))
        prober.cancel(1)
        self.assertEqual(prober.probe(TCP, attempt=2, host="127.0.0.1", port=port).attempt, 2)

    def test_who_waits_for_descriptors_does_not_wait_for_patience(self):
        prober = self.prober(prefix=["prlimit", "--nofile=24:24"])
        closed = scripted.unused_port()
        for i in range(10):
            prober.send(request(TCP, id=100 + i, host="127.0.0.1", port=closed, patience=(60000000, 1000, 5000)))
        port = self.listener().getsockname()[1]
        for i in range(20):
            prober.send(request(TCP, id=i, host="127.0.0.1", port=port))
        verdicts = [prober.receive() for _ in range(20)]
        self.assertIn("ok", {v.name for v in verdicts})

    def test_it_is_not_fooled_by_itself(self):
        prober = self.prober()
        port = scripted.unused_port() & ~1
        tries = 0
        while tries < SELF_CONNECTING:
            verdict = prober.probe(TCP, host="127.0.0.1", port=port, patience=(60000000, 1, 1))
            self.assertEqual(verdict.name, "refused", verdict)
            tries += verdict.tries


class Tcp(ProberCase):
    def test_a_closed_port_never_connects_to_itself(self):
        prober = self.prober()
        port = scripted.unused_port() & ~1  # bind(2) prefers odd ports, connect(2) even ones
        verdicts = self.ask(prober, (request(TCP, id=i % 100, attempt=i, host="127.0.0.1", port=port)
                                     for i in range(SELF_CONNECTING)), 50)
        names = [v.name for v in verdicts.values()]
        self.assertEqual(set(names), {"refused"})

    def test_the_hold_is_as_long_as_asked(self):
        prober = self.prober()
        port = self.listener().getsockname()[1]
        self.assertGreaterEqual(prober.probe(TCP, host="127.0.0.1", port=port, hold_us=300000).elapsed_us, 300000)
        self.assertEqual(prober.probe(TCP, host="127.0.0.1", port=port, hold_us=0).text, "connected")

    def test_no_hold_believes_a_forwarder_with_nothing_behind_it(self):
        server = scripted.Scripted(scripted.close_at_once)
        self.addCleanup(server.close)
        prober = self.prober()
        self.assertEqual(prober.probe(TCP, host="127.0.0.1", port=server.port, hold_us=0).name, "ok")
        self.assertEqual(prober.probe(TCP, host="127.0.0.1", port=server.port, hold_us=2000000).name, "reset")

    def test_a_unix_socket(self):
        directory = tempfile.TemporaryDirectory(prefix="muster-prober-")
        self.addCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        path = os.path.join(directory.name, "s")
        prober = self.prober()
        self.assertEqual(prober.probe(TCP, path=path).name, "refused")
        listener = self.listener(family=socket.AF_UNIX, address=path)
        os.chmod(path, 0o777)
        self.assertEqual(prober.probe(TCP, path=path).name, "ok")
        prober.send(request(TCP, path=path, hold_us=5000000, timeout_ms=8000))
        connections = [listener.accept()[0] for _ in range(2)]
        for connection in connections:
            connection.close()
        verdict = prober.receive()
        self.assertEqual(verdict.name, "reset", verdict)
        self.assertIn("the socket %s" % path, verdict.text)


class Files(ProberCase):
    """Descriptors that come with a request."""

    def test_they_are_closed_with_the_attempt(self):
        prober = self.prober()
        port = self.listener().getsockname()[1]
        prober.probe(TCP, host="127.0.0.1", port=port)
        idle = prober.descriptors()
        with open("/etc/hosts") as a, open("/etc/passwd") as b:
            for _ in range(20):
                prober.probe(TCP, files=(a.fileno(), b.fileno()), tls_files=5, host="127.0.0.1", port=port)
        self.assertLessEqual(prober.wait_for_descriptors(idle), idle)

    def test_others_than_announced_are_refused(self):
        prober = self.prober()
        port = self.listener().getsockname()[1]
        prober.probe(TCP, host="127.0.0.1", port=port)
        idle = prober.descriptors()
        with open("/etc/hosts") as a:
            for mask, files in ((1, ()), (0, (a.fileno(),)), (3, (a.fileno(),)), (8, (a.fileno(),))):
                verdict = prober.probe(TCP, files=files, tls_files=mask, host="127.0.0.1", port=port)
                self.assertEqual(verdict.name, "internal", (mask, verdict))
        self.assertLessEqual(prober.wait_for_descriptors(idle), idle)


if __name__ == "__main__":
    unittest.main()
