-- Finding what to send next, and who must not be sent more for a while.

ALTER TABLE notices ADD COLUMN severity INTEGER NOT NULL DEFAULT 4;  -- of the message: the urgent go first
CREATE INDEX notices_channel ON notices (channel, severity, due, id) WHERE state = 'pending';
CREATE INDEX notices_to ON notices (channel, district, officer, severity, id) WHERE state = 'pending';
CREATE INDEX notices_claimed ON notices (channel, district, officer) WHERE state = 'pending' AND claimed_until > 0;
CREATE INDEX attempts_at ON attempts (at);

-- A recipient whose channel said "too many": nothing goes there before the
-- instant, and then what waits is joined.
CREATE TABLE holds (
  channel  TEXT NOT NULL,
  district TEXT NOT NULL,
  officer  TEXT NOT NULL,
  until    INTEGER NOT NULL,
  PRIMARY KEY (channel, district, officer)
);
