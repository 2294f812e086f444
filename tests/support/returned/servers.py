"""How servers wrap a refusal: one function a server, from the refusal to the bounce's bytes."""

from collections.abc import Callable

from tests.support.returned.refusals import Refusal

READER = "anna@far.example"
US = "bounces@us.example"
LETTER = f"""Return-Path: <{US}>
Received: from us.example (us.example [192.0.2.9]) by relay.example with ESMTPS id 4C2
    for <{READER}>; Mon, 1 Feb 2021 09:00:02 +0000
From: Digest <digest@us.example>
To: {READER}
Subject: January: blocked grief, spam of thought, policy and practice
Message-ID: <2021-01.0123456789abcdef0123456789abcdef@us.example>
List-Id: Digest <digest.us.example>
List-Unsubscribe: <https://us.example/unsubscribe/x>, <mailto:leave@us.example?subject=x>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Mailbox full of unknown users: what the research says about policy.
"""

Wrap = Callable[[Refusal], bytes]


def mail(headers: str, body: str) -> bytes:
    """Return a message; what is not ASCII goes as UTF-8."""
    return f"{headers.strip()}\n\n{body}".replace("\n", "\r\n").encode()


def _report(author: str, subject: str, prose: str, fields: str, more: str = "") -> bytes:
    """Return a multipart/report (RFC 6522) with the letter in it."""
    headers = f"""
Return-Path: <>
From: {author}
To: {US}
Subject: {subject}
Date: Mon, 1 Feb 2021 09:00:05 +0000
Message-ID: <report.{abs(hash((author, prose, fields)))}@relay.example>
Auto-Submitted: auto-replied
{more}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"
""".replace("\n\n", "\n")
    return mail(
        headers,
        f"--cut\nContent-Type: text/plain; charset=utf-8\n\n{prose}\n"
        f"--cut\nContent-Type: message/delivery-status\n\n{fields}\n"
        f"--cut\nContent-Type: message/rfc822\n\n{LETTER}\n--cut--\n",
    )


def _status(refusal: Refusal) -> str:
    return refusal.status or f"{refusal.code // 100}.0.0"


def postfix(one: Refusal) -> bytes:
    said = f"host mx.antispam.example[198.51.100.7] said: {one.line}"
    return _report(
        "MAILER-DAEMON@relay.example (Mail Delivery System)",
        "Undelivered Mail Returned to Sender",
        "This is the mail system at host relay.example.\n\nYour message could not be delivered to"
        f" one or more recipients.\n\n<{READER}>: {said}\n    (in reply to RCPT TO command)\n",
        "Reporting-MTA: dns; relay.example\nX-Postfix-Queue-ID: 4C2\n\n"
        f"Final-Recipient: rfc822; {READER}\nOriginal-Recipient: rfc822;{READER}\nAction: failed\n"
        f"Status: {_status(one)}\nRemote-MTA: dns; mx.antispam.example\n"
        f"Diagnostic-Code: smtp; {one.line}\n",
    )


def sendmail(one: Refusal) -> bytes:
    made_up = {550: "5.1.1", 551: "5.1.6", 552: "5.2.2", 553: "5.1.3"}.get(one.code, "5.0.0")
    status = one.status or (made_up if one.code >= 500 else "4.0.0")
    return _report(
        "Mail Delivery Subsystem <MAILER-DAEMON@relay.example>",
        "Returned mail: see transcript for details",
        "The original message was received at Mon, 1 Feb 2021 09:00:02 GMT\nfrom us.example\n\n"
        "   ----- The following addresses had permanent fatal errors -----\n"
        f"<{READER}>\n    (reason: {one.line})\n\n   ----- Transcript of session follows -----\n"
        f"... while talking to mx.far.example.:\n>>> RCPT To:<{READER}>\n<<< {one.line}\n",
        "Reporting-MTA: dns; relay.example\nArrival-Date: Mon, 1 Feb 2021 09:00:02 GMT\n\n"
        f"Final-Recipient: RFC822; {READER}\nAction: failed\nStatus: {status}\n"
        f"Remote-MTA: DNS; mx.far.example\nDiagnostic-Code: SMTP; {one.line}\n"
        "Last-Attempt-Date: Mon, 1 Feb 2021 09:00:04 GMT\n",
    )


def exim(one: Refusal) -> bytes:
    headers = f"""
Return-path: <>
X-Failed-Recipients: {READER}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@relay.example>
To: {US}
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1l6V-{abs(hash(one))}@relay.example>
"""
    return mail(
        headers,
        "This message was created automatically by mail delivery software.\n\nA message that you"
        " sent could not be delivered to one or more of its\nrecipients. This is a permanent error."
        f" The following address(es) failed:\n\n  {READER}\n    host mx.far.example [192.0.2.7]\n"
        f"    SMTP error from remote mail server after RCPT TO:<{READER}>:\n    {one.line}\n\n"
        f"------ This is a copy of the message, including all the headers. ------\n\n{LETTER}",
    )


def qmail(one: Refusal) -> bytes:
    headers = f"""
Return-Path: <>
Date: 1 Feb 2021 09:00:05 -0000
From: MAILER-DAEMON@relay.example
To: {US}
Subject: failure notice
"""
    return mail(
        headers,
        "Hi. This is the qmail-send program at relay.example.\nI'm afraid I wasn't able to deliver"
        " your message to the following addresses.\nThis is a permanent error; I've given up. Sorry"
        f" it didn't work out.\n\n<{READER}>:\n198.51.100.7 does not like recipient.\n"
        f"Remote host said: {one.line}\nGiving up on 198.51.100.7.\n\n"
        f"--- Below this line is a copy of the message.\n\n{LETTER}",
    )


def office365(one: Refusal) -> bytes:
    return _report(
        "postmaster@tenant.example",
        "Undeliverable: January",
        f"Delivery has failed to these recipients or groups:\n\n{READER}\n\nYour message was not"
        " delivered. The sender should look at what the other server says, then try again.\n\n"
        "Diagnostic information for administrators:\n\nGenerating server: AB1PR.prod.outlook.test"
        f"\n\n{READER}\nRemote Server returned '{one.line}'\n",
        "Reporting-MTA: dns;AB1PR.prod.outlook.example\nReceived-From-MTA: dns;us.example\n\n"
        f"Final-Recipient: rfc822;{READER}\nAction: failed\nStatus: {_status(one)}\n"
        f"Diagnostic-Code: smtp;{one.line}\nX-Display-Name: Anna\n",
        "Content-Language: en-CA\nX-MS-Exchange-Message-Is-Ndr:\n",
    )


def gmail(one: Refusal) -> bytes:
    return _report(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.example>",
        "Delivery Status Notification (Failure)",
        f"** Message not delivered **\n\nYour message couldn't be delivered to {READER}. Learn more"
        f" here: https://support.example/answer\n\nThe response was:\n\n{one.line}\n",
        "Reporting-MTA: dns; googlemail.example\nArrival-Date: Mon, 01 Feb 2021 01:00:02 -0800\n\n"
        f"Final-Recipient: rfc822; {READER}\nAction: failed\nStatus: {_status(one)}\n"
        f"Diagnostic-Code: smtp; {one.line}\nLast-Attempt-Date: Mon, 01 Feb 2021 01:00:05 -0800\n",
        f"X-Failed-Recipients: {READER}\n",
    )


def gateway(one: Refusal) -> bytes:
    """A filter before Exchange that knows no better than 5.0.0 and puts all into the text."""
    return _report(
        "Mail Gateway <postmaster@gateway.example>",
        "Delivery failure",
        f"The following message could not be delivered.\n\nRecipient: {READER}\nReason: Remote host"
        f" said: {one.line}\n",
        "Reporting-MTA: dns; gateway.example\n\n"
        f"Final-Recipient: rfc822; {READER}\nAction: failed\nStatus: {one.code // 100}.0.0\n",
    )


def plain(one: Refusal) -> bytes:
    """A server that keeps to no standard at all."""
    headers = f"""
Return-Path: <>
From: Postmaster <postmaster@plain.example>
To: {US}
Subject: Undeliverable mail
"""
    return mail(
        headers,
        f"Your mail could not be delivered.\n\nFailed recipient: {READER}\nThe server answered:\n"
        f"{one.line}\n\n------- Original message follows -------\n\n{LETTER}",
    )


SERVERS: dict[str, Wrap] = {
    wrap.__name__: wrap
    for wrap in (postfix, sendmail, exim, qmail, office365, gmail, gateway, plain)
}
