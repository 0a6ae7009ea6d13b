package network

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// end is one end of a link: a name in the network namespace of a process (0: the host's), and its own address.
type end struct {
	pid     int
	name    string
	address string
}

// ConnectHost links the host with node n1.
func ConnectHost(pid int) error {
	host, node := end{0, HostLink, Host}, end{pid, "eth0", Address(1)}
	if err := connect(host, node, HostLink, "weft-n1-peer"); err != nil {
		return fmt.Errorf("link host and n1: %w", err)
	}
	return errors.Join(
		host.via(Address(1), Address(1)+"/32", Address(2)+"/32", PodCIDR, ServiceCIDR),
		node.via(Host, Host+"/32"),
		node.services(),
	)
}

// ConnectNodes links n1 with the i-th node and routes its pods.
func ConnectNodes(first, other, i int) error {
	name := fmt.Sprintf("n%d", i)
	a, b := end{first, name, Address(1)}, end{other, "eth0", Address(i)}
	if err := connect(a, b, "weft-n1-"+name, "weft-"+name); err != nil {
		return fmt.Errorf("link n1 and %s: %w", name, err)
	}
	return errors.Join(
		a.via(Address(i), Address(i)+"/32", NodePodCIDR(i)),
		b.via(Address(1), Address(1)+"/32", "0.0.0.0/0"),
	)
}

// Disconnect removes the host's end, which a node that was killed may leave for a moment.
func Disconnect() error {
	for _, name := range []string{HostLink, "weft-n1-peer", "weft-n2", "weft-n1-n2"} {
		link, err := netlink.LinkByName(name)
		if errors.As(err, new(netlink.LinkNotFoundError)) {
			continue
		}
		if err != nil {
			return err
		}
		if err := netlink.LinkDel(link); err != nil && !errors.As(err, new(netlink.LinkNotFoundError)) {
			return fmt.Errorf("remove link %s: %w", name, err)
		}
	}
	return nil
}

// connect makes a pair under two temporary names on the host, then moves, names and raises each end.
func connect(a, b end, tempA, tempB string) error {
	pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: tempA}, PeerName: tempB}
	if err := netlink.LinkAdd(pair); err != nil {
		return err
	}
	return errors.Join(a.place(tempA), b.place(tempB))
}

func (e end) place(temporary string) error {
	link, err := netlink.LinkByName(temporary)
	if err != nil {
		return err
	}
	if e.pid != 0 {
		if err := netlink.LinkSetNsPid(link, e.pid); err != nil {
			return fmt.Errorf("move %s: %w", temporary, err)
		}
	}
	return e.do(func(h *netlink.Handle) error {
		link, err := h.LinkByName(temporary)
		if err != nil {
			return err
		}
		if err := h.LinkSetName(link, e.name); err != nil && temporary != e.name {
			return fmt.Errorf("name %s: %w", e.name, err)
		}
		if err := h.AddrAdd(link, &netlink.Addr{IPNet: &net.IPNet{IP: net.ParseIP(e.address), Mask: net.CIDRMask(32, 32)}}); err != nil {
			return fmt.Errorf("address %s: %w", e.address, err)
		}
		return h.LinkSetUp(link)
	})
}

// via routes ranges through a neighbour at the other end. The first range is the neighbour itself.
func (e end) via(neighbour string, ranges ...string) error {
	return e.do(func(h *netlink.Handle) error {
		link, err := h.LinkByName(e.name)
		if err != nil {
			return err
		}
		for i, r := range ranges {
			_, to, err := net.ParseCIDR(r)
			if err != nil {
				return err
			}
			route := &netlink.Route{LinkIndex: link.Attrs().Index, Dst: to, Src: net.ParseIP(e.address)}
			if i == 0 {
				route.Scope = netlink.SCOPE_LINK
			} else {
				route.Gw = net.ParseIP(neighbour)
			}
			if err := h.RouteReplace(route); err != nil {
				return fmt.Errorf("route %s via %s: %w", r, neighbour, err)
			}
		}
		return nil
	})
}

// services lets a node without a default route call Services. Their addresses lead nowhere: kube-proxy's rules replace
// them on the way out, but the kernel wants a route before it asks these rules.
func (e end) services() error {
	return e.do(func(h *netlink.Handle) error {
		lo, err := h.LinkByName("lo")
		if err != nil {
			return err
		}
		_, to, err := net.ParseCIDR(ServiceCIDR)
		if err != nil {
			return err
		}
		return h.RouteAdd(&netlink.Route{LinkIndex: lo.Attrs().Index, Dst: to, Src: net.ParseIP(e.address), Scope: netlink.SCOPE_LINK})
	})
}

// do runs f with a handle on the network namespace of the end.
func (e end) do(f func(*netlink.Handle) error) error {
	if e.pid == 0 {
		h, err := netlink.NewHandle()
		if err != nil {
			return err
		}
		defer h.Close()
		return f(h)
	}
	return InNode(e.pid, f)
}

// InNode runs f with a handle on the network namespace of a node's init.
func InNode(pid int, f func(*netlink.Handle) error) error {
	ns, err := netns.GetFromPid(pid)
	if err != nil {
		return err
	}
	defer ns.Close()
	h, err := netlink.NewHandleAt(ns)
	if err != nil {
		return err
	}
	defer h.Close()
	return f(h)
}

// RaiseLoopback brings lo up on a node and makes whatever leaves the bed fail at once instead of waiting.
func RaiseLoopback(pid int, router bool) error {
	return InNode(pid, func(h *netlink.Handle) error {
		lo, err := h.LinkByName("lo")
		if err != nil {
			return err
		}
		if err := h.LinkSetUp(lo); err != nil || !router {
			return err
		}
		_, everything, _ := net.ParseCIDR("0.0.0.0/0")
		return h.RouteAdd(&netlink.Route{Dst: everything, Type: unreachable})
	})
}

const unreachable = 7 // RTN_UNREACHABLE, rtnetlink(7)
