"""What readers ask for on the pages, and the mails to single readers that answer.

ask      in the request: note what was asked for, within limits; nothing is looked up
decide   afterwards: whose address it is, and which mail is the answer
act      when a link's button is pressed: confirm, move, erase
letters  a mail as a finished message;  latest  the month a welcome leads to
round    decide, send, try again later;  courier  the thread that makes the rounds

The answer to a request is the same, and takes the same time, whoever's the address is: it is
looked at when the answer is out.
"""
