package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	onTestbed = "testbed"
	onCurrent = "current"
)

type options struct {
	cluster string
	testbed string
	image   string
	root    string
}

func (o options) check() error {
	if _, err := os.Stat(filepath.Join(o.manifests(), "kustomization.yaml")); err != nil {
		return fmt.Errorf("run this in the root of the repository, or set --root: %w", err)
	}
	if o.cluster != onTestbed && o.cluster != onCurrent {
		return fmt.Errorf("--cluster=%s: want %s or %s", o.cluster, onTestbed, onCurrent)
	}
	return nil
}

// checkImage is for up only: nothing is needed to remove the demo.
func (o options) checkImage() error {
	if o.cluster == onCurrent && o.image == "" {
		return errors.New("--cluster=current needs --image=NAME: a bookstore image that your cluster can pull " +
			"(examples/bookstore/README.md says how to build one)")
	}
	return nil
}

func (o options) bookstore() string { return filepath.Join(o.root, "examples", "bookstore") }
func (o options) manifests() string { return filepath.Join(o.bookstore(), "deploy") }
