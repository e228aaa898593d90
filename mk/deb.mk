# SPDX-License-Identifier: BSD-2-Clause
#
# The Debian package: built from a copy of the tree, so that nothing of debhelper stays in it, and looked at by lintian.

DEB := build/deb
DEB_TREE := $(DEB)/ukiload-$(VERSION)
# Not the tests, which a package does not run.
DEB_FILES := Makefile LICENSE NEWS mk lib efi ukictl linker policy man units completion debian

.PHONY: deb
deb:
	@command -v dh lintian >/dev/null || { echo 'deb: install debhelper and lintian first' >&2; exit 1; }
	@rm -rf $(DEB)
	@mkdir -p $(DEB_TREE)
	@cp -a $(DEB_FILES) $(DEB_TREE)/
	cd $(DEB_TREE) && env -u MAKEFLAGS -u MFLAGS dpkg-buildpackage -us -uc -b -J$(JOBS)
	lintian --fail-on error,warning --allow-root $(DEB)/*.changes
	@ls $(DEB)/ukiload_*.deb
