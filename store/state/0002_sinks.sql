-- How far the journal of a district has been written to a sink that cannot keep
-- its own cursor.

CREATE TABLE sink_cursors (
  sink     TEXT NOT NULL,
  district TEXT NOT NULL,
  seq      INTEGER NOT NULL,         -- of the district's journal, written through
  PRIMARY KEY (sink, district)
) WITHOUT ROWID;
