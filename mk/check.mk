# SPDX-License-Identifier: BSD-2-Clause
#
# Tests. Each group leaves "passed failed skipped" in build/results/GROUP.txt (mk/tally.py); `make check`
# runs all groups even if one fails and ends with the slowest tests and the sum. CASES=REGEX leaves what is called so, in every
# group: mk/cases.py says how a test is called.

GROUPS := lint unit sanitize bench bench-image fuzz gates compilers reproducible ukictl qemu
# What must have counted itself when all is done.
RESULTS := lint unit sanitize bench bench-image $(FUZZ_NAMES) gates gcc clang lld aarch64 aarch64-clang reproducible ukictl qemu
FAST_GROUPS := lint unit bench ukictl
TALLY := $(PYTHON) mk/tally.py
# $(call one,GROUP): a group that is one command, if it is meant.
one = $(TALLY) run $(1) --cases '$(CASES)' --
# Says what it makes, not what is made already.
SUB = $(MAKE) --no-print-directory $(if $(V),,-s)
# Two jobs at a time where the caller did not say -j.
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

.PHONY: check check-fast check-packages soak lint fuzz mutate $(addprefix check-,$(GROUPS))

check: deps
	@rm -rf build/results
	@status=0; $(SUB) -j1 -k $(addprefix check-,$(GROUPS)) || status=$$?; $(TALLY) sum --status $$status $(if $(CASES),,$(RESULTS))

# What a change is tried with: no firmware, no fuzzer, one compiler. A minute.
check-fast:
	@rm -rf build/results
	@status=0; $(SUB) -j1 -k FAST=--fast $(addprefix check-,$(FAST_GROUPS)) || status=$$?; \
	    $(TALLY) sum --status $$status $(if $(CASES),,$(FAST_GROUPS))

check-lint lint:
	@$(call one,lint) $(PYTHON) test/lint/lint.py --efi-include $(EFI_INC) --jobs $(JOBS) $(FAST)

# $(call programs,GROUP,FOLDER,NAMES,WORDS)
programs = $(PYTHON) mk/unit.py $(4) --cases '$(CASES)' --jobs $(JOBS) --build '$(SUB) $(PARALLEL)' $(1) $(3:%=$(2)/%.c)

check-unit:
	@$(call programs,unit,test/unit,$(UNIT_NAMES),--coverage 95)

check-sanitize:
	@$(call programs,sanitize,test/unit,$(UNIT_NAMES))

# efi/ on a firmware that fails and lies. What it refuses with has to lead to its rule.
check-bench:
	@rm -f build/bench/told
	@UKILOAD_TOLD=build/bench/told $(call programs,bench,test/firmware,$(BENCH_NAMES))
	@[ ! -e build/bench/told ] || $(PYTHON) test/ukictl/sentences.py build/bench/told

# The same, compiled as the image is.
check-bench-image:
	@$(call programs,bench-image,test/firmware,$(BENCH_NAMES))

check-fuzz fuzz:
	@names=$$($(PYTHON) mk/cases.py '$(CASES)' fuzz $(FUZZ_NAMES)); [ -n "$$names" ] || exit 0; \
	    $(SUB) $(PARALLEL) $$(printf 'build/fuzz/%s ' $$names) build/fuzz/corpus && \
	    $(SUB) -k -j$(JOBS) $$(printf 'run-%s ' $$names)

.PHONY: $(addprefix run-,$(FUZZ_NAMES))
$(addprefix run-,$(FUZZ_NAMES)): run-%:
	@$(PYTHON) mk/fuzz.py $* $(SECONDS)

check-gates:
	@[ -z "$$($(PYTHON) mk/cases.py '$(CASES)' '' gates)" ] || \
	    { $(SUB) $(PARALLEL) firmware && $(PYTHON) linker/gate_selftest.py $(ARCH) $(EFI); }

# The default build is gcc's; here every other compiler and linker that must do, without a warning.
check-compilers:
	@$(call one,gcc) $(SUB) $(PARALLEL) all
	@$(call one,clang) $(SUB) $(PARALLEL) all CC=clang OUT=build/clang/x86_64 HOST=build/clang
	@$(call one,lld) $(SUB) $(PARALLEL) firmware CC=clang LD=ld.lld OUT=build/lld/x86_64 OBJ=build/clang/x86_64/obj
	@$(call one,aarch64) $(SUB) $(PARALLEL) firmware CC=aarch64-linux-gnu-gcc
	@$(call one,aarch64-clang) $(SUB) $(PARALLEL) firmware ARCH=aarch64 CC=clang OUT=build/clang/aarch64

check-reproducible:
	@$(call one,reproducible) sh mk/reproducible.sh $(ARCH) $(EFI_NAME)

# Three workers more than there are processors: a machine that leaves a message on its screen, or a disk that is made, needs none.
WORKERS = $(shell expr $(JOBS) + 3)
# $(call pytest,GROUP,BUILD,WORDS): what is not meant is not built for.
PYTEST = PYTHONPATH=mk PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -p no:cacheprovider -p cases --cases='$(CASES)'
define pytest
@$(if $(CASES),$(PYTEST) --cases-group=$(1) --collect-only -qq test/$(1) >/dev/null; [ $$? -ne 5 ] || exit 0;) \
    $(SUB) $(PARALLEL) $(2) && { $(PYTEST) --cases-group=$(1) -n $(WORKERS) --dist loadgroup $(3) \
    -o junit_family=xunit2 --junitxml=build/results/$(1).xml test/$(1); \
    status=$$?; $(TALLY) junit $(1) build/results/$(1).xml --status $$status; }
endef

# What the machines for arm64 start.
.PHONY: arm64
arm64:
	+@$(SUB) $(PARALLEL) firmware ARCH=aarch64

# The command on real images; neither root nor QEMU.
check-ukictl:
	$(call pytest,ukictl,all build/bench/ask,-q)

check-qemu:
	$(call pytest,qemu,all arm64)

# Which checks of lib/ and efi/ no test would miss: each is broken once. Hours; MUTATE='--sample 200 lib' is a part of it.
mutate: deps
	@$(PYTHON) test/mutate/mutate.py --jobs $(JOBS) $(MUTATE)

# The Debian package in clean roots of Debian 12, 13 and sid: built, judged by lintian, installed, upgraded, purged. As root, who mounts them.
check-packages: deps
	@$(SUB) $(PARALLEL) all
	@PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -q -p no:cacheprovider test/packages

# What check-qemu takes samples of: the power is cut at 100 points of a reload, every case of test/qemu/agree is asked, 500 damaged file
# systems are tried, and every row of the table is booted on arm64, with parity and measured boot; more firmware beside systemd-boot 254 and 262.
# Each fuzzer has a minute, and clang-tidy follows as many paths as it would by itself.
soak: deps
	@$(PYTHON) test/lint/lint.py --efi-include $(EFI_INC) --jobs $(JOBS) --deep clang-tidy
	@$(SUB) $(PARALLEL) all arm64
	@SOAK=1 PYTHONPATH=mk PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup -p no:cacheprovider \
	    test/qemu/agree test/qemu/journeys/test_power.py test/qemu/journeys/debian.py test/qemu/journeys/kdump.py test/qemu/journeys/serial.py \
	    test/qemu/journeys/placement.py test/qemu/journeys/sealing.py test/qemu/journeys/slow.py test/qemu/journeys/full.py \
	    test/qemu/journeys/two_disks.py test/qemu/journeys/elsewhere.py test/qemu/journeys/test_damaged.py
	@SOAK=1 $(PYTEST:'$(CASES)'='aavmf|arm64|ovmf11|ovmfsid|sdboot254|sdboot262') -n $(WORKERS) --dist loadgroup test/qemu/rows test/qemu/parity \
	    test/qemu/journeys/test_predict.py test/qemu/journeys/test_measured.py
	@$(SUB) check-arm64
	@$(SUB) fuzz SECONDS=60
