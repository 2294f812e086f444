"""What follows from what comes back: verdict, reader, consequence, and the record of it."""
