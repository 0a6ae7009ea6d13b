// Package nft puts a redirect.Table into force in the kernel, over netlink.
//
// In: the table. Out: the kernel's state. It needs CAP_NET_ADMIN in the network namespace, and a kernel with
// CONFIG_NF_TABLES_INET and CONFIG_NFT_REDIR for family inet: Linux 5.2 or later. No binary is called.
package nft
