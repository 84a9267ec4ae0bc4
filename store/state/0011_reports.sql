-- What reports count, beside the body, which is encrypted: how the alert was closed,
-- and whether its condition holds (1) or has ended (0). -1: written before this was
-- kept; the next start fills it in.
ALTER TABLE alerts ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN active INTEGER NOT NULL DEFAULT -1;
CREATE INDEX alerts_unfilled ON alerts (id) WHERE active < 0;
CREATE INDEX alerts_active ON alerts (district, kind, office, active) WHERE active = 1;

-- A period of a district, in the order of its list, with all that a report counts.
CREATE INDEX alerts_report ON alerts (district, opened DESC, id, kind, severity, state, outcome, office);

-- Lists name the district and one thing more: an index with both is taken, and not
-- the one above. That of people holds what is counted of each of them.
DROP INDEX alerts_office;
DROP INDEX alerts_officer;
DROP INDEX alerts_subject;
DROP INDEX alerts_kind;
CREATE INDEX alerts_office  ON alerts (district, office, opened DESC, id);
CREATE INDEX alerts_officer ON alerts (district, officer, opened DESC, id);
CREATE INDEX alerts_subject ON alerts (district, subject, opened DESC, id, severity, state);
CREATE INDEX alerts_kind    ON alerts (district, kind, opened DESC, id);

-- Lists and counters mostly ask for what is not closed, a small part of all.
DROP INDEX alerts_tally;
CREATE INDEX alerts_tally   ON alerts (district, office, severity, state, opened) WHERE state <> 'closed';
CREATE INDEX alerts_waiting ON alerts (district, severity, opened DESC, id) WHERE state <> 'closed';
CREATE INDEX alerts_people  ON alerts (district, subject, opened DESC, severity, state) WHERE state <> 'closed';
