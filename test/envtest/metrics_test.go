package envtest

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a metric of a Canary", func() {
	const prometheus, http = `{"address":"http://prometheus:9090/p","query":"up"}`, `{"url":"https://orders/rate?a=b","field":"rate"}`
	metric := func(spec string) []any {
		return []any{object(`{"apiVersion":"v1","kind":"Part","metric":` + spec + `}`).Object["metric"]}
	}
	path := []string{"spec", "analysis", "metrics"}

	DescribeTable("is taken", func(ctx SpecContext, spec string) {
		Expect(dryRun(ctx, sample("Canary", path, metric(spec)))).To(Succeed())
	},
		Entry("with a query", `{"name":"queue","prometheus":`+prometheus+`,"max":"1.5"}`),
		Entry("with a document", `{"name":"queue","http":`+http+`,"min":1}`),
		Entry("with a document that is asked for by POST", `{"name":"queue","http":{"url":"http://orders/rate","field":"rate","method":"POST"},"min":1}`),
		Entry("of counts", `{"name":"orders","counts":{"address":"http://prometheus:9090","events":"failed","of":"all"}}`),
		Entry("of a Job", `{"name":"tests","job":{"cronJob":"acceptance"}}`),
		Entry("of a Job that leaves a number", `{"name":"score","job":{"cronJob":"scoring"},"min":"0.9"}`),
		Entry("that pods push", `{"name":"queue","otlp":{"value":{"metric":"jobs.waiting","attributes":{"of":"mail"}}},"max":"100"}`),
		Entry("of counters that pods push", `{"name":"slow","otlp":{"events":{"metric":"latency","above":"0.25"},"of":{"metric":"latency"}}}`),
		Entry("of counters that pods push, with a bound", `{"name":"slow","otlp":{"events":{"metric":"latency","above":"0.25"},"of":{"metric":"latency"}},"maxRatio":"1.5"}`),
		Entry("with a template", `{"name":"queue","template":"orders","maxRatio":"2"}`),
	)

	DescribeTable("is refused", func(ctx SpecContext, spec, says string) {
		Expect(dryRun(ctx, sample("Canary", path, metric(spec)))).To(MatchError(ContainSubstring(says)))
	},
		Entry("with two sources", `{"name":"queue","prometheus":`+prometheus+`,"http":`+http+`,"max":"1"}`, "must have one of"),
		Entry("without a source", `{"name":"queue","max":"1"}`, "must have one of"),
		Entry("of counts with a bound", `{"name":"orders","max":"1","counts":{"address":"http://prometheus:9090","events":"failed","of":"all"}}`, "which have no bounds"),
		Entry("of a Job beside a query", `{"name":"tests","job":{"cronJob":"acceptance"},"prometheus":`+prometheus+`}`, "must have one of"),
		Entry("of a Job beside the stable version", `{"name":"tests","job":{"cronJob":"acceptance"},"maxRatio":"2"}`, "a job runs once in a step"),
		Entry("of a Job twice a step", `{"name":"tests","job":{"cronJob":"acceptance"},"interval":"1m"}`, "a job runs once in a step"),
		Entry("that pods push, without a bound", `{"name":"queue","otlp":{"value":{"metric":"jobs"}}}`, "must have min, max or maxRatio"),
		Entry("of half a comparison", `{"name":"slow","otlp":{"events":{"metric":"latency"}}}`, "must have either value, or events and of"),
		Entry("of a number and counters", `{"name":"slow","max":"1","otlp":{"value":{"metric":"a"},"events":{"metric":"a"},"of":{"metric":"a"}}}`, "must have either value, or events and of"),
		Entry("of what is above in all", `{"name":"slow","otlp":{"events":{"metric":"a"},"of":{"metric":"a","above":"1"}}}`, "above is for events"),
		Entry("without a bound", `{"name":"queue","template":"orders"}`, "must have min, max or maxRatio"),
		Entry("with a password in the URL", `{"name":"queue","http":{"url":"http://a:b@orders/","field":"rate"},"max":"1"}`, "spec.analysis.metrics[0].http.url"),
		Entry("asked for by DELETE", `{"name":"queue","http":{"url":"http://orders/","field":"rate","method":"DELETE"},"max":"1"}`, "spec.analysis.metrics[0].http.method"),
		Entry("read every second", `{"name":"queue","template":"orders","max":"1","interval":"1s"}`, "must be from 5s to 1h"),
	)
})
