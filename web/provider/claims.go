package provider

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
)

// read takes out of a verified ID token what is needed here.
func (p *Provider) read(token *oidc.IDToken) (Claims, error) {
	raw := map[string]json.RawMessage{}
	if err := token.Claims(&raw); err != nil {
		return Claims{}, fmt.Errorf("%w: its claims are not understood", ErrRefused)
	}
	// A token for several clients says for which of them it was made (azp).
	by := texts(raw["azp"])
	if len(by) > 0 && by[0] != p.cfg.ClientID || len(by) == 0 && len(token.Audience) > 1 {
		return Claims{}, fmt.Errorf("%w: the ID token was made for another client (azp)", ErrRefused)
	}
	c := Claims{NameClaim: "preferred_username", Roles: texts(claim(raw, p.cfg.RoleClaim))}
	name := texts(raw[c.NameClaim])
	if len(name) == 0 {
		c.NameClaim, name = "sub", []string{token.Subject}
	}
	c.Name = name[0]
	if offices := texts(claim(raw, p.cfg.OfficeClaim)); len(offices) == 1 {
		c.Office = offices[0] // several name none
	}
	return c, nil
}

// claim finds a claim by its name, or by names joined with dots where claims lie in
// claims: realm_access.roles. Names may hold dots themselves, and the one that is
// written out goes first.
func claim(all map[string]json.RawMessage, name string) json.RawMessage {
	if found, ok := all[name]; ok {
		return found
	}
	for i, r := range name {
		var inner map[string]json.RawMessage
		if r != '.' || json.Unmarshal(all[name[:i]], &inner) != nil {
			continue
		}
		if found := claim(inner, name[i+1:]); found != nil {
			return found
		}
	}
	return nil
}

// texts reads a claim that is a text or a list of texts, each once and none empty;
// anything else is nothing.
func texts(raw json.RawMessage) []string {
	var list []string
	var one string
	if json.Unmarshal(raw, &one) == nil {
		list = []string{one}
	} else if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(s string) bool { return s == "" })
}
