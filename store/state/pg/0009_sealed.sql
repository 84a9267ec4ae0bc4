-- Records may be deleted up to an anchor and no further.

CREATE FUNCTION audit_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.n > (SELECT coalesce(max(n), 0) FROM audit_anchors) THEN
    RAISE EXCEPTION 'audit is append-only';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION audit_no_delete();
