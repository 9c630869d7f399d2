"""The bank of questions about the captures: what is asked, and the measures that answer it."""
