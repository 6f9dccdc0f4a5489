#!/usr/bin/python3
"""make_orphans.py COUNT - a main process that leaves COUNT orphans to whoever adopts them, and then counts zombies.

Every orphan tells who its new parent is before it ends. Exit code 0: all were adopted by our own parent, and none is left as
a zombie.
"""
import os
import sys
import time

count = int(sys.argv[1])
init = os.getppid()
reader, writer = os.pipe()
for _ in range(count):
    middle = os.fork()
    if middle == 0:
        me = os.getpid()
        if os.fork() == 0:
            while os.getppid() == me:
                time.sleep(0.001)
            os.write(writer, b"y" if os.getppid() == init else b"n")
            os._exit(0)
        os._exit(0)
    os.waitpid(middle, 0)
os.close(writer)

answers = b""
while chunk := os.read(reader, 65536):
    answers += chunk


def zombies():
    found = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as f:
                    stat = f.read()
            except OSError:
                continue
            state, parent = stat[stat.rfind(b")") + 2 :].split()[:2]
            found += state == b"Z" and int(parent) == init
    return found


deadline = time.monotonic() + 20
while (left := zombies()) and time.monotonic() < deadline:
    time.sleep(0.01)
print(f"orphans {len(answers)} adopted {answers.count(b'y')} zombies {left}", flush=True)
sys.exit(0 if answers == b"y" * count and left == 0 else 1)
