"""The mail server."""

import logging
import smtplib

from django.core import mail

logger = logging.getLogger(__name__)

ABOUT_ONE_MAIL = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError)


class MailServer:
    """
    A connection to the mail server for a few mails, opened for the first one that is sent.

    Once it can't be opened, or breaks, it fails for all the mails that follow, at once: two mails wait for a server
    that does not answer no longer than one does.
    """

    def __init__(self):
        self.connection = None
        self.error = None  # that ended the connection

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        try:
            if self.connection is not None:
                self.connection.close()
        except Exception:  # all that there was to send is sent, or noted as failed
            logger.debug("The connection to the mail server was not closed in order.", exc_info=True)

    def send(self, message):
        """
        Send a message.

        Raises:
            Exception: whatever the mail backend raises: the server has not accepted the message, or did not say so.
        """
        if self.error is not None:
            raise self.error
        if self.connection is None:
            self._open()
        try:
            self.connection.send_messages([message])
        except OSError as error:  # as all errors of smtplib are
            if not isinstance(error, ABOUT_ONE_MAIL):
                self.error = error
            raise

    def would_fail_again(self, error):
        """Tell whether an error of ``send`` was about the message, and will be the same however often it is tried."""
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return all(code >= 500 for code, _ in error.recipients.values())
        # Of the address or a header, and UnicodeError is one of them; or else of the settings.
        return isinstance(error, ValueError) and self.error is None

    def _open(self):
        try:
            # Django 6.1 has mailers, and warns of get_connection().
            connection = mail.mailers.default if hasattr(mail, "mailers") else mail.get_connection()
            connection.open()
        except Exception as error:
            self.error = error
            raise
        self.connection = connection
