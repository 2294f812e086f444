"""How programs write in somebody's place: that they are away, got the letter, or read it.

Where a program marks its answers (RFC 3834), nothing of this is needed. Many don't.
"""

import re

SUBJECT = re.compile(
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
    |automat\w*\ (?:odpov|odpoveď|válasz|atbild|atsak|odgovor)|samodejni\ odgovor|automaatvastus
    |r[aă]spuns\ automat|balasan\ otomatis|otomatik\ yanıt|poissa\b|resposta\ automàtica
    |автоматичн\w+\ (?:відповідь|отговор)|αυτόματη\ απάντηση|자동\ ?(?:회신|응답)|부재|رد\ تلقائي
    |תשובה\ אוטומטית|trả\ lời\ tự\ động|ตอบกลับอัตโนมัติ
    |^(?:read|gelesen|lu|le[ií]do
    |letto|gelezen|l[uä]st|l[æe]st|прочитано|not\ read|ungelesen|non\ lu)\s?:""",
    re.IGNORECASE | re.VERBOSE,
)
"""Found in a subject."""

BEGINNING = re.compile(
    r"""(?:i\ am|i'm|i\ will\ be|i'll\ be|we\ are)\ (?:currently\ |now\ |presently\ )?(?:travel
    |out\ of\ (?:the\ |my\ )?office|away\ (?:from|until|on)|on\ (?:vacation|holiday|leave
    |(?:a\ )?business\ trip|(?:annual|maternity|parental|sick)\ leave))
    |out\ of\ (?:the\ )?office\ (?:until|from|and|till)
    |\ban\ auto(?:matic|mated|matically)?[\ -](?:generated\ )?re(?:ply|sponse|sponder)
    |ich\ bin\ (?:\S+\ ){0,6}(?:nicht\ (?:im|erreichbar|da)|im\ urlaub|abwesend)|nicht\ im\ büro
    |je\ suis\ (?:actuellement\ )?(?:absent|en\ (?:cong|vacances|d[ée]placement))
    |(?:estoy|estar[ée]|me\ encuentro)\ (?:fuera|de\ (?:vacaciones|viaje|baja)|ausente)
    |(?:estou|estarei)\ (?:fora|de\ f[ée]rias|ausente|em\ viagem)
    |(?:sono|sar[òo])\ (?:assente|fuori|in\ ferie)
    |ik\ ben\ (?:\S+\ ){0,4}(?:afwezig|met\ vakantie|niet\ (?:aanwezig|op\ kantoor))
    |jag\ är\ (?:\S+\ ){0,3}(?:på\ semester|bortrest|ledig|inte\ på\ kontoret)
    |jeg\ er\ (?:\S+\ ){0,3}(?:på\ ferie|ikke\ på\ kontoret|fraværende)
    |nie\ ma\ mnie|przebywam\ na\ urlopie|jestem\ (?:na\ urlopie|nieobecn)
    |я\ (?:в\ отпуске|отсутству)|буду\ отсутствовать|不在にして|休暇を|休假|不在办公室""",
    re.IGNORECASE | re.VERBOSE,
)
"""Found where a text begins: somebody says it of themselves."""
