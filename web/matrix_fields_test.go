package web_test

import (
	"path"
	"strings"
	"time"
)

// fields are a body with what the route asks for.
func fields(line string) setting {
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	bodies := map[string]string{
		"note": `{"text":"x"}`, "close": `{"outcome":"unfounded"}`, "assign": `{"officer":"F2"}`, "reopen": `{"reason":"x"}`,
		"snooze": `{"until":"` + until + `"}`, "attach": `{"name":"a.txt","content":"eA=="}`,
	}
	switch action := path.Base(line); {
	case strings.HasPrefix(line, "POST /api") && bodies[action] != "":
		return body("application/json", bodies[action])
	case strings.HasPrefix(line, "POST /"): // of sweeps a step: the sweep itself is for heads
		return form("version", "2", "text", "x", "outcome", "unfounded", "officer", "F2", "reason", "x", "hours", "4", "step", "checked")
	}
	return header("X", "x")
}

// systemMatrix has the rows of what is done on the page of the system.
func systemMatrix() map[string]access {
	return map[string]access{
		"POST /system/deadletters/{id}/replay":  {"ops", ofLetter},
		"POST /system/thresholds":               {"ops", ofNothing},
		"POST /system/accounts":                 {"admin", ofNothing},
		"POST /system/accounts/{name}/disable":  {"admin", ofLetter},
		"POST /system/accounts/{name}/password": {"admin", ofLetter},
		"POST /system/tokens/{id}/revoke":       {"admin", ofLetter},
	}
}
