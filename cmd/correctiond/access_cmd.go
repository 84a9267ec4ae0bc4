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
	"correctiond/store/database"
)

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
