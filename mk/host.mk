# SPDX-License-Identifier: BSD-2-Clause
#
# ukictl: the same lib/ as in the firmware image, plus libraries made for the job.

UKICTL_SRC := $(sort $(wildcard ukictl/*.c))
HOST_CC := $(CC)
HOST_LIBS := libcrypto json-c efivar efiboot blkid
HOST_CFLAGS := -std=gnu11 -O2 -g $(WARN) -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
HOST_CPPFLAGS := -D_GNU_SOURCE -DUKILOAD_VERSION='"$(VERSION)"' -I. -Ilib -Iukictl -MMD -MP
HOST_OBJ := $(patsubst %.c,build/host/%.o,$(UKICTL_SRC) $(LIB_SRC))

.PHONY: ukictl
ukictl: $(if $(UKICTL_SRC),build/ukictl)

build/host/commands: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(HOST_CC) $(subst ','\'',$(HOST_CFLAGS) $(HOST_CPPFLAGS))' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

build/host/lib/%.o: lib/%.c build/host/commands
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CPPFLAGS) $(HOST_CFLAGS) -c -o $@ $<

build/host/ukictl/%.o: ukictl/%.c build/host/commands
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CPPFLAGS) $$(pkg-config --cflags $(HOST_LIBS)) $(HOST_CFLAGS) -c -o $@ $<

build/ukictl: $(HOST_OBJ)
	$(HOST_CC) -pie -Wl,-z,relro,-z,now -o $@ $^ $$(pkg-config --libs $(HOST_LIBS))

-include $(HOST_OBJ:.o=.d)
