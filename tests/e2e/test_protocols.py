"""Probes that are a conversation, against real servers; and gRPC against peers that are none."""

import os
import shutil
import tempfile
import time
import unittest

import probe_case
from harness import PATIENCE_S, Case
from prober_driver import GRPC, MYSQL, POSTGRES
from servers import databases, real, scripted

setUpModule = probe_case.set_up
tearDownModule = probe_case.tear_down

UNKNOWN, SERVING, NOT_SERVING, SERVICE_UNKNOWN = range(4)

# Of HTTP/2: nothing but the beginning of what a server says.
SETTINGS = bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
PING = bytes((0, 0, 8, 6, 0, 0, 0, 0, 0)) + b"muster!!"
UNKNOWN_FRAME = bytes((0, 64, 0, 0xBB, 0, 0, 0, 0, 0)) + b"x" * 16384
HEADERS_WITHOUT_END = bytes((0, 16, 0, 1, 0, 0, 0, 0, 1)) + b"\x00\x01x\x7f\x80\x01" + b"y" * 4090
CONTINUATION = bytes((0, 16, 0, 9, 0, 0, 0, 0, 1)) + b"y" * 4096
HUGE_FRAME = b"\xff\xff\xff\x00\x00\x00\x00\x00\x01"


class Grpc(probe_case.ProbeCase):
    def grpc(self, expected, port, *words, **fields):
        return self.expect(expected, GRPC, *words, host="127.0.0.1", port=port, **fields)

    def test_a_server_that_serves(self):
        server = self.start(real.Grpc, SERVING)
        self.grpc("ok", server.port, "SERVING")
        self.grpc("ok", server.port, service="shop.Cart")
        self.grpc("content", server.port, "shop.Till", service="shop.Till")
        self.grpc("content", server.port, service="x" * 200)
        self.expect_nothing_open()

    def test_what_the_health_service_says(self):
        for status, expected, word in ((UNKNOWN, "status", "UNKNOWN"), (NOT_SERVING, "status", "NOT_SERVING"),
                                       (SERVICE_UNKNOWN, "content", "name a service"),
                                       ("none", "protocol", "UNIMPLEMENTED")):
            with self.subTest(status=status):
                self.grpc(expected, self.start(real.Grpc, status).port, word)

    def test_calls_that_fail(self):
        server = self.start(real.Grpc, SERVING)
        for code, expected in (("UNAVAILABLE", "busy"), ("RESOURCE_EXHAUSTED", "busy"), ("UNAUTHENTICATED", "noauth"),
                               ("PERMISSION_DENIED", "noperm"), ("UNIMPLEMENTED", "protocol"), ("INTERNAL", "status")):
            with self.subTest(code):
                self.grpc(expected, server.port, service=code)

    def test_tls(self):
        server = self.start(real.Grpc, SERVING, probe_case.certificate)
        self.assertEqual(self.grpc("ok", server.port, "SERVING", tls=True).tls_version, 13)
        self.grpc("tlsname", server.port, tls=True, server_name="elsewhere.test")
        self.grpc("ok", server.port, tls=True, insecure=True, server_name="elsewhere.test")
        self.grpc("reset", server.port)
        self.expect_nothing_open()

    def test_tls_where_there_is_none(self):
        self.grpc("protocol", self.start(real.Grpc, SERVING).port, "does not speak TLS", tls=True)

    def test_a_server_of_http_1(self):
        server = self.start(real.Nginx, probe_case.directory, probe_case.certificate)
        self.grpc("protocol", server.port, "HTTP/1")
        self.grpc("tls", server.tls_port, tls=True)

    def test_peers_that_mean_harm(self):
        for name, script, expected in (
            ("accept and close", scripted.close_at_once, "reset"),
            ("accept and reset", scripted.reset_at_once, "reset"),
            ("close after the question", scripted.close_after_request, "reset"),
            ("settings, and no more", scripted.say(SETTINGS), "timeout"),
            ("silent", scripted.silent, "timeout"),
            ("garbage", scripted.say(bytes(range(256)) * 256), "protocol"),
            ("a frame of 16 MiB", scripted.endless(SETTINGS + HUGE_FRAME, b"x" * 65536), "protocol"),
            ("endless settings", scripted.endless(b"", SETTINGS * 1000), "protocol"),
            ("endless pings", scripted.endless(SETTINGS, PING * 1000), "protocol"),
            ("endless frames of a kind that nobody knows", scripted.endless(SETTINGS, UNKNOWN_FRAME), "protocol"),
            ("endless headers", scripted.endless(SETTINGS + HEADERS_WITHOUT_END, CONTINUATION), "protocol"),
        ):
            with self.subTest(name):
                self.grpc(expected, self.serve(script).port, timeout_ms=500 if expected == "timeout" else 5000)
        self.expect_nothing_open()


class Postgres(probe_case.ProbeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = databases.Postgres(probe_case.directory)

    def postgres(self, expected, *words, **fields):
        return self.expect(expected, POSTGRES, *words, host="127.0.0.1", port=self.server.port, **fields)

    def test_from_refused_to_taking_clients(self):
        self.postgres("refused", user="postgres")
        self.server.launch()
        self.addCleanup(self.server.close)
        seen = self.names_until_ok(user="postgres")
        # How long it refuses and how long it starts up is its own matter; nothing else may be said meanwhile.
        self.assertLessEqual(set(seen), {"refused", "loading", "ok"})
        self.postgres("database", "no such database", user="postgres", database="nowhere")
        self.postgres("ok", "not this one", user="stranger")
        self.postgres("ok", user="postgres", database="template1")
        self.postgres("ok", user="postgres", path=self.server.socket)
        self.expect_nothing_open()

    def names_until_ok(self, **fields):
        limit = time.monotonic() + PATIENCE_S
        seen = []
        while time.monotonic() < limit and seen[-1:] != ["ok"]:
            seen.append(self.prober.probe(POSTGRES, host="127.0.0.1", port=self.server.port, **fields).name)
        self.assertEqual(seen[-1], "ok")
        return seen


class MariaDB(probe_case.ProbeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = databases.MariaDB(probe_case.directory, ["--max-connect-errors=10"]).up()
        cls.addClassCleanup(cls.server.close)

    def test_it_takes_clients(self):
        for fields in ({"host": "127.0.0.1", "port": self.server.port}, {"path": self.server.socket}):
            for user, word in (("", "not this one"), ("app", "not this one"), ("root", "takes clients")):
                with self.subTest(user=user, **fields):
                    self.expect("ok", MYSQL, word, user=user, **fields)
        self.expect_nothing_open()

    def test_probes_do_not_make_it_block_the_host(self):
        relay = self.start(databases.Relay, self.server.port, "127.0.0.3")
        for _ in range(200):
            self.expect("ok", MYSQL, host="127.0.0.1", port=relay.port)
        self.assertEqual(self.server.query(relay.port), "42")


class Whole(Case):
    def test_wait_for_all_of_them(self):
        directory = tempfile.mkdtemp(prefix="muster-databases-")
        self.addCleanup(shutil.rmtree, directory)
        os.chmod(directory, 0o755)
        postgres = databases.Postgres(directory)
        mariadb = databases.MariaDB(directory)
        grpc = real.Grpc(SERVING)
        self.addCleanup(grpc.close)
        postgres.launch()
        self.addCleanup(postgres.close)
        mariadb.up()
        self.addCleanup(mariadb.close)
        done = self.command("wait", "-t", f"{PATIENCE_S:.0f}s", f"postgres://postgres@127.0.0.1:{postgres.port}/template1",
                            f"mysql://root@127.0.0.1:{mariadb.port}", f"grpc://127.0.0.1:{grpc.port}/shop.Cart")
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
