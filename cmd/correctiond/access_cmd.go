package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"correctiond/roster"
	"correctiond/store/access"
	"correctiond/store/database"
	"correctiond/web"
)

func tokenCreateCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	at := placeFlags(fs)
	name := fs.String("name", "", "`NAME` that is recorded as the actor; required")
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		if _, err := web.ParseRole(at.role); err != nil {
			return usagef("--role: %w", err)
		}
		if *name == "" {
			return usagef("--name: who holds the token?")
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			t := access.Token{Name: *name, Role: at.role, District: roster.DistrictID(at.district), Office: roster.OfficeID(at.office), Minors: at.minors}
			if err := st.placeToken(ctx, &t); err != nil {
				return err
			}
			_, secret, err := st.state.CreateToken(ctx, t, "command line", nowInstant())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.out, secret)
			return err
		})
	}
}

// placeToken gives a token its district, and checks the office it names.
func (st *openState) placeToken(ctx context.Context, t *access.Token) error {
	role := web.Role(t.Role)
	if role == web.Ops || role == web.Admin {
		return nil
	}
	id, err := st.oneDistrict(ctx, t.District)
	if err != nil {
		return err
	}
	t.District = id
	ofOffice := role == web.Officer || role == web.OfficeHead || role == web.SocialWorker
	if ofOffice != (t.Office != "") {
		return usagef("--office: is for officer, office_head and social_worker, and they need it")
	}
	file, err := st.stored(ctx, id)
	if err != nil {
		return err
	}
	for _, o := range file.Offices {
		if o.ID == t.Office {
			return nil
		}
	}
	if t.Office == "" {
		return nil
	}
	return usagef("--office: district %s has no office %q", id, t.Office)
}

func deviceCredentialCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	rotate := fs.Bool("rotate", false, "replace the password the device has")
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		id := roster.DeviceID(c.args[0])
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			known, err := st.knowsDevice(ctx, id)
			if err != nil {
				return err
			}
			if !known {
				return invalid(fmt.Errorf("device %q is in no roster; import one that holds it", id))
			}
			password, err := st.state.IssueDevicePassword(ctx, id, *rotate, "command line", nowInstant())
			if errors.Is(err, database.ErrTaken) {
				return fmt.Errorf("device %s has a password already; --rotate makes a new one", id)
			}
			if err != nil {
				return err
			}
			return printCredential(c, st.cfg, id, password)
		})
	}
}

func (st *openState) knowsDevice(ctx context.Context, id roster.DeviceID) (bool, error) {
	ids, err := st.state.Districts(ctx)
	if err != nil {
		return false, err
	}
	for _, district := range ids {
		file, err := st.stored(ctx, district)
		if err != nil {
			return false, err
		}
		for i := range file.Devices {
			if file.Devices[i].ID == id {
				return true, nil
			}
		}
	}
	return false, nil
}

// printCredential prints a password once: alone for the embedded broker, with
// what to add to an external one.
func printCredential(c *call, cfg *config, id roster.DeviceID, password string) error {
	if cfg.MQTT.embedded() {
		_, err := fmt.Fprintln(c.out, password)
		return err
	}
	login, err := natsLogin(cfg.MQTT.Prefix, id, password)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, `# The password, for the device: %[2]s
# Mosquitto: run this on the broker's machine, then reload it
mosquitto_passwd -b /etc/mosquitto/passwd %[1]s %[2]s
# Mosquitto: lines for the acl_file
user %[1]s
topic write %[3]s/v1/%[1]s/location
topic write %[3]s/v1/%[1]s/checkin
topic write %[3]s/v1/%[1]s/status
topic read %[3]s/v1/%[1]s/challenge
topic read %[3]s/v1/%[1]s/notice
# NATS: a line for users.conf, then nats-server --signal reload
%[4]s`, id, password, cfg.MQTT.Prefix, login)
	return err
}

// natsLogin is the line that lets a device log in to a NATS server, and confines
// it to its own topics. The password is hashed with bcrypt.
func natsLogin(prefix string, id roster.DeviceID, password string) (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), natsCost)
	if err != nil {
		return "", fmt.Errorf("hash the password of %s: %w", id, err)
	}
	base := strings.ReplaceAll(prefix, "/", ".") + ".v1." + string(id)
	return fmt.Sprintf("  { user: %s, password: %q, permissions: { publish: [%s], subscribe: [%s] } }\n", id, hash,
		quoted(base, "location", "checkin", "status"), quoted(base, "challenge", "notice")), nil
}

// natsCost is what NATS itself takes when it hashes passwords.
const natsCost = 11

func quoted(base string, names ...string) string {
	for i, name := range names {
		names[i] = strconv.Quote(base + "." + name)
	}
	return strings.Join(names, ", ")
}
