package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

const patience = 5 * time.Second

// get prints the status and the body of an answer.
func get(args []string) error {
	client := http.Client{Timeout: patience}
	answer, err := client.Get(args[0])
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	fmt.Println("status", answer.StatusCode)
	_, err = io.Copy(os.Stdout, answer.Body)
	return err
}

// talk is what a client of a TCP protocol saw.
type talk struct {
	Connected bool
	Received  string
	End       string // closed, reset, silent, or an error
}

// dial says one line, as the first or after the server's line, and listens until the end.
func dial(args []string) error {
	address, word, order := args[0], args[1], args[2]
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return say(talk{End: err.Error()})
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	out, in := talk{Connected: true}, bufio.NewReader(conn)
	if order == "second" {
		out.Received, err = in.ReadString('\n')
	}
	if err == nil {
		_, err = io.WriteString(conn, word+"\n")
	}
	if err == nil {
		var rest []byte
		rest, err = io.ReadAll(in)
		out.Received += string(rest)
	}
	out.End = ending(err)
	return say(out)
}

// handshake is how far a TLS client without a certificate came.
type handshake struct {
	Version string // that the server has chosen; empty if it chose none
	Error   string
}

// hello offers TLS up to a version. The server's identity is not checked.
func hello(args []string) error {
	most, known := map[string]uint16{"1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}[args[1]]
	if !known {
		return fmt.Errorf("version %q is none of 1.1, 1.2, 1.3", args[1])
	}
	var out handshake
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", args[0], &tls.Config{
		InsecureSkipVerify: true,
		MinVersion:         tls.VersionTLS10,
		MaxVersion:         most,
		NextProtos:         []string{"http/1.1"},
		VerifyConnection: func(s tls.ConnectionState) error {
			out.Version = tls.VersionName(s.Version)
			return nil
		},
	})
	if err == nil {
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		_, err = conn.Read(make([]byte, 1)) // with TLS 1.3 a refusal comes after the handshake
	}
	if err != nil {
		out.Error = err.Error()
	}
	return say(out)
}

func ending(err error) string {
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return "closed"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "silent"
	default:
		return err.Error()
	}
}
