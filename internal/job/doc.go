// Package job makes the Job of a Canary's metric, and reads what became of it.
//
// In: the template of a CronJob and an order; later the Job and its pods. Out: the Job; later a finding. What is caught here: a
// Job that could not run has found nothing, and nothing found is never good.
package job
