"""A prospect's answer as a message, and as the form Inbound Parse posts in raw mode (reference/sendgrid.md, 8)."""

import json
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from secrets import token_hex

from bot.sandbox.sendgrid.mails import SentMail

BOUNDARY = "xYzZY"
FORM_HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "User-Agent": "Sendlib/1.0"}
INTERESTED = "Thanks, this is useful. Could you tell me what it costs, and call me on Thursday after two?"
AWAY = "I am out of the office until Monday and will read your message then.\nIn urgent cases call our front desk."
AWAY_HEADERS = {"Auto-Submitted": "auto-replied", "X-Autoreply": "yes", "Precedence": "auto_reply"}
_POLICY = SMTP.clone(max_line_length=998)  # Python may break a long address in two, which no mail program does


def answer_to(mail: SentMail, text: str, at: datetime, *, subject: str, headers: Mapping[str, str]) -> EmailMessage:
    """The recipient's answer, to where the mail asks for answers. headers: more of them, or others instead."""
    message = EmailMessage(_POLICY)
    message["From"] = Address(_line(mail.to_name), *mail.to.rsplit("@", 1))
    message["To"] = mail.reply_to or mail.sender
    message["Subject"] = _line(subject) or f"Re: {_line(mail.subject)}"
    message["Date"] = at
    message["Message-ID"] = f"<{token_hex(12)}@{mail.to.rpartition('@')[2]}>"
    message["In-Reply-To"] = mail.smtp_id
    message["References"] = mail.smtp_id
    for name, value in headers.items():
        del message[name]
        message[name] = value
    message.set_content(text)
    return message


def quoting(mail: SentMail, words: str, at: datetime) -> str:
    """The words above the mail they answer, as mail programs quote it."""
    quoted = "\n".join(f"> {line}".rstrip() for line in mail.text.splitlines())
    sender = f"{mail.sender_name} <{mail.sender}>".strip()
    return f"{words}\n\nOn {at:%d %b %Y, %H:%M}, {sender} wrote:\n{quoted}\n"


def form_of(mail: SentMail, message: EmailMessage) -> bytes:
    """The message as one form: who got it stands in `envelope`, the whole message in `email`."""
    recipient = (mail.reply_to or mail.sender).encode()
    domain = mail.to.rpartition("@")[2]
    parts = {
        "dkim": f"{{@{domain} : pass}}".encode(),
        "email": message.as_bytes(),
        "to": recipient,
        "from": str(message["From"]).encode(),
        "sender_ip": b"203.0.113.25",
        "envelope": json.dumps({"to": [recipient.decode()], "from": mail.to}).encode(),
        "subject": str(message["Subject"]).encode(),
        "charsets": b'{"to":"UTF-8","subject":"UTF-8","from":"UTF-8"}',
        "SPF": b"pass",
    }
    return b"".join(_part(name, content) for name, content in parts.items()) + f"--{BOUNDARY}--\r\n".encode()


def _part(name: str, content: bytes) -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + content + b"\r\n"


def _line(text: str) -> str:
    """A header holds one line."""
    return " ".join(text.split())
