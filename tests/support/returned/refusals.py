"""What servers answer, and what it means: the truth that the corpus is measured by."""

from typing import NamedTuple


class Refusal(NamedTuple):
    """A reply as a remote server gives it. `means` is a verdict."""

    means: str
    code: int
    status: str
    words: str

    @property
    def line(self) -> str:
        """The reply on one line, as it would stand on the wire."""
        return " ".join(filter(None, (str(self.code), self.status, self.words)))


HARD = [
    (550, "5.1.1", "<{0}>: Recipient address rejected: User unknown in virtual mailbox table"),
    (550, "5.1.1", "<{0}>: Recipient address rejected: undeliverable address"),
    (550, "5.1.1", "The account you tried to reach does not exist. Look for typos - gsmtp"),
    (550, "5.1.10", "RESOLVER.ADR.RecipientNotFound; Recipient {0} not found by SMTP lookup"),
    (550, "5.4.1", "Recipient address rejected: Access denied. [EOP.prod.outlook.example]"),
    (550, "5.5.0", "Requested action not taken: mailbox unavailable (S2017062302)."),
    (550, "", "Requested action not taken: mailbox unavailable"),
    (554, "", "delivery error: dd This user doesn't have a yahoo.example account ({0}) [0]"),
    (554, "", "delivery error: dd Requested mail action aborted, mailbox not found - mta1"),
    (554, "", "30 Sorry, your message to {0} cannot be delivered. This mailbox is disabled."),
    (550, "5.2.1", "The account you tried to reach is disabled - gsmtp"),
    (550, "5.2.1", "<{0}>... Mailbox disabled for this recipient"),
    (550, "", "No such user here"),
    (550, "", "no such user"),
    (550, "", "User unknown"),
    (550, "", "unknown user"),
    (550, "", "{0}... No such person at this address"),
    (550, "", "Unknown local part in <{0}>"),
    (550, "", "Invalid recipient: {0}"),
    (550, "", "Invalid mailbox"),
    (550, "", "Mailbox not found"),
    (550, "", "mailbox does not exist"),
    (550, "", "Account {0} does not exist"),
    (550, "", "Address unknown"),
    (550, "", "Recipient not found"),
    (550, "", "That recipient is not here"),
    (550, "5.1.1", "unknown or illegal alias: {0}"),
    (550, "5.1.1", "User Unknown"),
    (550, "5.1.0", "Address rejected."),
    (550, "5.0.0", "<{0}>... User unknown"),
    (553, "5.3.0", "<{0}>... Addressee unknown, relay=[192.0.2.4]"),
    (550, "5.1.6", "The recipient has moved; no forwarding"),
    (511, "5.1.1", "sorry, no mailbox here by that name (chkuser)"),
    (553, "", "sorry, this recipient is not in my validrcptto list: no such recipient"),
    (550, "", "Not our Customer"),
    (550, "", "Account closed"),
    (550, "", "account is inactive"),
    (550, "", "This account has been suspended"),
    (550, "", "The mailbox was deactivated"),
    (554, "", "This address is no longer valid"),
    (550, "", "{0}: this address no longer accepts mail"),
    (550, "", "Benutzer unbekannt"),
    (550, "", "Empfänger existiert nicht"),
    (550, "", "Utilisateur inconnu"),
    (550, "", "Cette adresse n'existe pas"),
    (550, "", "El usuario no existe"),
    (550, "", "Usuario desconocido"),
    (550, "", "Usuário desconhecido"),
    (550, "", "Utente sconosciuto"),
    (550, "", "Gebruiker onbekend"),
    (550, "", "Пользователь не найден"),
    (550, "", "用户不存在"),
    (550, "5.1.2", "Bad destination system address: host unknown"),
    (556, "5.1.10", "Domain does not accept mail (null MX)"),
    (550, "5.1.3", "bad destination mailbox address syntax"),
]
SOFT = [
    (552, "5.2.2", "The account you tried to reach is over quota - gsmtp"),
    (552, "", "Mailbox full"),
    (550, "5.2.2", "<{0}>... Mailbox full"),
    (452, "4.2.2", "Over quota"),
    (550, "5.1.1", "User mailbox exceeds allowed size: {0}"),
    (554, "5.2.2", "mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException"),
    (552, "", "Quota exceeded (mailbox for user is full)"),
    (550, "", "Das Postfach ist voll"),
    (552, "", "La boîte aux lettres du destinataire est pleine"),
    (552, "", "El buzón de este usuario está lleno"),
    (550, "5.2.1", "The user you are trying to contact is receiving mail too quickly"),
    (450, "4.2.1", "Mailbox temporarily disabled"),
    (451, "4.3.0", "Temporary lookup failure"),
    (421, "4.3.2", "Service not available, closing"),
    (550, "5.4.6", "Routing loop detected"),
    (554, "5.4.6", "Too many hops"),
    (550, "5.3.2", "System not accepting network messages"),
    (451, "4.4.1", "Connection timed out"),
    (450, "4.1.1", "<{0}>: Recipient address rejected: unverified address"),
]
OURS = [
    (550, "5.7.1", "Message rejected as spam by content filtering"),
    (554, "5.7.1", "Service unavailable; Client host [192.0.2.9] blocked using zen.dnsbl.example"),
    (550, "5.7.26", "This mail has been blocked because the sender is unauthenticated. SPF, DKIM"),
    (550, "5.7.1", "Unauthenticated email from us.example is not accepted due to DMARC policy"),
    (550, "5.7.606", "Access denied, banned sending IP [192.0.2.9]"),
    (550, "", "Your message was rejected: poor reputation of your server"),
    (550, "", "rejected because 192.0.2.9 is in a black list at bl.dnsbl.example"),
    (554, "", "Denied: SPF check failed"),
    (550, "5.1.1", "<bounces@us.example>: Sender address rejected: User unknown"),
    (550, "5.1.1", "Blocked by policy: no mail from dynamic IP addresses"),
    (550, "5.2.1", "Mailbox unavailable. Your IP address 192.0.2.9 is blacklisted"),
    (554, "5.7.1", "<{0}>: Relay access denied"),
    (550, "", "relay not permitted"),
    (550, "", "Sender verify failed"),
    (550, "5.1.0", "<bounces@us.example> sender rejected"),
    (550, "5.1.8", "Access denied, bad outbound sender"),
    (552, "5.3.4", "Message size exceeds fixed limit"),
    (552, "", "message size exceeds fixed maximum message size"),
    (554, "5.6.0", "Message contains invalid header"),
    (554, "", "Message refused: it contains a virus"),
    (550, "", "Administrative prohibition"),
    (550, "", "High probability of spam; user unknown to our filters"),
    (550, "5.7.1", "RESOLVER.RST.NotAuthorized; not authorized"),
    (450, "4.7.1", "Greylisted for policy reasons"),
    (421, "4.7.28", "Unusual rate of unsolicited mail from your network"),
    (550, "", "The message was rejected because of its content"),
    (550, "", "DKIM signature did not verify"),
    (554, "5.7.0", "Reject: your mail server has no PTR record"),
    (550, "", "You are not allowed to send mail to this list"),
    (571, "", "Delivery not authorized, message refused"),
    (550, "", "Access denied"),
]

REFUSALS = [
    Refusal(means, *one)
    for means, some in (("hard", HARD), ("soft", SOFT), ("ours", OURS))
    for one in some
]
