package modeltest

import (
	"math"
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/snapshot"
)

// Wild is a random cluster in which some fields hold what was never foreseen: numbers out of range, odd texts, parts that
// are missing or there twice. Names and namespaces of objects stay, since every API server checks them.
func Wild(t *rapid.T) snapshot.Snapshot {
	s := Random(t)
	for range rapid.IntRange(0, 20).Draw(t, "oddities") {
		distort(s, drawn{t})
	}
	return s
}

// WildBytes is such a cluster as bytes choose it: the first one a random cluster, the others what is odd in it.
func WildBytes(data []byte) snapshot.Snapshot {
	bytes := &encoded{data}
	s := rapid.Custom(Random).Example(bytes.number(256))
	for len(bytes.data) > 0 {
		distort(s, bytes)
	}
	return s
}

// choices are what makes a cluster wild.
type choices interface {
	number(n int) int // from 0 to n-1
	text() string
}

type drawn struct{ *rapid.T }

func (d drawn) number(n int) int { return rapid.IntRange(0, n-1).Draw(d.T, "choice") }
func (d drawn) text() string     { return rapid.String().Draw(d.T, "text") }

// encoded takes choices from bytes. Without bytes it is always the first one.
type encoded struct{ data []byte }

func (r *encoded) next(n int) []byte {
	out := r.data[:min(n, len(r.data))]
	r.data = r.data[len(out):]
	return out
}

func (r *encoded) number(n int) int {
	sum := 0
	for _, b := range r.next(1 + (n-1)/256) {
		sum += int(b)
	}
	return sum % n
}

func (r *encoded) text() string { return strings.ToValidUTF8(string(r.next(r.number(32))), "") }

// distort makes one field of one object odd.
func distort(s snapshot.Snapshot, c choices) {
	lists := []any{s.Services, s.Routes, s.Slices, s.Pods, s.Canaries, s.Policies, s.GRPCRoutes}
	list := reflect.ValueOf(lists[c.number(len(lists))])
	if list.Len() == 0 {
		return
	}
	var fields []reflect.Value
	gather(list.Index(c.number(list.Len())).Elem(), &fields)
	spoil(c, fields[c.number(len(fields))])
}

// gather lists all fields that can be set.
func gather(v reflect.Value, out *[]reflect.Value) {
	switch v.Interface().(type) {
	case metav1.TypeMeta, metav1.Time, *metav1.Time:
		return
	case metav1.ObjectMeta:
		*out = append(*out, v.FieldByName("Labels"), v.FieldByName("Annotations"))
		return
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.CanSet() {
			*out = append(*out, v)
		}
		if !v.IsNil() {
			gather(v.Elem(), out)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				gather(v.Field(i), out)
			}
		}
	case reflect.Slice:
		if v.CanSet() {
			*out = append(*out, v)
		}
		for i := range v.Len() {
			gather(v.Index(i), out)
		}
	default:
		if v.CanSet() {
			*out = append(*out, v)
		}
	}
}

// Texts are UTF-8, as all that comes from an API server.
var oddTexts = []string{
	"", " ", "*", "/", "//", "-", ".", "..", "a b", "a\nb", "\x00", "é", "a/b", "a?b#c", "%2f", ":path", "10.96.0.1", "10.96.0.2", "10.96.0.11", "fe80::1%eth0", "::ffff:10.0.0.1",
	"none", "None", "http", "kubernetes.io/h2c", "5s", "-1s", "99999h99999h", "1e1.5", "(", "a{2000}", "weft.dev/refused\x00", strings.Repeat("x", 5000),
}

var oddNumbers = []int64{0, 1, -1, 80, 8080, 15001, 15006, 65535, 65536, 65616, 1_000_000, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64}

func spoil(c choices, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(oddText(c))
	case reflect.Int, reflect.Int32, reflect.Int64:
		n := oddNumbers[c.number(len(oddNumbers))]
		if v.OverflowInt(n) {
			n = int64(int32(n))
		}
		v.SetInt(n)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		} else {
			v.SetZero()
		}
	case reflect.Slice:
		spoilList(c, v)
	case reflect.Map:
		if v.Type() == reflect.TypeFor[map[string]string]() {
			spoilMap(c, v)
		}
	}
}

func oddText(c choices) string {
	if n := c.number(len(oddTexts) + 1); n < len(oddTexts) {
		return oddTexts[n]
	}
	return c.text()
}

func spoilList(c choices, v reflect.Value) {
	switch c.number(3) {
	case 0:
		v.SetZero()
	case 1:
		v.Set(reflect.Append(v, reflect.New(v.Type().Elem()).Elem()))
	case 2:
		if v.Len() > 0 {
			v.Set(reflect.Append(v, v.Index(c.number(v.Len()))))
		}
	}
}

func spoilMap(c choices, v reflect.Value) {
	changed := map[string]string{}
	for _, key := range v.MapKeys() {
		changed[key.String()] = v.MapIndex(key).String()
	}
	keys := []string{"app", "version", "pod-template-hash", "weft.dev/workload", "weft.dev/sticky-header", ""}
	changed[keys[c.number(len(keys))]] = oddText(c)
	v.Set(reflect.ValueOf(changed))
}
