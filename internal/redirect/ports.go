package redirect

import (
	"fmt"
	"strconv"
	"strings"
)

// ParsePorts reads a list of ports such as "22,3306". An empty list is empty.
func ParsePorts(list string) ([]uint16, error) {
	var ports []uint16
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		n, err := strconv.ParseUint(word, 10, 16)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("excluded port %q: want a number from 1 to 65535", word)
		}
		ports = append(ports, uint16(n))
	}
	return ports, nil
}
