// Package tally counts tests from the events of `go test -json`.
//
// Leaves are counted: a test with subtests stands for its subtests, unless it failed by itself. A Ginkgo suite
// stands for its specs. A seed of a fuzz test is a subtest. A package that failed with no failed test, because it
// did not build or ended early, counts as one failed test, so that no failure is lost.
package tally
