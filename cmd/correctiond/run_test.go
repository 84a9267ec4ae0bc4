package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// outcome is what a person sees of one command line.
type outcome struct {
	code     int
	out, err string
}

func runTable(table []command, env map[string]string, argv ...string) outcome {
	var out, errOut bytes.Buffer
	c := &call{streams: streams{strings.NewReader(""), &out, &errOut, func(k string) string { return env[k] }}}
	code := dispatch(context.Background(), table, argv, c)
	return outcome{code, out.String(), errOut.String()}
}

func greetTable() []command {
	greet := func(fs *flag.FlagSet) action {
		loud := fs.Bool("loud", false, "shout")
		word := fs.String("word", "hello", "`WORD` to say")
		return func(_ context.Context, c *call) error {
			fmt.Fprintln(c.out, *word, *loud, c.args, c.argv)
			return nil
		}
	}
	return []command{
		{name: "greet", args: "NAME [FILE]", help: "says a word", build: greet},
		{name: "door open", help: "opens", build: greet},
		{name: "door shut", help: "shuts", build: greet},
	}
}

func TestCommandLine(t *testing.T) {
	env := map[string]string{"CORRECTIOND_WORD": "salve"}
	for _, tc := range []struct {
		name string
		env  map[string]string
		line string
		want outcome
	}{
		{"flags before arguments", nil, "greet --word hi A", outcome{0, "hi false [A] [greet --word hi A]\n", ""}},
		{"flags after arguments", nil, "greet A --loud B", outcome{0, "hello true [A B] [greet A --loud B]\n", ""}},
		{"after -- all is argument", nil, "greet -- --loud", outcome{0, "hello false [--loud] [greet -- --loud]\n", ""}},
		{"environment", env, "greet A", outcome{0, "salve false [A] [greet --word=salve A]\n", ""}},
		{"flag over environment", env, "greet A --word hi", outcome{0, "hi false [A] [greet --word=salve A --word hi]\n", ""}},
		{"bad environment", map[string]string{"CORRECTIOND_LOUD": "x"}, "greet A", outcome{2, "", "correctiond: greet: CORRECTIOND_LOUD: parse error\n"}},
		{"two words", nil, "door open", outcome{0, "hello false [] [door open]\n", ""}},
		{"nearest command", nil, "gret A", outcome{2, "", "correctiond: unknown command \"gret\"; did you mean greet?\n"}},
		{"nearest of a group", nil, "door opne", outcome{2, "", "correctiond: unknown command \"door opne\"; did you mean door open?\n"}},
		{"nothing near", nil, "xyzzyx", outcome{2, "", "correctiond: unknown command \"xyzzyx\"; see correctiond --help\n"}},
		{"nearest flag", nil, "greet --wrod hi A", outcome{2, "", "correctiond: greet: unknown flag \"--wrod\"; did you mean --word?\n"}},
		{"missing value", nil, "greet A --word", outcome{2, "", "correctiond: greet: flag needs an argument: -word\n"}},
		{"too few", nil, "greet", outcome{2, "", "correctiond: greet: wants NAME [FILE], got 0 argument(s); see correctiond greet --help\n"}},
		{"too many", nil, "door shut now", outcome{2, "", "correctiond: door shut: wants no arguments, got 1 argument(s); see correctiond door shut --help\n"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := runTable(greetTable(), tc.env, strings.Fields(tc.line)...); got != tc.want {
				t.Errorf("got %+v\nwant %+v", got, tc.want)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, tc := range []struct {
		line string
		want []string
	}{
		{"", []string{"Usage: correctiond COMMAND", "greet", "door shut", "Exit code"}},
		{"--help", []string{"Usage: correctiond COMMAND"}},
		{"door", []string{"Usage: correctiond door COMMAND", "door open", "door shut"}},
		{"door --help", []string{"door open"}},
		{"greet --help", []string{"Usage: correctiond greet [flags] NAME [FILE]", "says a word", "--word WORD", "(default hello)"}},
		{"greet A -h", []string{"says a word"}},
	} {
		got := runTable(greetTable(), nil, strings.Fields(tc.line)...)
		for _, want := range tc.want {
			if got.code != 0 || got.err != "" || !strings.Contains(got.out, want) {
				t.Errorf("%q: want %q in %+v", tc.line, want, got)
			}
		}
	}
}

// Every command of the real table explains itself, and no two share a name.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, cmd := range commands() {
		got := runTable(commands(), nil, append(strings.Fields(cmd.name), "--help")...)
		if got.code != 0 || !strings.Contains(got.out, "Usage: correctiond "+cmd.name) || cmd.help == "" {
			t.Errorf("%s --help: %+v", cmd.name, got)
		}
		if seen[cmd.name] || len(strings.Fields(cmd.name)) > 2 {
			t.Errorf("%s: used twice, or longer than two words", cmd.name)
		}
		seen[cmd.name] = true
	}
}

func TestExitCode(t *testing.T) {
	plain := fmt.Errorf("boom")
	for _, tc := range []struct {
		err  error
		want int
	}{{nil, 0}, {plain, 1}, {invalid(plain), 2}, {fmt.Errorf("x: %w", invalid(plain)), 2}, {invalid(nil), 0}, {codeError(7), 7}} {
		if got := exitCode(tc.err); got != tc.want {
			t.Errorf("exitCode(%v) = %d, want %d", tc.err, got, tc.want)
		}
	}
}

func TestVersion(t *testing.T) {
	got := runTable(commands(), nil, "version")
	if got.code != 0 || !strings.HasPrefix(got.out, "correctiond ") || !strings.Contains(got.out, "h3-go") {
		t.Errorf("%+v", got)
	}
}
