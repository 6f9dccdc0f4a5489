"""What tests of probes have in common: one prober for a whole class, and servers that end with the test."""

import os
import shutil
import tempfile
import unittest

from prober_driver import HTTP, REDIS, TCP, WEBSOCKET, Prober
from servers import real, scripted

# The prober's memory may not grow with what a server sends: resident set, including a parsed CA bundle.
RSS_LIMIT_KIB = 32 * 1024

directory = None
certificate = None


def set_up():
    """For setUpModule()."""
    global directory, certificate
    directory = tempfile.mkdtemp(prefix="muster-probes-")
    os.chmod(directory, 0o755)
    certificate = real.Certificate(directory)


def tear_down():
    """For tearDownModule()."""
    shutil.rmtree(directory)


class ProbeCase(unittest.TestCase):
    """One prober for a whole class: it must survive everything that its targets do."""

    @classmethod
    def setUpClass(cls):
        cls.prober = Prober({"SSL_CERT_FILE": certificate.path})
        cls.addClassCleanup(cls.prober.close)
        cls.prober.probe(TCP, host="127.0.0.1", port=scripted.unused_port())
        cls.idle_descriptors = cls.prober.descriptors()

    def tearDown(self):
        self.assertIsNone(self.prober.process.poll(), self.prober.output())
        self.assertLess(self.prober.peak_rss_kib(), RSS_LIMIT_KIB)

    def expect_nothing_open(self):
        self.assertLessEqual(self.prober.wait_for_descriptors(self.idle_descriptors), self.idle_descriptors)

    def serve(self, script, **options):
        server = scripted.Scripted(script, **options)
        self.addCleanup(server.close)
        return server

    def start(self, kind, *arguments, **options):
        server = kind(*arguments, **options)
        self.addCleanup(server.close)
        return server

    def expect(self, name, kind, *words, **fields):
        verdict = self.prober.probe(kind, **fields)
        self.assertEqual(verdict.name, name, verdict)
        for word in words:
            self.assertIn(word, verdict.text)
        return verdict

    def http(self, name, port, *words, scheme="http", path="/", host="127.0.0.1", **fields):
        return self.expect(name, HTTP, *words, url="%s://%s:%d%s" % (scheme, host, port, path), **fields)

    def redis(self, name, port, *words, **fields):
        return self.expect(name, REDIS, *words, host="127.0.0.1", port=port, **fields)

    def ws(self, name, port, *words, scheme="ws", path="/ws", **fields):
        return self.expect(name, WEBSOCKET, *words, url="%s://127.0.0.1:%d%s" % (scheme, port, path), **fields)

    def tcp(self, name, port, *words, host="127.0.0.1", **fields):
        return self.expect(name, TCP, *words, host=host, port=port, **fields)
