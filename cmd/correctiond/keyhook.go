package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	keyHookWait = 30 * time.Second
	keyHookMost = 4096 // bytes of what it may say
)

// readKeys reads the operator's key file. One that can be executed is a program that
// prints the keys instead: it fetches them from a key management system, and no key
// lies on this disk.
func readKeys(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0:
		return os.ReadFile(file)
	case info.Mode().Perm()&0o022 != 0:
		return nil, fmt.Errorf("%s is a program that others may write (%v): chmod go-w", file, info.Mode().Perm())
	}
	return runKeyHook(file, keyHookWait)
}

func runKeyHook(file string, wait time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	c := exec.CommandContext(ctx, file)
	c.WaitDelay = time.Second
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that what it started ends with it
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s gave no key within %v", file, wait)
	case err != nil:
		words := strings.TrimSpace(string(said.Bytes()[:min(said.Len(), keyHookMost)]))
		return nil, fmt.Errorf("%s gave no key: %w: %s", file, err, words)
	case out.Len() > keyHookMost:
		return nil, errors.New(file + " prints more than keys")
	}
	return out.Bytes(), nil
}
