// Package outcome names how a request ended for its caller, and says what each ending means for a verdict.
//
// In: a word. Out: its class. Agents report words; the judge of canaries reads classes. Words outlive a release, since
// an operator also reads the reports of older agents: none may change its meaning. An unknown word has class Other.
package outcome
