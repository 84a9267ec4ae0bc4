package event

import (
	"bytes"
	"encoding/json"

	"correctiond/roster"
)

// MarshalJSON writes the whole leave, or its id when only that is known.
func (r LeaveRef) MarshalJSON() ([]byte, error) {
	return marshalRef(r.ID, r.Leave)
}

// UnmarshalJSON reads a leave object or an id; a leave gives its id too.
func (r *LeaveRef) UnmarshalJSON(b []byte) (err error) {
	*r = LeaveRef{}
	r.ID, r.Leave, err = unmarshalRef[roster.Leave](b)
	if err == nil && r.Leave != nil {
		r.ID = r.Leave.ID
	}
	return err
}

// MarshalJSON writes the whole authority, or its id when only that is known.
func (r AuthorityRef) MarshalJSON() ([]byte, error) {
	return marshalRef(r.ID, r.Authority)
}

// UnmarshalJSON reads an authority object or an id; an authority gives its id
// too.
func (r *AuthorityRef) UnmarshalJSON(b []byte) (err error) {
	*r = AuthorityRef{}
	r.ID, r.Authority, err = unmarshalRef[roster.Authority](b)
	if err == nil && r.Authority != nil {
		r.ID = r.Authority.ID
	}
	return err
}

func marshalRef[T any](id string, whole *T) ([]byte, error) {
	if whole != nil {
		return json.Marshal(whole)
	}
	return json.Marshal(id)
}

func unmarshalRef[T any](b []byte) (id string, whole *T, err error) {
	if bytes.HasPrefix(b, []byte("{")) {
		whole = new(T)
		return "", whole, strict(b, whole)
	}
	return id, nil, json.Unmarshal(b, &id)
}
