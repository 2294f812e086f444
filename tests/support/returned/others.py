"""Everything that comes back and is no bounce that counts: complaints, answers, delays, letters."""

from tests.support.returned.servers import LETTER, READER, US, mail

_DARK = LETTER.replace(f"To: {READER}", "To: [redacted]").replace(READER, "[redacted]")


def arf(kind: str = "abuse", *, letter: str = LETTER, more: str = "", subject: str = "") -> bytes:
    """A complaint in the abuse reporting format."""
    return mail(
        f"""
From: <feedback@provider.example>
To: {US}
Subject: {subject or "FW: January"}
Date: Mon, 1 Feb 2021 11:00:00 +0000
Message-ID: <arf.{abs(hash((kind, letter, more)))}@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="cut"
""",
        "--cut\nContent-Type: text/plain\n\nThis is an email abuse report for a message that we got"
        " from 192.0.2.9.\n--cut\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nUser-Agent: SomeLoop/1.0\nVersion: 1\n{more}\n"
        f"--cut\nContent-Type: message/rfc822\nContent-Disposition: inline\n\n{letter}\n--cut--\n",
    )


def arf_headers_only() -> bytes:
    octets = arf().replace(
        b"message/rfc822\r\nContent-Disp", b"text/rfc822-headers\r\nContent-Disp"
    )
    return octets.partition(b"\r\n\r\nMailbox full")[0] + b"\r\n\r\n--cut--\r\n"


def hotmail() -> bytes:
    """A provider's own form, from before there was a standard."""
    letter = f"X-HmXmrOriginalRecipient: {READER}\nX-MessageDelivery: Vj0x\n{_DARK}"
    return mail(
        f"""
From: staff@hotmail.example
To: {US}
Subject: complaint about message from 192.0.2.9
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="cut"
""",
        f"--cut\nContent-Type: message/rfc822\n\n{letter}\n--cut--\n",
    )


def inline_report() -> bytes:
    """A report whose machine part came as plain text."""
    return mail(
        f"""
From: abuse@provider.example
To: {US}
Subject: Abuse report
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="cut"
""",
        "--cut\nContent-Type: text/plain\n\nFeedback-Type: abuse\nVersion: 1\nUser-Agent: x\n"
        f"--cut\nContent-Type: message/rfc822\n\n{LETTER}\n--cut--\n",
    )


def topic_complaint() -> bytes:
    """What a relay's service mails as JSON."""
    return mail(
        f"From: Topic <no-reply@sns.example>\nTo: {US}\nSubject: AWS Notification Message",
        '{"notificationType":"Complaint","complaint":{"complainedRecipients":'
        f'[{{"emailAddress":"{READER}"}}],"complaintFeedbackType":"abuse"}},"mail":{{}}}}\n',
    )


def notified() -> bytes:
    """A provider's form from still before."""
    return mail(
        f"""
From: Reports <scomp@provider.example>
To: {US}
Subject: Client TOS Notification
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="cut"
""",
        f"--cut\nContent-Type: message/rfc822\n\n{LETTER}\n--cut--\n",
    )


def passed_on() -> bytes:
    """A complaint that a colleague forwards."""
    report = arf().decode().replace("\r\n", "\n")
    return mail(
        f"""
From: Colleague <abuse@us.example>
To: {US}
Subject: Fwd: January
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="around"
""",
        f"--around\nContent-Type: text/plain\n\nFor you.\n--around\nContent-Type: message/rfc822"
        f"\n\n{report}\n--around--\n",
    )


COMPLAINTS = {
    "abuse": arf(),
    "fraud": arf("fraud"),
    "opt-out": arf("opt-out"),
    "other": arf("other"),
    "blackened": arf(letter=_DARK),
    "named": arf(letter=_DARK, more=f"Original-Rcpt-To: <{READER}>\nArrival-Date: Mon\n"),
    "subject": arf(subject="Email Feedback Report for IP 192.0.2.9"),
    "headers only": arf_headers_only(),
    "hotmail": hotmail(),
    "inline": inline_report(),
    "topic": topic_complaint(),
    "notified": notified(),
    "passed on": passed_on(),
}


def answer(subject: str, headers: str = "", text: str = "I am away until Monday.") -> bytes:
    """A reader's program, or a reader, answers."""
    return mail(f"From: Anna <{READER}>\nTo: {US}\nSubject: {subject}\n{headers}".strip(), text)


_GONE = "I no longer work here and this mailbox is disabled. User unknown. 550 5.1.1"
ANSWERS = {
    "3834": answer("Re: January", "Auto-Submitted: auto-replied", _GONE),
    "vacation": answer("January", "Auto-Submitted: auto-replied (vacation)\nPrecedence: bulk"),
    "exchange": answer("Automatic reply: January", "X-Auto-Response-Suppress: All", _GONE),
    "out of office": answer("Out of Office: January"),
    "out of the office": answer("I'm out of the office Re: January", text=_GONE),
    "german": answer("Automatische Antwort: Januar"),
    "german too": answer("Abwesenheitsnotiz: Januar"),
    "french": answer("Réponse automatique : janvier", text="Je suis absente."),
    "french too": answer("Absence du bureau"),
    "spanish": answer("Respuesta automática: enero"),
    "portuguese": answer("Resposta automática: janeiro"),
    "italian": answer("Risposta automatica: gennaio"),
    "dutch": answer("Automatisch antwoord: januari"),
    "swedish": answer("Autosvar: januari"),
    "japanese": answer("自動返信: 一月"),
    "chinese": answer("自动回复: 一月"),
    "russian": answer("Автоматический ответ: январь"),
    "header": answer("January", "X-Autoreply: yes"),
    "precedence": answer("January", "Precedence: auto_reply"),
    "challenge": answer("Please confirm your message", text="Click here to prove you are human."),
    "left": answer("Anna has left the company", text=_GONE),
    "text": answer("Re: January", text="I am out of the office until 3.5.21. Tel: 450 123"),
    "german text": answer("AW: Januar", text="Ich bin bis Montag leider nicht im Büro."),
    "french text": answer("RE : janvier", text="Je suis absente jusqu'à lundi."),
    "postmaster": mail(
        f"Return-Path: <>\nFrom: postmaster <{READER}>\nTo: {US}\nSubject: Re: January",
        "I am on annual leave until Monday.",
    ),
    "hungarian": answer("Automatikus válasz: január"),
    "greek": answer("Αυτόματη απάντηση: Ιανουάριος"),
    "korean": answer("자동 회신: 1월"),
    "turkish": answer("Otomatik yanıt: Ocak"),
    "received": answer("We have received your message [Ticket 42]"),
    "receipt": mail(
        f"""
From: Anna <{READER}>
To: {US}
Subject: Read: January
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="cut"
""",
        "--cut\nContent-Type: text/plain\n\nYour message was read.\n"
        "--cut\nContent-Type: message/disposition-notification\n\n"
        f"Final-Recipient: rfc822;{READER}\nDisposition: manual-action/MDN-sent-manually; displayed"
        "\n\n--cut--\n",
    ),
}


def delayed(words: str, *, fields: str) -> bytes:
    """A warning: the server goes on trying."""
    return mail(
        f"""
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@relay.example>
To: {US}
Subject: Warning: could not send message for past 4 hours
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"
""",
        f"--cut\nContent-Type: text/plain\n\n{words}\n"
        f"--cut\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example\n\n"
        f"Final-Recipient: rfc822; {READER}\n{fields}\n"
        f"--cut\nContent-Type: text/rfc822-headers\n\n{LETTER}\n--cut--\n",
    )


_WAITS = f"<{READER}>: connect to mx.far.example[198.51.100.7]:25: Connection timed out"
DELAYS = {
    "postfix": delayed(_WAITS, fields="Action: delayed\nStatus: 4.4.1\n"),
    "contradiction": delayed(_WAITS, fields="Action: delayed\nStatus: 5.1.1\n"),
    "no action": delayed(_WAITS, fields="Status: 4.4.1\n"),
    "comment": delayed(_WAITS, fields="Action: Delayed (queued)\nStatus: 4.2.2\n"),
    "exim": mail(
        f"""
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@relay.example>
To: {US}
Subject: Warning: message 1l6V delayed 24 hours
Auto-Submitted: auto-replied
""",
        "This message was created automatically by mail delivery software.\nA message that you sent"
        " has not yet been delivered to one or more of its\nrecipients after more than 24 hours on"
        f" the queue.\n\n  {READER}\n\nNo action is required on your part. Delivery attempts will"
        " continue for\nsome time.\n",
    ),
    "sendmail": mail(
        f"From: Mail Delivery Subsystem <MAILER-DAEMON@relay.example>\nTo: {US}\n"
        "Subject: Warning: could not send message for past 4 hours",
        "    **********************************************\n    **      THIS IS A WARNING MESSAGE"
        " ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n\n   ----- These"
        f" addresses had transient non-fatal errors -----\n<{READER}>\n\n   ----- Transcript of"
        f" session follows -----\n<{READER}>... Deferred: Connection timed out\n",
    ),
}

LETTERS = {
    "question": answer("Question about January", text="The link to the study is blocked for me."),
    "reply": answer("Re: January: unknown users", text="> 550 5.1.1 user unknown\nInteresting!"),
    "corrected": arf("not-spam"),
    "authentication": arf("auth-failure"),
    "ours": LETTER.replace("\n", "\r\n").encode(),
    "delivered": delayed("It was delivered.", fields="Action: relayed\nStatus: 2.0.0\n"),
    "gone": mail(
        f"Return-Path: <>\nFrom: Anna <{READER}>\nTo: {US}\nSubject: Re: January\n"
        "In-Reply-To: <2021-01.0123456789abcdef0123456789abcdef@us.example>",
        "Anna no longer works here; what you wrote was not delivered. Ask ben@far.example.",
    ),
    "nothing": b"",
    "no mail": b"\x00\xff\xfe garbage \x80" * 50,
}
"""What is for people, or for nobody."""
