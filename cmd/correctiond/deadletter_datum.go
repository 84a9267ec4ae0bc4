package main

import (
	"encoding/json"
	"errors"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/store"
)

// repairDatum refuses a datum that does not exist, and classes of dead letters
// that lack none.
func repairDatum(d geo.Datum, reason event.Reason) error {
	switch {
	case d == "":
		return nil
	case !d.Valid():
		return usagef("--datum: %q is none of wgs84, cgcs2000, gcj02, bd09", d)
	case reason != "" && reason != event.DatumReason:
		return usagef("--datum: repairs those rejected for datum, not for %s", reason)
	}
	return nil
}

// withDatum is a dead letter whose object names its datum.
func withDatum(l store.DeadLetter, d geo.Datum) (store.DeadLetter, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(l.Payload, &members); err != nil || members == nil {
		return l, errors.New("its payload is not one JSON object")
	}
	members["datum"] = json.RawMessage(`"` + string(d) + `"`)
	payload, err := json.Marshal(members)
	l.Payload = payload
	return l, err
}
