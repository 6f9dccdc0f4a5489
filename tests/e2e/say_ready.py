#!/usr/bin/python3
"""say_ready.py WORD... - a process that says of itself what it is told to, by sd_notify(3).

Words are done in order, then it stays:
  TEXT          one datagram; \\n in it is a newline
  garbage       datagrams that nobody can make sense of
  barrier=TEXT  as TEXT, with a descriptor that the receiver has to close: waits until it did, then writes "heard"
  file=PATH     write the name of the socket there
  wait=PATH     wait until that file exists
  orphan        go on in another session, as a grandchild whose parent waits
  gone          end here
"""
import array
import os
import pathlib
import random
import socket
import sys
import time

NAME = os.environ.get("NOTIFY_SOCKET", "")


def send(data, *passed):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.connect("\0" + NAME[1:] if NAME[0] == "@" else NAME)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", passed))] if passed else []
        s.sendmsg([data], rights)


def garbage():
    chance = random.Random(7)
    for data in (b"", b"\0", b"\n\n\n", b"=", b"READY", b"READY=0", b"READY=11", b" READY=1", b"STATUS", b"ERRNO=x",
                 b"ERRNO=" + b"9" * 500, b"MAINPID=1", b"\xff" * 4096, b"READY=1\n" + b"x" * 5000):
        send(data)
    for _ in range(200):
        send(bytes(chance.randrange(1, 256) for _ in range(chance.randrange(64))))


def barrier(text):
    reader, writer = os.pipe()
    send(text, writer)
    os.close(writer)
    os.read(reader, 1)
    print("heard", flush=True)


def orphan():
    if os.fork() != 0:
        os.wait()
        sys.exit(0)
    os.setsid()
    if os.fork() != 0:
        os.wait()
        os._exit(0)


for word in sys.argv[1:]:
    verb, _, value = word.partition("=")
    if verb == "garbage":
        garbage()
    elif verb == "barrier":
        barrier(value.replace("\\n", "\n").encode())
    elif verb == "file":
        pathlib.Path(value + ".new").write_text(NAME)
        os.rename(value + ".new", value)
    elif verb == "wait":
        while not os.path.exists(value):
            time.sleep(0.005)
    elif verb == "orphan":
        orphan()
    elif verb == "gone":
        sys.exit(0)
    else:
        send(word.replace("\\n", "\n").encode())
while True:
    time.sleep(1000)
