"""Peers that mean harm: never healthy, never late, and the prober's memory stays small."""

import threading
import time
import unittest

import probe_case
from prober_driver import HTTP, REDIS, WEBSOCKET
from servers import scripted

setUpModule = probe_case.set_up
tearDownModule = probe_case.tear_down

TIMEOUT_MS = 1500

# How much later than its deadline a verdict may come on a busy machine.
LATE_LIMIT_S = 3

GARBAGE = bytes(range(256)) * 256
OK = b"HTTP/1.1 200 OK\r\n"
HUGE = OK + b"Content-Length: 10737418240\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


def slowly(first):
    """One byte now and then."""
    return scripted.endless(first, b"x", threading.Event())


class Hostile(probe_case.ProbeCase):
    def attack(self, kind, script, classes, scheme, **fields):
        server = self.serve(script)
        if kind == REDIS:
            fields.update(host="127.0.0.1", port=server.port, tls=scheme == "rediss")
        else:
            fields.update(url="%s://127.0.0.1:%d/" % (scheme, server.port))
        began = time.monotonic()
        verdict = self.prober.probe(kind, timeout_ms=TIMEOUT_MS, **fields)
        self.assertLess(time.monotonic() - began, TIMEOUT_MS / 1000 + LATE_LIMIT_S)
        self.assertIn(verdict.name, classes, verdict)
        self.assertTrue(verdict.text)
        self.assertLess(self.prober.peak_rss_kib(), probe_case.RSS_LIMIT_KIB)
        return verdict

    def attack_all(self, kind, scheme, attacks, **fields):
        for name, (script, classes) in attacks.items():
            with self.subTest(name):
                self.attack(kind, script, classes.split(), scheme, **fields)
        self.expect_nothing_open()

    def test_http(self):
        filler = b"X-Filler: %s\r\n" % (b"y" * 1000)
        self.attack_all(HTTP, "http", {
            "endless headers": (scripted.endless(OK, filler), "protocol"),
            "one endless header": (scripted.endless(OK + b"X: ", b"y" * 4096), "protocol"),
            "endless interim answers": (scripted.endless(b"", b"HTTP/1.1 103 Early\r\n\r\n" * 100), "protocol"),
            "endless body": (scripted.endless(OK + b"\r\n", b"x" * 65536), "content"),
            "endless chunks": (scripted.endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"4\r\nxxxx\r\n" * 1000), "content"),
            "a chunk of 10 GB": (scripted.endless(OK + b"Transfer-Encoding: chunked\r\n\r\n280000000\r\n", b"x" * 65536),
                                 "content"),
            "10 GB announced and sent": (scripted.endless(HUGE, b"x" * 65536), "content"),
            "10 GB announced, nothing sent": (scripted.say(HUGE), "timeout"),
            "headers byte by byte": (slowly(OK), "timeout"),
            "a body byte by byte": (slowly(OK + b"\r\n"), "timeout"),
            "accept and close": (scripted.close_at_once, "reset"),
            "accept and reset": (scripted.reset_at_once, "reset"),
            "accept and silent": (scripted.silent, "timeout"),
            "closed within the body": (closing(OK + b"Content-Length: 9\r\n\r\nx"), "reset"),
            "garbage": (scripted.say(GARBAGE), "protocol"),
            "an alert": (scripted.say(b"\x15\x03\x03\x00\x02\x02\x28"), "istls"),
            "nested JSON": (scripted.say(OK + b"\r\n" + b"[" * 70000), "content"),
        }, expect_body='{"json": {"/status": "up"}}')

    def test_a_stalled_body_says_so(self):
        verdict = self.attack(HTTP, scripted.say(HUGE), ["timeout"], "http", expect_body='"up"')
        self.assertIn("headers came, but the body did not end", verdict.text)

    def test_redirects(self):
        def to(location):
            return b"HTTP/1.1 302 F\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % location

        self.attack_all(HTTP, "http", {
            "a loop": (scripted.say(to(b"/")), "status"),
            "to no host": (scripted.say(to(b"http:///")), "status"),
            "to a file": (scripted.say(to(b"file:///etc/passwd")), "status"),
            "with a long name": (scripted.say(to(b"/" + b"x" * 60000)), "status protocol"),
            "to nowhere": (scripted.say(to(b"http://127.0.0.1:1/")), "refused"),
        }, redirects=5, status=(200, 299))

    def test_http_over_tls(self):
        record = b"\x16\x03\x03\x40\x00"
        self.attack_all(HTTP, "https", {
            "garbage": (scripted.say(GARBAGE), "protocol tls"),
            "a record that is too long": (scripted.say(record + GARBAGE), "protocol tls"),
            "endless handshake": (scripted.endless(b"\x16\x03\x03\x00\x04\x02\xff\xff\xff", b"\x16\x03\x03\x10\x00" + b"x" * 4096),
                                  "protocol tls"),
            "an alert": (scripted.say(b"\x15\x03\x03\x00\x02\x02\x28"), "tls"),
            "byte by byte": (slowly(b"\x16\x03\x03"), "timeout tls protocol"),
            "accept and close": (scripted.close_at_once, "reset"),
            "accept and silent": (scripted.silent, "timeout"),
            "plain": (scripted.say(OK + b"\r\n"), "protocol"),
        })

    def test_redis(self):
        pong = b"+PONG\r\n"
        self.attack_all(REDIS, "redis", {
            "a huge array": (scripted.endless(b"*1000000000\r\n", b"x" * 65536), "protocol"),
            "a huge text": (scripted.endless(b"$9999999999\r\n", b"x" * 65536), "protocol"),
            "arrays in arrays": (scripted.endless(b"", b"*1\r\n" * 10000), "protocol"),
            "an endless status": (scripted.endless(b"+", b"x" * 65536), "protocol"),
            "an endless error": (scripted.endless(b"-ERR ", b"x" * 65536), "protocol"),
            "a huge text for the key": (scripted.endless(pong + b"$9999999999\r\n", b"x" * 65536), "protocol"),
            "arrays in arrays for the key": (scripted.endless(pong, b"*1\r\n" * 10000), "protocol"),
            "a huge array for the role": (scripted.endless(pong + b":1\r\n*1000000000\r\n", b"x" * 65536), "protocol"),
            "a huge text for the role": (scripted.endless(pong + b":1\r\n-NOPERM\r\n$16777216\r\n", b"x" * 65536), "protocol"),
            "byte by byte": (slowly(b"+"), "timeout"),
            "accept and close": (scripted.close_at_once, "reset"),
            "close before the role": (closing(pong + b":1\r\n"), "reset"),
            "accept and silent": (scripted.silent, "timeout"),
            "loading": (scripted.say(b"-LOADING\r\n"), "loading"),
            "garbage": (scripted.say(GARBAGE), "protocol"),
            "an alert": (scripted.say(b"\x15\x03\x03\x00\x02\x02\x28"), "istls"),
        }, key="k", role=1)
        self.attack_all(REDIS, "rediss", {"garbage": (scripted.say(GARBAGE), "protocol tls")})

    def test_websocket(self):
        self.attack_all(WEBSOCKET, "ws", {
            "endless headers": (scripted.endless(SWITCH, b"X-Filler: %s\r\n" % (b"y" * 1000)), "protocol"),
            "byte by byte": (slowly(SWITCH), "timeout"),
            "an endless page": (scripted.endless(OK + b"\r\n", b"x" * 65536), "protocol"),
            "a switch without the key": (scripted.endless(SWITCH + b"\r\n", b"\x82\x7f" + b"\xff" * 65536), "protocol"),
            "accept and close": (scripted.close_at_once, "reset"),
            "accept and silent": (scripted.silent, "timeout"),
            "garbage": (scripted.say(GARBAGE), "protocol"),
            "an alert": (scripted.say(b"\x15\x03\x03\x00\x02\x02\x28"), "protocol"),
            "a redirect": (scripted.say(b"HTTP/1.1 302 F\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), "status"),
        })


def closing(answer):
    def script(connection):
        connection.recv(65536)
        connection.sendall(answer)

    return script


if __name__ == "__main__":
    unittest.main()
