package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
)

// serve answers HTTP on 8080 with the path that was asked for, and serves two protocols of one line over TCP: on 9000
// the client speaks first, on 9001 the server. It logs each connection of these two, and each line.
func serve([]string) error {
	failed := make(chan error)
	go func() { failed <- http.ListenAndServe(":8080", http.HandlerFunc(answer)) }()
	go func() { failed <- lines(":9000", "") }()
	go func() { failed <- lines(":9001", "welcome\n") }()
	return <-failed
}

func answer(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "asked for", r.URL.Path) }

func lines(address, greeting string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go converse(conn, address, greeting)
	}
}

// converse greets, sends one line back and hangs up.
func converse(conn net.Conn, name, greeting string) {
	defer conn.Close()
	fmt.Println(name, "connection")
	if _, err := io.WriteString(conn, greeting); err != nil {
		return
	}
	line, _ := bufio.NewReader(conn).ReadString('\n')
	fmt.Printf("%s read %q\n", name, line)
	io.WriteString(conn, line)
}
