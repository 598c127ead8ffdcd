"""What servers and lines do wrong is one sentence, and nothing has its name."""

from __future__ import annotations

import shutil
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nowprint.models.downloads import Download
from nowprint.models.hub import HubFileSet

from .downloading import (
    MODEL,
    SIZE,
    Running,
    fails,
    file_of,
    names,
    nothing,
    one,
    size_of,
    wait_until,
)
from .hub_server import PIECE, Fault, HubServer

# --- what a server does wrong ------------------------------------------------------------------


def test_a_wrong_hash_deletes_what_came(hub: HubServer, folder: Path, download: Download) -> None:
    hub.cdn.faults.append(Fault(body=b"x" * SIZE))
    fails(
        download, r"a\.gguf came damaged .its SHA-256 is wrong. and was deleted: download it again"
    )
    assert names(folder) == []
    hub.cdn.faults.extend((Fault(cut=PIECE), Fault(body=b"x" * (SIZE - PIECE))))
    fails(download, "came damaged")  # found by reading it
    assert names(folder) == []
    download.run(threading.Event(), nothing)
    assert download.path.read_bytes() == MODEL


@pytest.mark.parametrize(
    ("fault", "says", "tries"),
    [
        (Fault(body=MODEL[:-1]), f"another a.gguf .*it is of {SIZE - 1} bytes", 1),
        (Fault(body=MODEL + b"x"), f"another a.gguf .*it is of {SIZE + 1} bytes", 1),
        (Fault(body=MODEL + b"x", length=False), "another a.gguf .*more bytes came", 1),
        (Fault(body=MODEL[:PIECE], length=False), f"sends only .* of the {SIZE} bytes", 5),
        (Fault(206, {"Content-Range": "bytes 5-9/10"}, body=b"x"), "another a.gguf .*it sends", 1),
        (
            Fault(206, {"Content-Range": f"bytes 1-{SIZE - 1}/{SIZE}"}, body=MODEL[1:]),
            "it sends",
            1,
        ),
        (Fault(206, body=b"x"), "another a.gguf .*it sends", 1),
        (Fault(416), "another a.gguf .*its file is shorter", 1),
        (Fault(404), r"127\.0\.0\.1 refuses this .404.", 1),
        (Fault(403), r"127\.0\.0\.1 refuses this .403.", 1),
        (Fault(204), r"127\.0\.0\.1 refuses this .204.", 1),
        (Fault(429), "asked too often", 5),
        (Fault(429, {"Retry-After": "3600"}), "asked too often", 1),
        (Fault(500), "has a fault of its own .500.", 5),
        (Fault(302, {"Location": "ftp://127.0.0.1/x"}), "can't be reached", 5),
        (Fault(302, {"Location": "http://127.0.0.1:x"}), "refuses this .302.", 1),
        (Fault(302), "refuses this .302.", 1),
    ],
    ids=lambda given: str(given.status if isinstance(given, Fault) else given),
)
def test_a_fault_of_the_server_is_one_sentence(
    fault: Fault, says: str, tries: int, hub: HubServer, folder: Path, download: Download
) -> None:
    hub.cdn.always = fault
    fails(download, says)
    assert len(hub.cdn.requests) == tries
    hub.cdn.always = Fault()
    download.discard()
    assert list(folder.iterdir()) == []
    download.run(threading.Event(), nothing)
    assert download.path.read_bytes() == MODEL


def test_a_file_that_is_gone(hub: HubServer, folder: Path) -> None:
    hub.add("maker/m", {})
    fails(Download(one(), folder), "maker/m, or the file of it, isn't on 127")
    gone = HubFileSet((file_of(MODEL, repository="maker/gone"),))
    fails(Download(gone, folder), "maker/gone, or the file of it, isn't on 127")


def test_redirects_without_end(hub: HubServer, download: Download) -> None:
    hub.cdn.always = Fault(302, {"Location": "/again"})
    fails(download, "redirects without end")
    assert len(hub.cdn.requests) < 20


def test_a_server_that_is_asked_too_often_is_waited_for(hub: HubServer, download: Download) -> None:
    hub.faults.append(Fault(429, {"Retry-After": "1"}))
    began = time.monotonic()
    download.run(threading.Event(), nothing)
    assert 1 <= time.monotonic() - began < 3
    assert download.path.read_bytes() == MODEL


# --- encrypted lines ---------------------------------------------------------------------------


@pytest.fixture
def secure_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """One that is spoken to by TLS and that the system trusts; its CDN isn't."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "certificate.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    server = HubServer(tls)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    server.add("maker/m", {"a.gguf": MODEL})
    yield server
    server.close()


def test_an_encrypted_hub_does_not_lead_to_an_open_line(
    secure_hub: HubServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails(Download(one(), folder), "leads away from https")
    assert secure_hub.cdn.requests == []
    secure_hub.always = Fault(200, body=MODEL, stall=PIECE)
    running = Running(Download(one(), folder))
    wait_until(lambda: size_of(folder / "maker--m" / "a.gguf.part") == PIECE)
    running.pause()
    secure_hub.always = Fault(
        206, {"Content-Range": f"bytes {PIECE}-{SIZE - 1}/{SIZE}"}, body=MODEL[PIECE:]
    )
    assert Download(one(), folder).run(threading.Event(), nothing).read_bytes() == MODEL
    monkeypatch.delenv("SSL_CERT_FILE")
    shutil.rmtree(folder)
    fails(Download(one(), folder), "can't be reached .*CERTIFICATE_VERIFY_FAILED")
