"""Certificates for the tests' own servers, made by the `openssl` command."""

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

_CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
subjectAltName = {alternative}
authorityKeyIdentifier = keyid
subjectKeyIdentifier = hash
[ca]
default_ca = this
[this]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
copy_extensions = none
unique_subject = no
[any]
commonName = supplied
"""


def available() -> bool:
    """Whether this machine can make certificates."""
    return shutil.which("openssl") is not None


@dataclass(frozen=True)
class Leaf:
    """A server's certificate and key, in PEM files."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Authority:
    """Issues certificates; `certificate` is what a client must trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.certificate = folder / "ca.pem"
        (folder / "index").write_text("")
        (folder / "serial").write_text("01\n")
        self._configure("Test authority", "DNS:unused")
        self._key("ca")
        words = "req -x509 -new -key ca.key -out ca.pem -days 3650 -extensions authority"
        self._openssl(f"{words} -config openssl.cnf")

    def issue(self, name: str, alternative: str, *, expired: bool = False) -> Leaf:
        """Issue a certificate for `alternative`, as `DNS:localhost` or `IP:127.0.0.1`."""
        self._configure(name, alternative)
        self._key(name)
        self._openssl(f"req -new -key {name}.key -out {name}.csr -config openssl.cnf")
        end = "20200201000000Z" if expired else "20990101000000Z"
        self._openssl(
            f"ca -batch -notext -config openssl.cnf -cert ca.pem -keyfile ca.key -in {name}.csr"
            f" -out {name}.pem -startdate 20200101000000Z -enddate {end} -extensions leaf"
        )
        return Leaf(self._folder / f"{name}.pem", self._folder / f"{name}.key")

    def _configure(self, name: str, alternative: str) -> None:
        text = _CONFIG.format(name=name, alternative=alternative, folder=self._folder)
        (self._folder / "openssl.cnf").write_text(text)

    def _key(self, name: str) -> None:
        self._openssl(f"ecparam -name prime256v1 -genkey -noout -out {name}.key")

    def _openssl(self, words: str) -> None:
        command = ["openssl", *words.split()]
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
