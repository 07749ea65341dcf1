import aiohttp


def good():
    # ok: one-way-out
    return aiohttp.ClientSession()
