"""The archive's pages: every month that was sent, for whoever wants to read.

views      a kept month as templates show it
contents   which pages there are, and what stands on each
snippets   the part of a text that a search was after
jsonld     what machines are told of a page
feed       Atom, for all and for each topic
sitemap    where crawlers may go
answer     what browsers may keep, and when they needn't fetch it again
routes     the addresses under which it is served
building   the same pages as files
"""
