// Command discover tells Prometheus which pods to scrape. Debian's Prometheus is built without Kubernetes discovery;
// this answers in the format of its HTTP discovery instead
// (https://prometheus.io/docs/prometheus/latest/http_sd/).
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
)

const account = "/var/run/secrets/kubernetes.io/serviceaccount/"

func main() {
	log.Fatal(http.ListenAndServe("127.0.0.1:9099", http.HandlerFunc(answer)))
}

func answer(w http.ResponseWriter, r *http.Request) {
	pods, err := runningPods()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(groups(pods))
}

// runningPods asks the API server with the token of the pod's own account.
func runningPods() (podList, error) {
	var pods podList
	ca, err := os.ReadFile(account + "ca.crt")
	if err != nil {
		return pods, err
	}
	token, err := os.ReadFile(account + "token")
	if err != nil {
		return pods, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
	req, err := http.NewRequest(http.MethodGet, "https://kubernetes.default.svc/api/v1/pods?fieldSelector=status.phase=Running", nil)
	if err != nil {
		return pods, err
	}
	req.Header.Set("Authorization", "Bearer "+string(token))
	resp, err := client.Do(req)
	if err != nil {
		return pods, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return pods, fmt.Errorf("list pods: %s", resp.Status)
	}
	return pods, json.NewDecoder(resp.Body).Decode(&pods)
}
