package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// streams are what a command may touch of the process it runs in.
type streams struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
}

// An action is a command ready to run: its flags are parsed. Its error is
// printed, one line per problem; exitCode tells what the process answers.
type action func(ctx context.Context, c *call) error

// A command is one row of the table.
//
// To add one: write a file with a function of the type of build, and add a row.
// build declares the command's flags on fs and returns the action, which reads
// them through the closure:
//
//	func greetCommand(fs *flag.FlagSet) action {
//		loud := fs.Bool("loud", false, "shout")
//		cfg := configFlags(fs) // if it needs the configuration
//		return func(ctx context.Context, c *call) error { … }
//	}
//
// Every flag can also be given as environment variable (envName), and may
// stand before or after the arguments.
type command struct {
	name string // one or two words: "check", "token create"
	args string // arguments, for help and counted before it runs: "DEVICE [FILE]", "FILE..."
	help string // one line
	// live says that a running daemon may execute it for another process (see
	// control.go): it then works on the daemon's open state.
	live  bool
	build func(fs *flag.FlagSet) action
}

// call is one execution of a command.
type call struct {
	streams
	args []string // what is left after the flags
	// argv repeats the whole call: command, flags (those of the environment
	// too) and arguments. It is what another process is asked to run.
	argv []string
	// files are the input files read so far, by name; they travel with argv.
	files map[string][]byte
	// host is the daemon this call runs in, nil in a process of its own.
	host *host
}

// run executes one command line and returns the exit code: 0 ok, 1 failure,
// 2 wrong usage or invalid input, in which case nothing was changed.
func run(ctx context.Context, argv []string, s streams) int {
	return dispatch(ctx, commands(), argv, &call{streams: s})
}

func dispatch(ctx context.Context, table []command, argv []string, c *call) int {
	err := execute(ctx, table, argv, c)
	if err != nil && !errors.Is(err, errReported) {
		printError(c.err, err)
	}
	return exitCode(err)
}

func execute(ctx context.Context, table []command, argv []string, c *call) error {
	if len(argv) == 0 || isHelp(argv[0]) {
		return topHelp(c.out, table)
	}
	cmd, rest, err := lookup(table, argv)
	if err != nil {
		return err
	}
	if cmd == nil {
		return groupHelp(c.out, table, argv[0])
	}
	fs := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	act := cmd.build(fs)
	fromEnv, err := parseFlags(fs, rest, c)
	if errors.Is(err, flag.ErrHelp) {
		return commandHelp(c.out, cmd, fs)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", cmd.name, err)
	}
	if !countFits(cmd.args, len(c.args)) {
		return usagef("%s: wants %s, got %d argument(s); see correctiond %s --help",
			cmd.name, orNone(cmd.args), len(c.args), cmd.name)
	}
	c.argv = append(append(strings.Fields(cmd.name), fromEnv...), rest...)
	return act(ctx, c)
}

// lookup finds the command that argv starts with. A nil command without an
// error is a request for the help of a group: "roster", "roster --help".
func lookup(table []command, argv []string) (*command, []string, error) {
	var near []string
	group := false
	for i := range table {
		words := strings.Fields(table[i].name)
		if len(argv) >= len(words) && strings.Join(argv[:len(words)], " ") == table[i].name {
			return &table[i], argv[len(words):], nil
		}
		group = group || words[0] == argv[0]
		near = append(near, table[i].name)
	}
	switch {
	case group && (len(argv) == 1 || isHelp(argv[1])):
		return nil, nil, nil
	case group:
		return nil, nil, unknown("command", argv[0]+" "+argv[1], near)
	}
	return nil, nil, unknown("command", argv[0], near)
}

func isHelp(arg string) bool {
	return arg == "help" || arg == "--help" || arg == "-help" || arg == "-h"
}

// countFits tells whether n arguments satisfy a spec like "DEVICE [FILE]".
func countFits(spec string, n int) bool {
	least, most := 0, 0
	for word := range strings.FieldsSeq(spec) {
		most++
		if !strings.HasPrefix(word, "[") {
			least++
		}
		if strings.Contains(word, "...") {
			most = n
		}
	}
	return least <= n && n <= max(least, most)
}

func orNone(spec string) string {
	if spec == "" {
		return "no arguments"
	}
	return spec
}

func topHelp(w io.Writer, table []command) error {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, "correctiond monitors community correction (社区矫正).\n\nUsage: correctiond COMMAND [flags]\n\n")
	for i := range table {
		fmt.Fprintf(b, "  %-20s %s\n", table[i].name, table[i].help)
	}
	fmt.Fprint(b, "\nEach command has --help. Flags may be given as environment variables too: --some-flag as\n"+
		"CORRECTIOND_SOME_FLAG. Exit code: 0 ok, 1 failure, 2 wrong usage or invalid input.\n")
	return b.Flush()
}

func groupHelp(w io.Writer, table []command, group string) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "Usage: correctiond %s COMMAND [flags]\n\n", group)
	for i := range table {
		if strings.HasPrefix(table[i].name, group+" ") {
			fmt.Fprintf(b, "  %-20s %s\n", table[i].name, table[i].help)
		}
	}
	return b.Flush()
}
