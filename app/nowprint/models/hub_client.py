"""How the Hugging Face hub is talked to: by its own library, on our terms.

huggingface_hub is imported when something is asked for, because that takes a while, and with its
telemetry off. The client that it is given tries once and not for long, because somebody waits; keeps no
connection; sends the token to the hub's own host alone; and refuses whatever else in this process uses
the library: nothing is contacted unless somebody asked for it here.

The usual variables hold: HF_ENDPOINT (a mirror), HF_TOKEN or else the token that ``hf auth login``
stored, HTTPS_PROXY and what else httpx reads.
"""

from __future__ import annotations

import contextlib
import email.utils
import functools
import os
import time
from collections.abc import Generator, Mapping
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Any

from nowprint.errors import UserError

if TYPE_CHECKING:
    import httpx2
    from huggingface_hub import HfApi

HUB = "https://huggingface.co"
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 20.0
"""How long a host may take to be reached, and how long it may say nothing."""

_asked: ContextVar[bool] = ContextVar("asked", default=False)
"""Whether it was asked for here that the library talks."""
_loading = Lock()


def endpoint() -> str:
    """The hub's address, or the mirror's that HF_ENDPOINT names; without a slash at its end. UserError
    if that is no address."""
    import httpx2

    address = os.environ.get("HF_ENDPOINT", "").strip().rstrip("/") or HUB
    with contextlib.suppress(httpx2.InvalidURL):
        url = httpx2.URL(address)
        if url.scheme in ("http", "https") and url.host:
            return address
    raise UserError(f"HF_ENDPOINT is {address!r}: set it to an address that begins with https://.")


@contextlib.contextmanager
def asking(repository: str = "") -> Generator[HfApi, None, None]:
    """The library's interface to the hub; its faults become a sentence, which names the repository."""
    token = request_headers().get("authorization", "").removeprefix("Bearer ")
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    asked = _asked.set(True)
    try:
        yield HfApi(endpoint(), token=token or False)
    except HfHubHTTPError as fault:
        raise refusal(fault.response, repository) from fault
    except HFValidationError as fault:
        raise no_repository(repository) from fault
    except (ValueError, TypeError, KeyError, AttributeError, httpx2.InvalidURL) as fault:
        # the library takes every answer for one of a hub
        raise UserError(
            f"{endpoint()} doesn't answer as the Hugging Face hub does: try again later, or set "
            "HF_ENDPOINT to another mirror."
        ) from fault
    finally:
        _asked.reset(asked)


def request_headers() -> dict[str, str]:
    """The library's own: its user agent and, if there is a token, the authorization. UserError if the
    token can't be read."""
    _load()
    from huggingface_hub.errors import OIDCError
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # it is lazy

    asked = _asked.set(True)  # the hub may have to renew the token
    try:
        headers: dict[str, str] = build_hf_headers()
    except (OSError, ValueError, OIDCError) as fault:
        raise UserError(
            f"The Hugging Face token can't be read ({fault}): log in again with `hf auth login`, or "
            "set HF_TOKEN."
        ) from fault
    finally:
        _asked.reset(asked)
    authorization = headers.get("authorization", "")
    if not (authorization.isascii() and authorization.isprintable()):
        raise UserError(
            "The Hugging Face token holds characters that none has: set HF_TOKEN again."
        )
    return headers


# --- the client --------------------------------------------------------------------------------


def _load() -> None:
    """Import the library, without telemetry and with our client."""
    with _loading:  # a second client would end what the first one is asked
        _load_once()


@functools.cache
def _load_once() -> None:
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    import huggingface_hub
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_TELEMETRY = True  # something else may have imported it before
    huggingface_hub.set_client_factory(_make_client)


def _make_client() -> httpx2.Client:
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    class HubClient(httpx2.Client):
        """Tries once: the library's own retries take half a minute, or as long as a server says."""

        def send(self, request: httpx2.Request, **how: Any) -> httpx2.Response:
            if not _asked.get():
                raise OfflineModeIsEnabled(f"Nowprint didn't ask for {request.url}.")
            if request.url.origin != httpx2.URL(endpoint()).origin:  # the next page of a list
                request.headers.pop("authorization", None)
            # the library asks for no limit in each of its requests
            request.extensions = {**request.extensions, "timeout": timeout().as_dict()}
            try:
                response = super().send(request, **how)
            except httpx2.RequestError as fault:
                raise unreachable(request.url.host, fault) from fault
            if response.status_code == 429 or response.is_server_error:
                raise HfHubHTTPError("", response=response)
            return response

    with network_settings():
        return HubClient(follow_redirects=True, limits=httpx2.Limits(max_keepalive_connections=0))


def timeout() -> httpx2.Timeout:
    import httpx2

    return httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)


@contextlib.contextmanager
def network_settings() -> Generator[None, None, None]:
    """While a client is made: it reads what the system says of proxies and certificates."""
    try:
        yield
    except (OSError, ValueError, ImportError) as fault:
        raise UserError(
            f"The network settings of this system can't be used ({fault}): look at HTTPS_PROXY, "
            "ALL_PROXY and SSL_CERT_FILE."
        ) from fault


# --- what comes back ---------------------------------------------------------------------------


def refusal(response: httpx2.Response, repository: str) -> UserError:
    """The sentence for a status that is no success; ``repository`` is "" where none was asked for."""
    host, status = response.url.host, response.status_code
    code = response.headers.get("x-error-code", "")
    if repository and (status == 404 or code == "RepoNotFound"):
        return UserError(
            f"{repository}, or the file of it, isn't on {host} any more, or it is private: search again, "
            "or set the token of an account that may read it (HF_TOKEN)."
        )
    if status == 401 and code != "GatedRepo" and "authorization" in response.request.headers:
        return UserError(
            f"{host} doesn't accept your token: make a new one on {endpoint()}/settings/tokens and set "
            "HF_TOKEN, or log in with `hf auth login`."
        )
    if status in (401, 403) and repository:
        return UserError(
            f"{repository} is gated: accept its licence on {endpoint()}/{repository}, and set a token "
            "of the account that did (HF_TOKEN, or `hf auth login`)."
        )
    if status == 429:
        return UserError(f"{host} has been asked too often from here: try again in some minutes.")
    if status >= 500:
        return UserError(f"{host} has a fault of its own ({status}): try again later.")
    return UserError(f"{host} refuses this ({status}): try again later, or update Nowprint.")


def unreachable(host: str, fault: Exception) -> UserError:
    """The sentence for a request that got no answer, or not all of it."""
    import httpx2

    if isinstance(fault, httpx2.TooManyRedirects):
        return UserError(f"{host} redirects without end: try again later, or another mirror.")
    silent = isinstance(fault, httpx2.TimeoutException)
    why = "it doesn't answer" if silent else str(fault) or type(fault).__name__
    return UserError(f"{host} can't be reached ({why}): check the connection and try again.")


def no_repository(name: str) -> UserError:
    return UserError(f"{name[:100]!r} names no repository: write it as owner/name.")


def wait_asked(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server says to wait: Retry-After as a number or a date (RFC 9110, 10.2.3), or
    the hub's own limit (draft-ietf-httpapi-ratelimit-headers). None if it says nothing."""
    from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined]

    told = headers.get("retry-after", "").strip()
    if told.isdecimal():
        return float(told)
    with contextlib.suppress(ValueError):  # also where nothing is told
        return max(0.0, email.utils.parsedate_to_datetime(told).timestamp() - time.time())
    limit = parse_ratelimit_headers(headers)
    return float(limit.reset_in_seconds) if limit and limit.remaining == 0 else None
