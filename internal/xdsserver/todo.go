package xdsserver

import "slices"

// task is what there is to say about a name.
type task int

const (
	nothing  task = iota
	missing       // asked for, and there is none
	removal       // the client has it and should not
	change        // to be added or replaced
	owed          // the same, and something waits for it
	numTasks = iota
)

// todo holds what remains to be said. Changes keep the order in which they came up.
type todo struct {
	tasks  map[string]turn
	count  [numTasks]int
	serial int
	queues [numTasks][]ticket // of change and owed
}

// turn is a task with the number of its ticket.
type turn struct {
	task   task
	number int
}

// ticket is a place in a queue. It has lapsed when its name has another turn.
type ticket struct {
	name   string
	number int
}

func (t *todo) task(name string) task { return t.tasks[name].task }

// set replaces the task of a name. A name that has the task keeps its turn.
func (t *todo) set(name string, next task) {
	last := t.task(name)
	if next == last {
		return
	}
	t.count[last]--
	t.count[next]++
	if next == nothing {
		delete(t.tasks, name)
		return
	}
	if t.tasks == nil {
		t.tasks = map[string]turn{}
	}
	t.serial++
	t.tasks[name] = turn{next, t.serial}
	if next == change || next == owed {
		t.tidy(next)
		t.queues[next] = append(t.queues[next], ticket{name, t.serial})
	}
}

func (t *todo) lapsed(c ticket) bool { return t.tasks[c.name].number != c.number }

// tidy drops lapsed tickets when they are the most.
func (t *todo) tidy(as task) {
	if len(t.queues[as]) > 64+2*t.count[as] {
		t.queues[as] = slices.DeleteFunc(t.queues[as], t.lapsed)
	}
}

// changes says how many names are to be added or replaced.
func (t *todo) changes() int { return t.count[change] + t.count[owed] }

// take chooses names to add or replace in turn, those that are owed first. Names that are held up keep their turn. The
// caller must give each chosen one another task.
func (t *todo) take(most int, held func(name string) bool) []string {
	var out []string
	for _, as := range []task{owed, change} {
		q := t.queues[as]
		var kept []ticket
		for len(q) > 0 && len(out) < most {
			next := q[0]
			q = q[1:]
			switch {
			case t.lapsed(next):
			case held(next.name):
				kept = append(kept, next)
			default:
				out = append(out, next.name)
			}
		}
		switch {
		case len(kept) > 0:
			q = append(kept, q...)
		case len(q) == 0:
			q = nil
		}
		t.queues[as] = q
	}
	return out
}

// names are those with a task, sorted.
func (t *todo) names(with task) []string {
	if t.count[with] == 0 {
		return nil
	}
	out := make([]string, 0, t.count[with])
	for name, has := range t.tasks {
		if has.task == with {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
