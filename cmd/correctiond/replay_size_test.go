//go:build !race

package main

// weekSubjects is the size at which a replay is judged.
const weekSubjects = 1000
