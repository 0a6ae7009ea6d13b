package agentserver

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

// View is what is known of one pod that has a stream to this replica. Its lists must not be changed.
type View struct {
	Pod       model.Key
	UID       string
	Workload  model.Key
	Connected time.Time // when its newest stream began
	// BootID changes when the agent starts anew; Outcomes are cumulative since then. It is empty before the first counters.
	BootID           string
	Outcomes         []*agentv1.OutcomeCounter
	Dropped          uint64
	LeafSerial       string
	RootFingerprints []string
}

// session is all streams of one pod. It ends with the last of them.
type session struct {
	view    View
	streams map[int]func() // ends a stream
	talk    int            // the newest stream of Connect: only this one may report
}

// sessions by the UID of the pod.
type sessions struct {
	mu    *sync.Mutex
	byPod map[string]*session
	last  *int
}

func newSessions() sessions {
	return sessions{mu: &sync.Mutex{}, byPod: map[string]*session{}, last: new(int)}
}

// enter adds a stream to its pod's session. Leave takes it away.
func (s sessions) enter(c caller, now time.Time, end func()) (in *session, leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	uid := c.claims.PodUID
	in, found := s.byPod[uid]
	if !found {
		in = &session{streams: map[int]func(){}, view: View{
			Pod: c.key(), UID: uid, Workload: model.Key{Namespace: c.claims.Namespace, Name: c.pod.Workload},
		}}
		s.byPod[uid] = in
	}
	*s.last++
	id := *s.last
	in.streams[id] = end
	in.view.Connected = now
	return in, func() { s.leave(uid, id) }
}

func (s sessions) leave(uid string, id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.byPod[uid]
	delete(in.streams, id)
	if len(in.streams) == 0 {
		delete(s.byPod, uid)
	}
}

// begin makes the caller's conversation the one that counts, and returns how it may report.
func (s sessions) begin(in *session) func(report func(*View)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*s.last++
	id := *s.last
	in.talk = id
	return func(report func(*View)) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if in.talk == id {
			report(&in.view)
		}
	}
}

// endOthers ends all streams of pods with this name, but of the pod that lives. It returns the UIDs that it ended.
func (s sessions) endOthers(namespace, name, living string, lives bool) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ended []string
	for uid, in := range s.byPod {
		if in.view.Pod != (model.Key{Namespace: namespace, Name: name}) || lives && uid == living {
			continue
		}
		ended = append(ended, uid)
		for _, end := range in.streams {
			end()
		}
	}
	return ended
}

// Views are those of all connected pods, sorted by UID.
func (s *Server) Views() []View {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	views := make([]View, 0, len(s.sessions.byPod))
	for _, in := range s.sessions.byPod {
		views = append(views, in.view)
	}
	slices.SortFunc(views, func(a, b View) int { return cmp.Compare(a.UID, b.UID) })
	return views
}
