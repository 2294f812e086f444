"""OpenDKIM's own verifier, in a network of its own with a name server that knows our keys.

Run as a program: it is the part inside. Arguments are files of whole messages; stdin is the JSON
of the DNS (name to text); stdout is the JSON of what the verifier said to each, empty for good.
"""

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

TOOL = "/usr/sbin/opendkim-testmsg"
_SET_FLAGS, _UP, _BIND = 0x8914, 0x41, 4096


def can_isolate() -> bool:
    """Whether this machine lets a process have a network and mounts of its own."""
    return subprocess.run(["unshare", "-rnm", "true"], capture_output=True).returncode == 0


def verdicts(messages: Sequence[bytes], zone: Mapping[str, str], folder: Path) -> list[str]:
    """Return what OpenDKIM says of each message: nothing, or what is wrong."""
    paths = [folder / f"{number}.eml" for number in range(len(messages))]
    for path, message in zip(paths, messages, strict=True):
        path.write_bytes(message)
    inside = ["unshare", "-rnm", sys.executable, __file__, *map(str, paths)]
    done = subprocess.run(
        inside, input=json.dumps(zone), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    said: list[str] = json.loads(done.stdout)
    return said


def _verify(path: str) -> str:
    with Path(path).open("rb") as message:
        done = subprocess.run([TOOL], stdin=message, capture_output=True, text=True, timeout=20)
    return "" if done.returncode == 0 else (done.stderr or f"ended with {done.returncode}")


def _bring_up_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        fcntl.ioctl(wire, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))


def _use_our_name_server() -> None:
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(file.name.encode(), b"/etc/resolv.conf", None, _BIND, None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _serve(wire: socket.socket, zone: Mapping[str, str]) -> None:
    while True:
        query, asker = wire.recvfrom(4096)
        wire.sendto(_answer(query, zone), asker)


def _answer(query: bytes, zone: Mapping[str, str]) -> bytes:
    """Answer one question for a TXT record (RFC 1035, 4.1)."""
    labels, at = [], 12
    while length := query[at]:
        labels.append(query[at + 1 : at + 1 + length].decode())
        at += length + 1
    text = zone.get(".".join(labels).lower() + ".")
    question = query[12 : at + 5]
    if text is None:
        return query[:2] + struct.pack(">HHHHH", 0x8583, 1, 0, 0, 0) + question
    parts = [text[start : start + 255].encode() for start in range(0, len(text), 255)]
    data = b"".join(bytes([len(part)]) + part for part in parts)
    record = struct.pack(">HHHIH", 0xC00C, 16, 1, 60, len(data)) + data
    return query[:2] + struct.pack(">HHHHH", 0x8580, 1, 1, 0, 0) + question + record


def _main(paths: Sequence[str]) -> None:
    zone = json.load(sys.stdin)
    _bring_up_loopback()
    _use_our_name_server()
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind(("127.0.0.1", 53))
    threading.Thread(target=_serve, args=(wire, zone), daemon=True).start()
    json.dump([_verify(path) for path in paths], sys.stdout)


if __name__ == "__main__":
    _main(sys.argv[1:])
