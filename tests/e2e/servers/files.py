"""An HTTP server of one file, with ranges, that can be told to break off, crawl, lie or lead elsewhere."""
import re

from servers.scripted import Scripted, drain


class Files:
    """@content is what it serves. Behaviour of the next connections: see the attributes."""

    def __init__(self, content, tls=None):
        self.content = content
        self.ranges = True  # answer 206
        self.break_at = None  # close after so many bytes of a body
        self.stop_at = None  # say nothing more after so many bytes of a body
        self.pace_s = 0  # between pieces of 64 KiB
        self.claim = 0  # bytes that Content-Length is longer than what comes
        self.length = True  # say how long it is
        self.shift = 0  # send a part that begins so far beside what was asked for
        self.status = None  # answer this instead
        self.location = None
        self.requests = []  # (range start or None, authorization or "")
        self.sent = 0  # bytes of bodies
        self.server = Scripted(self._serve, tls=tls)
        self.port = self.server.port

    def close(self):
        self.server.close()

    def _serve(self, connection):
        request = b""
        while b"\r\n\r\n" not in request:
            more = connection.recv(65536)
            if not more:
                return
            request += more
        text = request.decode("latin-1")
        asked = re.search(r"(?im)^range: bytes=(\d+)-\r$", text)
        credentials = re.search(r"(?im)^authorization: (.*)\r$", text)
        start = int(asked.group(1)) if asked else None
        self.requests.append((start, credentials.group(1) if credentials else ""))
        if self.location or self.status:
            line = f"HTTP/1.1 {self.status or 302} X\r\nContent-Length: 0\r\n"
            connection.sendall((line + (f"Location: {self.location}\r\n" if self.location else "") + "\r\n").encode())
            return drain(connection)
        self._send(connection, start if self.ranges else None)

    def _send(self, connection, start):
        if start is not None and start >= len(self.content):
            connection.sendall(b"HTTP/1.1 416 No\r\nContent-Length: 3\r\n\r\nno\n")
            return drain(connection)
        body = self.content[start or 0 :]
        lines = ["HTTP/1.1 206 Part" if start is not None else "HTTP/1.1 200 OK"]
        if self.length:
            lines.append(f"Content-Length: {len(body) + self.claim}")
        if start is not None:
            lines.append(f"Content-Range: bytes {start + self.shift}-{len(self.content) - 1}/{len(self.content)}")
        connection.sendall("\r\n".join(lines + ["Connection: close", "", ""]).encode())
        limit = self.stop_at if self.stop_at is not None else self.break_at
        for at in range(0, len(body), 65536):
            piece = body[at : at + 65536]
            if limit is not None and at + len(piece) > limit:
                piece = piece[: limit - at]
            if self.pace_s:
                self.server.closing.wait(self.pace_s)
            connection.sendall(piece)
            self.sent += len(piece)
            if limit is not None and at + len(piece) >= limit:
                return drain(connection) if self.stop_at is not None else None
        return None
