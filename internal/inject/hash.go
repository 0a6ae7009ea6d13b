package inject

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// hashSize is the length of Hash: enough to tell releases apart.
const hashSize = 12

// shape is what this release adds whatever the settings.
var shape = encoded(proxyContainer(Settings{}, "", ""), redirectContainer(Settings{}), volumes())

// Hash tells sidecars apart by release and settings. It leaves out what differs from pod to pod, so that all pods
// injected alike carry the same one, and a pod with another needs a restart to be up to date.
func Hash(in Settings) string {
	hash := sha256.New()
	hash.Write(shape)
	hash.Write(encoded(in))
	return hex.EncodeToString(hash.Sum(nil))[:hashSize]
}

func encoded(values ...any) []byte {
	text, err := json.Marshal(values)
	if err != nil {
		panic("inject: settings, containers and volumes always have a JSON form: " + err.Error())
	}
	return text
}
