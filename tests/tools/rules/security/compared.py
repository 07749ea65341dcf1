import hmac

from sqlalchemy import select


def bad(row, given, key, sent, text):
    # ruleid: compare-in-constant-time
    if row.digest == given:
        return
    # ruleid: compare-in-constant-time
    if given != row.code_hash:
        return
    # ruleid: compare-in-constant-time
    if hmac.new(key, text, "sha256").hexdigest() == sent:
        return
    # ruleid: compare-in-constant-time
    return sent == signature_of(text).digest()


def good(row, given, status, SessionRow):
    # ok: compare-in-constant-time
    if hmac.compare_digest(row.digest, given):
        return
    # ok: compare-in-constant-time
    if status == 404 or row.secret == "" or row.token == None:
        return
    # ok: compare-in-constant-time
    return select(SessionRow).where(SessionRow.cookie_hash == given)
