// Package certificate renews the certificate that the webhook serves, without a moment at which the API server would
// refuse it.
//
// In: the data of one Secret in the operator's namespace, the names of the webhook's Service, the time, and whether
// every replica serves what the Secret holds. Out: the Secret's next data, and the set of CAs that belongs in the
// webhook's configuration. Only the leader calls Next; every replica serves by way of Server.
//
// A CA is replaced in three steps: the new one joins the set; when API servers have had time to see it, it signs the
// leaf; when every replica serves that leaf, the old one leaves the set. The Secret is the only state: the new CA waits
// as long as its key is in the Secret and the leaf is not yet its own.
package certificate
