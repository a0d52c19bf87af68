"""Tells within seconds whether there is a network.

TFDS tries a download again and again, more than three minutes in all and without a word, and it
sets no time limit on a connection.
"""

import queue
import socket
import threading
import time
from urllib.parse import urlsplit

import requests  # TFDS downloads with it: same proxies, same certificates.

CONNECTION_SECONDS = 3.5  # a packet that is lost once is sent again after one second


def require_connection(urls):
    """Raises a ConnectionError unless a host of these addresses can be reached, or there is none.

    One is enough: data sets still name hosts of older versions, which may be gone.
    """
    hosts = {urlsplit(url).netloc: url for url in urls}
    reached, failures = threading.Event(), queue.SimpleQueue()
    for url in hosts.values():
        # Threads, since a search for a host's address cannot be given a time limit; daemons, so
        # that one that still hangs does not keep Python from ending.
        threading.Thread(target=_try, args=(url, reached, failures), daemon=True).start()
    end = time.monotonic() + CONNECTION_SECONDS
    failure = None
    for _ in hosts:
        try:
            failure = failures.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            # A server that takes its time once it is reached is slow, not away.
            if reached.is_set():
                return
            failure = TimeoutError(f"no answer within {CONNECTION_SECONDS} seconds")
        if failure is None:
            return
    if hosts:
        raise ConnectionError(f"no connection to {' or '.join(hosts)} ({failure})") from failure


def _try(url, reached, failures):
    """Puts the exception that keeps from what a URL is the address of, or None, in `failures`."""
    try:
        proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
        first = urlsplit(requests.utils.prepend_scheme_if_needed(proxy or url, "http"))
        port = first.port or (443 if first.scheme == "https" else 80)
        # Half the time for each of its addresses: where IPv6 is broken, IPv4 has its turn.
        socket.create_connection((first.hostname, port), CONNECTION_SECONDS / 2).close()
        reached.set()
        # What that does not tell: a proxy without a network behind it, a certificate that is
        # refused, as by a hotel's sign-in page. TFDS would try again and again for those too.
        answer = requests.head(url, timeout=CONNECTION_SECONDS)
        if proxy and answer.status_code in (502, 503, 504):
            raise requests.exceptions.ProxyError(
                f"the proxy {proxy} answered {answer.status_code} {answer.reason}"
            )
    except requests.exceptions.ReadTimeout:
        failures.put(None)  # reached, and slow
    except Exception as error:
        # Without urllib3's retries.
        failures.put(getattr(next(iter(error.args), None), "reason", error))
    else:
        failures.put(None)
