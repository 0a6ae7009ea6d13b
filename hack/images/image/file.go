package image

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// File is one file of an image. Exactly one of Source, Content and Link is set; with none of them and fs.ModeDir in
// Mode it is an empty directory.
type File struct {
	Path    string      // absolute path inside the image
	Source  string      // file of this machine to copy, or directory to copy with all that it holds
	Content []byte      // the bytes themselves; an empty slice that is not nil makes an empty file
	Link    string      // what a symbolic link at Path points to: absolute, or relative to Path's directory
	Mode    fs.FileMode // zero: as Source has it, else 0644, for directories 0755; below a copied directory unused
}

// expand turns a File into the entries that it stands for, each with its final path and mode. A Source that is a
// link is followed; links below a copied directory stay links.
func (f File) expand() ([]File, error) {
	if !path.IsAbs(f.Path) {
		return nil, errors.New("the path is not absolute")
	}
	f.Path = path.Clean(f.Path)
	switch [4]bool{f.Source != "", f.Content != nil, f.Link != "", f.Mode.IsDir()} {
	case [4]bool{true, false, false, false}:
		return f.copied()
	case [4]bool{false, true, false, false}:
		f.Mode = cmp.Or(f.Mode, 0o644)
	case [4]bool{false, false, true, false}:
		f.Mode = fs.ModeSymlink | 0o777
	case [4]bool{false, false, false, true}:
		f.Mode = fs.ModeDir | cmp.Or(f.Mode&^fs.ModeDir, 0o755)
	default:
		return nil, errors.New("set exactly one of Source, Content and Link, or none for a directory")
	}
	return []File{f}, nil
}

func (f File) copied() ([]File, error) {
	info, err := os.Stat(f.Source)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return tree(f.Path, f.Source)
	case !info.Mode().IsRegular():
		return nil, special(info)
	}
	f.Mode = cmp.Or(f.Mode, info.Mode())
	return []File{f}, nil
}

// tree lists a directory of this machine as entries below the path to.
func tree(to, from string) ([]File, error) {
	var files []File
	err := fs.WalkDir(os.DirFS(from), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		f := File{Path: path.Join(to, name), Mode: info.Mode()}
		switch info.Mode().Type() {
		case fs.ModeDir:
		case fs.ModeSymlink:
			f.Link, err = os.Readlink(path.Join(from, name))
		case 0:
			f.Source = path.Join(from, name)
		default:
			err = special(info)
		}
		files = append(files, f)
		return err
	})
	return files, err
}

func special(info fs.FileInfo) error {
	return fmt.Errorf("%s is neither a file, a directory nor a link: %s", info.Name(), info.Mode())
}
