"""The tables of `config.toml`: every setting with its kind, its default and a sentence on it."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from newsletter.config.kinds import (
    Amounts,
    Colour,
    Domain,
    Duration,
    Durations,
    EditorUrl,
    Frequency,
    Hours,
    Language,
    Line,
    Lines,
    ListId,
    Mailbox,
    Mailboxes,
    OptionalMailbox,
    Port,
    ReturnPath,
    Url,
    Word,
    Zone,
)


def key(default: Any, description: str, **limits: Any) -> Any:
    """Declare a setting with its default and the sentence the reference prints."""
    return Field(default, description=description, **limits)


class Section(BaseModel):
    """A table of the file; an unknown key in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Newsletter(Section):
    """Who writes, and how the newsletter presents itself."""

    name: Line = key("Research digest", "Its name: the masthead and the From header.")
    from_: Mailbox = Field(
        "digest@example.org", alias="from", description="Address the mail is from."
    )
    reply_to: OptionalMailbox = key("", "Where an answer goes; empty for the From address.")
    list_id: ListId = key(
        "", "List-Id without brackets (RFC 2919); empty: `digest.` and the domain."
    )
    about: Line = key("", "A sentence about it, for the pages: what it is, and for whom.")
    postal_address: str = key("", "Shown at the foot of every mail; many laws want it.")
    public_url: Url = key("http://127.0.0.1:8025", "Where the public pages live.")
    language: Language = key("en", "Language of the mail (BCP 47).")
    timezone: Zone = key("UTC", "Time zone of dates shown.")


class Content(Section):
    """Where the months are."""

    root: Path = key(Path("content"), "Folder of month folders, with `taxonomy.toml`.")
    min_summaries: int = key(
        2, "With fewer ready summaries the service waits; a check warns.", ge=0
    )
    max_summaries: int = key(3, "More ready summaries than this is a warning.", ge=1, le=16)
    author: Line = key("", "Author of a summary that names none.")
    doi_resolver: Url = key("https://doi.org", "Who is asked for titles and citations of DOIs.")
    doi_timeout: Duration = key("10s", "For each answer of the resolver.")


class Checks(Section):
    """What `newsletter check` takes for granted."""

    abbreviations: Lines = key((), "Abbreviations that your readers know: `CBT`, `RCT`.")
    link_age: Duration = key("7d", "How long `--online` believes what a link answered.")
    spam: Literal["auto", "off"] = key(
        "auto", "Whether a spam filter that is installed here is asked: SpamAssassin or rspamd."
    )


class Database(Section):
    """Where everything is kept."""

    url: str = key("sqlite:///var/newsletter.db", "SQLAlchemy URL.")
    backup_dir: Path = key(Path("var/backups"), "Folder for the service's nightly copies (SQLite).")
    backup_keep: int = key(14, "How many nightly copies are kept; 0: none is made.", ge=0)


class Smtp(Section):
    """The relay."""

    host: Line = key("127.0.0.1", "Host name of the relay; its certificate must bear it.")
    port: Port = key(587, "Port of the relay.")
    security: Literal["starttls", "tls", "none"] = key("starttls", "How the link is encrypted.")
    username: Line = key("", "Login; empty for none.")
    password: SecretStr = key(SecretStr(""), "By environment only; else use `password_file`.")
    password_file: Path | None = key(None, "File with the password, mode 0600.")
    auth: Literal["auto", "xoauth2"] = key(
        "auto", "How to log in: what the server offers, or XOAUTH2 with the token as password."
    )
    ca_file: Path | None = key(None, "Certificates to trust instead of the system's (PEM).")
    local_hostname: Line = key("", "Name given in EHLO; empty for this host's own.")
    connect_timeout: Duration = key("30s", "For connecting and greeting.")
    reply_timeout: Duration = key("5m", "For each reply (RFC 5321, 4.5.3.2).")
    data_timeout: Duration = key("10m", "For the reply to a whole message (RFC 5321, 4.5.3.2.6).")
    messages_per_connection: int = key(
        500, "Messages before a connection is replaced; 0: no limit.", ge=0
    )
    connection_age: Duration = key("5m", "Age at which a connection is replaced.")


class FileOutbox(Section):
    """The backend `file`."""

    path: Path = key(Path("var/outbox"), "Folder for the `.eml` files.")


class Dkim(Section):
    """A signature of our own; most relays sign instead."""

    domain: Line = key("", "Domain that signs; empty for no signature.")
    selector: Line = key("", "Selector of the DNS record.")
    key_file: Path | None = key(None, "Private key (PEM), mode 0600.")
    second_selector: Line = key("", "Selector of a second key's record; empty for none.")
    second_key_file: Path | None = key(
        None, "Signs beside the first: Ed25519 beside RSA (RFC 8463)."
    )


class Delivery(Section):
    """How messages leave."""

    dispatcher: Literal["local", "procrastinate"] = key(
        "local", "Who sends: one process, or `newsletter worker` on any number of machines."
    )
    chunk: int = key(
        5000, "Readers that a worker takes at a time, with `procrastinate`.", ge=1, le=100_000
    )

    backend: Line = key("file", "`file`, `smtp`, `console`, `memory`, or a plug-in's name.")
    connections: int = key(4, "Connections at once, for `smtp`.", ge=1, le=100)
    rate_per_second: float = key(
        0.0, "Messages a second over all connections; 0: no limit.", ge=0, le=1_000_000
    )
    domain_rate: dict[Domain, Frequency] = key(
        {}, 'Limits for readers of one domain: `"gmail.com" = "20/m"`, in a table of its own.'
    )
    ramp: Amounts = key(
        (), "For a new sending domain: messages a day at first, the day after, and so on."
    )
    quiet: Hours = key("", "Hours in which nothing goes, in the zone: `22:00-07:00`.")
    retry: Durations = key(
        ("5m", "15m", "1h", "4h", "8h"), "Waits before each new try; the last one repeats."
    )
    give_up_after: Duration = key("2d", "A deferred reader fails when this has passed.")
    on_uncertain: Literal["resend", "hold"] = key(
        "resend", "What to do with a message whose fate a crash left unknown."
    )
    pause_after: int = key(10, "Refusals that are our own fault before the mailing pauses.", ge=1)
    smtp: Smtp = Smtp()
    file: FileOutbox = FileOutbox()
    dkim: Dkim = Dkim()


class Schedule(Section):
    """When the service sends, in APScheduler's cron words."""

    day: Word = key("1st mon", "`1`, `last`, `1st mon`, `*`.")
    hour: Word = key("9", "`9`, `*`.")
    minute: Word = key("0", "`0`, `*/15`.")
    month: Literal["current", "previous"] = key("current", "Which month's folder is sent.")
    approval: Literal["automatic", "required"] = key(
        "required", "Whether a person approves the month before it goes."
    )
    late_by: Duration = key(
        "7d", "How late a missed month may still go out; an hour at least.", ge=timedelta(hours=1)
    )
    remind_before: Duration = key(
        "3d", "How long before its time the editor is told how the month stands; `0d`: never."
    )
    grace: Duration = key("60s", "How long a stop waits for messages that are in flight.")


class Subscriptions(Section):
    """Readers' links, and how they come onto the list by themselves."""

    secret: SecretStr = key(
        SecretStr(""),
        "By environment only; else use `secret_file`. Newest first, old ones after a comma.",
    )
    secret_file: Path = key(Path("var/secret"), "File that signs readers' links, mode 0600.")
    unsubscribe_address: OptionalMailbox = key(
        "", "Takes unsubscribe mails; empty for the From address."
    )
    confirm_within: Duration = key(
        "14d", "How long a new reader may take to confirm; then the address is forgotten."
    )
    signups_per_visitor: int = key(
        30, "Sign-ups in an hour from one network address; many people may share it.", ge=1
    )
    signups_per_hour: int = key(500, "Sign-ups in an hour altogether.", ge=1)


class Imap(Section):
    """The mailbox that returned mail goes to, on an IMAP server."""

    host: Line = key("", "Host name; its certificate must bear it. Empty: no such mailbox.")
    port: Port = key(993, "Port of the server.")
    security: Literal["tls", "starttls", "none"] = key("tls", "How the link is encrypted.")
    username: Line = key("", "Login.")
    password: SecretStr = key(SecretStr(""), "By environment only; else use `password_file`.")
    password_file: Path | None = key(None, "File with the password, mode 0600.")
    ca_file: Path | None = key(None, "Certificates to trust instead of the system's (PEM).")
    folder: Line = key("INBOX", "Folder that is read.")
    done_folder: Line = key("", "Folder for what has been read; empty: it is flagged and stays.")
    timeout: Duration = key("1m", "For connecting, and for each answer.")


class Bounces(Section):
    """What comes back: bounces, complaints, automatic replies, unsubscribe mails."""

    return_path: ReturnPath = key(
        "",
        "Envelope sender, as `bounces+{token}@example.org`: `{token}` says whose letter came"
        " back. Without it one address for all; empty: the From address.",
    )
    mailbox: Path | None = key(
        None, "A Maildir, an mbox or a folder of files to read; for IMAP see below."
    )
    every: Duration = key("5m", "How often the service reads it.")
    soft_limit: int = key(3, "Letters that may bounce softly before an address rests.", ge=1)
    soft_within: Duration = key("180d", "Only soft bounces of so long a time count together.")
    probe_after: Duration = key(
        "90d", "How long an address rests; then one letter is tried, and its bounce is the last."
    )
    believe_addresses: bool = key(
        False,
        "Whether a bounce in the mailbox that bears no mark of ours suppresses the address in it at"
        " once. Anybody can write there.",
    )
    imap: Imap = Imap()


class Web(Section):
    """The public pages."""

    host: Line = key("127.0.0.1", "Address to listen at.")
    port: Port = key(8025, "Port to listen at.")
    trusted_proxies: Lines = key((), "Proxies whose X-Forwarded-For is believed.")


class Studio(Section):
    """The editor's preview; it listens on loopback only."""

    port: Port = key(8026, "Port to listen at.")
    editor: EditorUrl = key(
        "",
        "Address that opens a file in your text editor, with `{path}`, `{line}`, `{column}`: "
        "`vscode://file{path}:{line}:{column}`; empty: none.",
    )


class Alerts(Section):
    """Who is told when something is wrong."""

    to: Mailboxes = key((), "Addresses of the operators.")
    editors: Mailboxes = key((), "Addresses of the editors; empty: the operators are told.")
    webhook: SecretStr = key(
        SecretStr(""), "An http(s) address that gets every alert as JSON; best by environment."
    )
    webhook_file: Path | None = key(None, "File with that address, mode 0600, if it is a secret.")
    failed_percent: float = key(5.0, "Failed deliveries of a mailing, in 100.", ge=0, le=100)
    bounced_percent: float = key(3.0, "Bounced addresses after a mailing, in 100.", ge=0, le=100)


class Theme(Section):
    """Colours, `#rrggbb`; `dark_` ones for readers whose screen is dark."""

    ink: Colour = key("#1d2329", "Text.")
    soft: Colour = key("#56606b", "Small text.")
    paper: Colour = key("#ffffff", "The letter.")
    ground: Colour = key("#f4f2ee", "Around the letter.")
    accent: Colour = key("#0f5c63", "Links, the rule beside practice implications.")
    tint: Colour = key("#eef5f4", "Behind practice implications.")
    rule: Colour = key("#d9d5cc", "Hairlines.")
    dark_ink: Colour = key("#e9ecef", "Text, dark.")
    dark_soft: Colour = key("#a9b2bb", "Small text, dark.")
    dark_paper: Colour = key("#15191d", "The letter, dark.")
    dark_ground: Colour = key("#0e1114", "Around the letter, dark.")
    dark_accent: Colour = key("#7cc7c3", "Links, dark.")
    dark_tint: Colour = key("#1c2a2b", "Behind practice implications, dark.")
    dark_rule: Colour = key("#2c333a", "Hairlines, dark.")
