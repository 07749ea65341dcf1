def bad(response, value):
    # ruleid: cookies-with-all-flags
    response.set_cookie("session", value)
    # ruleid: cookies-with-all-flags
    response.set_cookie("session", value, secure=True, httponly=True, samesite="lax")
    # ruleid: cookies-with-all-flags
    response.headers["set-cookie"] = f"session={value}"
    # ruleid: cookies-with-all-flags
    response.headers.append("set-cookie", f"session={value}")


def good(response, value):
    # ok: cookies-with-all-flags
    response.set_cookie("session", value, secure=True, httponly=True, samesite="strict")
