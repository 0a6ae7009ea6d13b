package layout

import "os"

// WriteFile replaces a file whole: a process that is killed leaves the old content or the new.
func WriteFile(path string, content []byte) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
