"""The editor's live preview: every edition of every month, on this machine alone.

gallery   months and editions, rendered when asked for; the last good picture is kept
watch     notices that a file was saved, and tells whoever listens
app       the pages over both;  server   the socket they are served on
"""
