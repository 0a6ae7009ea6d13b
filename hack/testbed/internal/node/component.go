package node

import "time"

// Component is a program that a node runs.
type Component struct {
	Name string   `json:"name"`
	Argv []string `json:"argv"`
	Env  []string `json:"env"`
}

// Status is what the init knows of a component.
type Status struct {
	Name    string    `json:"name"`
	PID     int       `json:"pid"` // as the node sees it
	Running bool      `json:"running"`
	Paused  bool      `json:"paused"`
	Exit    string    `json:"exit,omitempty"`
	Started time.Time `json:"started"`
}
