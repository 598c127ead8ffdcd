"""What the hub is asked, and what becomes of its answers."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from email.utils import formatdate
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub.errors import OfflineModeIsEnabled

from nowprint.errors import UserError
from nowprint.models import hub_client
from nowprint.models.hub import (
    HubFile,
    HubModel,
    file_request,
    list_files,
    read_repository,
    repository_named,
    search_models,
)

from .downloading import weights
from .hub_server import COMMIT, TOKEN, Fault, HubServer, Repository

OURS = re.compile(r"unknown/None; hf_hub/2\.4\.0; python/3\.\d+\.\d+")
SEARCH = "import sys; from nowprint.models.hub import search_models; print(len(search_models('')))"
SOON = 2.0
"""Seconds: the library's own retries take more than twenty."""


def run(code: str, **environment: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | environment
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


# --- searching ---------------------------------------------------------------------------------


def test_a_search_tells_of_each_model_what_somebody_chooses_by(hub: HubServer) -> None:
    hub.repositories = {
        "maker/Small-GGUF": Repository({}, downloads=10),
        "maker/Other": Repository({}, downloads=99),
        "other/Large-GGUF": Repository({}, downloads=20, gated=True, licence="gemma"),
    }
    assert search_models("  gguf ") == (
        HubModel("other/Large-GGUF", 20, "gemma", True, 1795168800.0),
        HubModel("maker/Small-GGUF", 10, "apache-2.0", False, 1795168800.0),
    )
    assert [model.repository for model in search_models("", limit=1)] == ["maker/Other"]
    assert [asked.path.partition("?")[0] for asked in hub.requests] == ["/api/models"] * 2
    query = hub.requests[0].path
    assert all(
        part in query for part in ("filter=gguf", "search=gguf", "sort=downloads", "limit=50")
    )


def test_the_files_are_those_of_a_commit_with_what_they_are_checked_by(hub: HubServer) -> None:
    model, other = weights(1000), weights(2000, 2)
    repository = hub.add("maker/a", {"Q8.gguf": model, "README.md": b"#", "old/F16.GGUF": other})
    repository.files["plain.gguf"] = weights(10)
    repository.plain = ["plain.gguf"]
    found = list_files("maker/a")
    sha256 = hashlib.sha256(model).hexdigest()
    assert found[0].files == (HubFile("maker/a", COMMIT, "Q8.gguf", 1000, sha256),)
    assert [(files.path, files.size) for files in found] == [
        ("Q8.gguf", 1000),
        ("old/F16.GGUF", 2000),
    ]


def test_the_parts_of_a_model_are_one_and_an_incomplete_one_is_none(hub: HubServer) -> None:
    hub.page = 2
    files = {f"Q8/a-0000{n}-of-00003.gguf": weights(n * 10, n) for n in (3, 1, 2)}
    files |= {"b-00001-of-00002.gguf": weights(10), "c-00001-of-00001.gguf": weights(11)}
    hub.add("maker/a", files)
    found = list_files("maker/a")
    assert [[file.path for file in one.files] for one in found] == [
        [f"Q8/a-0000{n}-of-00003.gguf" for n in (1, 2, 3)],
        ["c-00001-of-00001.gguf"],
    ]
    assert [one.size for one in found] == [60, 11]


def test_a_repository_tells_what_a_search_tells_of_it(hub: HubServer) -> None:
    hub.add("maker/Small-GGUF", {"a.gguf": weights(10)}).downloads = 7
    hub.add("other/Large-GGUF", {}).gated = True
    for name in hub.repositories:
        (found,) = search_models(name)
        assert read_repository(name)[0] == found


NAMED = [
    "maker/a.b_c-GGUF",
    " maker/a.b_c-GGUF\n",
    "https://huggingface.co/maker/a.b_c-GGUF",
    "https://huggingface.co/maker/a.b_c-GGUF/",
    "HTTP://HuggingFace.co/maker/a.b_c-GGUF/blob/main/x.gguf?download=true#top",
    "huggingface.co/maker/a.b_c-GGUF?library=llama-cpp",
    "https://hf.co/maker/a.b_c-GGUF",
    "https://mirror.example/hf/maker/a.b_c-GGUF/tree/main",
    "mirror.example/hf/maker/a.b_c-GGUF",
]


@pytest.mark.parametrize("text", NAMED)
def test_a_repository_is_named_by_any_of_its_pages(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/hf/")
    assert repository_named(text) == "maker/a.b_c-GGUF"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("https://example.org/maker/a", "isn't on huggingface.co"),
        ("https://huggingface.co.example.org/maker/a", "isn't on huggingface.co"),
        ("https://huggingface.co/models?search=a", "names no repository"),
        ("https://huggingface.co/maker", "names no repository"),
        ("https://huggingface.co/datasets/maker/a", "names no repository"),
    ],
)
def test_another_address_names_none(text: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        repository_named(text)


# --- what is sent, and to whom -----------------------------------------------------------------


def test_importing_contacts_nobody_and_leaves_the_library_alone() -> None:
    code = (
        "import sys, nowprint.models.hub, nowprint.models.downloads; print(sorted(set(sys.modules) "
    )
    assert run(code + "& {'huggingface_hub', 'httpx2', 'requests'}))") == "[]"


@pytest.mark.parametrize("before", ["", "import huggingface_hub.hf_api, torch; "])
def test_no_telemetry_is_sent(before: str, hub: HubServer, tmp_path: Path) -> None:
    """Neither the registry of agents is asked for nor torch's version told, even where something else
    had imported the library."""
    (tmp_path / "torch.py").touch()
    found = os.pathsep.join((str(tmp_path), os.environ["PYTHONPATH"])) if before else ""
    environment = {"AI_AGENT": "x"} | ({"PYTHONPATH": found} if found else {})
    after = "; import os; print(os.environ['HF_HUB_DISABLE_TELEMETRY'])"
    assert run(before + SEARCH + after, **environment).split() == ["0", "1"]
    (asked,) = hub.requests
    assert asked.path.startswith("/api/models?")
    assert OURS.fullmatch(asked.headers["User-Agent"])
    assert asked.headers["Authorization"] is None
    assert not any(name.lower().startswith("x-") for name in asked.headers)


def test_the_switch_that_keeps_the_embedder_offline_is_not_for_us(hub: HubServer) -> None:
    assert run(SEARCH, HF_HUB_OFFLINE="1") == "0"
    assert len(hub.requests) == 1


def test_whatever_else_uses_the_library_is_refused(hub: HubServer) -> None:
    search_models("")
    with pytest.raises(OfflineModeIsEnabled):
        huggingface_hub.HfApi(hub.url).model_info("maker/a")
    assert len(hub.requests) == 1


def test_the_token_goes_along_from_the_environment_or_where_it_was_stored(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "token").write_text("hf_stored\n")
    run(SEARCH)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    search_models("")
    monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
    run(SEARCH)
    sent = [asked.headers["Authorization"] for asked in hub.requests]
    assert sent == ["Bearer hf_stored", f"Bearer {TOKEN}", None]


def test_the_token_does_not_go_where_a_list_goes_on(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = HubServer()
    files = {f"{n}.gguf": weights(10, n) for n in range(3)}
    hub.page, hub.next_page = 2, elsewhere.url
    hub.add("maker/a", files)
    elsewhere.add("maker/a", files)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    try:
        assert len(list_files("maker/a")) == 3
    finally:
        elsewhere.close()
    assert {asked.headers["Authorization"] for asked in hub.requests} == {f"Bearer {TOKEN}"}
    assert [asked.headers["Authorization"] for asked in elsewhere.requests] == [None]


def test_a_proxy_is_used(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", hub.url)
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    hub.add("maker/a", {})
    assert len(search_models("")) == 1
    assert hub.requests[-1].path.startswith("http://hub.invalid/api/models?")
    huggingface_hub.close_session()
    monkeypatch.setenv("HTTPS_PROXY", hub.url)
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.invalid")
    hub.always = Fault(502)
    with pytest.raises(UserError, match=r"hub\.invalid can't be reached"):
        search_models("")
    assert (hub.requests[-1].method, hub.requests[-1].path) == ("CONNECT", "hub.invalid:443")


def test_how_a_file_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    file = HubFile("maker/a", COMMIT, "Q8 x/ä#1.gguf", 1, "0" * 64)
    request = file_request(file)
    assert request.url == (
        f"https://huggingface.co/maker/a/resolve/{COMMIT}/Q8%20x/%C3%A4%231.gguf"
    )
    assert request.authorization == ""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/hub/")
    request = file_request(file)
    assert request.url.startswith("https://mirror.example/hub/maker/a/resolve/")
    assert request.authorization == f"Bearer {TOKEN}"
    assert request.headers.keys() == {"user-agent"}


# --- faults ------------------------------------------------------------------------------------


def sentence(told: pytest.ExceptionInfo[UserError]) -> str:
    text = str(told.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(500), "has a fault of its own .500.: try again later"),
        (Fault(429, {"Retry-After": "3600"}), "asked too often"),
        (Fault(403), "refuses this .403."),
        (Fault(302, {"Location": "/api/models"}), "redirects without end"),
        (Fault(body=b"<html>"), "doesn't answer as the Hugging Face hub does"),
        (Fault(body=b'{"error": "x"}'), "doesn't answer as the Hugging Face hub does"),
        (Fault(body=b"[1]"), "doesn't answer as the Hugging Face hub does"),
        (Fault(body=b'[{"id": "a/b", "tags": [1]}]'), "doesn't answer as the Hugging Face hub"),
        (Fault(body=b'[{"id": "a/b", "lastModified": 1}]'), "doesn't answer as the Hugging Face"),
        (Fault(cut=5), "can't be reached"),
        (Fault(headers={"Link": '<http://x:y>; rel="next"'}), "doesn't answer as the Hugging Face"),
        (Fault(headers={"Link": '<x>; rel="next"'}), "doesn't answer as the Hugging Face"),
        (Fault(silent=True), "can't be reached .it doesn't answer."),
    ],
    ids=str,
)
def test_a_fault_is_one_sentence_and_soon(
    fault: Fault, says: str, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.always = fault
    hub.add("maker/a", {})
    monkeypatch.setattr(hub_client, "ANSWER_SECONDS", 0.3)
    began = time.monotonic()
    with pytest.raises(UserError, match=says) as told:
        search_models("", limit=10)
    assert time.monotonic() - began < SOON
    sentence(told)


def test_nobody_there_is_one_sentence_and_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    began = time.monotonic()
    with pytest.raises(UserError, match=r"127\.0\.0\.1 can't be reached .*check the connection"):
        search_models("")
    assert time.monotonic() - began < SOON


def test_a_repository_that_is_not_there_or_can_not_be_read(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match="maker/none, or the file of it, isn't on 127"):
        list_files("maker/none")
    for name in ("../../etc", "a/b/c", "", "a b/c", "http://x"):
        with pytest.raises(UserError, match="names no repository"):
            list_files(name)
    hub.always = Fault(401, {"X-Error-Code": "GatedRepo"})
    with pytest.raises(UserError, match=r"maker/a is gated: accept its licence on http.*/maker/a"):
        list_files("maker/a")
    hub.always = Fault(401)
    monkeypatch.setenv("HF_TOKEN", "hf_old")
    with pytest.raises(UserError, match="doesn't accept your token"):
        list_files("maker/a")


def test_files_that_are_listed_wrongly_are_left_out(hub: HubServer) -> None:
    hub.add("maker/a", {})
    entry = {"type": "file", "path": "a.gguf", "size": 1, "oid": "1"}
    lfs = {"oid": "../x", "size": 1, "pointerSize": 1}
    hub.faults.extend((Fault(), Fault(body=json.dumps([entry | {"lfs": lfs}]).encode())))
    assert list_files("maker/a") == ()
    hub.faults.append(Fault(body=b'{"id": "maker/a"}'))
    with pytest.raises(UserError, match="doesn't answer as the Hugging Face hub does"):
        list_files("maker/a")


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("HF_ENDPOINT", "hub.example", "HF_ENDPOINT is 'hub.example': set it to"),
        ("HF_ENDPOINT", "https://x:y", "HF_ENDPOINT is"),
        ("HF_ENDPOINT", "https://", "HF_ENDPOINT is"),
        ("HF_TOKEN", "hf_ä", "token holds characters that none has"),
        ("HTTP_PROXY", "ftp://127.0.0.1", "network settings .* can't be used"),
        ("ALL_PROXY", "socks5://127.0.0.1:1", "network settings .* can't be used"),
        ("SSL_CERT_FILE", "/nowhere.pem", "network settings .* can't be used"),
        ("HF_OIDC_RESOURCE", "x", "token can't be read"),
    ],
)
def test_settings_of_no_use_are_named(
    variable: str, value: str, says: str, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UserError, match=says) as told:
        search_models("")
    sentence(told)
    assert hub.requests == []


def test_a_token_file_that_can_not_be_read(tmp_path: Path, hub: HubServer) -> None:
    (tmp_path / "hf" / "token").mkdir(parents=True)
    with pytest.raises(UserError, match="token can't be read"):
        search_models("")
    assert hub.requests == []


def test_how_long_a_server_says_to_wait() -> None:
    assert hub_client.wait_asked({}) is None
    assert hub_client.wait_asked({"retry-after": " 7 "}) == 7
    soon = hub_client.wait_asked({"retry-after": formatdate(time.time() + 60, usegmt=True)})
    assert soon is not None
    assert 58 < soon <= 60
    assert hub_client.wait_asked({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}) == 0
    assert hub_client.wait_asked({"retry-after": "later"}) is None
    assert hub_client.wait_asked({"ratelimit": '"resolvers";r=0;t=55'}) == 55
    assert hub_client.wait_asked({"ratelimit": '"resolvers";r=9;t=55'}) is None
