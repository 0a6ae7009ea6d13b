package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/streaming/pkg/httpstream"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Exec runs a command in a container of a pod and passes on what it prints. Its error has what the command said about it.
type Exec func(ctx context.Context, pod client.ObjectKey, container string, command []string, out io.Writer) error

// execThrough runs commands through an API server.
func execThrough(config *rest.Config) (Exec, error) {
	config = rest.CopyConfig(config)
	config.APIPath, config.GroupVersion = "/api", &corev1.SchemeGroupVersion
	config.NegotiatedSerializer = clientscheme.Codecs.WithoutConversion()
	api, err := rest.RESTClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", config.Host, err)
	}
	return func(ctx context.Context, pod client.ObjectKey, container string, command []string, out io.Writer) error {
		url := api.Get().Resource("pods").Namespace(pod.Namespace).Name(pod.Name).SubResource("exec").VersionedParams(
			&corev1.PodExecOptions{Container: container, Command: command, Stdout: true, Stderr: true}, clientscheme.ParameterCodec).URL()
		executor, err := remotecommand.NewWebSocketExecutor(config, http.MethodGet, url.String())
		if err != nil {
			return err
		}
		var problems bytes.Buffer
		err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: out, Stderr: &problems})
		var refused *httpstream.UpgradeFailureError
		switch said := strings.TrimSpace(problems.String()); {
		case errors.As(err, &refused):
			return refused.Cause
		case err != nil && said != "":
			return fmt.Errorf("%w: %s", err, said)
		default:
			return err
		}
	}, nil
}
