// Package reading reads one number from what a source of metrics answers.
//
// In: the status and the body of an HTTP answer. Out: a number, or why there is none. What is caught here: everything that
// is not exactly one finite number. No series, several of them, NaN, and a source that is down are not a number, and no
// number is never a good one.
package reading
