// The official Kubernetes provider, built from its Go module. Its schema, which the module does not carry, is only
// for code generators.
package main

import "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"

func main() {
	provider.Serve("kubernetes", "4.24.0", []byte(`{"name":"kubernetes"}`), []byte("{}"))
}
