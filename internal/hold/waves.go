package hold

import "time"

// Waves of a promotion. Each of the first three takes a quarter of the old pods' places; then the new version has all of
// its pods beside one old one; in the last the old ones may go.
const (
	quarters  = 4
	WaveWhole = int32(quarters)
	WaveLast  = WaveWhole + 1
)

// taken is how many of n places the new version has in a wave.
func taken(wave, n int32) int32 {
	switch {
	case wave <= 0 || n <= 0:
		return 0
	case wave >= WaveLast:
		return n
	case wave == WaveWhole:
		return n - 1
	}
	return min((wave*n+quarters-1)/quarters, n-1)
}

// floor is the least size of the stable version in a wave.
func floor(wave, n int32) int32 { return max(0, n-taken(wave, n)) }

// NextWave follows a wave. One that would change nothing at this size is left out.
func (v View) NextWave() int32 {
	wave, n := v.State.Wave, v.Replicas()
	for next := wave + 1; next < WaveWhole; next++ {
		if taken(next, n) > taken(wave, n) {
			return next
		}
	}
	return min(max(wave+1, WaveWhole), WaveLast)
}

// WaveWeight is the share of the new version, in percent, when a wave has its pods.
func WaveWeight(wave int32) int32 {
	if wave >= WaveWhole {
		return whole
	}
	return whole * wave / quarters
}

// Arrived says whether the new version has the available pods of the current wave, and how many of how many.
func (v View) Arrived(now time.Time) (arrived bool, have, want int32) {
	if v.Replicas() == 0 {
		return false, 0, 0
	}
	for _, pod := range v.pods[v.State.Promoting] {
		if v.available(pod, now) {
			have++
		}
	}
	n := v.Replicas()
	switch {
	case v.State.Wave == WaveWhole:
		want = min(n, n-1+v.Surge())
	default:
		want = taken(v.State.Wave, n)
	}
	return have >= want, have, want
}
