// Package node runs one machine of the test bed as a set of Linux namespaces.
//
// The first process of a node, its init, is this program itself. It has its own mounts, process ids, network, host
// name and /run, /var. It starts the node's components (kubelet, containerd, …), keeps their logs and reaps their
// children, and takes orders over a unix socket. When the init ends the kernel ends every process, mount and link
// of the node with it: cleaning up is one signal.
package node
