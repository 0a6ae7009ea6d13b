package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/internal/agent"
	"github.com/weft-mesh/weft/internal/redirect"
	"github.com/weft-mesh/weft/internal/redirect/nft"
)

func redirectCommand() *cobra.Command {
	var directory, inbound, outbound string
	var firstCalls bool
	c := &cobra.Command{
		Use:   "redirect",
		Short: "Lead the pod's TCP traffic through Envoy, and leave proof of it",
		Long: `redirect writes nftables rules into the network namespace that it runs in, reads them back, and leaves a file that
proves it to the agent. It needs the capability NET_ADMIN. Run again, it changes nothing.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			var exclude redirect.Exclude
			var err error
			if exclude.Inbound, err = redirect.ParsePorts(inbound); err != nil {
				return fmt.Errorf("--exclude-inbound: %w", err)
			}
			if exclude.Outbound, err = redirect.ParsePorts(outbound); err != nil {
				return fmt.Errorf("--exclude-outbound: %w", err)
			}
			return redirectPod(directory, redirect.Build(exclude, firstCalls))
		},
	}
	f := c.Flags()
	f.StringVar(&directory, "directory", "/run/weft", "directory for the proof")
	f.StringVar(&inbound, "exclude-inbound", "", "ports of the pod that are not redirected, such as 22,9000")
	f.StringVar(&outbound, "exclude-outbound", "", "ports of others that are not redirected, such as 3306")
	f.BoolVar(&firstCalls, "first-calls", false, "lead Envoy's own first calls to Services outside its scope back to it")
	return c
}

func redirectPod(directory string, table redirect.Table) error {
	if err := nft.Apply(table); err != nil {
		return fmt.Errorf("redirect the pod's traffic: %w", err)
	}
	namespace, err := agent.Namespace()
	if err != nil {
		return err
	}
	proof, err := redirect.Proof{Namespace: namespace, Table: table.Name}.Encode()
	if err != nil {
		return fmt.Errorf("encode the proof of redirection: %w", err)
	}
	if err := os.WriteFile(filepath.Join(directory, agent.ProofName), proof, 0o644); err != nil {
		return fmt.Errorf("leave the proof of redirection: %w", err)
	}
	return nil
}
