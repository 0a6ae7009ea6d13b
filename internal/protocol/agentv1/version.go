package agentv1

const (
	// Protocol is the number that both sides say in their hello. New fields need no new number: who does not know them
	// ignores them. It grows by one when a side has to know what the other does.
	Protocol = 1
	// OldestServed is the lowest number of an agent that an operator's Connect serves. It must not be higher than the
	// Protocol of the previous release. There is no highest: a newer agent is served as one of Protocol.
	OldestServed = 1
)
