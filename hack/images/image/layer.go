package image

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// pack makes a layer of the entries and keeps it compressed in memory. Its media type is of the same family as base's.
func pack(entries []File, base v1.Image) (v1.Layer, error) {
	family, err := base.MediaType()
	if err != nil {
		return nil, err
	}
	layer := types.DockerLayer
	if family == types.OCIManifestSchema1 {
		layer = types.OCILayer
	}
	open := func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() { w.CloseWithError(writeTar(w, entries)) }()
		return r, nil
	}
	return tarball.LayerFromOpener(open, tarball.WithMediaType(layer), tarball.WithCompressedCaching)
}

func writeTar(w io.Writer, entries []File) error {
	tw := tar.NewWriter(w)
	for _, e := range entries {
		if err := writeEntry(tw, e); err != nil {
			return fmt.Errorf("file %s: %w", e.Path, err)
		}
	}
	return tw.Close()
}

func writeEntry(tw *tar.Writer, e File) error {
	header := tar.Header{Name: strings.TrimPrefix(e.Path, "/"), Mode: tarMode(e.Mode), ModTime: epoch}
	switch {
	case e.Mode.IsDir():
		header.Typeflag = tar.TypeDir
		header.Name += "/"
	case e.Link != "":
		header.Typeflag = tar.TypeSymlink
		header.Linkname = e.Link
	case e.Source != "":
		return copyFile(tw, header, e.Source)
	default:
		return copyBytes(tw, header, bytes.NewReader(e.Content), int64(len(e.Content)))
	}
	return tw.WriteHeader(&header)
}

func copyFile(tw *tar.Writer, header tar.Header, source string) error {
	f, err := os.Open(source)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return copyBytes(tw, header, f, info.Size())
}

func copyBytes(tw *tar.Writer, header tar.Header, from io.Reader, size int64) error {
	header.Typeflag, header.Size = tar.TypeReg, size
	if err := tw.WriteHeader(&header); err != nil {
		return err
	}
	_, err := io.Copy(tw, from)
	return err
}

// tarMode moves the setuid, setgid and sticky bits to where tar has them.
func tarMode(mode fs.FileMode) int64 {
	bits := int64(mode.Perm())
	for flag, bit := range map[fs.FileMode]int64{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if mode&flag != 0 {
			bits |= bit
		}
	}
	return bits
}
