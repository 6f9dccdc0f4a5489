"""A name server on the loopback interface that says what the test wants."""

import socket
import struct
import threading

NXDOMAIN, SERVFAIL = 3, 2


class NameServer:
    """@addresses maps names to IPv4 addresses; others do not exist. A @silent server answers nothing."""

    def __init__(self):
        self.addresses = {}
        self.error = NXDOMAIN
        self.silent = False
        self.questions = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                query, client = self.socket.recvfrom(1500)
            except OSError:
                return
            self.questions += 1
            if not self.silent:
                self.socket.sendto(self.answer(query), client)

    def answer(self, query):
        """RFC 1035 section 4: header, the question again, at most one A record that points at its name."""
        end = query.index(b"\0", 12) + 5
        kind = struct.unpack("!H", query[end - 4:end - 2])[0]
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        address = self.addresses.get(".".join(labels))
        record = b""
        if address is not None and kind == 1:
            record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
        code = 0 if address is not None else self.error
        return query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, 1 if record else 0, 0, 0) + query[12:end] + record

    def close(self):
        self.socket.close()
