# SPDX-License-Identifier: BSD-2-Clause
#
#   make                  build/x86_64/ukiloadx64.efi and build/ukictl
#   make ARCH=aarch64     build/aarch64/ukiloadaa64.efi
#   make demo             a whole chain under Secure Boot, told in plain words
#   make check            every test there is; CASES=REGEX in any of them: only what is called so
#   make check-fast       those that need no firmware: a minute, after a change
#   make soak             power cuts at 100 points of a reload, 840 images asked three times of host and firmware, all rows on arm64; hours
#   make mutate           which checks no test would miss; hours
#   make deb              a Debian package, in build/deb; DEB_ARCH=arm64 is cross-built; make deps-deb brings what it needs
#   make check-packages   that in clean Debian 12, 13 and sid: lintian, install, upgrade, purge; as root
#
# POLICY=file embeds another policy; CC=clang (LD=ld.lld) is as good as gcc. How things are built
# stands in mk/; this file only names what can be asked for.

VERSION := 0.3
# What a distribution calls this build of it: ukiload-update.service looks once at each.
PACKAGE_VERSION ?= $(VERSION)
POLICY ?= policy/default.policy
PYTHON ?= /usr/bin/python3
ifeq ($(origin CC),default)
CC := gcc
endif
# A compiler whose name begins with a machine makes programs for it.
machine_of = $(or $(filter x86_64 aarch64,$(firstword $(subst -, ,$(notdir $(1))))),$(shell uname -m))
ARCH ?= $(call machine_of,$(CC))
SECONDS ?= 2
CASES ?=
DESTDIR ?=
PREFIX ?= /usr/local
UNITDIR ?= $(PREFIX)/lib/systemd/system
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
GENERATORDIR ?= $(PREFIX)/lib/systemd/system-generators
# kernel-install looks into no other folder of lib than that of /usr.
PLUGINDIR ?= $(if $(filter-out /usr,$(PREFIX)),/etc,$(PREFIX)/lib)/kernel/install.d
JOBS ?= $(shell nproc)
UKILOAD_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ukiload
export UKILOAD_CACHE
export PYTHONDONTWRITEBYTECODE := 1

# V=1 shows the commands.
say = $(if $(V),,@printf '  %-4s %s\n' $(1) '$(2)';)
# $(call remember,FILE,COMMANDS): a file that changes when the commands do, so that what they made is made again.
define remember
$(1): FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' '$(subst ','\'',$(2))' >$$@.new
	@cmp -s $$@.new $$@ && rm $$@.new || mv $$@.new $$@
endef
WARN := -Wall -Wextra -Wconversion -Wshadow -Wvla -Werror
# For lib/sha256_fast.c, in the image and on the host. On x86-64 the function itself says what it needs.
FAST_CFLAGS_aarch64 := -march=armv8-a+crypto
LIB_SRC := $(sort $(wildcard lib/*.c))

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
all:

include mk/firmware.mk
include mk/host.mk
include mk/check.mk
include mk/arm64.mk
include mk/deb.mk

.PHONY: all deps demo pictures bench install clean FORCE
all: firmware ukictl

deps:
	@test/deps.sh

demo: deps
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@$(PYTHON) demo/demo.py

# The pictures of README: a boot's display, and a booted Debian's shell.
pictures: deps
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@$(PYTHON) demo/pictures.py

bench: deps
	@$(MAKE) --no-print-directory $(PARALLEL) all arm64
	@$(PYTHON) test/bench/bench.py

install: all
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/ukiload $(EFI)
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin $(HOST)/ukictl
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/ukiload LICENSE
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/ukiload/policy policy/*.policy
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/bash-completion/completions completion/bash/ukictl
	install -D -m 644 -t $(DESTDIR)$(ZSHDIR) completion/zsh/_ukictl
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d completion/fish/ukictl.fish
	install -d $(DESTDIR)$(UNITDIR)
	for unit in units/*.service; do \
	    sed 's,@bindir@,$(PREFIX)/bin,; s,@version@,$(PACKAGE_VERSION),' "$$unit" >"$(DESTDIR)$(UNITDIR)/$${unit#units/}" || exit; done
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/lib/ukiload units/plan-new
	install -D -m 755 -t $(DESTDIR)$(PLUGINDIR) units/95-ukiload.install
	sed -i 's,@libdir@,$(PREFIX)/lib,' $(DESTDIR)$(PLUGINDIR)/95-ukiload.install
	install -D -m 755 -t $(DESTDIR)$(GENERATORDIR) units/ukiload-generator
	sed -i 's,@unitdir@,$(UNITDIR),' $(DESTDIR)$(GENERATORDIR)/ukiload-generator
	for page in man/*.[1-8]; do \
	    install -D -m 644 "$$page" "$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page#man/}" || exit; done

clean:
	rm -rf build
