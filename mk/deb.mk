# SPDX-License-Identifier: BSD-2-Clause
#
# The Debian package: built from a copy of the tree, so that nothing of debhelper stays in it, and looked at by lintian. DEB_ARCH=arm64 is
# built on amd64 too, where the libraries of arm64 are. test/packages does it in clean roots of Debian 12, 13 and sid.

DEB := build/deb
DEB_TREE := $(DEB)/ukiload-$(VERSION)
# Not the tests, which a package does not run.
DEB_FILES := Makefile LICENSE NEWS README.md SECURITY.md doc mk lib efi ukictl linker policy man units completion debian
DEB_ARCH ?=

.PHONY: deb deps-deb
deps-deb:
	@test/deps.sh deb

deb:
	@{ command -v dh && command -v lintian; } >/dev/null || \
	    { echo 'deb: debhelper or lintian is missing: make deps-deb installs what a package needs' >&2; exit 1; }
	@rm -rf $(DEB)
	@mkdir -p $(DEB_TREE)
	@cp -a $(DEB_FILES) $(DEB_TREE)/
	cd $(DEB_TREE) && env -u MAKEFLAGS -u MFLAGS dpkg-buildpackage -us -uc -b -J$(JOBS) $(addprefix -a,$(DEB_ARCH))
	lintian --fail-on error,warning --allow-root $(DEB)/*.changes
	@ls $(DEB)/ukiload_*.deb
