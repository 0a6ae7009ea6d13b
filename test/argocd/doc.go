// Package argocd runs the scripts of config/argocd as Argo CD does, and gives the commands that they write to the core. Its
// interpreter of Lua is why it is a module of its own.
package argocd
