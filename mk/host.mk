# SPDX-License-Identifier: BSD-2-Clause
#
# Programs of this machine: ukictl (the same lib/ as in the firmware image, plus libraries made for the
# job), unit tests, fuzzers. Each kind is compiled in a tree of its own: build/TREE/path/to/file.o

HOST ?= build
# A package for another machine is built with its compiler, and PKG_CONFIG_LIBDIR leads to its libraries.
HOST_CC ?= $(CC)
HOST_MACHINE ?= $(call machine_of,$(HOST_CC))
HOST_LIBS := libcrypto json-c efivar efiboot blkid mount
HOST_PACKAGES = $(shell pkg-config --cflags $(HOST_LIBS) 2>/dev/null)
HOST_CPPFLAGS = -D_GNU_SOURCE -DUKILOAD_VERSION='"$(VERSION)"' -I. -Ilib -Iukictl -Itest/unit $(HOST_PACKAGES) -MMD -MP
HOST_CFLAGS := -std=gnu11 -g $(WARN)

# $(call host_tree,TREE,COMPILER,FLAGS)
define host_tree
$(call remember,$(1)/commands,$(2) $(3) $(HOST_CPPFLAGS))

$(1)/%.o: %.c $(1)/commands
	@mkdir -p $$(@D)
	$$(call say,CC,$$@) $(2) $$(HOST_CPPFLAGS) $(3) $$(FAST_CFLAGS) -c -o $$@ $$<

-include $$(wildcard $(1)/*/*.d $(1)/*/*/*.d)
endef

%/lib/sha256_fast.o: FAST_CFLAGS := $(FAST_CFLAGS_$(HOST_MACHINE))

HOST_TREE := $(HOST)/host
$(eval $(call host_tree,$(HOST_TREE),$(HOST_CC),$(HOST_CFLAGS) -O2 -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2))
UKICTL_SRC := $(sort $(wildcard ukictl/*.c ukictl/*/*.c))
UKICTL_OBJ := $(patsubst %.c,$(HOST_TREE)/%.o,$(UKICTL_SRC) $(LIB_SRC))

.PHONY: ukictl
ukictl: $(if $(UKICTL_SRC),$(HOST)/ukictl)

$(HOST)/ukictl: $(UKICTL_OBJ)
	$(call say,LD,$@) $(HOST_CC) -pie -Wl,-z,relro,-z,now -o $@ $(UKICTL_OBJ) $$(pkg-config --libs $(HOST_LIBS))

# Unit tests: each test/unit/test_*.c is one program, linked with lib/ and the other files of test/unit.
# What runs under sanitizers (these, the bench, the fuzzers) is compiled once, with libFuzzer's marks in it, which nobody else counts.
SANITIZE := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
SANITIZE_OBJ := $(SANITIZE) -fsanitize=fuzzer-no-link
SANITIZE_LD := clang -fuse-ld=lld $(SANITIZE)
UNIT_NAMES := $(basename $(notdir $(sort $(wildcard test/unit/test_*.c))))
UNIT_WITH := $(LIB_SRC) $(filter-out test/unit/test_%,$(sort $(wildcard test/unit/*.c)))
# $(call unit_programs,TREE,COMPILER,FLAGS,LINKER)
define unit_programs
$(call host_tree,build/$(1),$(2),$(HOST_CFLAGS) $(3))
$(addprefix build/$(1)/,$(UNIT_NAMES)): build/$(1)/%: build/$(1)/test/unit/%.o $(patsubst %.c,build/$(1)/%.o,$(UNIT_WITH))
	$$(call say,LD,$$@) $(4) -o $$@ $$^ -lcmocka -lcrypto
endef
$(eval $(call unit_programs,unit,gcc,-O0 --coverage,gcc --coverage))
$(eval $(call unit_programs,sanitize,clang,$(SANITIZE_OBJ),$(SANITIZE_LD)))

# The bench: all of efi/ on this machine, over the firmware of test/firmware; each test/firmware/test_*.c is one program. efi/mem.c would replace libc's
# functions, and what asks the processor (efi/cvm.c) is the machine's to say. Without two checks, for gnu-efi's offset macro is a member of NULL;
# the address sanitizer sees what is really read there.
BENCH_INC := /usr/include/efi
BENCH_CFLAGS := $(HOST_CFLAGS) -fshort-wchar -Iefi -Itest/firmware -isystem $(BENCH_INC) -isystem $(BENCH_INC)/$(shell uname -m) -isystem $(BENCH_INC)/protocol
# The sweep takes as long as all others together, and begins.
BENCH_NAMES := test_sweep $(filter-out test_sweep,$(basename $(notdir $(sort $(wildcard test/firmware/test_*.c)))))
BENCH_WITH := $(LIB_SRC) test/unit/chosen.c $(filter-out efi/mem.c efi/cvm.c,$(sort $(wildcard efi/*.c))) \
    $(filter-out test/firmware/test_% test/firmware/fuzz_% test/firmware/ask.c,$(sort $(wildcard test/firmware/*.c)))
BENCH_OBJ := $(patsubst lib/%.c,build/sanitize/lib/%.o,$(filter lib/%,$(BENCH_WITH))) $(patsubst %.c,build/bench/%.o,$(filter-out lib/%,$(BENCH_WITH)))
BENCH_SANITIZE := $(SANITIZE_OBJ) -fno-sanitize=null,object-size
$(eval $(call host_tree,build/bench,clang,$(BENCH_CFLAGS) $(BENCH_SANITIZE)))

$(addprefix build/bench/,$(BENCH_NAMES) ask): build/bench/%: build/bench/test/firmware/%.o $(BENCH_OBJ)
	$(call say,LD,$@) $(SANITIZE_LD) -o $@ $^ -lcmocka

# The same once more as the image is compiled, by gcc for size: what a compiler makes of a source is not the same with sanitizers. An array of one
# character in EFI_FILE_INFO was once taken at its word, and only then.
BENCH_IMAGE_CFLAGS := $(BENCH_CFLAGS) -Os -ffreestanding -fno-strict-aliasing -fno-common -fno-tree-switch-conversion -fno-tree-loop-distribute-patterns
$(eval $(call host_tree,build/bench-image,gcc,$(BENCH_IMAGE_CFLAGS)))

$(addprefix build/bench-image/,$(BENCH_NAMES)): build/bench-image/%: build/bench-image/test/firmware/%.o $(patsubst %.c,build/bench-image/%.o,$(BENCH_WITH))
	$(call say,LD,$@) gcc -o $@ $^ -lcmocka

# ... and each test/firmware/fuzz_*.c a fuzzer of whole starts.
BENCH_FUZZ := $(basename $(notdir $(sort $(wildcard test/firmware/fuzz_*.c))))
$(addprefix build/fuzz/,$(BENCH_FUZZ)): build/fuzz/%: build/bench/test/firmware/%.o $(BENCH_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@) $(SANITIZE_LD) -fsanitize=fuzzer -o $@ $^ -lcmocka

# Fuzzers: each test/fuzz/fuzz_*.c is one target; make_seeds writes their corpora, build/fuzz/corpus/TARGET/*.
FUZZ_NAMES := $(basename $(notdir $(sort $(wildcard test/fuzz/fuzz_*.c)))) $(BENCH_FUZZ)
FUZZ_WITH := $(LIB_SRC) $(filter-out test/fuzz/fuzz_% test/fuzz/make_seeds.c test/fuzz/replay.c,$(sort $(wildcard test/fuzz/*.c)))
FUZZ_OBJ := $(patsubst %.c,build/sanitize/%.o,$(FUZZ_WITH))

$(addprefix build/fuzz/,$(filter-out $(BENCH_FUZZ),$(FUZZ_NAMES))): build/fuzz/%: build/sanitize/test/fuzz/%.o $(FUZZ_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@) $(SANITIZE_LD) -fsanitize=fuzzer -o $@ $^

build/fuzz/make_seeds: build/sanitize/test/fuzz/make_seeds.o $(FUZZ_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@) $(SANITIZE_LD) -o $@ $^

build/fuzz/corpus: $(if $(wildcard test/fuzz/make_seeds.c),build/fuzz/make_seeds)
	@rm -rf $@
	@mkdir -p $@ $(addprefix $@/,$(FUZZ_NAMES))
	@$(if $<,$< $@)
