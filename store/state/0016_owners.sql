-- Several daemons may use one database. A district is run by one of them: the one
-- whose data directory has its journal, of which the cursor tells.
CREATE TABLE district_owners (
  district TEXT PRIMARY KEY,
  owner    TEXT NOT NULL,   -- id of a data directory, '' when the next may have it
  place    TEXT NOT NULL    -- where that is, for people
);
