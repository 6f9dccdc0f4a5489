"""The prober against real servers and hostile ones, over its channel as PID 1 uses it."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

import probe_case
from probe_case import RSS_LIMIT_KIB, ProbeCase
from prober_driver import HTTP, REDIS, TCP, Prober, request
from servers import names, real, scripted

# How much later than its deadline a verdict may come on a busy machine.
LATE_LIMIT_S = 2


def setUpModule():
    global directory, certificate
    probe_case.set_up()
    directory, certificate = probe_case.directory, probe_case.certificate


def tearDownModule():
    probe_case.tear_down()


class Tcp(ProbeCase):
    def test_a_listener_is_ok(self):
        verdict = self.tcp("ok", self.serve(scripted.silent).port)
        self.assertEqual(verdict.address, "127.0.0.1")
        self.assertGreaterEqual(verdict.elapsed_us, 5000)

    def test_a_banner_ends_the_hold(self):
        self.tcp("ok", self.serve(scripted.greet(b"220 hello\r\n")).port)

    def test_a_closed_port_is_refused(self):
        verdict = self.tcp("refused", scripted.unused_port(), "127.0.0.1")
        self.assertEqual(verdict.address, "127.0.0.1")

    def test_a_forwarder_with_nothing_behind_it_is_reset(self):
        for script in (scripted.close_at_once, scripted.reset_at_once):
            port = self.serve(script).port
            for _ in range(50):  # on a busy machine the server may take longer to close than the hold lasts
                verdict = self.prober.probe(TCP, host="127.0.0.1", port=port)
                if verdict.name == "reset":
                    break
            self.assertEqual(verdict.name, "reset", verdict)
            self.assertIn("at once", verdict.text)

    def test_localhost_is_found_on_either_family(self):
        self.tcp("ok", self.serve(scripted.silent).port, host="localhost")
        try:
            server = self.serve(scripted.silent, family=socket.AF_INET6)
        except OSError:
            return  # this machine has no IPv6
        self.assertEqual(self.tcp("ok", server.port, host="::1").address, "::1")
        self.tcp("ok", server.port, host="localhost")

    def test_an_unknown_name_does_not_resolve(self):
        self.tcp("resolve", 80, '"nowhere.invalid" does not resolve', host="nowhere.invalid", timeout_ms=8000)

    def test_a_full_backlog_times_out_while_connecting(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            fillers = [socket.socket() for _ in range(8)]
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(listener.getsockname())
            self.tcp("timeout", listener.getsockname()[1], "200 ms", "still connecting to 127.0.0.1", timeout_ms=200)
            for filler in fillers:
                filler.close()

    def test_hosts_that_are_none(self):
        for host in ("a b", "a/b", "user:pw@host", "a?b", "a#b"):
            verdict = self.prober.probe(TCP, host=host, port=80)
            self.assertIn(verdict.name, ("internal", "resolve"), verdict)
            self.assertNotIn("pw", verdict.text)


class Names(unittest.TestCase):
    """A prober with a hosts file and a name server of its own, in a mount namespace."""

    def setUp(self):
        self.server = names.NameServer()
        self.addCleanup(self.server.close)
        self.hosts = self.file("hosts", "127.0.0.1 localhost\n")
        resolv = self.file("resolv.conf", "nameserver 127.0.0.1:%d\n" % self.server.port)
        mounts = "mount --bind %s /etc/hosts && mount --bind %s /etc/resolv.conf && exec \"$@\"" % (self.hosts, resolv)
        unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
        self.prober = Prober({"PATH": os.environ["PATH"]}, prefix=unshare + ["sh", "-c", mounts, "sh"])
        self.addCleanup(self.prober.close)
        self.listener = scripted.Scripted(scripted.silent)
        self.addCleanup(self.listener.close)

    def file(self, name, content):
        handle, path = tempfile.mkstemp(prefix=name, dir=directory)
        with os.fdopen(handle, "w") as f:
            f.write(content)
        os.chmod(path, 0o644)
        return path

    def expect(self, verdict_name, host, *words, timeout_ms=5000):
        verdict = self.prober.probe(TCP, host=host, port=self.listener.port, timeout_ms=timeout_ms)
        self.assertEqual(verdict.name, verdict_name, verdict)
        for word in words:
            self.assertIn(word, verdict.text)

    def test_a_name_that_appears_in_the_hosts_file_is_seen_at_once(self):
        self.expect("resolve", "cache", '"cache"')
        with open(self.hosts, "a") as f:
            f.write("127.0.0.1 cache\n")
        self.expect("ok", "cache")

    def test_a_name_that_appears_in_the_name_server_is_seen_at_once(self):
        self.expect("resolve", "cache.example")
        self.server.addresses["cache.example"] = "127.0.0.1"
        self.expect("ok", "cache.example")
        del self.server.addresses["cache.example"]
        self.expect("resolve", "cache.example")

    def test_a_name_server_in_trouble(self):
        self.server.error = names.SERVFAIL
        self.expect("resolve", "cache.example")

    def test_a_silent_name_server_meets_the_deadline(self):
        self.server.silent = True
        self.expect("resolve", "cache.example", "300 ms", "still resolving the name of cache.example", timeout_ms=300)
        self.assertGreater(self.server.questions, 0)


class Http(ProbeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nginx = real.Nginx(directory, certificate)
        cls.addClassCleanup(cls.nginx.close)

    def test_statuses(self):
        self.assertEqual(self.http("ok", self.nginx.port, "HTTP 200", path="/health").http_status, 200)
        self.http("ok", self.nginx.port, "HTTP 204", path="/nothing")
        self.http("status", self.nginx.port, "HTTP 404, expected 200-399", path="/missing")
        verdict = self.http("status", self.nginx.port, "HTTP 503, expected 200-399", path="/down")
        self.assertEqual(verdict.http_status, 503)
        self.http("status", self.nginx.port, "HTTP 200, expected 204", path="/health", status=(204, 204))
        self.http("ok", self.nginx.port, path="/down", status=(503, 503))

    def test_redirects_are_not_followed(self):
        self.http("ok", self.nginx.port, "HTTP 302", path="/away")
        self.http("status", self.nginx.port, "HTTP 302", path="/away", status=(200, 299))

    def test_credentials_in_the_url_are_used_and_never_told(self):
        self.http("ok", self.nginx.port, host="user:s3cr3t@127.0.0.1", path="/private")
        self.http("noauth", self.nginx.port, "HTTP 401", "wants credentials", path="/private")
        self.http("noauth", self.nginx.port, "are not accepted", host="user:guess@127.0.0.1", path="/private")
        self.http("ok", self.nginx.port, path="/private", status=(401, 401))
        for port in (scripted.unused_port(), self.serve(scripted.close_at_once).port):
            verdict = self.prober.probe(HTTP, url="http://user:s3cr3t@127.0.0.1:%d/?token=t0k3n" % port)
            self.assertNotIn("s3cr3t", verdict.text)
            self.assertNotIn("t0k3n", verdict.text)

    def test_it_says_who_it_is(self):
        self.http("ok", self.nginx.port, path="/agent")

    def test_proxy_variables_are_ignored(self):
        proxy = "http://127.0.0.1:%d" % scripted.unused_port()
        prober = Prober({"http_proxy": proxy, "ALL_PROXY": proxy})
        self.addCleanup(prober.close)
        self.assertEqual(prober.probe(HTTP, url="http://127.0.0.1:%d/health" % self.nginx.port).name, "ok")

    def test_tls(self):
        verdict = self.http("ok", self.nginx.tls_port, scheme="https", path="/health", host="localhost")
        self.assertEqual(verdict.tls_version, 13)
        self.http("ok", self.nginx.tls_port, scheme="https", path="/health")

    def test_tls_1_2(self):
        where = os.path.join(directory, "tls12")
        os.makedirs(where)
        nginx = self.start(real.Nginx, where, certificate, protocols="TLSv1.2")
        self.assertEqual(self.http("ok", nginx.tls_port, scheme="https", path="/health").tls_version, 12)

    def test_wrong_scheme(self):
        self.http("protocol", self.nginx.port, "does not speak TLS", scheme="https")
        self.http("istls", self.nginx.tls_port, "HTTP 400", "write https")
        self.http("ok", self.nginx.tls_port, status=(400, 400))
        alert = self.serve(scripted.say(b"\x15\x03\x01\x00\x02\x02\x46"))
        self.http("istls", alert.port, "expects TLS")

    def test_an_answer_without_end_counts_by_its_status(self):
        body = scripted.endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536)
        verdict = self.http("ok", self.serve(body).port, timeout_ms=4000)
        self.assertLess(verdict.elapsed_us, 3_000_000)
        stalled = self.serve(scripted.say(b"HTTP/1.1 503 No\r\nContent-Length: 5\r\n\r\n"))
        verdict = self.http("status", stalled.port, "HTTP 503", timeout_ms=4000)
        self.assertLess(verdict.elapsed_us, 3_000_000)

    def test_endless_headers(self):
        many = self.serve(scripted.endless(b"HTTP/1.1 200 OK\r\n", b"X-Filler: %s\r\n" % (b"y" * 1000)))
        self.http("protocol", many.port, "headers", timeout_ms=4000)
        one = self.serve(scripted.endless(b"HTTP/1.1 200 OK\r\nX-Filler: ", b"y" * 4096))
        self.http("protocol", one.port, "headers", timeout_ms=4000)
        continues = self.serve(scripted.endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100))
        self.http("protocol", continues.port, "headers", timeout_ms=4000)

    def test_a_byte_now_and_then_meets_the_deadline(self):
        server = self.serve(scripted.endless(b"HTTP/1.1 200 OK\r\n", b"X", threading.Event()))
        began = time.monotonic()
        self.http("timeout", server.port, "300 ms", "no answer", timeout_ms=300)
        self.assertLess(time.monotonic() - began, 0.3 + LATE_LIMIT_S)

    def test_what_is_not_http(self):
        self.http("protocol", self.serve(scripted.greet(b"SSH-2.0-OpenSSH_9.2\r\n")).port, "does not speak HTTP")
        self.http("protocol", self.serve(scripted.say(b"+PONG\r\n")).port, "does not speak HTTP")
        self.http("reset", self.serve(scripted.close_at_once).port)
        self.http("reset", self.serve(scripted.close_after_request).port, "without an answer")
        self.http("reset", self.serve(scripted.reset_at_once).port)
        self.http("timeout", self.serve(scripted.silent).port, "connected", timeout_ms=200)


class Tls(ProbeCase):
    def server(self, chain):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain.path, chain.key)
        return self.serve(scripted.say(b"HTTP/1.1 204 OK\r\n\r\n"), tls=context)

    def certificate_case(self, word, names="IP:127.0.0.1", dates=(), trusted=True, verdict_name="tls"):
        chain = real.Certificate(directory, names, dates)
        prober = Prober({"SSL_CERT_FILE": chain.path if trusted else certificate.path})
        self.addCleanup(prober.close)
        verdict = prober.probe(HTTP, url="https://127.0.0.1:%d/" % self.server(chain).port)
        self.assertEqual(verdict.name, verdict_name, verdict)
        self.assertIn(word, verdict.text)

    def test_certificates_are_told_apart(self):
        self.certificate_case("is for another name", names="DNS:elsewhere.example", verdict_name="tlsname")
        self.certificate_case("has expired", dates=("20200101000000Z", "20210101000000Z"), verdict_name="tlstime")
        self.certificate_case("not valid yet", dates=("20900101000000Z", "20910101000000Z"), verdict_name="tlstime")
        self.certificate_case("not signed by an authority", trusted=False)

    def test_no_authorities_at_all(self):
        prober = Prober({"SSL_CERT_FILE": os.path.join(directory, "does-not-exist")})
        self.addCleanup(prober.close)
        verdict = prober.probe(HTTP, url="https://127.0.0.1:%d/" % self.server(certificate).port)
        self.assertEqual(verdict.name, "tls", verdict)
        self.assertIn("SSL_CERT_FILE", verdict.text)

    def test_a_directory_of_authorities(self):
        where = os.path.join(directory, "authorities")
        os.makedirs(where)
        shutil.copy(certificate.path, where)
        os.chmod(where, 0o755)
        prober = Prober({"SSL_CERT_FILE": "/does/not/exist", "SSL_CERT_DIR": where})
        self.addCleanup(prober.close)
        self.assertEqual(prober.probe(HTTP, url="https://127.0.0.1:%d/" % self.server(certificate).port).name, "ok")

    def test_the_system_bundle_is_parsed_within_bounds(self):
        if not os.path.exists("/etc/ssl/certs/ca-certificates.crt"):
            self.fail("the package ca-certificates is missing")
        prober = Prober()
        self.addCleanup(prober.close)
        port = self.server(certificate).port
        for _ in range(20):
            verdict = prober.probe(HTTP, url="https://127.0.0.1:%d/" % port)
            self.assertIn("not signed by an authority", verdict.text)
        self.assertLess(prober.peak_rss_kib(), RSS_LIMIT_KIB)

    def test_broken_handshakes(self):
        self.http("timeout", self.serve(scripted.silent).port, "TLS handshake", scheme="https", timeout_ms=300)
        self.http("reset", self.serve(scripted.close_at_once).port, "TLS handshake", scheme="https")
        self.http("reset", self.serve(scripted.reset_at_once).port, scheme="https")
        garbage = bytes(range(256)) * 256
        self.http("protocol", self.serve(scripted.say(garbage)).port, "does not speak TLS", scheme="https")
        self.http("protocol", self.serve(scripted.say(b"\x16\x03\x03\x40\x00" + garbage)).port, scheme="https")
        self.http("tls", self.serve(scripted.say(b"\x15\x03\x03\x00\x02\x02\x28")).port, "refused", scheme="https")


class Redis(ProbeCase):
    def test_a_plain_server(self):
        server = self.start(real.Redis, directory)
        verdict = self.redis("ok", server.port, "PONG", databases=(1, 2))
        self.assertEqual((verdict.role, verdict.loading), ("master", 0))
        self.redis("database", server.port, "SELECT 99", databases=(1, 99))
        self.redis("wrongpass", server.port, "none configured", password="s3cr3t")

    def test_a_server_with_a_password(self):
        server = self.start(real.Redis, directory, "--requirepass", "s3cr3t")
        self.redis("noauth", server.port, "needs a password")
        self.redis("wrongpass", server.port, password="guess")
        self.redis("ok", server.port, password="s3cr3t", databases=(1,))
        self.redis("ok", server.port, user="default", password="s3cr3t")

    def test_acl_users(self):
        server = self.start(real.Redis, directory, "user app on >s3cr3t +@all", "user mute on >s3cr3t -@all",
                            "user modest on >s3cr3t -@all +ping +select")
        self.redis("ok", server.port, user="app", password="s3cr3t")
        self.redis("wrongpass", server.port, user="nobody", password="s3cr3t")
        self.redis("noperm", server.port, "PING", user="mute", password="s3cr3t")
        verdict = self.redis("ok", server.port, user="modest", password="s3cr3t", databases=(2,))
        self.assertEqual(verdict.role, "")

    def test_a_full_server(self):
        server = self.start(real.Redis, directory, "--maxclients", "1")
        answer = b""
        while not answer.startswith(b"+PONG"):  # until the server has noticed that whoever started it has gone
            client = socket.create_connection(("127.0.0.1", server.port))
            self.addCleanup(client.close)
            client.sendall(b"PING\r\n")
            answer = client.recv(7)
        self.redis("busy", server.port, "maxclients")

    def test_tls(self):
        server = self.start(real.Redis, directory, certificate=certificate)
        verdict = self.redis("ok", server.port, tls=True, databases=(1, 2))
        self.assertEqual((verdict.tls_version, verdict.role), (13, "master"))
        self.assertIn(self.prober.probe(REDIS, host="127.0.0.1", port=server.port).name, ("reset", "protocol"))
        plain = self.start(real.Redis, directory)
        self.redis("timeout", plain.port, "TLS handshake", tls=True, timeout_ms=300)

    def test_a_unix_socket(self):
        path = os.path.join(directory, "redis.sock")
        self.start(real.Redis, directory, "--unixsocket", path, "--unixsocketperm", "777")
        deadline = time.monotonic() + 10
        while not (os.path.exists(path) and os.stat(path).st_mode & 0o777 == 0o777) and time.monotonic() < deadline:
            time.sleep(0.005)  # redis listens on its port first, and sets the permissions last
        self.expect("ok", REDIS, path=path, databases=(1,))
        os.chmod(path, 0o700)
        if os.geteuid() == 0:
            self.expect("unreachable", REDIS, "nobody", path=path)
        self.expect("refused", REDIS, "no socket", path=path + ".not")

    def test_states_that_pass(self):
        for line, name in ((b"-LOADING Redis is loading the dataset in memory", "loading"),
                           (b"-MASTERDOWN Link with MASTER is down", "masterdown"),
                           (b"-BUSY Redis is busy running a script", "busy"),
                           (b"-CLUSTERDOWN The cluster is down", "busy")):
            verdict = self.redis(name, self.serve(scripted.say(line + b"\r\n")).port)
            self.assertEqual(verdict.loading, name == "loading")

    def test_a_real_replica_without_its_master(self):
        port = scripted.unused_port()
        server = self.start(real.Redis, directory, "--replicaof", "127.0.0.1 %d" % port, "--replica-serve-stale-data",
                            "no")
        self.redis("masterdown", server.port)

    def test_other_protocols(self):
        self.redis("protocol", self.serve(scripted.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")).port, "HTTP")
        self.redis("protocol", self.serve(scripted.greet(b"SSH-2.0-OpenSSH_9.2\r\n")).port, "SSH")
        self.redis("istls", self.serve(scripted.say(b"\x15\x03\x01\x00\x02\x02\x46")).port, "rediss")

    def test_an_echo_does_not_make_it_tell_the_password(self):
        def echo(connection):
            connection.sendall(connection.recv(4096))
            scripted.drain(connection)

        verdict = self.redis("protocol", self.serve(echo).port, user="app", password="s3cr3t")
        self.assertNotIn("s3cr3t", verdict.text)

    def test_bombs(self):
        for bomb in (b"*1000000000\r\n", b"$9999999999\r\n", b"*-2\r\n", b"%99999999\r\n"):
            self.redis("protocol", self.serve(scripted.endless(bomb, b"x" * 65536)).port, timeout_ms=4000)
        self.redis("protocol", self.serve(scripted.endless(b"+", b"x" * 65536)).port, timeout_ms=4000)
        self.redis("protocol", self.serve(scripted.endless(b"-", b"\r\n" * 32768)).port, timeout_ms=4000)
        nested = self.serve(scripted.endless(b"+PONG\r\n", b"*60\r\n" * 10000))
        self.redis("ok", nested.port, timeout_ms=4000)

    def test_a_byte_now_and_then_meets_the_deadline(self):
        server = self.serve(scripted.endless(b"+", b"P", threading.Event()))
        began = time.monotonic()
        self.redis("timeout", server.port, "300 ms", timeout_ms=300)
        self.assertLess(time.monotonic() - began, 0.3 + LATE_LIMIT_S)

    def test_broken_connections(self):
        self.redis("reset", self.serve(scripted.close_at_once).port)
        self.redis("reset", self.serve(scripted.close_after_request).port)
        self.redis("reset", self.serve(scripted.reset_at_once).port)
        self.redis("timeout", self.serve(scripted.silent).port, "no answer", timeout_ms=200)

    def test_only_the_role_is_missing(self):
        self.redis("ok", self.serve(scripted.say(b"+PONG\r\n")).port, timeout_ms=300)


class WebSocket(ProbeCase):
    def test_plain(self):
        server = self.start(real.WebSocket)
        verdict = self.ws("ok", server.port)
        self.assertEqual((verdict.http_status, verdict.address), (101, "127.0.0.1"))
        self.ws("ok", server.port, scheme="http")
        self.ws("status", server.port, "HTTP 404", path="/elsewhere")

    def test_tls(self):
        server = self.start(real.WebSocket, certificate)
        self.assertEqual(self.ws("ok", server.port, scheme="wss").tls_version, 13)
        self.ws("ok", server.port, scheme="https")

    def test_a_web_server_is_no_websocket_server(self):
        where = os.path.join(directory, "ws")
        os.makedirs(where)
        nginx = self.start(real.Nginx, where, certificate)
        self.ws("protocol", nginx.port, "HTTP 200", "no WebSocket", path="/health")
        self.ws("status", nginx.port, "HTTP 404", path="/missing")

    def test_a_server_that_only_pretends(self):
        upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.ws("protocol", self.serve(scripted.say(upgrade + b"\r\n")).port, "not as a WebSocket server")
        wrong = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        self.ws("protocol", self.serve(scripted.say(upgrade + wrong)).port, "not as a WebSocket server")

    def test_broken_connections(self):
        self.ws("refused", scripted.unused_port())
        self.ws("reset", self.serve(scripted.close_at_once).port)
        self.ws("reset", self.serve(scripted.close_after_request).port)
        self.ws("reset", self.serve(scripted.close_after_request).port, scheme="wss")
        self.ws("timeout", self.serve(scripted.silent).port, timeout_ms=200)
        many = self.serve(scripted.endless(b"HTTP/1.1 101 OK\r\n", b"X-Filler: %s\r\n" % (b"y" * 1000)))
        self.ws("protocol", many.port, "headers", timeout_ms=4000)


class Channel(ProbeCase):
    def test_a_cancelled_attempt_gives_no_verdict_and_keeps_nothing_open(self):
        server = self.serve(scripted.silent)
        self.prober.send(request(HTTP, id=5, url="http://127.0.0.1:%d/" % server.port, timeout_ms=60000))
        self.prober.send(request(HTTP, id=6, url="http://127.0.0.1:%d/" % server.port, timeout_ms=200))
        self.prober.cancel(5)
        self.assertEqual(self.prober.receive().id, 6)
        self.assertIsNone(self.prober.receive(0.2))
        self.expect_nothing_open()

    def test_a_newer_attempt_replaces_the_old_one(self):
        server = self.serve(scripted.silent)
        for attempt in range(1, 4):
            self.prober.send(request(HTTP, id=7, attempt=attempt, url="http://127.0.0.1:%d/" % server.port,
                                     timeout_ms=300))
        self.assertEqual(self.prober.receive().attempt, 3)
        self.assertIsNone(self.prober.receive(0.2))

    def test_many_at_once(self):
        silent, fast = self.serve(scripted.silent, backlog=512), scripted.unused_port()
        began = time.monotonic()
        for id in range(200):
            self.prober.send(request(REDIS, id=id, host="127.0.0.1", port=silent.port, timeout_ms=1000))
        for id in range(200, 400):
            self.prober.send(request(TCP, id=id, host="127.0.0.1", port=fast))
        verdicts = {v.id: v.name for v in (self.prober.receive() for _ in range(400))}
        self.assertEqual(len(verdicts), 400)
        self.assertEqual({verdicts[id] for id in range(200)}, {"timeout"})
        self.assertEqual({verdicts[id] for id in range(200, 400)}, {"refused"})
        self.assertLess(time.monotonic() - began, 1 + LATE_LIMIT_S)
        self.expect_nothing_open()

    def test_a_full_channel_loses_nothing(self):
        port = scripted.unused_port()
        for id in range(2000):
            self.prober.send(request(TCP, id=id, host="127.0.0.1", port=port))
        seen = {self.prober.receive().id for _ in range(2000)}
        self.assertEqual(len(seen), 2000)

    def test_requests_that_break_the_rules_are_refused(self):
        self.expect("internal", 9, "kind", host="a", port=1)
        self.expect("internal", TCP, "timeout", host="a", port=1, timeout_ms=0)
        self.expect("internal", TCP, "host", host="", port=1)
        self.expect("internal", TCP, "too many", id=1 << 20, host="a", port=1)
        self.expect("internal", HTTP, "cannot be probed", url="gopher://x/")
        self.expect("internal", HTTP, "cannot be probed", url="file:///etc/passwd")

    def test_nonsense_ends_the_prober(self):
        prober = Prober()
        prober.send(b"nonsense")
        prober.process.wait(10)
        self.assertIn("unknown type or length", prober.output())
        self.assertEqual(prober.close(), 70)

    def test_it_ends_with_its_channel(self):
        server = self.serve(scripted.silent)
        prober = Prober()
        prober.send(request(TCP, host="127.0.0.1", port=server.port))
        self.assertEqual(prober.receive().name, "ok")
        prober.send(request(HTTP, url="http://127.0.0.1:%d/" % server.port, timeout_ms=60000))
        self.assertEqual(prober.close(), 0)


class Sandbox(ProbeCase):
    def test_it_has_given_up_its_rights(self):
        self.prober.probe(TCP, host="127.0.0.1", port=scripted.unused_port())
        status = self.prober.status()
        self.assertEqual((status["NoNewPrivs"], status["CapEff"].strip("0"), status["CapPrm"].strip("0")), ("1", "", ""))
        self.assertEqual(status["Seccomp"], "2")
        if os.geteuid() == 0:
            self.assertEqual(set(status["Uid"].split() + status["Gid"].split()), {"65534"})
            self.assertEqual(status["Groups"].strip(), "")
        with open("/proc/%d/limits" % self.prober.process.pid) as f:
            limits = f.read()
        for name in ("Max core file size", "Max processes"):
            self.assertRegex(limits, name + r"\s+0\s+0")

    def serves_without_capabilities(self, *prefix):
        prober = Prober({"PATH": os.environ["PATH"]}, prefix=prefix)
        self.addCleanup(prober.close)
        self.assertEqual(prober.probe(TCP, host="127.0.0.1", port=scripted.unused_port()).name, "refused")
        self.assertEqual(prober.status()["CapEff"].strip("0"), "")

    def test_it_serves_where_it_cannot_change_its_user(self):
        self.serves_without_capabilities("unshare", "--user", "--map-root-user")
        if os.geteuid() == 0:
            self.serves_without_capabilities("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")

    def test_it_keeps_no_descriptor_that_it_does_not_know(self):
        with open(certificate.key) as secret:
            prober = Prober(inherited=(secret.fileno(),))
            self.addCleanup(prober.close)
            prober.probe(TCP, host="127.0.0.1", port=scripted.unused_port())
            where = "/proc/%d/fd" % prober.process.pid
            self.assertNotIn(certificate.key, [os.readlink(os.path.join(where, n)) for n in os.listdir(where)])

    def test_forbidden_calls_kill(self):
        """A program that enters the same sandbox and then does what a taken-over prober would."""
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
        musl = os.path.join(root, "build/third-party/musl")
        binary = os.path.join(directory, "escape")
        base = [os.path.join(root, "init/base", name) for name in ("err.c", "log.c", "buf.c", "clock.c", "text.c")]
        subprocess.run([os.path.join(musl, "bin/musl-gcc"), "-static", "-std=gnu11", "-D_GNU_SOURCE", "-I", root,
                        "-isystem", os.path.join(musl, "include"), "-o", binary,
                        os.path.join(root, "tests/e2e/servers/escape.c"), os.path.join(root, "probes/sandbox.c")] +
                       base, check=True)
        self.assertEqual(subprocess.run([binary, "nothing"]).returncode, 0)
        self.assertEqual(subprocess.run([binary, "read"]).returncode, 0)
        for attempt in ("execve", "fork", "ptrace", "netlink", "packet", "write", "create", "kill", "mount", "exec-memory",
                        "listen", "setuid"):
            with self.subTest(attempt):
                self.assertEqual(subprocess.run([binary, attempt]).returncode, -31, attempt)  # SIGSYS


if __name__ == "__main__":
    unittest.main()
