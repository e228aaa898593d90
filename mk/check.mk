# SPDX-License-Identifier: BSD-2-Clause
#
# Tests. Each group leaves "passed failed skipped" in build/results/GROUP.txt (mk/tally.py); `make check`
# runs all groups even if one fails and ends with the sum.

GROUPS := lint unit sanitize bench bench-image fuzz gates compilers reproducible ukictl qemu
# What must have counted itself when all is done.
RESULTS := lint unit sanitize bench bench-image $(FUZZ_NAMES) gates gcc clang lld aarch64 aarch64-clang reproducible ukictl qemu
TALLY := $(PYTHON) mk/tally.py
SUB = $(MAKE) --no-print-directory
# Two jobs at a time where the caller did not say -j.
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

.PHONY: check check-packages soak lint fuzz mutate $(addprefix check-,$(GROUPS))

check: deps
	@rm -rf build/results
	@status=0; $(SUB) -j1 -k $(addprefix check-,$(GROUPS)) || status=$$?; $(TALLY) sum --status $$status $(RESULTS)

check-lint lint:
	@$(TALLY) run lint -- $(PYTHON) test/lint/lint.py --efi-include $(EFI_INC) --jobs $(JOBS)

check-unit:
	@$(SUB) $(PARALLEL) $(addprefix build/unit/,$(UNIT_NAMES))
	@$(PYTHON) mk/unit.py --coverage 95 unit $(addprefix build/unit/,$(UNIT_NAMES))

check-sanitize:
	@$(SUB) $(PARALLEL) $(addprefix build/sanitize/,$(UNIT_NAMES))
	@$(PYTHON) mk/unit.py sanitize $(addprefix build/sanitize/,$(UNIT_NAMES))

# efi/ on a firmware that fails and lies.
check-bench:
	@$(SUB) $(PARALLEL) $(addprefix build/bench/,$(BENCH_NAMES))
	@$(PYTHON) mk/unit.py bench $(addprefix build/bench/,$(BENCH_NAMES))

# The same, compiled as the image is.
check-bench-image:
	@$(SUB) $(PARALLEL) $(addprefix build/bench-image/,$(BENCH_NAMES))
	@$(PYTHON) mk/unit.py bench-image $(addprefix build/bench-image/,$(BENCH_NAMES))

check-fuzz fuzz:
	@$(SUB) $(PARALLEL) $(addprefix build/fuzz/,$(FUZZ_NAMES)) build/fuzz/corpus
	@$(SUB) -k -j$(JOBS) $(addprefix run-,$(FUZZ_NAMES))

.PHONY: $(addprefix run-,$(FUZZ_NAMES))
$(addprefix run-,$(FUZZ_NAMES)): run-%:
	@$(PYTHON) mk/fuzz.py $* $(SECONDS)

check-gates:
	@$(SUB) $(PARALLEL) firmware
	@$(PYTHON) linker/gate_selftest.py $(ARCH) $(EFI)

# The default build is gcc's; here every other compiler and linker that must do, without a warning.
check-compilers:
	@$(TALLY) run gcc -- $(SUB) $(PARALLEL) all
	@$(TALLY) run clang -- $(SUB) $(PARALLEL) all CC=clang OUT=build/clang/x86_64 HOST=build/clang
	@$(TALLY) run lld -- $(SUB) $(PARALLEL) firmware CC=clang LD=ld.lld OUT=build/lld/x86_64
	@$(TALLY) run aarch64 -- $(SUB) $(PARALLEL) firmware ARCH=aarch64
	@$(TALLY) run aarch64-clang -- $(SUB) $(PARALLEL) firmware ARCH=aarch64 CC=clang OUT=build/clang/aarch64

check-reproducible:
	@$(TALLY) run reproducible -- sh mk/reproducible.sh $(ARCH) $(EFI_NAME)

# The command on real images; neither root nor QEMU.
check-ukictl:
	@$(SUB) $(PARALLEL) all build/bench/ask
	@PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -q -n 2 -p no:cacheprovider \
	    -o junit_family=xunit2 --junitxml=build/results/ukictl.xml test/ukictl; \
	    status=$$?; $(TALLY) junit ukictl build/results/ukictl.xml --status $$status

check-qemu:
	@$(SUB) $(PARALLEL) all
	@PYTHONPATH=mk PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -n 2 --durations=10 -p no:cacheprovider -p cases --cases='$(CASES)' \
	    -o junit_family=xunit2 --junitxml=build/results/qemu.xml test/qemu; \
	    status=$$?; $(TALLY) junit qemu build/results/qemu.xml --status $$status

# Which checks of lib/ and efi/ no test would miss: each is broken once. Hours; MUTATE='--sample 200 lib' is a part of it.
mutate: deps
	@$(PYTHON) test/mutate/mutate.py --jobs $(JOBS) $(MUTATE)

# The Debian package in clean roots of Debian 12, 13 and sid: built, judged by lintian, installed, upgraded, purged. As root, who mounts them.
check-packages: deps
	@$(SUB) $(PARALLEL) all
	@PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -q -p no:cacheprovider test/packages

# What check-qemu takes samples of: the power is cut at 100 points of a reload, and every case of test/qemu/agree is asked.
soak: deps
	@$(SUB) $(PARALLEL) all
	@SOAK=1 PYTHONPATH=mk PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -n 2 -p no:cacheprovider \
	    test/qemu/agree test/qemu/journeys/test_power.py
