package hold

import "k8s.io/apimachinery/pkg/util/intstr"

// whole is all requests, in percent.
const whole = 100

// Size is how many pods of the new version a weight needs beside n pods of the stable one, so that its share is not
// above its part of the pods: at least 1, at most n.
func Size(weight, n int32) int32 {
	if weight >= whole/2 {
		return max(n, 1)
	}
	rest := whole - max(weight, 0)
	return max(1, min(n, (weight*n+rest-1)/rest))
}

// Share is the largest weight that so many pods of the new version can carry beside the stable ones, in percent.
func Share(canary, stable int32) int32 {
	if canary <= 0 {
		return 0
	}
	return whole * canary / (canary + max(stable, 0))
}

// Reach is the largest weight that the Deployment's surge allows while the stable version keeps its size.
func (v View) Reach() int32 { return Share(min(v.Surge(), v.Replicas()), v.Replicas()) }

// Surge is how many pods the Deployment may have above its size. As in Kubernetes, both bounds of 0 make it 0 with one
// pod unavailable.
func (v View) Surge() int32 {
	surge, _ := v.bounds()
	return surge
}

// Unavailable is how many pods the rolling update alone may take away.
func (v View) Unavailable() int32 {
	_, unavailable := v.bounds()
	return unavailable
}

func (v View) bounds() (surge, unavailable int32) { return v.boundsAt(v.Replicas()) }

func (v View) boundsAt(n int32) (surge, unavailable int32) {
	quarter := intstr.FromString("25%")
	s, u := &quarter, &quarter
	if r := v.Deployment.Spec.Strategy.RollingUpdate; r != nil {
		if r.MaxSurge != nil {
			s = r.MaxSurge
		}
		if r.MaxUnavailable != nil {
			u = r.MaxUnavailable
		}
	}
	surge, unavailable = scaled(s, n, true), min(scaled(u, n, false), n)
	if surge == 0 && unavailable == 0 {
		unavailable = 1
	}
	return surge, unavailable
}

func scaled(v *intstr.IntOrString, n int32, up bool) int32 {
	out, err := intstr.GetScaledValueFromIntOrPercent(v, int(n), up)
	if err != nil {
		return 0 // the API server refuses such a value
	}
	return int32(out)
}
