package main

// commands is the table of everything correctiond can do, in the order of help.
func commands() []command {
	return []command{
		{name: "demo", help: "run everything with a synthetic city; alerts within a minute", build: demoCommand},
		{name: "serve", help: "run the daemon", build: serveCommand},
		{name: "check", help: "validate the configuration and print what would run; or check the accounts", live: true, build: checkCommand},
		{name: "replay", help: "run the rules over recorded events and print the episodes", live: true, build: replayCommand},
		{name: "simulate", help: "invent the messages of a city's devices, with known violations", build: simulateCommand},
		{name: "roster check", args: "FILE", help: "report every defect of a roster file", build: rosterCheckCommand},
		{name: "roster import", args: "FILE", help: "make a roster file (YAML, JSON, CSV) the current roster", live: true, build: rosterImportCommand},
		{name: "roster export", help: "print the current roster", live: true, build: rosterExportCommand},
		{name: "roster diff", args: "OLD NEW", help: "say what a roster file changes", build: rosterDiffCommand},
		{name: "device credential", args: "DEVICE", help: "make the MQTT password of a device and print it once", live: true, build: deviceCredentialCommand},
		{name: "token create", help: "make an access token and print it once", live: true, build: tokenCreateCommand},
		{name: "deadletter list", help: "list rejected messages, the newest first", live: true, build: deadletterListCommand},
		{name: "deadletter show", args: "ID", help: "print a rejected message whole (audited)", live: true, build: deadletterShowCommand},
		{name: "deadletter replay", args: "[ID...]", help: "judge rejected messages again, after what was wrong is repaired", live: true, build: deadletterReplayCommand},
		{name: "track", args: "SUBJECT", help: "print where a person's devices were (audited)", live: true, build: trackCommand},
		{name: "version", help: "print version, commit, build, H3 and schema versions", build: versionCommand},
	}
}
