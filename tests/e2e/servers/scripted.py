"""A TCP or unix server whose behaviour towards each connection is a function."""

import os
import socket
import ssl
import threading


class Scripted:
    """Calls @script(connection) in a thread for each connection; the connection is closed when it returns."""

    def __init__(self, script, path=None, tls=None, family=socket.AF_INET, backlog=64):
        if path is not None:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            os.chmod(path, 0o777)
        else:
            self.listener = socket.socket(family)
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self.listener.listen(backlog)
        self.port = None if path is not None else self.listener.getsockname()[1]
        self.script = script
        self.tls = tls
        self.connections = 0
        self.closing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                if self.tls is not None:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                self.script(connection)
                connection.close()
            except (OSError, ssl.SSLError):
                pass

    def close(self):
        self.closing.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()


def say(*chunks):
    """Wait for the first bytes of a request, then send @chunks and read until the client closes."""

    def script(connection):
        connection.recv(65536)
        for chunk in chunks:
            connection.sendall(chunk)
        drain(connection)

    return script


def greet(*chunks):
    """Send @chunks without waiting for a request."""

    def script(connection):
        for chunk in chunks:
            connection.sendall(chunk)
        drain(connection)

    return script


def drain(connection):
    while connection.recv(65536):
        pass


def endless(first, chunk, pause=None):
    """Send @first, then @chunk for ever."""

    def script(connection):
        connection.recv(65536)
        connection.sendall(first)
        while True:
            connection.sendall(chunk)
            if pause is not None:
                pause.wait(0.05)

    return script


def silent(connection):
    drain(connection)


def close_at_once(connection):
    del connection


def close_after_request(connection):
    connection.recv(65536)


def reset_at_once(connection):
    """Linger 0: close(2) sends RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


def unused_port():
    """A port of 127.0.0.1 that nobody listens on, another one at each call: the kernel may give the one just closed
    again, to a second server that starts before the first one does."""
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if port not in unused_port.given:
            unused_port.given.add(port)
            return port


unused_port.given = set()
