# SPDX-License-Identifier: BSD-2-Clause
#
# The firmware image: compile as position independent ELF, link so that nothing needs relocation,
# copy the sections into a PE file, finish its header, and let the gate judge it.

ifeq ($(ARCH),x86_64)
EFI_NAME := ukiloadx64.efi
EFI_INC ?= /usr/include/efi
CROSS ?= $(if $(filter x86_64,$(shell uname -m)),,x86_64-linux-gnu-)
OBJCOPY_PE := -O efi-app-x86_64
FW_ARCH_CFLAGS := -mno-red-zone -fcf-protection=none -DGNU_EFI_USE_MS_ABI
LD_EMULATION := elf_x86_64
else ifeq ($(ARCH),aarch64)
EFI_NAME := ukiloadaa64.efi
EFI_INC ?= $(UKILOAD_CACHE)/trees/bookworm-arm64/usr/include/efi
CROSS ?= $(if $(filter aarch64,$(shell uname -m)),,aarch64-linux-gnu-)
OBJCOPY_PE := -O pei-aarch64-little --subsystem=efi-app
FW_ARCH_CFLAGS := -mstrict-align
LD_EMULATION := aarch64linux
else
$(error ARCH=$(ARCH) is not supported: use x86_64 or aarch64)
endif

# OUT lets a second build (other compiler, other place) stand beside the first; OBJ, another linker take the same objects.
OUT ?= build/$(ARCH)
OBJ ?= $(OUT)/obj
EFI := $(OUT)/$(EFI_NAME)

ifneq ($(findstring clang,$(notdir $(CC))),)
FW_CC := $(CC) --target=$(ARCH)-linux-gnu
else
FW_CC := $(if $(filter $(CROSS)%,$(notdir $(CC))),$(CC),$(CROSS)$(CC))
# Without these gcc turns a switch into a table of pointers and the loop inside memcpy into memcpy.
FW_COMPILER_CFLAGS := -fno-tree-switch-conversion -fno-tree-loop-distribute-patterns \
    $(if $(filter x86_64,$(ARCH)),-maccumulate-outgoing-args)
endif
FW_LD := $(if $(filter default,$(origin LD)),$(CROSS)ld,$(LD))
FW_OBJCOPY := $(CROSS)objcopy

DEBUG ?= -g
FW_INCLUDES := -I. -Ilib -Iefi -isystem $(EFI_INC) -isystem $(EFI_INC)/$(ARCH) -isystem $(EFI_INC)/protocol
FW_CFLAGS := -std=gnu11 -Os $(DEBUG) $(WARN) -ffreestanding -fpie -fshort-wchar -fvisibility=hidden \
    -include linker/hidden.h -fno-stack-protector -fno-asynchronous-unwind-tables \
    -fno-unwind-tables -fno-strict-aliasing -fno-jump-tables -fno-common -ffunction-sections -fdata-sections \
    -ffile-prefix-map=$(CURDIR)/= -mgeneral-regs-only $(FW_ARCH_CFLAGS) $(FW_COMPILER_CFLAGS)
# The one file whose code may use vector registers, and why it may: lib/sha256_inside.h. They are loaded from where a block lies.
$(OBJ)/lib/sha256_fast.o: FW_CFLAGS := $(filter-out -mgeneral-regs-only -mstrict-align,$(FW_CFLAGS)) $(FAST_CFLAGS_$(ARCH))
FW_CPPFLAGS := -DUKILOAD_VERSION='"$(VERSION)"' $(FW_INCLUDES) -MMD -MP
FW_LDFLAGS := -m $(LD_EMULATION) -pie --no-dynamic-linker -z text -z noexecstack -z norelro --hash-style=sysv \
    --build-id=none -z max-page-size=4096 --no-undefined --gc-sections --fatal-warnings -T linker/efi.lds

# EFI_SRC can be given to try something small: make EFI_SRC=/tmp/x.c OUT=/tmp/x
EFI_SRC ?= $(sort $(wildcard efi/*.c)) $(LIB_SRC)
FW_OBJ := $(patsubst %.c,$(OBJ)/%.o,$(EFI_SRC) linker/abi.c) $(OBJ)/linker/head.o
PE_SECTIONS := .text .rodata .data .sbat .osrel .reloc .ukipol

.PHONY: firmware
firmware: $(EFI)

$(eval $(call remember,$(OBJ)/commands,$(FW_CC) $(FW_CFLAGS) $(FAST_CFLAGS_$(ARCH)) $(FW_CPPFLAGS) $(POLICY)))
$(eval $(call remember,$(OUT)/linked,$(FW_LD) $(FW_LDFLAGS)))

$(OBJ)/%.o: %.c $(OBJ)/commands
	@mkdir -p $(@D)
	$(call say,CC,$@) $(FW_CC) $(FW_CPPFLAGS) $(FW_CFLAGS) -c -o $@ $<

$(OBJ)/linker/head.o: linker/head.S $(OBJ)/sbat.csv $(OBJ)/osrel $(POLICY) $(OBJ)/commands
	@mkdir -p $(@D)
	$(call say,AS,$@) $(FW_CC) -DSBAT_FILE='"$(OBJ)/sbat.csv"' -DOSREL_FILE='"$(OBJ)/osrel"' -DPOLICY_FILE='"$(POLICY)"' -c -o $@ $<

$(OBJ)/sbat.csv $(OBJ)/osrel: $(OBJ)/%: linker/% Makefile
	@mkdir -p $(@D)
	$(call say,SED,$@) sed 's/@VERSION@/$(VERSION)/g' $< >$@

$(OUT)/ukiload.elf: $(FW_OBJ) linker/efi.lds $(OUT)/linked
	$(call say,LD,$@) $(FW_LD) $(FW_LDFLAGS) -o $@ $(FW_OBJ)

$(EFI): $(OUT)/ukiload.elf linker/finish.py linker/gate.py
	$(call say,PE,$@) $(FW_OBJCOPY) -D --set-section-flags .data=alloc,load,contents,data $(addprefix -j ,$(PE_SECTIONS)) --strip-all $(OBJCOPY_PE) $< $@
	@$(PYTHON) linker/finish.py $@
	@$(PYTHON) linker/gate.py $(ARCH) $@

-include $(FW_OBJ:.o=.d)
