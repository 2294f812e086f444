"""The public pages: subscribe, choose, leave, read. No cookies, no scripts needed.

app        the routes and what stands before them
guards     what every answer says, and what is refused before a page sees it
pages      templates, files, languages: what all pages are made with
place      where a page stands: its language, and how it links
failures   pages that say what went wrong, and nothing private
"""
