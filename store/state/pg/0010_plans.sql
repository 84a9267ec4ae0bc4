-- A version of a plan is never changed.

CREATE FUNCTION plans_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'plans are append-only';
END $$;
CREATE TRIGGER plans_no_update BEFORE UPDATE OF district, subject, version, at ON plans
FOR EACH ROW EXECUTE FUNCTION plans_append_only();
