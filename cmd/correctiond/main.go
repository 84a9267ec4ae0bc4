// Command correctiond monitors community correction (社区矫正): it takes
// check-ins and electronic locations from MQTT, judges them by rules over the
// roster, and raises the alerts that correction officers act on.
//
// main.go hands over to run, which picks a command from the table in run.go.
// Each command is one function that declares its flags and returns its action;
// config.go is the one place that turns flags, environment, file and defaults
// into a configuration.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the district's zone must exist on images without zoneinfo
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr, os.Getenv})
	stop()
	os.Exit(code)
}
