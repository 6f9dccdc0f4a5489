"""Probes of names, against a name server as Debian packages it and against one that is none."""

import socket
import unittest

import probe_case
from harness import eventually
from prober_driver import DNS, request
from servers.dnsmasq import NameServer
from servers.scripted import unused_port

setUpModule = probe_case.set_up
tearDownModule = probe_case.tear_down

ANY, A, AAAA = range(3)


class Names(probe_case.ProbeCase):
    def setUp(self):
        self.names = self.start(NameServer, probe_case.directory, one=["10.1.2.3"], both=["10.1.2.4", "fd00::4"],
                                many=["10.0.0.1", "10.0.0.2", "10.0.0.3"])

    def ask(self, expected, host, **fields):
        fields.setdefault("server", self.names.server)
        verdict = self.prober.probe(DNS, host=host, **fields)
        self.assertEqual(verdict.name, expected, verdict)
        return verdict

    def test_a_name_that_resolves(self):
        self.assertEqual(self.ask("ok", "one.example.test").address, "10.1.2.3")
        self.expect_nothing_open()

    def test_families(self):
        self.assertEqual(self.ask("ok", "both.example.test", record=A).address, "10.1.2.4")
        self.assertEqual(self.ask("ok", "both.example.test", record=AAAA).address, "fd00::4")
        self.ask("ok", "both.example.test", record=ANY, address_count=2)
        self.assertIn("one.example.test", self.ask("resolve", "one.example.test", record=AAAA).text)

    def test_how_many_and_which(self):
        self.ask("ok", "many.example.test", address_count=3)
        verdict = self.ask("content", "many.example.test", address_count=4)
        self.assertEqual(verdict.text, "many.example.test has 3 addresses, expected 4")
        self.ask("ok", "many.example.test", address="10.0.0.2")
        self.ask("ok", "both.example.test", address="fd00:0:0::0004")
        verdict = self.ask("content", "many.example.test", address="10.9.9.9")
        self.assertEqual(verdict.text, "10.9.9.9 is not among the 3 addresses of many.example.test")

    def test_a_name_that_appears_later(self):
        self.ask("resolve", "late.example.test")
        self.names.change(late=["10.7.7.7"])
        found = lambda: self.prober.probe(DNS, host="late.example.test", server=self.names.server).name == "ok"  # noqa: E731
        eventually(found, "late.example.test resolves")
        self.expect_nothing_open()

    def test_the_hosts_file_counts_unless_a_server_is_named(self):
        self.ask("ok", "localhost", server="", address="127.0.0.1", record=A)
        self.ask("resolve", "one.example.test", server="127.0.0.1:%d" % unused_port(), timeout_ms=600)

    def test_a_server_that_does_not_answer(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            verdict = self.ask("resolve", "one.example.test", server="127.0.0.1:%d" % silent.getsockname()[1],
                               timeout_ms=400)
        self.assertLess(verdict.elapsed_us, 2_000_000)
        self.expect_nothing_open()

    def test_a_server_that_sends_anything_but_an_answer(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as liar:
            liar.bind(("127.0.0.1", 0))
            self.prober.send(request(DNS, host="one.example.test", timeout_ms=800,
                                                server="127.0.0.1:%d" % liar.getsockname()[1]))
            question, who = liar.recvfrom(4096)
            for answer in (b"", b"\0", question, question[:2] + b"\x81\x80" + b"\xff" * 60, b"\xc0\x0c" * 2000):
                liar.sendto(answer, who)
            verdict = self.prober.receive()
        self.assertEqual(verdict.name, "resolve", verdict)
        self.expect_nothing_open()

    def test_names_that_are_none(self):
        for host in ("a..b", "." * 3, "x" * 70 + ".example.test"):
            with self.subTest(host=host):
                self.ask("resolve", host, timeout_ms=600)


if __name__ == "__main__":
    unittest.main()
