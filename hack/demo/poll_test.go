package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestPollSaysEachStateOnceAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		d := &demo{say: &sayer{out: &out, began: time.Now()}}
		states := []string{"one", "one", "two", "done"}
		err := d.poll(t.Context(), func(context.Context) (bool, string) {
			state := states[0]
			states = states[1:]
			return state == "done", state
		})
		if err != nil {
			t.Error(err)
		}
		if want := "   0s    one\n   2s    two\n"; out.String() != want {
			t.Errorf("got %q, want %q", out.String(), want)
		}
	})
}

func TestPollGivesUpWithTheLastState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		d := &demo{say: &sayer{out: &bytes.Buffer{}, began: began}}
		err := d.poll(t.Context(), func(context.Context) (bool, string) { return false, "not yet" })
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "not yet") || time.Since(began) != pollLimit {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

// A field that the CRD does not have would be read as empty for ever.
func TestTheFieldsThatAreReadExist(t *testing.T) {
	for file, object := range map[string]any{
		"../../config/crd/weft.dev_canaries.yaml": canaryStatus{},
		"../../config/crd/weft.dev_meshes.yaml":   mesh{}.Status,
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		names := fields(reflect.TypeOf(object))
		if len(names) < 5 {
			t.Fatalf("%s: only %v", file, names)
		}
		for _, name := range names {
			if !hasLine(string(text), name+":") {
				t.Errorf("%s has no field %s", file, name)
			}
		}
	}
}

func hasLine(text, want string) bool {
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == want {
			return true
		}
	}
	return false
}

func fields(t reflect.Type) (names []string) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return fields(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			names = append(names, t.Field(i).Tag.Get("json"))
			names = append(names, fields(t.Field(i).Type)...)
		}
	}
	return names
}
