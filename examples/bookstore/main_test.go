package main

import "testing"

func TestAnUnknownRoleIsRefused(t *testing.T) {
	for _, args := range [][]string{nil, {"waiter"}} {
		if err := run(t.Context(), args); err == nil {
			t.Errorf("%v was taken", args)
		}
	}
}
