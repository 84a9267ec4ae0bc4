-- Export reads the history in the order of receipt, a page at a time.
CREATE INDEX events_received ON events (received);
