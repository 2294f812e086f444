"""What belongs to the page around a blog's text: links, paging, sharing, copyright."""

import re

_WHOLE_LINES = (
    # Going on reading, and going elsewhere
    r"(?:read|show|load|view|see) (?:more|less|all)(?: (?:posts?|entries|comments|archives))?",
    r"read more\b.{0,80}|continue reading\b.{0,80}|read the (?:rest|full \w+)(?: .{0,40})?|more",
    r"(?:older|newer|more|recent|previous|next|earlier|later|latest|related)"
    r" (?:posts?|entries|pages?|blogs?|articles?|months?|summaries)",
    r"older|newer|next|prev|previous|first|last|first page|last page",
    r"(?:current )?page \d+(?: (?:of|/) \d+)?|pages?:?(?: \d+)*|go to page .{0,10}",
    r"(?:back |return )?to (?:the )?top(?: of (?:the )?page)?|top|skip to .{0,30}|menu|home",
    r"blogs?|archives?|search(?: ?…|\.\.\.|:)?|site ?map|accessibility|français|english",
    r"log ?(?:in|out)|sign (?:in|up|out)|contact(?: us)?|about(?: us)?|edit|permalink",
    # Sharing
    r"share|share:|share (?:this|on|via|by|it)\b.{0,40}|tweet|pin(?: it)?|print|e-?mail(?: this)?",
    r"like|like this:?|loading ?(?:…|\.\.\.)?|save|copy link|follow|follow (?:us|on)\b.{0,60}",
    r"facebook|twitter|x|linkedin|instagram|youtube|pinterest|reddit|whatsapp|(?:rss )?feed|rss",
    r"subscribe(?: (?:to|by|via|now|here)\b.{0,60})?",
    # Comments and filing
    r"(?:\d+ |no )?comments?(?: \(\d+\)| off| are closed\.?| yet\.?)?",
    r"leave a (?:comment|reply)\.?|reply|posted (?:in|on)\b.{0,80}|filed under\b.{0,80}",
    r"(?:tags?|tagged|categor(?:y|ies)):.{0,80}",
    # The foot
    r"(?:©|\(c\) |copyright\b).{0,160}|(?:.{0,80}\. )?all rights reserved.{0,40}",
    r"(?:proudly )?powered by .{0,60}",
    r"(?:terms|conditions|privacy|cookies?|legal)(?: (?:of|and|&) \w+| policy| notice){0,3}",
    r"(?:tel|phone|fax|telephone)\b[.:]?\s*[\d +().-]{7,}.{0,30}|(?:e-?mail: ?)?\S+@\S+\.\w+",
    r"(?:(?:first|prev|previous|next|last|older|newer|page|[\d.…|·•«»‹›<>→←/-]+)(?:\s+|$))+",
    r"(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*\.? \d{4} ?\(\d+\)",
    # This blog's own
    r"(?:…|\.\.\.)?\s?i blog about\b.{0,400}|this month(?: ?…|\.\.\.)?|type of research|topics",
)
_LINE = re.compile("|".join(f"(?:{pattern})" for pattern in _WHOLE_LINES), re.I)


def is_furniture(text: str) -> bool:
    """Say whether the line belongs to the page around the text and not to the text."""
    plain = " ".join(text.split()).strip("»«‹›←→↑|· ")
    return not plain or _LINE.fullmatch(plain) is not None
