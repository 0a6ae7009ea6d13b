package main

import (
	"errors"
	"flag"
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
	root    string
	images  images
}

// images has the names under which the cluster gets the programs.
type images struct{ bookstore, operator, agent string }

func (o *options) flags(f *flag.FlagSet) {
	f.StringVar(&o.cluster, "cluster", onTestbed, "testbed, or current for the cluster of the current kubeconfig")
	f.StringVar(&o.testbed, "testbed", "bin/testbed", "path of the testbed program")
	f.StringVar(&o.root, "root", ".", "root of the repository")
	f.StringVar(&o.images.bookstore, "image", "", "bookstore image to use; without it one is built (test bed only)")
	f.StringVar(&o.images.operator, "operator-image", "", "operator image to use; without it one is built (test bed only)")
	f.StringVar(&o.images.agent, "agent-image", "", "agent image to use; without it one is built (test bed only)")
}

func (o options) check() error {
	if _, err := os.Stat(filepath.Join(o.example("deploy"), "kustomization.yaml")); err != nil {
		return fmt.Errorf("run this in the root of the repository, or set --root: %w", err)
	}
	if o.cluster != onTestbed && o.cluster != onCurrent {
		return fmt.Errorf("--cluster=%s: want %s or %s", o.cluster, onTestbed, onCurrent)
	}
	return nil
}

// checkImages is for up only: nothing is needed to remove the demo.
func (o options) checkImages() error {
	i := o.images
	if o.cluster == onCurrent && (i.bookstore == "" || i.operator == "" || i.agent == "") {
		return errors.New("--cluster=current needs --image, --operator-image and --agent-image: images that your cluster can pull " +
			"(examples/bookstore/README.md says how to build them)")
	}
	if (i.operator == "") != (i.agent == "") {
		return errors.New("--operator-image and --agent-image belong together")
	}
	return nil
}

// example is a folder of the bookstore.
func (o options) example(path string) string {
	return filepath.Join(o.root, "examples", "bookstore", filepath.FromSlash(path))
}

func (o options) plugin() string { return filepath.Join(o.root, "bin", "kubectl-weft") }
