# SPDX-License-Identifier: BSD-2-Clause
#
# Programs of arm64 on this machine, under qemu-user (its package): the unit tests, efi/ over the firmware in memory, what the fuzzers' seeds lead to, and ukictl with its
# tests, at last beside firmware for arm64 (test/qemu/agree). `make check` compiles the firmware image only; this is for `make soak`, and by itself `make check-arm64`.

A64 := build/arm64
A64_ROOT := $(UKILOAD_CACHE)/trees/sysroot-arm64
A64_CC := aarch64-linux-gnu-gcc --sysroot=$(A64_ROOT)
A64_RUN := qemu-aarch64 -L $(A64_ROOT)
A64_PKG_CONFIG := PKG_CONFIG_SYSROOT_DIR=$(A64_ROOT) PKG_CONFIG_LIBDIR=$(A64_ROOT)/usr/lib/aarch64-linux-gnu/pkgconfig:$(A64_ROOT)/usr/share/pkgconfig
A64_EFI_INC := $(UKILOAD_CACHE)/trees/bookworm-arm64/usr/include/efi

build/arm64%/lib/sha256_fast.o: FAST_CFLAGS := $(FAST_CFLAGS_aarch64)

$(eval $(call unit_programs,arm64-unit,$(A64_CC),-O0,$(A64_CC)))

A64_BENCH_CFLAGS := $(subst $(BENCH_INC)/$(shell uname -m),$(A64_EFI_INC)/aarch64,$(subst -isystem $(BENCH_INC) ,-isystem $(A64_EFI_INC) ,$(subst $(BENCH_INC)/protocol,$(A64_EFI_INC)/protocol,$(BENCH_IMAGE_CFLAGS))))
$(eval $(call host_tree,build/arm64-bench,$(A64_CC),$(A64_BENCH_CFLAGS)))

$(addprefix build/arm64-bench/,$(BENCH_NAMES)): build/arm64-bench/%: build/arm64-bench/test/firmware/%.o $(patsubst %.c,build/arm64-bench/%.o,$(BENCH_WITH))
	$(call say,LD,$@) $(A64_CC) -o $@ $^ -lcmocka

# There is no libFuzzer for it here: each target is given the seeds, and what else lies in its corpus.
$(eval $(call host_tree,build/arm64-fuzz,$(A64_CC),$(HOST_CFLAGS) -O0))
A64_FUZZ := $(addprefix build/arm64-fuzz/,$(filter-out $(BENCH_FUZZ),$(FUZZ_NAMES)))

$(A64_FUZZ): build/arm64-fuzz/%: $(patsubst %.c,build/arm64-fuzz/%.o,test/fuzz/%.c test/fuzz/replay.c $(FUZZ_WITH))
	$(call say,LD,$@) $(A64_CC) -o $@ $^

# Of files in a folder, images for arm64 among them. Not what takes the program itself for another, wants an older shim, or a whole installation.
A64_UKICTL := $(addprefix test/ukictl/test_,addon.py policy.py plan.py verify.py)

.PHONY: check-arm64 arm64-ukictl
arm64-ukictl:
	@$(A64_PKG_CONFIG) $(SUB) $(PARALLEL) ukictl HOST=$(A64) HOST_CC='$(A64_CC)'
	@printf '#!/bin/sh\nexec $(A64_RUN) %s "$$@"\n' $(CURDIR)/$(A64)/ukictl >$(A64)/run-ukictl && chmod +x $(A64)/run-ukictl

check-arm64:
	@command -v qemu-aarch64 >/dev/null || { echo 'check-arm64: install qemu-user first' >&2; exit 1; }
	@$(PYTHON) test/qemu/lab/debs.py --sysroot
	@UNDER='$(A64_RUN)' $(PYTHON) mk/unit.py --cases '$(CASES)' --jobs $(JOBS) --build '$(SUB) $(PARALLEL)' arm64-unit $(UNIT_NAMES:%=test/unit/%.c)
	@UNDER='$(A64_RUN)' $(PYTHON) mk/unit.py --cases '$(CASES)' --jobs $(JOBS) --build '$(SUB) $(PARALLEL)' arm64-bench $(BENCH_NAMES:%=test/firmware/%.c)
	@$(SUB) $(PARALLEL) $(A64_FUZZ) build/fuzz/corpus
	@for target in $(A64_FUZZ); do find build/fuzz/corpus/$${target##*/} -type f -exec $(A64_RUN) $$target {} + || exit; done
	@$(SUB) arm64-ukictl arm64
	@UKICTL=$(CURDIR)/$(A64)/run-ukictl UKILOAD_TEST_ARCH=aarch64 $(PYTEST) --cases-group=ukictl -q -n 2 $(A64_UKICTL) \
	    -k 'not without_sbsign and not shim158 and not installed_policy'
	@UKICTL=$(CURDIR)/$(A64)/run-ukictl UKILOAD_TEST_ARCH=aarch64 $(PYTEST) --cases-group=qemu -n $(WORKERS) --dist loadgroup test/qemu/agree
