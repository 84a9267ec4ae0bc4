package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"strings"
)

// envName gives the environment variable of a flag or configuration key:
// "data" is CORRECTIOND_DATA, "http.listen" is CORRECTIOND_HTTP_LISTEN.
func envName(name string) string {
	return "CORRECTIOND_" + strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name))
}

// parseFlags sets the flags from the environment, then from args, which
// therefore win, and leaves the arguments in c.args. It returns the flags the
// environment set, written as arguments.
func parseFlags(fs *flag.FlagSet, args []string, c *call) (fromEnv []string, err error) {
	fs.VisitAll(func(f *flag.Flag) {
		value := c.env(envName(f.Name))
		if value == "" || err != nil {
			return
		}
		if bad := fs.Set(f.Name, value); bad != nil {
			err = usagef("%s: %w", envName(f.Name), bad)
		}
		fromEnv = append(fromEnv, "--"+f.Name+"="+value)
	})
	if err != nil {
		return nil, err
	}
	c.args, err = parseInterspersed(fs, args)
	return fromEnv, err
}

func (c *call) env(name string) string {
	if c.getenv == nil {
		return ""
	}
	return c.getenv(name)
}

// parseInterspersed parses flags wherever they stand; after "--" everything is
// an argument.
func parseInterspersed(fs *flag.FlagSet, args []string) ([]string, error) {
	var left []string
	for {
		if err := fs.Parse(args); err != nil {
			return nil, flagError(fs, err)
		}
		rest := fs.Args()
		if len(rest) == 0 {
			return left, nil
		}
		if n := len(args) - len(rest); n > 0 && args[n-1] == "--" {
			return append(left, rest...), nil
		}
		left, args = append(left, rest[0]), rest[1:]
	}
}

// flagError names the nearest flag where the package flag only says that one
// does not exist.
func flagError(fs *flag.FlagSet, err error) error {
	if err == flag.ErrHelp { //nolint:errorlint // the package returns it bare
		return err
	}
	name, found := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !found {
		return usagef("%w", err)
	}
	var near []string
	fs.VisitAll(func(f *flag.Flag) { near = append(near, "--"+f.Name) })
	return unknown("flag", "--"+strings.TrimLeft(name, "-"), near)
}

func commandHelp(w io.Writer, cmd *command, fs *flag.FlagSet) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "Usage: correctiond %s\n\n%s\n", strings.TrimSpace(cmd.name+" [flags] "+cmd.args), cmd.help)
	keys := 0
	fs.VisitAll(func(f *flag.Flag) {
		if f.Usage == configKeyUsage {
			keys++
			return
		}
		value, usage := flag.UnquoteUsage(f)
		fmt.Fprintf(b, "\n  --%-22s %s", strings.TrimSpace(f.Name+" "+value), usage)
		if f.DefValue != "" && f.DefValue != "false" {
			fmt.Fprintf(b, " (default %s)", f.DefValue)
		}
	})
	if keys > 0 {
		fmt.Fprintf(b, "\n\nEvery key of the configuration file is a flag as well: --http.listen 127.0.0.1:9000.")
	}
	fmt.Fprint(b, "\n")
	return b.Flush()
}
