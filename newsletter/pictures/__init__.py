"""Pictures of a letter, as Chromium shows it.

browser   starts one and talks with it;  letters   at which widths, on which screens
"""
