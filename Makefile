# make          build the four services      make run      start them, with a private Janus
# make test     everything: check, integration and fault tests, on real processes
# make check    unit tests and fuzz corpora, under ASan and UBSan
# make lint     formatting, cppcheck, clang-tidy, include rules     make format   put formatting right
# make fuzz T=60  fuzz every decoder, T seconds each                make bench    speed, as ratios
# make cover    which lines the unit tests reach    make docs   docs/ that are made from tables
# make audio    make the recordings again           make clean  remove build/
SHELL    = /bin/bash
.DEFAULT_GOAL = all
CC       = gcc
B        = build
SERVICES = gateway callsvc tokensvc robotsvc
PACKAGES = deploy/local/install-packages

WARN     = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wconversion -Wvla -Werror
CFLAGS   = -std=gnu17 -O2 -g -fPIE -fstack-protector-strong $(WARN)
CPPFLAGS = -I. -D_GNU_SOURCE -MMD -MP
FORTIFY  = -D_FORTIFY_SOURCE=2
SANITIZE = -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS  = -pie -Wl,-z,relro,-z,now
LIBS     = -lzmq -lmsgpackc -ljansson -lmicrohttpd -lpthread
LIBS_callsvc  = -lsqlite3
LIBS_tokensvc = -lcrypto -lz
LIBS_robotsvc = -lcurl -logg

objects  = $(patsubst %.c,$(1)/%.o,$(2))
COMMON   = $(wildcard common/*.c common/messages/*.c)
sources  = $(wildcard $(1)/*.c $(1)/verbs/*.c)
parts    = $(filter-out %/main.c,$(call sources,$(1)))
UNIT     = $(wildcard tests/unit/*/test_*.c)
FUZZERS  = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
C_FILES  = $(COMMON) $(foreach s,$(SERVICES),$(call sources,$(s)))
H_FILES  = $(wildcard common/*.h common/messages/*.h $(addsuffix /*.h,$(SERVICES)))

.PHONY: all run test check unit integration lint format fuzz bench cover docs audio clean help packages-%
all: $(addprefix $(B)/,$(SERVICES))
help: ; @sed -n 's/^# \(make\)/\1/p' Makefile
packages-%: ; @$(PACKAGES) $(subst +, ,$*)

# The build: objects below build/obj, the same under sanitizers below build/check.
$(B)/obj/%.o: %.c ; @mkdir -p $(@D)
	$(CC) $(CFLAGS) $(FORTIFY) $(CPPFLAGS) -c $< -o $@
$(B)/check/%.o: %.c ; @mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(CPPFLAGS) -c $< -o $@
$(B)/obj/libcommon.a: $(call objects,$(B)/obj,$(COMMON)) ; rm -f $@ && ar rcs $@ $^
$(B)/check/libcommon.a: $(call objects,$(B)/check,$(COMMON)) ; rm -f $@ && ar rcs $@ $^
define service
$(B)/$(1): $$(call objects,$(B)/obj,$$(call sources,$(1))) $(B)/obj/libcommon.a
	$$(CC) $$(LDFLAGS) $$^ $$(LIBS_$(1)) $$(LIBS) -o $$@
$(B)/check/lib$(1).a: $$(call objects,$(B)/check,$$(call parts,$(1))) ; rm -f $$@ && ar rcs $$@ $$^
$(B)/check/tests/unit/$(1)/test_%: $(B)/check/tests/unit/$(1)/test_%.o $(B)/check/lib$(1).a $(B)/check/libcommon.a
	$$(CC) $$(SANITIZE) -pie $$^ $$(LIBS_$(1)) $$(LIBS) -lcmocka -o $$@
endef
$(foreach s,$(SERVICES),$(eval $(call service,$(s))))
$(B)/check/tests/unit/common/test_%: $(B)/check/tests/unit/common/test_%.o $(B)/check/libcommon.a
	$(CC) $(SANITIZE) -pie $^ $(LIBS) -lcmocka -o $@
$(B)/check/tests/unit/%.o: CFLAGS += -Wno-conversion -Itests/unit

# Unit tests of one folder: make unit-common, make unit-callsvc …
UNIT_PROGRAMS = $(patsubst %.c,$(B)/check/%,$(UNIT))
unit-%: ; @$(MAKE) --no-print-directory run-units UNIT="$(wildcard tests/unit/$*/test_*.c)"
.PHONY: run-units
run-units: $(UNIT_PROGRAMS)
	@for t in $^; do $$t || exit 1; done

.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
clean: ; rm -rf $(B)
