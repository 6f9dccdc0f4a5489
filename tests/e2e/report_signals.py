#!/usr/bin/python3
"""report_signals.py - a main process that tells every signal it gets, one number a line.

Blocks them all and takes them synchronously, so that none is lost however fast they come. Ends with exit code 42 on a
SIGTERM that follows another one.
"""
import signal
import sys

everything = signal.valid_signals()
signal.pthread_sigmask(signal.SIG_BLOCK, everything)
print("listening", flush=True)
before = None
while True:
    number = signal.sigwaitinfo(everything).si_signo
    print(f"got {number}", flush=True)
    if number == before == signal.SIGTERM:
        sys.exit(42)
    before = number
