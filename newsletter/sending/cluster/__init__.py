"""Sending from several machines: chunks of a mailing, handed to workers by Procrastinate.

The truth is in our own tables: a mailing's chunks say when there is something to do in them, and a
lease says who has one. Procrastinate's jobs only wake workers, and could all be lost.
"""
