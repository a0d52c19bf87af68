"""Tells within seconds whether a server can be reached at all.

TFDS tries a download again and again, more than three minutes in all and without a word, and it
sets no time limit on a connection. So the server is tried here, just before TFDS turns to it; what
TFDS does once the network is known to be there, however slowly, is left as it is.
"""

import socket
import threading
from urllib.parse import urlsplit

# Long enough for a packet that is lost once (it is sent again after one second), and short enough
# for an answer to the user within five seconds.
CONNECTION_SECONDS = 3.5

_PORTS = {"http": 80, "https": 443, "ftp": 21}


class _Attempt(threading.Thread):
    """Connects to the server of a URL.

    In a thread of its own, since a search for a host's address cannot be given a time limit; a
    daemon, so that one that still hangs does not keep Python from ending.
    """

    def __init__(self, url: str):
        super().__init__(daemon=True)
        self.url = url
        self.is_connected = False
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self._connect()
        except Exception as error:
            self.error = error

    def _connect(self) -> None:
        import requests  # TFDS downloads with it: same proxies, same certificates.

        proxy = requests.utils.select_proxy(
            self.url, requests.utils.get_environ_proxies(self.url, no_proxy=None)
        )
        if not proxy:
            server = urlsplit(self.url)
            port = server.port or _PORTS.get(server.scheme, 443)
            # Half the time for each of its addresses: where IPv6 is broken, IPv4 has its turn.
            socket.create_connection((server.hostname, port), CONNECTION_SECONDS / 2).close()
            # The network is there. A server that now takes its time is slow, not out of reach.
            self.is_connected = True
        if self.url.startswith("ftp"):
            return
        # What a connection does not tell: a proxy without a network behind it, a certificate that
        # is refused. TFDS would try again and again for those too.
        try:
            response = requests.head(self.url, timeout=CONNECTION_SECONDS)
        except requests.exceptions.Timeout:
            if proxy:
                raise
            return
        if proxy and response.status_code in (502, 503, 504):
            raise requests.exceptions.ProxyError(
                f"the proxy {proxy} answered {response.status_code} {response.reason}"
            )


def require_network(url: str) -> None:
    """Returns if the server of a URL can be reached.

    Args:
        url: Address of a file to download.

    Raises:
        ConnectionError: It cannot be, or did not answer within `CONNECTION_SECONDS`.
    """
    host = urlsplit(url).hostname
    attempt = _Attempt(url)
    attempt.start()
    attempt.join(CONNECTION_SECONDS)
    if attempt.error is not None:
        raise ConnectionError(f"no connection to {host} ({attempt.error})") from attempt.error
    if attempt.is_alive() and not attempt.is_connected:
        raise ConnectionError(f"no answer from {host} within {CONNECTION_SECONDS} seconds")
