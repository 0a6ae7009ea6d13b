package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// CanaryMetric is a number that another system measures, or two counters of it. It is read while the new version has a
// share, and a step passes only when the latest reading is within the bounds. No reading is not a good one.
//
// Texts of sources may have {{namespace}}, {{service}}, {{canary}}, {{revision}} of the new version, {{pods}}, a regular
// expression of the names of the version's pods, {{version}}, which is canary or stable, and {{interval}}.
//
// +kubebuilder:validation:XValidation:rule="[has(self.template), has(self.prometheus), has(self.http), has(self.counts), has(self.job), has(self.otlp)].filter(x, x).size() == 1",message="must have one of template, prometheus, http, counts, job and otlp"
// +kubebuilder:validation:XValidation:rule="has(self.job) || has(self.otlp) && has(self.otlp.events) || has(self.counts) != (has(self.min) || has(self.max) || has(self.maxRatio))",message="must have min, max or maxRatio, or counts, which have no bounds, or a job, or events of otlp"
// +kubebuilder:validation:XValidation:rule="!has(self.job) || !has(self.maxRatio) && !has(self.interval) && !has(self.failures)",message="a job runs once in a step, and looks at both versions itself: it has no maxRatio, interval or failures"
type CanaryMetric struct {
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name"`
	// Template is the name of a source in the Mesh's metricTemplates.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Template string `json:"template,omitempty"`

	MetricSource `json:",inline"`

	// Counts compares how often something happens in both versions, as errors of requests are compared.
	// +optional
	Counts *PrometheusCounts `json:"counts,omitempty"`
	// Job runs a program once in each step. Without bounds it says by its end whether the step may pass; with min or max it
	// leaves a number.
	// +optional
	Job *JobMetric `json:"job,omitempty"`
	// OTLP is what the versions' pods push to the operator. The Mesh must ask for it in spec.otlp.
	// +optional
	OTLP *OTLPMetric `json:"otlp,omitempty"`

	// Min and Max are the bounds of the new version's number.
	// +optional
	Min *resource.Quantity `json:"min,omitempty"`
	// +optional
	Max *resource.Quantity `json:"max,omitempty"`
	// MaxRatio is the bound of the new version's number divided by the stable one's, which is read, too.
	// +optional
	MaxRatio *resource.Quantity `json:"maxRatio,omitempty"`
	// Interval between readings. Without it, 30 seconds.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('5s') && duration(self) <= duration('1h')",message="must be from 5s to 1h"
	Interval *metav1.Duration `json:"interval,omitempty"`
	// Failures is how many readings in a row must be out of bounds for the version to go back. Without it, 3. Readings
	// without a number count neither way.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	Failures *int32 `json:"failures,omitempty"`
}

// MetricSource is where a number comes from.
type MetricSource struct {
	// +optional
	Prometheus *PrometheusQuery `json:"prometheus,omitempty"`
	// +optional
	HTTP *HTTPNumber `json:"http,omitempty"`
}

// PrometheusQuery is an instant query that gives one number.
type PrometheusQuery struct {
	// Address of a server with Prometheus's HTTP API, such as http://prometheus.monitoring:9090.
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^https?://[^/?#@\s]+(/[^?#\s]*)?$`
	Address string `json:"address"`
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	Query string `json:"query"`
}

// PrometheusCounts are two instant queries that give counters by pod, which only rise. {{pods}} are the pods of both
// versions.
type PrometheusCounts struct {
	// Address of a server with Prometheus's HTTP API, such as http://prometheus.monitoring:9090.
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^https?://[^/?#@\s]+(/[^?#\s]*)?$`
	Address string `json:"address"`
	// Events gives how often it has happened, by the label pod. A pod that is missing has none.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	Events string `json:"events"`
	// Of gives how often it could have happened, by the label pod.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	Of string `json:"of"`
}

// HTTPMethod is how a document is asked for.
//
// +kubebuilder:validation:Enum=GET;POST
type HTTPMethod string

// HTTPPost tells the source in a JSON body what is asked for.
const HTTPPost HTTPMethod = "POST"

// HTTPNumber is a number in a JSON document, read by HTTP.
type HTTPNumber struct {
	// URL without a user or a password in it. It may not lead to the operator's own machine or to a cloud's metadata; a
	// redirect is not followed.
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:Pattern=`^https?://[^/?#@\s]+([/?][^#\s]*)?$`
	URL string `json:"url"`
	// Field is the way to the number, such as data.0.errorRate.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Field string `json:"field"`
	// Method GET, or POST with a JSON body that names the Canary, both revisions, the step, and the version and the pods
	// that the number is asked of. The same question may be asked again. Without it, GET.
	// +optional
	Method HTTPMethod `json:"method,omitempty"`
}

// JobMetric runs a copy of the Job of a CronJob, once in each step. The operator must be allowed to: a Role in the namespace
// lets it get CronJobs, and get and create Jobs.
type JobMetric struct {
	// CronJob in the Canary's namespace. It may be suspended.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=52
	CronJob string `json:"cronJob"`
}

// OTLPMetric is a number of pods, or two counters. Without bounds, counters are compared as errors of requests are; with bounds,
// events divided by of since the reading before are.
//
// +kubebuilder:validation:XValidation:rule="has(self.value) ? !has(self.events) && !has(self.of) : has(self.events) && has(self.of)",message="must have either value, or events and of"
type OTLPMetric struct {
	// Value is a gauge. The mean of the version's pods counts.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!has(self.above)",message="above is for events"
	Value *OTLPSeries `json:"value,omitempty"`
	// Events is how often it has happened, Of how often it could have: sums that only rise, or histograms.
	// +optional
	Events *OTLPSeries `json:"events,omitempty"`
	// +optional
	// +kubebuilder:validation:XValidation:rule="!has(self.above)",message="above is for events"
	Of *OTLPSeries `json:"of,omitempty"`
}

// OTLPSeries are the data points of a metric that have all of some attributes. They are added up.
type OTLPSeries struct {
	// Metric is its name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Metric string `json:"metric"`
	// Attributes that a data point must have.
	// +optional
	// +kubebuilder:validation:MaxProperties=8
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) <= 128 && size(self[k]) <= 256)",message="names have at most 128 characters, values 256"
	Attributes map[string]string `json:"attributes,omitempty"`
	// Above counts of a histogram what was above this number. It must be one of its bounds.
	// +optional
	Above *resource.Quantity `json:"above,omitempty"`
}

// MetricTemplate is a source that Canaries of all namespaces of the mesh may use.
//
// +kubebuilder:validation:XValidation:rule="has(self.prometheus) != has(self.http)",message="must have one of prometheus and http"
type MetricTemplate struct {
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`

	MetricSource `json:",inline"`
}

// MetricState says what a reading means.
//
// +kubebuilder:validation:Enum=Good;Bad;NoData;Begun
type MetricState string

// States of a metric.
const (
	MetricGood   MetricState = "Good"
	MetricBad    MetricState = "Bad"
	MetricNoData MetricState = "NoData"
	// MetricBegun: counters count from this reading on.
	MetricBegun MetricState = "Begun"
)

// MetricReading is the latest reading of a metric in the current step.
type MetricReading struct {
	Name  string      `json:"name"`
	State MetricState `json:"state"`
	Time  metav1.Time `json:"time"`
	// Message has the numbers and the bounds, or why there is no number.
	Message string `json:"message"`
	// Bad is how many readings in a row were out of bounds.
	// +optional
	Bad int32 `json:"bad,omitempty"`
}
