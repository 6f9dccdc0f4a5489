"""The built-in action that fetches a file: against nginx and against a server that does what servers should not."""
import hashlib
import os
import random
import signal
import ssl
import stat
import unittest

import harness
from action_driver import ActionCase, FaultCase
from servers import files, real, scripted

CONTENT = random.Random(1).randbytes(3_000_000)
KEPT = "what has come is kept"


def checksum(content=CONTENT, algorithm="sha256"):
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


class DownloadCase(ActionCase):
    def setUp(self):
        super().setUp()
        self.folder = self.tmp / "d"
        self.folder.mkdir()
        self.path = self.folder / "f"
        self.part = self.folder / ".f.muster-part"

    def serve(self, content=CONTENT, **how):
        server = files.Files(content, **how)
        self.addCleanup(server.close)
        return server

    def url(self, server, scheme="http", credentials=""):
        return f"{scheme}://{credentials}127.0.0.1:{server.port}/some/file?token=s3cret"

    def fetch(self, server, *words, url=None, expect=0, **members):
        members.setdefault("checksum", checksum())
        said = self.act("download", self.path, *words, url=url or self.url(server), expect=expect, **members)
        self.assertNotIn("s3cret", said)
        return said

    def expect_content(self, content=CONTENT, left=("f",)):
        self.assertEqual(self.path.read_bytes(), content)
        self.assertEqual(self.names(self.folder), list(left))


class Downloads(DownloadCase):
    def test_a_file_comes_once(self):
        server = self.serve()
        self.fetch(server, mode=0o640)
        self.expect_content()
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o640)
        self.fetch(server, "has the check sum already", mode=0o600)
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        self.assertEqual(server.requests, [(None, "")])

    def test_sha512_and_an_empty_file(self):
        self.fetch(self.serve(), checksum=checksum(algorithm="sha512"))
        self.expect_content()
        self.path.unlink()
        self.fetch(self.serve(b""), checksum=checksum(b""))
        self.expect_content(b"")

    def test_a_wrong_checksum_leaves_nothing(self):
        said = self.fetch(self.serve(), checksum(), checksum(b"other"), expect=1, checksum=checksum(b"other"))
        self.assertEqual(said.count("\n"), 1)
        self.assertEqual(self.names(self.folder), [])
        self.path.write_text("old")
        self.fetch(self.serve(), "wrong check sum", expect=1, checksum=checksum(b"other", "sha512"))
        self.expect_content(b"old")

    def test_only_what_is_missing_comes_after_a_break(self):
        server = self.serve()
        server.break_at = 1_000_000
        self.fetch(server, KEPT, "closed the connection", expect=69)
        self.assertEqual(self.part.stat().st_size, 1_000_000)
        self.assertEqual(stat.S_IMODE(self.part.stat().st_mode), 0o600)
        self.fetch(server, KEPT, expect=69)
        server.break_at = None
        self.fetch(server)
        self.expect_content()
        self.assertEqual([start for start, _ in server.requests], [None, 1_000_000, 2_000_000])
        self.assertEqual(server.sent, len(CONTENT))

    def test_only_what_is_missing_comes_after_a_kill(self):
        server = self.serve()
        server.stop_at = 1_500_000
        action = self.start_action("download", self.path, url=self.url(server), checksum=checksum())
        harness.eventually(lambda: self.part.exists() and self.part.stat().st_size == 1_500_000, "half of it is there")
        action.kill()
        self.assertEqual(self.names(self.folder), [".f.muster-part"])
        server.stop_at = None
        harness.eventually(lambda: self.try_again(server), "the killed one has let go")
        self.expect_content()
        self.assertEqual(server.requests[-1][0], 1_500_000)
        self.assertEqual(server.sent, len(CONTENT))

    def try_again(self, server):
        """The kernel may still be ending the process that held the lock."""
        action = self.start_action("download", self.path, url=self.url(server), checksum=checksum())
        code = action.finish()
        self.assertTrue(code == 0 or "another process" in action.output, action.output)
        return code == 0

    def test_what_was_there_of_another_file_is_thrown_away_once(self):
        server = self.serve()
        self.part.write_bytes(b"x" * 1000)
        self.fetch(server, "does not fit: all of it is fetched")
        self.expect_content()
        self.assertEqual([start for start, _ in server.requests], [1000, None])
        self.path.unlink()
        self.part.write_bytes(b"x" * 1000)
        self.fetch(server, "wrong check sum", expect=1, checksum=checksum(b"other"))
        self.assertEqual(len(server.requests), 4)
        self.assertEqual(self.names(self.folder), [])

    def test_a_complete_part_is_not_fetched_again(self):
        server = self.serve()
        self.part.write_bytes(CONTENT)
        self.fetch(server)
        self.expect_content()
        self.assertEqual((len(server.requests), server.sent), (1, 0))
        self.path.unlink()
        self.part.write_bytes(CONTENT + b"too much")
        self.fetch(server, "does not fit")
        self.expect_content()

    def test_a_server_without_ranges_sends_all(self):
        server = self.serve()
        server.ranges = False
        self.part.write_bytes(b"x" * (len(CONTENT) + 1000))
        self.fetch(server)
        self.expect_content()
        self.part.write_bytes(b"x" * 1000)
        self.path.unlink()
        self.fetch(server, "wrong check sum", expect=1, checksum=checksum(b"other"))
        self.assertEqual(len(server.requests), 2)

    def test_another_part_than_was_asked_for(self):
        server = self.serve()
        server.shift = 1
        self.part.write_bytes(CONTENT[:1000])
        self.fetch(server, "another part", expect=1)
        self.assertEqual(self.names(self.folder), [])

    def test_lengths_that_are_wrong(self):
        server = self.serve()
        server.claim = 10
        self.fetch(server, "closed the connection", KEPT, expect=69)
        server.claim, server.length = 0, False
        self.fetch(server)
        self.expect_content()

    def test_larger_than_it_may_be(self):
        server = self.serve()
        self.fetch(server, "larger than a download may be", expect=1, size_max=len(CONTENT) - 1)
        server.length = False
        self.fetch(server, "larger than a download may be", expect=1, size_max=len(CONTENT) - 1)
        self.assertEqual(self.names(self.folder), [])
        self.fetch(server, size_max=len(CONTENT))
        self.expect_content()

    def test_nothing_more_comes(self):
        server = self.serve()
        server.stop_at = 65536
        self.fetch(server, "nothing more comes from 127.0.0.1 port", KEPT, expect=69, stall_ms=1000)
        silent = scripted.Scripted(scripted.silent)
        self.addCleanup(silent.close)
        self.part.unlink()
        self.fetch(silent, "nothing more comes", expect=69, stall_ms=1000)
        self.assertEqual(self.names(self.folder), [])

    def test_statuses(self):
        server = self.serve()
        for status, code in ((404, 1), (401, 1), (403, 1), (410, 1), (204, 1), (429, 69), (500, 69), (503, 69)):
            server.status = status
            said = self.fetch(server, f"HTTP {status}", f"127.0.0.1:{server.port}/some/file?***", expect=code,
                              url=self.url(server, credentials="user:s3cret@"))
            self.assertEqual(said.count("\n"), 1)
        self.assertEqual(self.names(self.folder), [])

    def test_peers_that_are_no_web_server(self):
        for script, words in ((scripted.close_at_once, "closed"), (scripted.greet(b"SSH-2.0-x\r\n"), "does not speak HTTP"),
                              (scripted.say(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200000), "headers")):
            server = scripted.Scripted(script)
            self.addCleanup(server.close)
            action = self.start_action("download", self.path, url=self.url(server), checksum=checksum())
            self.assertIn(action.finish(), (1, 69))
            self.assertIn(words, action.output)
        closed = scripted.unused_port()
        self.fetch(None, "connection refused", expect=69, url=f"http://127.0.0.1:{closed}/x")
        self.fetch(None, "does not resolve", expect=69, url="http://nowhere.invalid/x")

    def test_a_full_disk(self):
        server = self.serve()
        prefix = ["prlimit", "--fsize=1000000"]
        self.fetch(server, "cannot write what is fetched", "File too large", expect=1, prefix=prefix)
        self.assertEqual(self.names(self.folder), [])

    def test_progress_is_told_now_and_then(self):
        server = self.serve()
        server.pace_s = 0.06
        said = self.fetch(server, " of 3000 kB\n")
        for line in said.splitlines():
            self.assertRegex(line, r"^\d+ of 3000 kB$")
        self.assertLess(said.count("\n"), len(CONTENT) / 65536 / 4)
        self.expect_content()

    def test_two_at_once(self):
        server = self.serve()
        server.stop_at = 1000
        self.start_action("download", self.path, url=self.url(server), checksum=checksum())
        harness.eventually(lambda: self.part.exists() and self.part.stat().st_size == 1000, "the first one is at it")
        self.fetch(server, "another process is doing that", expect=1)

    def test_no_proxy(self):
        self.fetch(self.serve(), env={"http_proxy": "http://127.0.0.1:1", "all_proxy": "http://127.0.0.1:1"})


class Redirects(DownloadCase):
    def test_they_are_followed_five_times(self):
        last = self.serve()
        server = last
        for _ in range(5):
            before = self.serve()
            before.location = self.url(server)
            server = before
        self.fetch(server, url=self.url(server, credentials="user:s3cret@"))
        self.expect_content()
        self.assertEqual(last.requests, [(None, "")])
        self.assertNotEqual(server.requests[0][1], "")
        again = self.serve()
        again.location = self.url(server)
        self.path.unlink()
        self.fetch(again, "from one server to the next", expect=1)

    def test_where_they_lead_is_not_told(self):
        last, first = self.serve(), self.serve()
        last.status, first.location = 403, f"http://127.0.0.1:{last.port}/s3cret/path?sig=s3cret"
        self.fetch(first, "HTTP 403", f"127.0.0.1 port {last.port}", expect=1)

    def test_other_schemes_are_refused(self):
        server = self.serve()
        for location in ("ftp://127.0.0.1/x", "file:///etc/passwd", "ws://127.0.0.1/"):
            server.location = location
            self.fetch(server, "neither http nor https", expect=1)
        self.assertEqual(self.names(self.folder), [])


class Tls(DownloadCase):
    def setUp(self):
        super().setUp()
        self.certificate = real.Certificate(str(self.tmp))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.path, self.certificate.key)
        self.secure = self.serve(tls=context)
        self.trusting = {"SSL_CERT_FILE": self.certificate.path}

    def test_certificates_are_verified(self):
        url = self.url(self.secure, "https")
        self.fetch(None, url=url, env=self.trusting)
        self.expect_content()
        self.path.unlink()
        other = real.Certificate(str(self.tmp))
        self.fetch(None, "not signed by an authority", url=url, env={"SSL_CERT_FILE": other.path}, expect=1)
        self.fetch(None, "there are no CA certificates here", url=url, env={"SSL_CERT_FILE": "/nowhere"}, expect=1)
        self.assertEqual(self.names(self.folder), [])

    def test_no_way_back_from_https(self):
        plain = self.serve()
        self.secure.location = self.url(plain)
        self.fetch(None, "from https to what is not", url=self.url(self.secure, "https"), env=self.trusting, expect=1)
        plain.location = self.url(self.secure, "https")
        self.fetch(plain, "from https to what is not", env=self.trusting, expect=1)
        self.assertEqual(len(plain.requests), 1)

    def test_nginx_sends_the_rest(self):
        (self.tmp / "www").mkdir()
        (self.tmp / "www" / "f").write_bytes(CONTENT)
        nginx = real.Nginx(str(self.tmp), self.certificate, extra=f"root {self.tmp}/www;")
        self.addCleanup(nginx.close)
        for port, scheme in ((nginx.port, "http"), (nginx.tls_port, "https")):
            self.part.write_bytes(CONTENT[:2_000_000])
            self.fetch(None, url=f"{scheme}://127.0.0.1:{port}/f", env=self.trusting)
            self.expect_content()
            self.path.unlink()


class Faults(FaultCase):
    """Of the process that opens, judges and renames; its child only writes."""

    kept = (".f.muster-part",)

    def test_download(self):
        path = self.tmp / "d" / "f"
        server = files.Files(CONTENT[:200000])
        self.addCleanup(server.close)

        def prepare():
            for name in ("f", ".f.muster-part"):
                (self.tmp / "d" / name).unlink(missing_ok=True)
            path.parent.mkdir(exist_ok=True)
            path.write_text("old")

        self.sweep(prepare, path.read_bytes, "download", path, url=f"http://127.0.0.1:{server.port}/f",
                   checksum=checksum(CONTENT[:200000]))


class Sandbox(DownloadCase):
    def test_who_talks_to_the_server_has_given_up_everything(self):
        server = self.serve()
        server.stop_at = 1000
        action = self.start_action("download", self.path, url=self.url(server), checksum=checksum())
        harness.eventually(lambda: self.part.exists() and self.part.stat().st_size == 1000, "it is under way")
        child = harness.eventually(lambda: next(iter(harness.children_of(action.process.pid)), 0), "there is a child")
        status = dict(line.split(":\t", 1) for line in harness.read_proc(child, "status").decode().splitlines() if ":\t" in line)
        self.assertEqual(status["CapEff"].strip("0"), "")
        if not harness.SANITIZED:
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
        if os.geteuid() == 0:
            self.assertEqual(set(status["Uid"].split()), {"65534"})
        if not harness.SANITIZED:
            action.process.terminate()
            self.assertEqual(action.process.wait(harness.PATIENCE_S), -signal.SIGTERM)
            harness.eventually(lambda: not harness.read_proc(child, "stat"), "the child has gone with it")


if __name__ == "__main__":
    unittest.main()
