"""Who writes: a mail server about a delivery, a program in somebody's place, or a person."""

import re
from email.message import Message

from newsletter.postbox.mime import header, headers

_SERVER = re.compile(
    r"""mailer[-_. ]?daemon|mail[-_. ]?daemon|post[-_.]?master|mail\ ?delivery|delivery\ ?
    sub-?system|mail\ delivery\ (?:sub)?system|mdaemon|mmdf|smtp-?daemon|maildelivery|mail\ system
    |mail\ ?router|microsoft\ exchange|bounce(?:s|d)?@|system\ administrator|mail\ administrator
    |postm@|uucp|mailadmin|mail-?er\b|internet\ mail\ delivery|no-?reply-delivery|delivery-status
    |mta@|daemon@|non-?deliver|system\ attendant""",
    re.IGNORECASE | re.VERBOSE,
)
_DAEMON = re.compile(
    r"mailer[-_. ]?daemon|mail delivery (?:sub)?system|delivery subsystem|mail-daemon@",
    re.IGNORECASE,
)
_RETURNED = re.compile(
    r"""undeliver|un-deliver|non-?deliver|not\ (?:be\ )?deliver|returned\ (?:mail|e-?mail|message
    |to)
    |return(?:ed)?\ to\ sender|(?:mail|message|delivery|e-?mail)\b.{0,30}\b(?:fail|error|problem
    |unsuccessful|impossible|bounc|refus|reject|return)|delivery\ (?:status|report|notif|has|to
    |delay
    |incomplete|warning)|failure\ (?:notice|notification|delivery)|fail(?:ed|ure).{0,20}(?:mail
    |message|deliver|notice)|could\ not\ (?:be\ )?(?:send|deliver)|couldn't\ be\ deliver|can(?:not
    |'t)\ be\ deliver
    |bounced?\ (?:mail|message|e-?mail)|(?:mail|message)\ (?:not|was\ not|un)|not\ delivered
    |mail\ system\ error
    |message\ (?:status|delayed|you\ sent)|(?:mail|user)\ (?:unknown|quota)|rejected\ (?:mail
    |message)|nondeliv
    |delayed\ (?:mail|message)|warning:\ (?:could|message|mail|e-?mail|delivery)|delivery\ delayed
    |unzustellbar|nicht\ zu(?:ge)?stell|fehlgeschlagen|zustell(?:ung|bericht|fehler|problem)
    |non\ (?:remis|d[ée]livr|distribu|recapit|consegn)|[ée]chec\b|impossible\ de\ remettre
    |avis\ de\ non
    |no\ (?:se\ )?(?:puede\ |pudo\ |ha\ )?(?:entreg|ser\ entreg)|no\ entregado|error\ de\ entrega
    |correo\ (?:devuelto|rechazado)|fall[oó]\ (?:en\ )?(?:la\ |de\ )?entrega|devuelto|devolvid
    |n[aã]o\ (?:foi\ |p[oô]de\ ser\ )?entreg|falha\ (?:na|de|no)\ (?:entrega|envio)
    |mancata\ consegna|impossibile
    |onbestelbaar|niet\ (?:bezorg|afgelever)|kunde?\ inte\ leverera|olevererbar|ikke\ lever
    |oleverans
    |配信|不達|エラーメール|届きません|退信|投递|退回|无法|未送达|не\ ?доставл|недоставл|не\ удалось
    |возвра[щт]
    |nie\ (?:mo[zż]na\ |zosta[lł]a?\ )?dostarcz|niedostarczon|反送|teslim\ edilemedi|kézbesít
    |nedoru[cč]""",
    re.IGNORECASE | re.VERBOSE,
)
_AWAY = re.compile(
    r"""out[\ -]?of[\ -]?(?:the\ )?office|\booto\b|\boof\b|auto(?:matic|mated|matisk|matique
    |m[aá]tica|matica)?
    [\ -]?(?:re(?:ply|sponse|sponder|ponse)|svar|antwort|response|answer|notification|acknowledg)
    |autoreply
    |autoresponder|autoantwort|automatisch(?:e[rs]?)?\ (?:antwort|antwoord|r[ée]ponse|beantwort)
    |abwesen
    |nicht\ im\ (?:b[uü]ro|haus)|r[ée]ponse\ automatique|absen(?:ce|t|za|z)\b|absent\ du|absence
    |en\ cong[ée]
    |respuesta\ autom|fuera\ de\ (?:la\ )?oficina|ausen(?:te|cia|za)|resposta\ autom
    |fora\ d[oe]\ escrit
    |risposta\ autom|fuori\ (?:sede|ufficio)|afwezig|automatisk\ svar|frånvaro|fravær|automaattinen
    |away\ (?:from|until|on)|\bon\ (?:vacation|holiday|leave|annual)|vacation|holiday\ (?:reply
    |notice|response)
    |(?:annual|maternity|parental|sick|medical)\ leave|i\ am\ (?:away|out)
    |自動(?:返信|応答|回复)|自动(?:回复|答复)
    |不在|автоответ|автоматическ\w+\ ответ|вне\ офиса|отсутств|autorespuesta|autoresposta
    |automatyczna\ odpowied
    |nieobecno|urlaub|vacaciones|f[eé]rias|ferie\b|thank\ you\ for\ (?:your\ (?:e-?mail|message
    |inquiry|enquiry)
    |contacting|writing)|we\ have\ received\ your|(?:message|e-?mail|ticket|request)\ (?:received
    |has\ been\ received)
    |your\ (?:ticket|request|case|enquiry)\b|\[(?:ticket|case|request)|confirmation\ of\ receipt
    |acknowledg(?:e?ment)?
    |no\ longer\ (?:with|working|employed|at)|left\ the\ (?:company|organi)|has\ (?:left|moved)
    |change\ of\ (?:e-?mail|address)
    |new\ e-?mail\ address|eingangsbest|accus[ée]\ de\ r[ée]ception|(?:read|return)\ receipt
    |^(?:read|gelesen|lu|le[ií]do
    |letto|gelezen|l[uä]st|l[æe]st|прочитано|not\ read|ungelesen|non\ lu)\s?:""",
    re.IGNORECASE | re.VERBOSE,
)
_CHALLENGE = re.compile(
    r"""(?:please\ )?(?:confirm|verify)\ (?:your\ |that\ you|you\ are|this\ |the\ )?(?:message
    |e-?mail|mail|human|sent
    |identity|address|delivery|request)|verification\ (?:required|needed|of\ your)
    |action\ required.{0,40}deliver
    |challenge|spam\ ?arrest|boxbe|\btmda\b|spam\ ?blocker|sender\ (?:verification|authori[sz]ation
    |confirmation)
    |waiting\ for\ (?:your\ )?(?:confirmation|verification|approval)|\bconf(?:irm)?[#-]
    |anti-?spam\ uol|confirma[cç]
    |awaits\ moderator|moderat|quarantined?\ (?:message|mail)|whitelist""",
    re.IGNORECASE | re.VERBOSE,
)
_HEADERS = (
    "X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-AutoReply-From", "X-Auto-Reply",
    "X-Auto-Response", "X-Mail-Autoreply", "X-Autogenerated", "X-Vacation", "X-OOF",
    "X-AutoResponse", "X-FC-MachineGenerated", "Auto-Reply", "X-POST-MessageClass", "X-Away",
)  # fmt: skip
_RECEIPT = re.compile(r"read[- ]?receipt|return receipt|disposition", re.IGNORECASE)
_REPLY = re.compile(r"^\s*(?:re|aw|sv|antw|vs|rv|res|回复|答复)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_LIST = ("bulk", "junk", "list")


def subject(message: Message) -> str:
    """Return the subject."""
    return header(message, "Subject")


def from_daemon(message: Message) -> bool:
    """Whether the author bears a name that only mail servers bear."""
    return bool(_DAEMON.search(header(message, "From")))


def from_server(message: Message) -> bool:
    """Whether a mail server seems to write, by its name or its empty return path."""
    author = " ".join(headers(message, "From", "Sender"))
    return bool(_SERVER.search(author)) or empty_return_path(message)


def empty_return_path(message: Message) -> bool:
    """Whether the envelope's sender was empty, as it must be for a bounce (RFC 5321, 4.5.5)."""
    return any(
        value.replace(" ", "") in ("<>", "<<>>", "") for value in headers(message, "Return-Path")
    )


def says_returned(message: Message) -> bool:
    """Whether the subject speaks of a delivery that failed or waits."""
    text = subject(message)
    return bool(_RETURNED.search(text)) and not _REPLY.match(text)


def says_away(message: Message) -> bool:
    """Whether the subject is a program's in the place of somebody."""
    return bool(_AWAY.search(subject(message)))


def is_automatic(message: Message) -> bool:
    """Whether a program answers (RFC 3834, 5), by its headers or its subject."""
    sent = header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    precedence = header(message, "Precedence").lower()
    return (
        (bool(sent) and sent != "no")
        or any(header(message, name) for name in _HEADERS)
        or "auto" in precedence
        or header(message, "Delivered-To").lower().startswith("autoresponder")
        or (precedence in _LIST and not header(message, "List-Id"))
        or says_away(message)
        or is_challenge(message)
        or bool(header(message, "X-Auto-Response-Suppress"))
        or bool(_RECEIPT.search(header(message, "Content-Type")))
    )


def is_challenge(message: Message) -> bool:
    """Whether a filter wants a person to prove something. Nothing is ever answered."""
    author = header(message, "From").lower()
    return bool(_CHALLENGE.search(subject(message))) or "spamarrest" in author or "boxbe" in author
