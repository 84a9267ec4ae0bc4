package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"runtime/debug"
)

// build says what this binary was made from; at is the time of the commit.
type build struct{ version, commit, at, toolchain, h3 string }

func versionCommand(*flag.FlagSet) action {
	return func(_ context.Context, c *call) error {
		b := readBuild(debug.ReadBuildInfo())
		_, err := fmt.Fprintf(c.out, "correctiond %s\ncommit      %s, %s\nbuilt with  %s\nh3-go       %s\n",
			b.version, b.commit, b.at, b.toolchain, b.h3)
		return err
	}
}

func readBuild(info *debug.BuildInfo, ok bool) build {
	if !ok {
		info = &debug.BuildInfo{}
	}
	b := build{version: info.Main.Version, toolchain: info.GoVersion}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.commit = s.Value + b.commit
		case "vcs.modified":
			if s.Value == "true" {
				b.commit += " (modified)"
			}
		case "vcs.time":
			b.at = s.Value
		}
	}
	for _, d := range info.Deps {
		if d.Path == "github.com/uber/h3-go/v4" {
			b.h3 = d.Version
		}
	}
	const unknown = "unknown"
	b.version, b.commit = cmp.Or(b.version, unknown), cmp.Or(b.commit, unknown)
	b.at, b.toolchain, b.h3 = cmp.Or(b.at, unknown), cmp.Or(b.toolchain, unknown), cmp.Or(b.h3, unknown)
	return b
}
