package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// secret reads the Secrets of a namespace.
type secret struct {
	client.Reader
	namespace string
}

// text is the value of a key. Its errors say what is missing, never what is there.
func (s secret) text(ctx context.Context, name, key string) (string, error) {
	object := &corev1.Secret{}
	if err := s.Get(ctx, client.ObjectKey{Namespace: s.namespace, Name: name}, object); err != nil {
		return "", fmt.Errorf("read Secret %s/%s: %w", s.namespace, name, err)
	}
	value, has := object.Data[key]
	if !has {
		return "", fmt.Errorf("the Secret %s/%s has no key %s", s.namespace, name, key)
	}
	return string(value), nil
}
