package identity

import "time"

// Jitter is how far around its half life a certificate is renewed, as a part of half its life. It keeps agents that
// started together from renewing together.
const Jitter = 0.1

// RenewAt is when to renew a certificate: at half its life, moved by chance, which is from 0 to 1.
func RenewAt(notBefore, notAfter time.Time, chance float64) time.Time {
	half := notAfter.Sub(notBefore) / 2
	return notBefore.Add(half + time.Duration((2*chance-1)*Jitter*float64(half)))
}

// Backoff is how long to wait after a number of failures in a row: doubling from first up to most, of which the last
// half is left to chance, which is from 0 to 1.
func Backoff(failures int, first, most time.Duration, chance float64) time.Duration {
	wait := most
	if failures < 32 && first<<failures < most {
		wait = first << failures
	}
	return wait/2 + time.Duration(chance*float64(wait/2))
}
