import structlog

log = structlog.get_logger()


class Sender:
    def bad(self, message, code_token):
        # ruleid: log-no-secret-or-text
        log.info("sent", token=message.id)
        # ruleid: log-no-secret-or-text
        log.info("sent", what=message.text)
        # ruleid: log-no-secret-or-text
        log.warning("sent", what=code_token)
        # ruleid: log-no-secret-or-text
        log.error(f"sent {message.text}")
        # ruleid: log-no-secret-or-text
        self._log.debug("sent", utterance=message.id)

    def good(self, message):
        # ok: log-no-secret-or-text
        log.info("sent", id=message.id, kind="text")
        # ok: log-no-secret-or-text
        message.send(text=message.text)
