# Reads the output of "go test -json": prints what "go test" would, that is the
# closing line of each package and everything a failed test said, and ends with
# the number of tests. Lines that are no JSON pass through.

function field(name,    at, rest) {
	at = index($0, "\"" name "\":\"")
	if (!at) return ""
	rest = substr($0, at + length(name) + 4)
	match(rest, /^([^"\\]|\\.)*/)
	return substr(rest, 1, RLENGTH)
}

function plain(s) {
	gsub(/\\u003c/, "<", s); gsub(/\\u003e/, ">", s); gsub(/\\u0026/, "\\&", s)
	gsub(/\\t/, "\t", s); gsub(/\\"/, "\"", s); gsub(/\\n/, "\n", s); gsub(/\\\\/, "\\", s)
	return s
}

!/^\{"/ { print; next }

{
	action = field("Action"); test = field("Test"); key = field("Package") field("ImportPath") "/" test
	if (action == "output" || action == "build-output") {
		text = plain(field("Output"))
		if (test != "") said[key] = said[key] text
		else if (text != "PASS\n") printf "%s", text
	} else if (test != "" && action == "pass") {
		passed++; delete said[key]
	} else if (test != "" && action == "skip") {
		skipped++; printf "%s", said[key]; delete said[key]
	} else if (test != "" && action == "fail") {
		failed++; printf "%s", said[key]; delete said[key]
	} else if (test == "" && action == "fail" && index($0, "FailedBuild")) {
		failed++
	}
	fflush()
}

END {
	for (key in said) if (!(key ~ /\/$/)) printf "unfinished: %s\n%s", key, said[key]
	printf "%d skipped\n%d passed, %d failed\n", skipped, passed, failed
}
