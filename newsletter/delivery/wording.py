"""What servers say when they refuse, sorted by what it means: patterns for `plain` words.

A standard gives codes; the rest is prose, in any language. The patterns are searched in what
`plain` leaves of a text, so that no address, link or host name decides: `antispam.example` may
well say that nobody is there.
"""

import re
import unicodedata
from functools import lru_cache

_LONGEST = 4000
"""Letters of a reply that are looked at."""

_AWAY = re.compile(
    r"""
      \bhttps?://\S+                                  # links
    | [^\s<>"',;:()]{1,254}@(?:[^\s<>"',;().]|\.(?!\.\.))+   # addresses, up to sendmail's "..."
    | \bhost\s+\S+?(?:\s*\[[^\]]{1,60}\])?\s+(?=said|refused|replied)
    | (?<![\w.])(?!(?:resolver|queue|smtpsend)\.)       # what Exchange names its reasons by
      (?:[a-z0-9_-]+\.)+[a-z0-9_-]+                    # host names, status codes, IPv4
    | \[[0-9a-f:.]{3,60}\]                            # IP literals
    """,
    re.VERBOSE,
)


@lru_cache(maxsize=256)
def plain(words: str) -> str:
    """Return words in lower case on one line, without addresses, links and host names."""
    text = unicodedata.normalize("NFKC", words[:_LONGEST]).lower().replace("’", "'")
    text = _AWAY.sub(" ", text).replace("_", " ").replace("<>", " ").replace("< >", " ")
    return " ".join(text.split())


def _any(*alternatives: str) -> str:
    return "|".join(f"(?:{one})" for one in alternatives)


_BOX = (
    r"(?:e-?mail )?(?:users?(?: ?name)?|recipients?|addressees?|mail ?box(?:es)?|accounts?|address"
    r"(?:es)?|alias(?:es)?|inbox|mail ?drop|local[ -]?part|person|customer|subscriber|member|name"
    r"|login|in-?box|destination|(?:user)?id|(?:final )?deliver(?:y|able)|contact|uid)"
)
_IS = r"(?:(?: address| name| account| specified| you entered| given)*[ \"'>):,.]*(?: \S+)?)"
_NOT = (
    r"(?:does ?n[o']t|do(?:es)? not|is ?n[o']t|is not|are not|was ?n[o']t|was not|no longer|not"
    r"|could ?n[o']t|could not|can ?not|can't|has not)"
)

SENDER = _any(
    r"cannot resolve your|mismatches client|from:? domain is|valid from:|unrout\w+ sender|\bbatv\b"
    r"|bounce ?deny|bogus (?:mail )?from|third-party dsn|unsigned dsn|(?:empty|null) (?:envelope )?"
    r"(?:return|sender)|mail from (?:is )?not|[ée]metteur invalide|open proxy|relay host name"
    r"|confirm this mail server|go away|no access from|client ip|not accept mail from"
    r"|sending ips?\b|ip for sending|responsible address|mail from (?:\S+ )?(?:refus|reject|den)",
    r"\bsender(?:'s)?(?: e-?mail)?(?: address| domain| id| name| ip| host| verify| verification)?"
    r"(?: \S+)?"
    r" (?:is |was |has been |are )?(?:rejected|refused|denied|unknown|invalid|fail|not|blocked"
    r"|banned|unverif|disallowed|prohibit|listed|does|doesn|could|can)",
    r"(?:invalid|unknown|bad|unverified|illegal|forged|verify|verif\w+ (?:of )?(?:the )?)"
    r" (?:envelope[ -])?(?:sender|return[ -]path|from address|mail ?from)",
    r"(?:unauthori[sz]ed|unauthenticated|blocked|reject\w*|refus\w*|den(?:y|ied)|bar\w*|block)"
    r" (?:the |this |your |bad )?(?:outbound )?sender",
    r"\bsender verif|\bcall-?out verif|verification failed for <?>?",
    r"\bfrom address (?:is |was )?(?:rejected|refused|denied|invalid|not)",
    r"domain of (?:the )?sender|sender domain|senders? not (?:allowed|accepted|permitted)",
    r"\b(?:return|originat(?:or|ing)|sending|mail ?from|from|helo|ehlo|message-id)(?: path)?"
    r"(?: e-?mail)? (?:address|domain|header|field|line|(?<=helo )name|(?<=sending )(?:host"
    r"|server))"
    r"(?: \S+){0,2}? (?:not|does|doesn|un\w+|invalid|bad|could|can|reject|refus|fail"
    r"|is (?:not|un|in))",
    r"\bin (?:the |your )?(?:from|sender|reply-to|return-path)\b|mail ?from (?:is )?unresolv"
    r"|badmailfrom|backscatter|sender call-?out|check (?:the )?sender|envelope sender"
    r"|\byour host ?name|invalid dns|\bsending (?:for|from) this|(?:disabled"
    r"|suspended) for sending",
    r"(?:reverse|ptr|rdns)[ -](?:dns|lookup|record|entry|map)|no (?:ptr|reverse|rdns)|\bfcrdns\b",
    r"(?:bad|invalid|wrong|reject\w*) (?:helo|ehlo)|(?:helo|ehlo)\b.{0,40}(?:reject|refus|invalid"
    r"|resolv|bad|deni|not)",
    r"client host .{0,60}(?:reject|refus|deni|block|not)|cannot find your (?:reverse )?host",
    r"(?:absender\w*|exp[ée]diteur|remitente|mittente|remetente|afzender|avs[aä]ndar\w*|nadawc\w*"
    r"|отправител\w*)(?: \S+){0,3} (?:unbekannt|abgelehnt|existiert nicht|ung[uü]ltig|inconnu|refus"
    r"|rejet|inexist|n'existe|desconocid|rechaz|no existe|sconosciut|rifiutat|desconhecid|rejeitad"
    r"|onbekend|geweigerd|ok[aä]nd|nieznan|odrzuc|неизвест|отклон|не (?:существ|найден))"
    r"|absenderadresse|(?:送信者|差出人|发件人|發件人|寄件者).{0,6}(?:存在|拒|不)",
)
"""Who is refused is the one who sends."""

POLICY = _any(
    r"spam(?!\S*(?:said|:))|\bjunk|unsolicited|\buce\b|\bube\b|bulk (?:e-?)?mail",
    r"(?:black|block|deny|real[ -]?time|reject|stop|white|allow|safe)[ -]?list|\bdns-?[bw]ls?\b"
    r"|\br(?:hs)?bls?\b|\bsbl\b|"
    r"\bxbl\b|\bpbl\b|\bcbl\b|spamhaus|spamcop|\bsorbs\b|uribl|surbl|senderscore|sender score",
    r"(?<!un)\bblocked\b(?! (?:due to|because of|for) inactiv)|\bblocking\b"
    r"|\bblock(?:s|ed)? (?:for|by|due|using|your|this)(?! to inactiv)|\bbanned\b"
    r"|\bblacklist",
    r"reputation|dynamic (?:ip|addr|host|pool)|dial-?up|\bbadly? rated|poor (?:standing|score)"
    r"|suspicious|suspected|abus(?:e|ive)",
    r"harvest|dictionary attack|excessive userid|honey ?pot|\btraps?\b|heuristic|fingerprint"
    r"|quarantin|karma|\bscor(?:ed?|ing)\b|\buntrusted\b|geograph|\bcountr(?:y|ies)\b"
    r"|\bfilter(?:s|ed|ing)?\b|\bsieve\b|unacceptable|advertis|too many bounces"
    r"|(?:does not|doesn't) accept your|not in (?:an? |the |our )?approved"
    r"|not accepting (?:mail|messages) from|requires that you verify",
    r"polic(?:y|ies)\b|politique|richtlinie|política|ポリシー|политик",
    r"\bauthenti(?:cat|fi)|\bcredentials?\b|\bspf\b|\bdkim\b|\bdmarc\b|\bdomainkeys?\b"
    r"|\bsender policy|\bsender[ -]id\b|\barc\b.{0,20}fail|not aligned|unauthenticated",
    r"\bvirus|malware|phish|trojan|infected|malicious|\bexecutable\b|attachment type",
    r"\battachments?\b|message (?:was )?filtered|captcha|mass mail|complaints?\b"
    r"|unwanted (?:message|mail)|unverif\w+ sending"
    r"|\bbulk\b.{0,3}advertis|detected that this message|recurrent pattern|over ipv6"
    r"|restrictdomains",
    r"(?:ptr|dns) (?:resource )?record (?:\S+ )?(?:found|missing|setup|required)"
    r"|ptr resource record"
    r"|network (?:is )?not allowed|not accepting connections|protocol violation",
    r"permission to post|投稿する権限|organi[sz]ational settings|low priority|headers? (?:are "
    r"|is )?(?:not accepted|error)"
    r"|multiple addresses|recipient preferences|resolver\.rst\.|account is protected by"
    r"|only accepting mail from|\brule imposed\b|restricted sms",
    r"bloqu(?:[ée]e?s?|e par|e pour)\b(?=.{0,30}(?:services|spam|ip\b))|services? refus|mail rejet"
    r"|incident de spam",
    r"content (?:was |is |has been )?(?:reject|refus|filter|block|not|deni|scan|polic)"
    r"|(?:message|mail|e-?mail) content|because of (?:its|the) content|objectionable|looks like",
    r"(?:listed|found) (?:at|by|in|on) (?:the )?(?:dns|rbl|black|block|multiple)|\bin our list",
    r"(?:message|e-?mail|mail|transaction|connection)s? (?:was |is |has been |have been )?"
    r"(?:blocked|flagged|identified|classified|detected|considered|quarantin)",
    r"(?:too many|excessive|rate|number of) (?:connections|concurrent|messages from|mails? from"
    r"|invalid recipients|bad recipients|unknown users|errors from)|throttl"
    r"|your (?:ip|host|mail ?server|network|isp|domain|server)\b",
    r"too many (?:\S+ ){0,2}?(?:users?|recipients?|addresses|commands|errors|sessions|connections"
    r"|(?:messages|mails|e-?mails)(?! (?:in|on|stored)\b))|(?:rate|frequency|hourly|daily"
    r"|sending|thread"
    r"|session|volume|permitted|connections?|outbound|threshold)(?: \S+)? (?:limit|exceed)"
    r"|(?:exceed\w*|over) (?:\S+ ){0,3}(?:permitted|hourly|daily|threshold|per (?:hour|day|minute)"
    r"|connections?|rate)\b|\bper (?:hour|day|minute|connection|session)\b|max e-?mails"
    r"|(?:excessive|unexpected) volume|\bslower\b|slow down"
    r"|trop de connexions|messages? from (?:\S+ ){0,2}(?:will be )?(?:permanently )?(?:deferred"
    r"|refused)",
    r"\b(?:tls|ssl|dane|mta-sts)\S*(?: \S+){0,3} (?:requir|need|support|version|handshake|fail)"
    r"|must (?:issue|use) (?:a )?(?:starttls|tls|encrypt)|encryption (?:\S+ )?(?:required|needed)"
    r"|requires? (?:\S+ ){0,3}?(?:encryption|tls|ciphers?)|\bcertificate",
    r"\brfc ?\d* (?:non-?)?complian|(?:not|must be|violat\w*) (?:\S+ )?rfc\b|duplicate header"
    r"|(?:multiple|several) (?:\S+ )?headers?\b|stray linefeed"
    r"|(?:helo|ehlo)\b.{0,30}(?:requir|wrong|value|param|argument|before)|hello first"
    r"|before greeting|connections? (?:denied|rejected|will not be accepted)",
    r"\bip(?:[- ]adress?e?)?(?: \S+){0,2} (?:gesperrt|bloqu|blocc|заблок)|(?:ваш|您的|你的) ?ip\b"
    r"|(?:messaggio|nachricht|mensaje|mensagem|bericht|wiadomo\w+|сообщени\w+|письмо)(?: \S+){0,3}"
    r" (?:bloc|blok|bloq|gesperrt|geblo|zablok|заблок)"
    r"|черн\w+ списк|indésirable|sicherheitsgr[uü]nd|sécurité|\bseguridad|segurança|безопасност",
    r"スパム|迷惑メール|垃圾邮件|спам|courrier ind[ée]sirable|no deseado|não solicitad",
)
"""Filters, lists, reputation, authentication: whatever code comes with it, we are meant."""

FORBIDDEN = _any(
    r"relay(?:ing)? (?:is |was |access )*(?:not|deni|denied|prohib|refus|reject|disallow)"
    r"|(?:not|no|open|unable to|cannot|can't|don't|den[yi]\w*|refus\w*"
    r"|unauthori[sz]ed)(?: \S+){0,2}"
    r" relay|not (?:allowed|permitted|accepted) (?:to|by|from|for|here|in)|unauthori[sz]ed"
    r"|as an? (?:open )?relay|for relay\b|relay\b.{0,20}insecure|insecure (?:mail )?relay"
    r"|to submit (?:messages|mail) to|not authori[sz]ed|(?:don't|do not|does not"
    r"|doesn't) (?:have|allow|permit|accept)"
    r" (?:permission|mail from|messages? from|e-?mail from)",
    r"access (?:is |was )?(?:denied|rejected|refused|restricted|not allowed)|permission (?:is )?"
    r"denied|no permission|restrict(?:ed|ion)|prohibit|forbidden|administrative(?:ly)?"
    r"|not in (?:my|the|our|list of) .{0,20}(?:rcpthosts|locals|allowed)|allowed rcpthosts",
    r"(?:message|mail|e-?mail) (?:was |is |has been |have been )?(?:rejected|refused|not accepted"
    r"|denied)|rejecting (?:this |the )?(?:message|mail)|only accepts? (?:mail|messages)",
    r"moderat(?:ed|or)|members?[- ]only|non-?member|closed (?:mailing )?list"
    r"|not (?:a )?(?:list )?(?:member|subscribed)|grey ?list",
    r"nicht (?:erlaubt|berechtigt|gestattet)|zugriff verweigert|acc[eè]s refus[ée]|acceso denegado"
    r"|accesso negato|acesso negado",
)
"""Something is not allowed; where a status says more, it is believed."""

TOO_BIG = _any(
    r"(?:message|mail|letter|e-?mail|data|attachment)s?(?: file)?(?:'s)?"
    r"(?: size| length| body| header)?(?: \S+)? (?:is |was |are )?"
    r"(?:too (?:big|large|long)|exceed|over the|larger than|greater than|bigger than|beyond)",
    r"(?:message|mail|maximum|max|size).{0,24}size.{0,20}(?:exceed|limit|too|larger|maximum)",
    r"size (?:limit|of (?:the|this|your) message)|exceeds? .{0,40}message size|size exceeds"
    r"|larger than (?:the )?(?:current |maximum )?(?:system )?(?:limit|allowed)|too large to",
    r"zu gro(?:ß|ss)|trop (?:volumineux|gros|grand)|demasiado grande|muito grande|troppo grande"
    r"|te groot|サイズが.{0,10}超",
)
"""The message is too big."""

FULL = _any(
    r"(?:mail ?box|in-?box|mail ?dir|mail ?folder|account|user|storage|disk|mail ?store|quota|spool"
    r"|recipient|maildrop|folder|mailspool|file ?system|partition)(?:'s)?(?: \S+){0,4}?"
    r" (?:is |was |has |are |been |currently |already |temporarily |now |almost )*"
    r"(?:full|over(?: the| its| their| his)?(?: allowed| allotted| maximum| allocated)?"
    r"(?: disk| storage| mail)? ?(?:quota|limit|size)|exceed\w*|out of|at (?:its )?(?:limit|quota)"
    r"|reached|filled|exhausted|no (?:free )?space|beyond)",
    r"over[ -]?quota|quota (?:is )?(?:exceed\w*|full|reached|violat|over|used up|limit)|exceed\w*"
    r"(?: \S+){0,5} quota|exceed\w*(?: \S+){0,3} storage|exceeded? (?:its|the|their|his|her|my)"
    r" (?:mail ?box|disk|mail|allotted|allocated|storage|allowed)",
    r"(?:insufficient|not enough|out of|no more|lack of|inadequate|low on|no)"
    r" (?:free |available |disk |storage |system |user |mail ?box )*(?:space|storage|quota|disk)\b",
    r"(?:does not|doesn't|do not) have (?:enough|sufficient) (?:\S+ )?space"
    r"|space (?:\S+ ){0,3}used up"
    r"|over (?:\S+ ){1,2}quota|too much mail data|overquota|overdrawn",
    r"space (?:is )?not enough|\bfull (?:mail ?box|in-?box|account)|mail ?box ?full"
    r"|would (?:exceed|be over)|exceeds?"
    r" (?:the )?(?:mail ?box|user|recipient)|disk full|disc quota|enospc|edquot|mailbox size"
    r"|too (?:much|many) (?:mail data|mails?|messages) (?:in|on|stored)|storage (?:limit"
    r"|allocation)",
    r"buz[oó]n (?:\S+ )*lleno|cuota (?:\S+ )*excedid|caixa (?:\S+ )*cheia|cota (?:\S+ )*excedid"
    r"|casella (?:\S+ )*pien[ao]|quota (?:\S+ )*superat|bo[iî]te (?:\S+ )*(?:pleine|satur[ée]e)"
    r"|quota (?:\S+ )*d[ée]pass|postfach (?:\S+ )*(?:voll|überfüllt)|mailbox (?:\S+ )*voll\b"
    r"|speicherplatz|kontingent|(?:postbus|mailbox|brievenbus) (?:\S+ )*(?:is )?vol\b"
    r"|skrzynka (?:\S+ )*(?:pełna|przepełniona)|переполнен|превыш\w+ (?:квот|объем|размер)"
    r"|квот|いっぱい|容量.{0,12}(?:超|不足)|容量オーバー|邮箱.{0,6}满|已满|空间不足|配额|용량|초과",
)
"""The mailbox is full."""

HOLD_ON = _any(
    r"too (?:quickly|fast|frequently|much mail|many (?:messages|mails|e-?mails) (?:too|in|to|for))"
    r"|at a rate|rate (?:limit|that)|per (?:hour|day|minute)|sending limit",
    r"\btemporar(?:y|ily)\b|try (?:again )?later|try again (?:in|after|soon)|transient"
    r"|not found, try"
    r" again|come back later|at (?:this|the) (?:time|moment)\b|currently (?:un|not|dis|busy)",
    r"momentan|vorübergehend|temporairement|temporalmente|temporariamente|temporaneamente"
    r"|временно|一時的|暂时",
)
"""It may be otherwise later."""

NOT_REACHED = _any(
    r"(?:connections?|connect|delivery|session|conversation|message|operation|time|transaction)"
    r" (?:was |has |have |been )*timed[ -]?out|time-?out\b|did not respond|no (?:answer"
    r"|response) from",
    r"(?:message|mail|delivery|delivery time|queue|time|period)(?: has| is| was)?[ .]?expired"
    r"|(?:in|allowed) (?:the )?queue(?: period)?(?: for)? (?:too|more|longer)"
    r"|too long in (?:the )?queue"
    r"|(?:sitting )?in (?:the )?queue for|queue (?:period|time|lifetime)|not been collected"
    r"|retry time(?:out)? (?:not reached|exceeded)|retry timeout|maximum retr",
    r"hop count|too many (?:hops|received)|\bloop(?:s|ing|ed|back)?\b|loops back|multi-hop",
    r"(?:no route to|unreachable|un-?reachable|not reachable|cannot reach|can't reach"
    r"|could not reach)"
    r"(?: the)? ?(?:host|network|server|system|destination|domain)|(?:host|network|server|system"
    r"|domain|mx) (?:is |was |are )?(?:currently )?(?:unreachable|not reachable|down\b"
    r"|not responding)",
    r"connection (?:was |has been |is )?(?:dropped|refused|reset|closed|lost|aborted|broken|failed)"
    r"|lost connection|(?:cannot|can't|could not|couldn't|unable to|failed to|could not initiate)"
    r" (?:establish |make |open |complete )?(?:a |an |any |the )?(?:smtp )?(?:connect\w*"
    r"|conversation"
    r"|session)|could not connect|no gateway|find a gateway|temporary lookup failure"
    r"|(?:host|domain)(?: name)? not found, try again|name server timeout|servfail",
    r"(?:system|internal|config\w*|software|database|ldap|i/o|upstream|processing|mailer)"
    r"(?: \S+)? (?:error|failure|failed|problem|issue)\b|internal server error|\blocal error"
    r"|temporary (?:\S+ )?(?:error|failure|problem)|write (?:error|failed)"
    r"|(?:user|recipient|alias) lookup fail|misconfigur|interrupted system|error (?:while"
    r"|in process)|while being processed"
    r"|no such file or directory|(?:cannot|can't|could not|unable to) (?:open|lock|create|load"
    r"|write"
    r"|process)|command died|out of memory|system resources|read-only file|expansion problem"
    r"|not accepting network|\bdeferred\b|service (?:is )?(?:currently |temporarily )?unavailable",
    r"\bambiguous\b|not unique",
    r"zeitüberschreitung|délai (?:\S+ ){0,3}(?:dépassé|expiré)|tiempo (?:\S+ ){0,3}agotado",
)
"""Nobody could be asked, or nobody knows who is meant: the way there, not the address."""

HELD = _any(
    r"receiving (?:e-?mails?|mails?|messages) (?:at a rate|too)",
    r"temporar(?:y|ily|ly) (?:\S+ )?(?:locked|disabled|inactive|suspended|blocked|unavailable)"
    r"|disabled temporar",
)
"""An address is out of use for a while, or gets too much at once."""

NO_DOMAIN = _any(
    r"(?:host|domain)(?: or (?:host|domain))?(?: name)? (?:\S+ )?(?:is |was )?"
    r"(?:not (?:found|known|exist|valid|registered)|unknown|does ?n[o']t exist|does not exist"
    r"|could ?n[o']t be found|could not be (?:found|resolved)|invalid|non-?exist\w*"
    r"|cannot be (?:found|resolved)|can't be found|not resolvable|lookup failure|has no (?:mx|mail"
    r"|mail exchange)|doesn't have|has no)",
    r"(?:unknown|no such|non-?exist\w*|unresolvable|unrouteable|unroutable)"
    r"(?: mail| e-?mail| destination| recipient)? (?:host|domain|system|mx)\b"
    r"|(?:bad|invalid|illegal|malformed) (?:mail|e-?mail|destination|recipient)"
    r" (?:host|domain|system)\b",
    r"(?:recipient|destination|mail)(?:'s)? (?:domain|host) (?:\S+ )?(?:not|does|doesn|is (?:not|un"
    r"|in)|unknown|has no)",
    r"name service error|name or service not known|nodename nor servname|nxdomain"
    r"|nonexistentdomain|domainnonexistent|no data record"
    r"|host found but no data|could ?n[o']t find any host|unable to (?:find|look ?up|resolve)"
    r"(?: the)?(?: mx| host| domain| dns| recipient)|(?:dns|host ?name) (?:lookup|resolution)"
    r" (?:failed|failure|error)|not (?:able to )?find (?:the )?(?:domain|host)|cannot resolve",
    r"null[ -]?mx|no (?:valid |usable |working )?(?:mx|mail ?exchange\w*|dns)(?: records?| hosts?"
    r"| entr\w+| server)|(?:all )?relevant mx records point|(?:mx|srv) record indicated no"
    r"|(?:domain|host|system)(?: \S+)? (?:does ?n[o']t|does not|never) (?:accept|receive|handle)s?"
    r"(?: any)? (?:e-?mail|mail)|(?:domain|host)(?: name)? .{0,30}takes no mail"
    r"|no (?:such )?(?:mail )?(?:server|route) (?:for|found|to)(?: the)? (?:domain|host)"
    r"|no route found to (?:domain|server)",
    r"(?:domain|host) must (?:exist|resolve)|domain ?nonexistent|nonexistent domain"
    r"|smtpsend\.dns\.nonexist",
    r"domain .{0,30}(?:expired|not hosted|isn't hosted|no longer)|is not a valid (?:mail )?domain",
    r"unbekannte (?:domain|host)|domain\w* (?:\S+ )?(?:nicht gefunden|existiert nicht|unbekannt)"
    r"|domaine (?:\S+ )?(?:inconnu|introuvable|n'existe)|dominio (?:\S+ )?(?:no existe|desconocido"
    r"|inesistente|non trovato|sconosciuto)|dom[ií]nio (?:\S+ )?(?:n[aã]o existe|inexistente)",
)
"""The domain isn't there, or takes no mail."""

GONE = _any(
    r"\bsuspend(?:ed)?\b|archiv[ée]e|tried to reach is (?:disabled|inactive|closed)",
    rf"\b{_BOX}{_IS} (?:is |are |was |were |has been |have been |have |has |been |currently |now"
    r" |already |permanently |either )*(?:disabled?|de-?activated|suspended|closed|terminated"
    r"|inactive|in-?active|discontinued|cancell?ed|deleted|removed|expired|locked|dormant|frozen"
    r"|abandoned|retired|not active|not enabled|not activated|not in use|unused|no longer\b)",
    r"(?:users?|recipients?|mail ?box|accounts?|address|in-?box) (?:is |was |are )?(?:currently )?"
    r"(?:unavailable|not available)",
    r"\b(?:disabled|inactive|in-?active|deactivated|suspended|closed|expired|deleted|cancell?ed"
    r"|terminated|unused|dead|abandoned|dormant|old|former|retired)(?: e-?mail)?"
    r" (?:user|recipient|mail ?box|account|address|alias)",
    r"no longer (?:in (?:use|service)|works?|employed|with (?:us|the|this)|at this|accepts?|active"
    r"|available|exist|valid|monitored|a (?:valid|customer|subscriber)|on (?:this|our)|receiv)",
    r"has been replaced by|(?:compte|bo[iî]te) (?:\S+ ){0,3}bloqu|recipient account is ?blocked",
    r"(?:doesn't|does not) work (?:here|at|for|with)|\b(?:as|because|since) it is closed"
    r"|(?:has|have) (?:left|moved|quit)\b|left (?:the )?(?:company|organi[sz]ation)|account"
    r" (?:has )?(?:been )?(?:dis|de|sus)|not (?:been )?(?:logged|used) (?:in|for)",
    r"mailbox (?:has been |is )?blocked (?:due to|because of|for) inactiv|ha expirado"
    r"|(?:indirizzo|casella|konto|skrzynka)\b.{0,12} (?:bloccat|zablokowan)"
    r"|deaktiviert|gesperrt|gekündigt|stillgelegt|d[ée]sactiv[ée]|ferm[ée] ?d[ée]finitive"
    r"|deshabilitad|desactivad|desativad|disattivat|inactiv[oa]|inattiv|отключен|заблокирован"
    r"|удален|停用|禁用|冻结|無効|停止",
)
"""There was somebody, and is no more."""

NOBODY = _any(
    rf"\b{_BOX}{_IS} (?:is |are |was |were |has |have )*(?:an? )?(?:unknown|not found|invalid"
    r"|non-?existent|nonexist\w*|not known|not exist\w*|not recogni[sz]ed|not listed|undeliverable"
    r"|unrout\w+|not valid|not here|not local|not registered|not present|not defined|bad|illegal"
    r"|undefined|not our|not on|misspelled|incorrect|not hosted|not a (?:valid|known|local|member)"
    r"|unlisted)",
    rf"\b{_BOX}{_IS} {_NOT} (?:seem to |appear to |be )?(?:exist|found|know|recogni|valid|list"
    r"|locat|available|active|resolv|match|have (?:an?|any|this)|accept(?:ing|ed|s)? (?:mail"
    r"|e-?mail|"
    r"messages|any)|look(?:ed)? up|be (?:found|locat|verif|resolv|reached at)|deliver\w* here)",
    r"(?!no valid recipients|undeliverable address ?:)\b(?:unknown|no such|invalid|non-?existent"
    r"|bad|illegal|unrouteable|unroutable|undeliverable|not an? (?:valid|known|existing|active"
    r"|local)|isn't an? (?:valid|known)"
    r"|not a|never heard of|unable to (?:find|locate|resolve)(?: the| that| this)?|could"
    r"(?:n't| not) (?:find|locate)(?: the| that| this)?|can(?:n?ot|'t) find(?: the| that| this)?"
    r"|no|wrong|unresolvable|incorrect|nonexisting|non existent|null)"
    r"(?: or (?:invalid|unknown|illegal|inactive|disabled|non-?existent|misspelled))?"
    r"(?: local| e-?mail| mail| destination| virtual| recipient| final| delivery| user| mailbox"
    r"| alias| rcpt"
    r"| single| active| valid| matching| known| such| smtp| pop3?| imap)*"
    r" (?:users?(?: ?name)?|recipients?|addressees?|mail ?box(?:es)?|mailbox|accounts?"
    r"|address(?:es)?"
    r"|alias(?:es)?|local[ -]?parts?|persons?|customers?|subscribers?|members?|names?|maildrop"
    r"|login|u(?:ser)?id|deliverable|person|domain user)\b(?! error)",
    r"no mailbox here|no one (?:here )?(?:by|with) (?:that|this)|nobody (?:here )?(?:by|with|named)"
    r"|(?:user|account|mailbox|person) by that name|this user doesn't have|doesn't have an? .{0,30}"
    r"account|does not have an? .{0,30}account|there is no .{0,20}(?:user|account|mailbox|address"
    r"|recipient|person)|no account (?:by|for|with|here)|no longer on server|not our (?:user"
    r"|customer)|(?:don't|do not) know (?:this|that|any)|not in directory",
    r"wasn't found at|was(?:n't| not) found in|couldn't be found|could not be found|can't be found"
    r"|not (?:listed |found )?in (?:the )?(?:domino|public|name|address|global|company|recipient"
    r"|relay|local|virtual|our|active) ?.{0,24}(?:directory|book|table|list|server|database)",
    r"address rejected\b(?! ?:)|recipient (?:was )?rejected(?:\. \w+)?(?:\.?$| giving up)"
    r"|recipient reject(?:ed)?:? ?(?:no"
    r"|user|"
    r"unknown|undeliverable|mailbox|invalid)|address error|unroute?able|address unknown"
    r"|unknown address|delivery to .{0,40}(?:nonexistent|invalid)|recipnotfound|recipientnotfound"
    r"|mailbox ?not ?found|rejected recipient|no such\b(?! file)|no match(?:es)? (?:to|for)"
    r"|final (?:e-?mail )?delivery point",
    r"does ?n[o']t exist|does not exist|no longer exists|user ?unknown|can't accept user"
    r"|recipient not ok"
    r"|bad ?(?:rcpt|recipient) ?to|valid ?rcpt ?to|missing home directory|in name directory"
    r"|mail ?box"
    r" unav\w+(?!.{0,60}(?:denied|not allowed|reject|polic))",
    r"n'a pas été trouvée?\b|no se (?:ha encontrado|encontró)|non è stat[oa] trovat[oa]"
    r"|n[aã]o foi encontrad[oa]|is niet gevonden|nie znaleziono",
    r"nessun utente|no existe (?:dich|es[ea]|est[ea]|el|la|un)\w*",
    r"(?:^|\b5\d\d[ -])not found|(?:user|recipient|mailbox|account|address) ?[<(]\s*[>)]:? "
    r"(?:is )?(?:unknown|not found)|not (?:an )?e-?mail address|bad[- ](?:recipient|address)"
    r"|extended inactivity|mail ?box (?:\S+ )?(?:is )?(?:unavailable|not available)",
    r"resolver\.adr\.(?:ex)?recip|\bnosuchuser\b|\bdisableduser\b|user not found"
    r"|match(?:es)? no (?:user"
    r"|valid)",
    r"usuario (?:\S+ )*(?:desconocido|no existe|inexistente|inv[aá]lido)|(?:cuenta|direcci[oó]n|buz"
    r"[oó]n|casilla|destinatario) (?:\S+ )*(?:no existe|desconocid|inexistente|inv[aá]lid"
    r"|no (?:fue|"
    r"ha sido|se) (?:encontr|enc))",
    r"(?:benutzer|empf[aä]e?nger|adresse|postfach|konto|teilnehmer"
    r"|account)(?:adresse)? (?:\S+ ){0,4}"
    r"(?:unbekannt|existiert nicht|nicht (?:gefunden|bekannt|vorhanden|existent|zustellbar"
    r"|g[uü]ltig)"
    r"|ung[uü]ltig)|unbekannte[rn]? (?:benutzer|empf[aä]nger|adresse)|kein (?:solcher|g[uü]ltiger)",
    r"(?:utilisateur|adresse|destinataire|bo[iî]te|compte|abonn[ée]) (?:\S+ ){0,4}(?:inconnue?"
    r"|n'existe (?:pas|plus)|inexistante?|invalide|introuvable|d'adresse invalide)",
    r"(?:utente|destinatario|indirizzo|casella) (?:\S+ ){0,4}(?:sconosciut|inesistent|non esist"
    r"|non (?:valid|trovat)|errat)",
    r"(?:usu[aá]rio|destinat[aá]rio|endere[cç]o|conta|caixa) (?:\S+ ){0,4}(?:desconhecid|n[aã]o"
    r" (?:existe|encontrad|foi encontrad)|inexistente|inv[aá]lid)",
    r"(?:gebruiker|ontvanger|adres|postbus|geadresseerde) (?:\S+ ){0,4}(?:onbekend|bestaat niet"
    r"|niet"
    r" (?:gevonden|bekend)|ongeldig)",
    r"(?:anv[aä]ndare|mottagare|modtager|bruger|bruker|mottaker|adressen?) (?:\S+ ){0,4}(?:ok[aä]nd"
    r"|ukendt|ukjent|finns inte|findes ikke|finnes ikke|saknas)",
    r"finns inte\b|findes ikke\b|finnes ikke\b|nie istnieje|nie ma takiego|nem létezik|nu există"
    r"|necunoscut|δεν υπάρχει|άγνωστ|không tồn tại|غير موجود|לא קיים|\bei ole\b|tuntematon"
    r"|bulunamad"
    r"|не съществува|찾을 수 없|(?:無此|查無)|kein (?:benutzer|empf[aä]e?nger|postfach)"
    r"|(?:direcci[oó]n|cuenta|casilla) no encontrad|(?:destin\.|destinatario) sconosciut",
    r"(?:u[zż]ytkownik|adres|odbiorca|konto|skrzynka) (?:\S+ ){0,4}(?:nieznan|nie istnieje|nie"
    r" znaleziono)|nieznany (?:u[zż]ytkownik|adresat)",
    r"пользовател\w+ (?:\S+ ){0,4}(?:не (?:найден|существует|зарегистрирован)|неизвест)|(?:адрес\w*"
    r"|ящик\w*|получател\w+|абонент\w*) (?:\S+ ){0,4}(?:не (?:найден|существует)|неизвест)"
    r"|нет такого|не существует|такого пользователя нет",
    r"宛先(?:不明|が見つかり|のアドレスが存在|.{0,12}存在しません)|存在しない|存在しません"
    r"|見つかりません|リストにありません"
    r"|ユーザ.{0,8}(?:不明|存在)|メールアドレスが(?:間違|正しくない)|不存在"
    r"|不存在此用户|无此用户|无效的?(?:收件|用户)"
    r"|找不到|查无|没有此用户|用户名?不|존재하지|없는 (?:사용자|계정)"
    r"|kullan[iı]c[iı] (?:\S+ )*(?:bulunamad|yok)"
    r"|ismeretlen|neexistuje|nezn[aá]m",
)
"""Nobody has this address."""

NOBODY_AT_ALL = (
    r"^(?!.*(?:relay(?! recipient)|den(?:y|ied)|allow|permi|authori[sz]|restrict|prohibit"
    r"|password))"
    r".*(?:"
    r"\b(?:unknown|no such|non-?existent) (?:local |virtual |e-?mail |mail )?(?:user|recipient"
    r"|mail ?box|account|addressee)"
    r"|\b(?:user|recipient|mail[ -]?box|account|addressee)(?: name| address)?(?: \S+)? (?:is "
    r"|was )?(?:unknown|not found|non-?existent|not known|does ?n[o']t exist"
    r"|does not exist)|\bno (?:mail ?box|account|user) (?:here|found|by that name))"
)
"""Nobody has this address, and nothing else can be meant, even where a filter says so."""
