package accesslog

import (
	"errors"
	"fmt"
	"io"
	"time"

	accesslogsv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
)

// Server takes Envoy's access log.
type Server struct {
	accesslogsv3.UnimplementedAccessLogServiceServer
	Counters *Counters
}

// StreamAccessLogs reads entries until Envoy ends the stream.
func (s *Server) StreamAccessLogs(stream accesslogsv3.AccessLogService_StreamAccessLogsServer) error {
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(&accesslogsv3.StreamAccessLogsResponse{})
		}
		if err != nil {
			return fmt.Errorf("read the access log: %w", err)
		}
		now := time.Now()
		for _, entry := range message.GetHttpLogs().GetLogEntry() {
			s.Counters.Add(entry, now)
		}
		for _, entry := range message.GetTcpLogs().GetLogEntry() {
			s.Counters.AddConnection(entry, now)
		}
	}
}
