#!/usr/bin/python3
"""count_signals.py - a main process that says every SIGINT it gets, and how many there were when SIGTERM ends it."""
import signal
import sys

wanted = {signal.SIGINT, signal.SIGTERM}
signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
print("counting", flush=True)
count = 0
while signal.sigwait(wanted) == signal.SIGINT:
    count += 1
    print(f"interrupt {count}", flush=True)
print(f"in all {count}", flush=True)
sys.exit(21)
