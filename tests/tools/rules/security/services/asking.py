# ruleid: one-way-out
import httpx
import ssl
# ruleid: one-way-out
import urllib.request

import aiohttp


def bad(url, context):
    # ruleid: one-way-out
    httpx.get(url)
    # ruleid: one-way-out
    urllib.request.urlopen(url)
    # ruleid: one-way-out
    aiohttp.ClientSession()
    # ruleid: verify-certificates
    fetch(url, verify=False)
    # ruleid: verify-certificates
    fetch(url, ssl=False)
    # ruleid: verify-certificates
    context.check_hostname = False
    # ruleid: verify-certificates
    context.verify_mode = ssl.CERT_NONE


def good(outgoing, url, context):
    # ok: one-way-out, verify-certificates
    outgoing.get(url)
    # ok: verify-certificates
    context.verify_mode = ssl.CERT_REQUIRED
