"""tell_secrets VARIABLE... - a careless program: writes what these variables of its environment hold, in every way in which
programs write things down: raw and in pieces, percent-encoded, in JSON, in base64, in lines longer than any buffer."""
import base64
import json
import os
import sys
import urllib.parse

# Longer than a line is kept, and not a multiple of anything.
LONG = 10007


def percent(data, keep=b"-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", lower=False):
    return b"".join(
        bytes([b]) if b in keep else (b"%%%02x" if lower else b"%%%02X") % b for b in data
    )


def ways(data):
    """What becomes of a text, way by way. None of it may be seen."""
    text = data.decode("utf-8", "surrogateescape")
    yield "raw", data
    yield "percent", percent(data)
    yield "percent, lower case", percent(data, lower=True)
    yield "percent, every byte", percent(data, keep=b"")
    yield "as in a path", urllib.parse.quote_from_bytes(data).encode()
    yield "as encodeURIComponent does it", percent(data, keep=b"-_.!~*'()0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    yield "as a form does it", urllib.parse.quote_plus(data).encode()
    yield "JSON", json.dumps(text).encode()[1:-1]
    yield "JSON, upper case", json.dumps(text).encode()[1:-1].replace(b"\\u00e9", b"\\u00E9")
    yield "JSON with UTF-8", json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogateescape")[1:-1]
    yield "JSON as PHP does it", json.dumps(text).encode()[1:-1].replace(b"/", b"\\/")
    yield "JSON as Go does it", json.dumps(text).encode()[1:-1].replace(b"&", b"\\u0026").replace(b"'", b"\\u0027")
    yield "repr", repr(data).encode()[2:-1]
    for before in range(3):
        for behind in range(3):
            plain = b"\x00" * before + data + b"\x00" * behind
            yield f"base64 behind {before} before {behind}", base64.b64encode(plain)
            yield f"base64url behind {before} before {behind}", base64.urlsafe_b64encode(plain)


def wrapped(data):
    """base64(1) and openssl base64."""
    encoded = base64.b64encode(data)
    for width in (64, 76):
        yield b"\n".join(encoded[i : i + width] for i in range(0, len(encoded), width))


def write(data):
    os.write(1, data)


def main():
    for name in sys.argv[1:]:
        data = os.environb[name.encode()]
        for way, text in ways(data):
            write(name.encode() + b", " + way.encode() + b": <" + text + b">\n")
            cut = len(text) // 2
            write(b"in pieces: <" + text[:cut])
            write(text[cut:] + b">\n")
        for text in wrapped(data):
            write(text + b"\n")
        write(b"x" * (LONG // 2) + data.replace(b"\n", b" ") + b"y" * LONG + data.replace(b"\n", b"\\n") + b"\n")
        write(b"z" * LONG + percent(data) * 3 + json.dumps(data.decode("utf-8", "surrogateescape")).encode() * 3 + b"\n")
        write(b"no end: " + data)
        os.write(2, b"to the other stream: " + data)
        write(b"\n")


if __name__ == "__main__":
    main()
