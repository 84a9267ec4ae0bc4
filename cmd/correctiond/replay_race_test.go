//go:build race

package main

// weekSubjects is smaller under the race detector, which takes ten times as
// long; every scripted violation has room among so many people.
const weekSubjects = 200
