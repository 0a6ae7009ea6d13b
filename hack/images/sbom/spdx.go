package sbom

// document and the types below are the parts of SPDX 2.3 that we fill.
type document struct {
	Version       string         `json:"spdxVersion"`
	ID            string         `json:"SPDXID"`
	DataLicense   string         `json:"dataLicense"`
	Name          string         `json:"name"`
	Namespace     string         `json:"documentNamespace"` // a unique URI; nothing need be there
	Creation      creation       `json:"creationInfo"`
	Packages      []spdxPackage  `json:"packages"`
	Relationships []relationship `json:"relationships"`
}

type creation struct {
	Created  string   `json:"created"`  // RFC 3339 in UTC, to the second
	Creators []string `json:"creators"` // "Tool: NAME"
}

type spdxPackage struct {
	ID               string        `json:"SPDXID"`
	Name             string        `json:"name"`
	Version          string        `json:"versionInfo,omitempty"`
	DownloadLocation string        `json:"downloadLocation"`
	FilesAnalyzed    bool          `json:"filesAnalyzed"` // absent means true, so false is written
	Checksums        []checksum    `json:"checksums,omitempty"`
	LicenseDeclared  string        `json:"licenseDeclared,omitempty"`
	Comment          string        `json:"comment,omitempty"`
	ExternalRefs     []externalRef `json:"externalRefs,omitempty"`
	Purpose          string        `json:"primaryPackagePurpose"`
}

type checksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"` // lower-case hexadecimal
}

type externalRef struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type relationship struct {
	From string `json:"spdxElementId"`
	Type string `json:"relationshipType"` // DESCRIBES or DEPENDS_ON
	To   string `json:"relatedSpdxElement"`
}
