-- Lists of large districts: what waits at an office by severity, and the registers of
-- a person and of an office.

CREATE INDEX alerts_desk ON alerts (district, office, severity, opened DESC, id) WHERE state <> 'closed';

DROP INDEX registers_subject;
CREATE INDEX registers_subject ON registers (district, subject, register, id) WHERE parent = 0;
CREATE INDEX registers_office  ON registers (district, register, office, id) WHERE parent = 0;

-- What lists of plans go by: draft, signed or withdrawn ('' until it is filled in), and
-- what the templates gave.
ALTER TABLE plans ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE plans ADD COLUMN digest TEXT NOT NULL DEFAULT '';
CREATE INDEX plans_unfilled ON plans (district) WHERE state = '';
