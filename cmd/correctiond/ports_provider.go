package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"correctiond/roster"
	"correctiond/store/access"
	"correctiond/store/database"
	"correctiond/web"
	"correctiond/web/provider"
)

// outsiders lets people in whom the identity provider vouches for.
type outsiders struct {
	ports
	at *provider.Provider
}

// provider is the one of the configuration; it is not asked anything yet.
func (cfg *config) provider() (*provider.Provider, error) {
	secret, err := cfg.secret("http.oidc.client_secret_file")
	if err != nil {
		return nil, err
	}
	o := cfg.HTTP.OIDC
	return provider.New(provider.Config{
		Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: secret, RedirectURL: cfg.callback(),
		RoleClaim: o.RoleClaim, OfficeClaim: o.OfficeClaim,
	}), nil
}

// callback is where the provider sends people back to.
func (cfg *config) callback() string {
	return strings.TrimSuffix(cfg.HTTP.PublicURL, "/") + "/signin/provider/callback"
}

// newOutside is nil without a provider.
func (d *daemon) newOutside() (web.Provider, error) {
	if d.cfg.HTTP.OIDC.Issuer == "" {
		return nil, nil
	}
	at, err := d.cfg.provider()
	if err != nil {
		return nil, err
	}
	return outsiders{ports{d}, at}, nil
}

// BeginOutside draws what the sign-in is recognised by.
func (o outsiders) BeginOutside(ctx context.Context) (string, web.Errand, error) {
	e := provider.NewErrand()
	to, err := o.at.Begin(ctx, time.Now(), e)
	return to, web.Errand(e), outsideError(err)
}

// SignInOutside gives whom the provider vouches for the role and place that its
// claims say. It never gives the right to files of minors.
func (o outsiders) SignInOutside(ctx context.Context, e web.Errand, code string) (string, web.Identity, error) {
	said, err := o.at.Finish(ctx, time.Now(), provider.Errand(e), code)
	if err != nil {
		return "", web.Identity{}, outsideError(err)
	}
	a := access.Account{Name: strings.ToLower(said.Name), Outside: true}
	if err := o.d.place(ctx, &a, said); err != nil {
		return "", web.Identity{}, err
	}
	secret, err := o.d.state.OpenSession(ctx, a, nowInstant())
	if err != nil {
		return "", web.Identity{}, outsideError(err)
	}
	return secret, o.holder(&a), nil
}

// place finds role, district and office of somebody in what the provider says.
func (st *openState) place(ctx context.Context, a *access.Account, said provider.Claims) error {
	roles := slices.DeleteFunc(slices.Clone(said.Roles), func(name string) bool {
		_, err := web.ParseRole(name)
		return err != nil
	})
	if len(roles) != 1 {
		return &web.OutsideError{Why: web.OutsideRole, Err: fmt.Errorf("%s holds %d roles of this service", st.cfg.HTTP.OIDC.RoleClaim, len(roles))}
	}
	a.Role = roles[0]
	switch web.Role(a.Role) {
	case web.Ops, web.Admin:
		return nil
	case web.District, web.Procurator:
		return st.placeInDistrict(ctx, a, said.Office)
	default:
		return st.placeInOffice(ctx, a, said.Office)
	}
}

// placeInDistrict finds the district of a role that has no office: the one that the
// claim names before a slash, or the only one.
func (st *openState) placeInDistrict(ctx context.Context, a *access.Account, claim string) error {
	ids, err := st.state.Districts(ctx)
	if err != nil {
		return err
	}
	if name, _, _ := strings.Cut(claim, "/"); name != "" && name != claim {
		ids = slices.DeleteFunc(ids, func(id roster.DistrictID) bool { return string(id) != name })
	}
	if len(ids) != 1 {
		return &web.OutsideError{Why: web.OutsideDistrict, Err: fmt.Errorf("%d districts, and neither the role nor %s says which", len(ids), st.cfg.HTTP.OIDC.OfficeClaim)}
	}
	a.District = ids[0]
	return nil
}

// placeInOffice finds the office that the claim names, with its district before a slash
// where offices of several have that id.
func (st *openState) placeInOffice(ctx context.Context, a *access.Account, claim string) error {
	ids, err := st.state.Districts(ctx)
	if err != nil {
		return err
	}
	type place struct {
		district roster.DistrictID
		office   roster.OfficeID
	}
	var named, full []place
	for _, id := range ids {
		file, err := st.stored(ctx, id)
		if err != nil {
			return err
		}
		for i := range file.Offices {
			switch office := file.Offices[i].ID; claim {
			case string(office):
				named = append(named, place{id, office})
			case string(id) + "/" + string(office):
				full = append(full, place{id, office})
			}
		}
	}
	if len(full) > 0 {
		named = full
	}
	if len(named) != 1 {
		return &web.OutsideError{Why: web.OutsideOffice, Err: fmt.Errorf("%s names %d offices", st.cfg.HTTP.OIDC.OfficeClaim, len(named))}
	}
	a.District, a.Office = named[0].district, named[0].office
	return nil
}

// outsideError puts what provider and store refuse into the words of the pages.
func outsideError(err error) error {
	for _, known := range []struct {
		cause error
		why   web.OutsideReason
	}{
		{provider.ErrAway, web.OutsideAway},
		{provider.ErrRefused, web.OutsideUnproven},
		{access.ErrName, web.OutsideName},
		{database.ErrTaken, web.OutsideTaken},
	} {
		if errors.Is(err, known.cause) {
			return &web.OutsideError{Why: known.why, Err: err}
		}
	}
	return err
}
