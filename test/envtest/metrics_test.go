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
		Entry("without a bound", `{"name":"queue","template":"orders"}`, "must have min, max or maxRatio"),
		Entry("with a password in the URL", `{"name":"queue","http":{"url":"http://a:b@orders/","field":"rate"},"max":"1"}`, "spec.analysis.metrics[0].http.url"),
		Entry("asked for by DELETE", `{"name":"queue","http":{"url":"http://orders/","field":"rate","method":"DELETE"},"max":"1"}`, "spec.analysis.metrics[0].http.method"),
		Entry("read every second", `{"name":"queue","template":"orders","max":"1","interval":"1s"}`, "must be from 5s to 1h"),
	)
})
