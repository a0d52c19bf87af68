"""Tells within seconds whether there is a network.

TFDS tries a download again and again, more than three minutes in all and without a word, and it
sets no time limit on a connection.
"""

import queue
import threading
import time
from urllib.parse import urlsplit

import requests  # TFDS downloads with it: same proxies, same certificates.

# In thirds: one to connect, or two where IPv6 is broken and IPv4 has its turn, and one to answer;
# a packet that is lost once is sent again after one second.
CONNECTION_SECONDS = 3.5


def require_connection(urls):
    """Raises a ConnectionError unless a host of these addresses can be reached, or there is none.

    One is enough: data sets still name hosts of older versions, which may be gone.
    """
    hosts = {urlsplit(url).netloc: url for url in urls}
    failures = queue.SimpleQueue()
    for url in hosts.values():
        # Threads, since a search for a host's address cannot be given a time limit; daemons, so
        # that one that still hangs does not keep Python from ending.
        threading.Thread(target=_try, args=(url, failures), daemon=True).start()
    end = time.monotonic() + CONNECTION_SECONDS
    failure = None
    for _ in hosts:
        try:
            failure = failures.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            failure = TimeoutError(f"no answer within {CONNECTION_SECONDS} seconds")
        if failure is None:
            return
    if hosts:
        raise ConnectionError(f"no connection to {' or '.join(hosts)} ({failure})") from failure


def _try(url, failures):
    """Puts the exception that keeps from what a URL is the address of, or None, in `failures`."""
    try:
        # It fails for a certificate that is refused, too, as that of a hotel's sign-in page.
        answer = requests.head(url, timeout=CONNECTION_SECONDS / 3)
        proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
        # A proxy without a network behind it answers all the same.
        if proxy and answer.status_code in (502, 503, 504):
            raise requests.exceptions.ProxyError(
                f"the proxy {proxy} answered {answer.status_code} {answer.reason}"
            )
    except requests.exceptions.ReadTimeout:
        failures.put(None)  # A server that takes its time once it is reached is slow, not away.
    except Exception as error:
        # Without urllib3's retries.
        failures.put(getattr(next(iter(error.args), None), "reason", error))
    else:
        failures.put(None)
