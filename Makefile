# make          build the four services      make run      start them, with a private Janus
# make test     everything: check, integration and fault tests, on real processes
# make check    unit tests and fuzz corpora, under ASan and UBSan
# make lint     formatting, cppcheck, clang-tidy, include rules     make format   put formatting right
# make fuzz T=60  fuzz every decoder, T seconds each                make bench    speed, as ratios
# make soak     make test with the slow ones      make kill-test  kill callsvc under load, ten times
# make cover    which lines the unit tests reach    make docs   docs/ that are made from tables
# make test-cluster  the compose cluster on a real Docker engine
# make images   container images, and their sizes   make install PREFIX=/usr/local  programs, units, manual pages
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
LIBS_gateway  = -lcrypto -lgnutls -lwslay
LIBS_callsvc  = -lsqlite3 -lcurl -lcrypto
LIBS_tokensvc = -lcrypto -lz
LIBS_robotsvc = -lcurl -logg

objects  = $(patsubst %.c,$(1)/%.o,$(2))
COMMON   = $(wildcard common/*.c common/messages/*.c)
sources  = $(wildcard $(1)/*.c $(1)/verbs/*.c)
parts    = $(filter-out %/main.c,$(call sources,$(1)))
UNIT     = $(wildcard tests/unit/*/test_*.c)
FUZZERS  = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
C_FILES  = $(COMMON) $(foreach s,$(SERVICES),$(call sources,$(s))) $(wildcard robotsvc/bridge/*.c)
H_FILES  = $(wildcard common/*.h common/messages/*.h robotsvc/bridge/*.h $(foreach s,$(SERVICES),$(s)/*.h $(s)/verbs/*.h))
TEST_C   = $(wildcard tests/unit/*/*.[ch] tests/unit/*.h tests/fuzz/*.c tests/bench/*.c tests/load/*.[ch])
SCRIPTS  = .ci/run $(wildcard deploy/local/install-packages deploy/local/janus/start robotsvc/audio/make deploy/image/* deploy/setup deploy/kubernetes/make-secrets deploy/systemd/install tests/cluster/run)
YAML     = $(shell git ls-files '*.yaml' '*.yml' 2>/dev/null)
PYTEST   = /usr/bin/python3 -m pytest -q -p no:cacheprovider

.PHONY: all run build-to-run test check unit replay integration soak kill-test lint tidy format fuzz bench cover docs docs-check screenshots audio images test-cluster install clean help
all: $(addprefix $(B)/,$(SERVICES)) $(B)/libjanus_dapi.so
# The launcher is make's direct child: it ends when make is killed.
run: build-to-run
	@deploy/local/run
build-to-run: packages-build+run ; @$(MAKE) --no-print-directory -s all
test: packages-build+run+test
	@$(MAKE) --no-print-directory -s -j2 all $(FOR_WIRE_TESTS) $(UNIT_PROGRAMS) $(addprefix $(B)/check/,$(FUZZERS))
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory integration
check: packages-build+test
	@$(MAKE) --no-print-directory unit replay
WIRE_TESTS = tests/integration tests/live tests/model tests/fault tests/media tests/calls tests/e2e tests/push tests/deploy
FOR_WIRE_TESTS = $(B)/check/libjanus_dapi.so $(B)/thread/libjanus_dapi.so $(B)/load/rtc_load
integration: all $(FOR_WIRE_TESTS) ; $(PYTEST) $(WIRE_TESTS)
# The slow ones too: limits that take a minute to pass, a thousand steps of churn.
soak: packages-build+run+test
	@$(MAKE) --no-print-directory all $(FOR_WIRE_TESTS)
	DAPI_SLOW=1 $(PYTEST) $(WIRE_TESTS)
kill-test: all ; DAPI_KILL_RUNS=10 $(PYTEST) tests/fault/test_kill.py
help: ; @sed -n 's/^# \(make\)/\1/p' Makefile
packages-%: ; @$(PACKAGES) $(subst +, ,$*)

# The build: objects below build/obj, the same under sanitizers below build/check.
$(B)/obj/%.o: %.c ; @mkdir -p $(@D)
	$(CC) $(CFLAGS) $(FORTIFY) $(CPPFLAGS) -c $< -o $@
$(B)/check/%.o: %.c ; @mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(CPPFLAGS) -c $< -o $@
$(addsuffix /gateway/page.o,$(B)/obj $(B)/check $(B)/fuzz): $(wildcard gateway/web/*)
$(B)/obj/libcommon.a: $(call objects,$(B)/obj,$(COMMON)) ; rm -f $@ && ar rcs $@ $^
$(B)/check/libcommon.a: $(call objects,$(B)/check,$(COMMON)) ; rm -f $@ && ar rcs $@ $^
$(B)/fuzz/libcommon.a: $(call objects,$(B)/fuzz,$(COMMON)) ; rm -f $@ && ar rcs $@ $^
define service
$(B)/$(1): $$(call objects,$(B)/obj,$$(call sources,$(1))) $(B)/obj/libcommon.a
	$$(CC) $$(LDFLAGS) $$^ $$(LIBS_$(1)) $$(LIBS) -o $$@
$(B)/check/lib$(1).a: $$(call objects,$(B)/check,$$(call parts,$(1))) ; rm -f $$@ && ar rcs $$@ $$^
$(B)/fuzz/lib$(1).a: $$(call objects,$(B)/fuzz,$$(call parts,$(1))) ; rm -f $$@ && ar rcs $$@ $$^
$(B)/check/tests/unit/$(1)/test_%: $(B)/check/tests/unit/$(1)/test_%.o $(B)/check/lib$(1).a $(B)/check/libcommon.a
	$$(CC) $$(SANITIZE) -pie $$^ $$(LIBS_$(1)) $$(LIBS) -lcmocka -o $$@
endef
$(foreach s,$(SERVICES),$(eval $(call service,$(s))))
$(B)/check/tests/unit/common/test_%: $(B)/check/tests/unit/common/test_%.o $(B)/check/libcommon.a
	$(CC) $(SANITIZE) -pie $^ $(LIBS) -lcmocka -o $@
$(B)/check/tests/unit/%.o: CFLAGS += -Wno-conversion -Itests/unit

# The Janus plugin: its functions of Janus' core are found when Janus loads it.
BRIDGE   = $(wildcard robotsvc/bridge/*.c)
BRIDGE_CPPFLAGS := -isystem /usr/include/janus $(subst -I,-isystem ,$(shell pkg-config --cflags glib-2.0 jansson 2>/dev/null))
$(B)/obj/robotsvc/bridge/%.o $(B)/check/robotsvc/bridge/%.o: CFLAGS += -fPIC $(BRIDGE_CPPFLAGS)
$(B)/libjanus_dapi.so: $(call objects,$(B)/obj,$(BRIDGE)) ; $(CC) -shared -Wl,-z,relro,-z,now $^ -lglib-2.0 -ljansson -o $@
$(B)/check/libjanus_dapi.so: $(call objects,$(B)/check,$(BRIDGE)) ; $(CC) -shared $(SANITIZE) $^ -lglib-2.0 -ljansson -o $@

# The same for ThreadSanitizer, with what makes GLib's and Janus' locks visible to it.
$(B)/thread/libjanus_dapi.so: $(BRIDGE) $(wildcard robotsvc/bridge/*.h) tests/media/seen_by_tsan.c ; @mkdir -p $(@D)
	$(CC) -std=gnu17 -O1 -g -fno-omit-frame-pointer -fsanitize=thread -DUSE_PTHREAD_MUTEX -fPIC -shared -I. \
	    -D_GNU_SOURCE $(BRIDGE_CPPFLAGS) $(filter %.c,$^) \
	    -Wl,--wrap=g_thread_pool_new,--wrap=g_thread_pool_push -lglib-2.0 -ljansson -o $@

# Unit tests of one folder: make unit-common, make unit-callsvc …
UNIT_PROGRAMS = $(patsubst %.c,$(B)/check/%,$(UNIT))
unit-%: ; @$(MAKE) --no-print-directory unit UNIT="$(wildcard tests/unit/$*/test_*.c)"
unit: $(UNIT_PROGRAMS) ; @for t in $^; do $$t || exit 1; done

# Fuzzers: built by clang for `make fuzz`, by gcc with a driver that replays the corpus for `make check`.
# fuzz_parameters.c and the like say on their second line which service they need: /* links: gateway */
fuzz_links = $(shell sed -n 's,^/\* links: \(.*\) \*/,\1,p' tests/fuzz/$(1).c)
FUZZ_FLAGS = -std=gnu17 -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
$(B)/fuzz/%.o: %.c ; @mkdir -p $(@D)
	clang $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link $(CPPFLAGS) -c $< -o $@
define fuzzer
$(B)/fuzz/$(1): $(B)/fuzz/tests/fuzz/$(1).o $$(foreach s,$$(call fuzz_links,$(1)),$(B)/fuzz/lib$$(s).a) $(B)/fuzz/libcommon.a
	clang $$(FUZZ_FLAGS) -fsanitize=fuzzer $$^ $$(foreach s,$$(call fuzz_links,$(1)),$$(LIBS_$$(s))) $$(LIBS) -o $$@
$(B)/check/$(1): $(B)/check/tests/fuzz/$(1).o $(B)/check/tests/fuzz/replay.o $$(foreach s,$$(call fuzz_links,$(1)),$(B)/check/lib$$(s).a) $(B)/check/libcommon.a
	$$(CC) $$(SANITIZE) -pie $$^ $$(foreach s,$$(call fuzz_links,$(1)),$$(LIBS_$$(s))) $$(LIBS) -o $$@
endef
$(foreach f,$(FUZZERS),$(eval $(call fuzzer,$(f))))
$(B)/check/tests/fuzz/%.o $(B)/fuzz/tests/fuzz/%.o: CFLAGS += -Wno-missing-prototypes
replay: $(addprefix $(B)/check/,$(FUZZERS))
	@for f in $(FUZZERS); do $(B)/check/$$f tests/fuzz/corpus/$${f#fuzz_} || exit 1; done
T = 60
fuzz: packages-build+fuzz
	@$(MAKE) --no-print-directory -s -j2 $(addprefix $(B)/fuzz/,$(FUZZERS))
	@for f in $(FUZZERS); do \
	    echo "== $$f, $(T) s"; mkdir -p $(B)/corpus/$$f; \
	    $(B)/fuzz/$$f -max_total_time=$(T) -malloc_limit_mb=64 -rss_limit_mb=2048 -timeout=5 -print_final_stats=1 \
	        -artifact_prefix=$(B)/corpus/ $(B)/corpus/$$f tests/fuzz/corpus/$${f#fuzz_} > $(B)/corpus/$$f.log 2>&1 \
	        || { tail -40 $(B)/corpus/$$f.log; exit 1; }; \
	    grep -E 'number_of_executed_units|peak_rss' $(B)/corpus/$$f.log; done

# WebRTC clients light enough to load a Janus with 150 calls on two cores.
$(B)/load/rtc_load: $(call objects,$(B)/obj,$(wildcard tests/load/*.c)) $(B)/obj/libcommon.a ; @mkdir -p $(@D)
	$(CC) $(LDFLAGS) $^ -lssl -lcrypto -lsrtp2 $(LIBS) -o $@

.SECONDARY:
# Speed: ratios beside bare servers and libraries in the same run.
BENCHES = $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))
bench_links = $(shell sed -n 's,^/\* links: \(.*\) \*/,\1,p' tests/bench/$(1).c)
define bench_program
$(B)/bench/$(1): $(B)/obj/tests/bench/$(1).o $$(foreach s,$$(call bench_links,$(1)),$$(call objects,$(B)/obj,$$(call parts,$$(s)))) $(B)/obj/libcommon.a ; @mkdir -p $$(@D)
	$$(CC) $$(LDFLAGS) $$^ $$(foreach s,$$(call bench_links,$(1)),$$(LIBS_$$(s))) $$(LIBS) -o $$@
endef
$(foreach b,$(patsubst tests/bench/%.c,%,$(wildcard tests/bench/*.c)),$(eval $(call bench_program,$(b))))
bench: packages-build+run+bench
	@$(MAKE) --no-print-directory -s all $(BENCHES)
	@tests/bench/run

lint: packages-build+test+lint
	@clang-format --dry-run --Werror $(C_FILES) $(H_FILES) $(TEST_C) $(DOCS_C)
	tests/lint/check_includes
	@$(MAKE) --no-print-directory docs-check
	shellcheck $(SCRIPTS)
	yamllint --strict $(YAML)
	@echo cppcheck; cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --inline-suppr \
	    --suppress=missingIncludeSystem -D_GNU_SOURCE -I. $(CPPCHECK_LISTS) $(C_FILES)
	@$(MAKE) --no-print-directory -j2 tidy

# Without them it takes LIST_FOREACH for a call.
CPPCHECK_LISTS = --include=/usr/include/$(shell $(CC) -print-multiarch)/sys/queue.h
tidy: $(patsubst %.c,$(B)/tidy/%.ok,$(C_FILES))
$(B)/tidy/%.ok: %.c .clang-tidy ; @mkdir -p $(@D)
	@echo clang-tidy $<; clang-tidy --quiet --warnings-as-errors='*' $< -- -std=gnu17 -D_GNU_SOURCE -I. $(BRIDGE_CPPFLAGS) 2>/dev/null
	@touch $@
format: ; clang-format -i $(C_FILES) $(H_FILES) $(TEST_C) $(DOCS_C)

cover: packages-build+test+cover
	rm -rf $(B)/cover && $(MAKE) --no-print-directory B=$(B)/cover SANITIZE='-O0 --coverage' unit replay
	gcovr -r . --object-directory $(B)/cover -e tests/

screenshots: packages-build+run+test+screenshots
	@$(MAKE) --no-print-directory all
	$(PYTEST) tests/e2e/test_page.py
	cp $(B)/screenshots/talking-with-robot-wide-light.png docs/images/phone-wide.png
	cp $(B)/screenshots/incoming-narrow-dark.png docs/images/phone-narrow.png
# Pages of docs/ that are made: docs/NAME.md from docs/NAME.in and the tables of the program.
DOCS_C   = $(wildcard docs/*.[ch])
PAGES    = $(patsubst %.in,%.md,$(wildcard docs/*.in))
docs: $(B)/describe ; @for page in $(PAGES:.md=); do $< < $$page.in > $$page.md || exit 1; done
docs-check: $(B)/describe ; @for page in $(PAGES:.md=); do $< < $$page.in | diff $$page.md - || { echo "$$page.md is old: make docs"; exit 1; }; done
$(B)/describe: $(call objects,$(B)/obj,$(filter %.c,$(DOCS_C)) callsvc/call_state.c gateway/api.c $(SERVICES:=/options.c)) $(B)/obj/libcommon.a
	$(CC) $(LDFLAGS) $^ $(LIBS) -o $@

# Manual pages, from a template and the tables of settings.
VERSION  = $(shell sed -n 's/^.define DAPI_VERSION "\(.*\)"/\1/p' common/version.h)
MANUALS  = $(patsubst %,$(B)/man/dapi-%.8,$(SERVICES))
$(B)/man/dapi-%.8: deploy/man/service.8.in $(B)/describe common/version.h ; @mkdir -p $(@D)
	sed 's,{TITLE},$(shell echo 'dapi\-$*' | tr a-z A-Z),; s,{SERVICE},$*,g; s,{VERSION},$(VERSION),; s,{SYSCONFDIR},$(SYSCONFDIR),' $< | $(B)/describe > $@

# Where things are put; DESTDIR is before it all, for packages.
PREFIX     = /usr/local
SYSCONFDIR = /etc
install: packages-build
	@$(MAKE) --no-print-directory -s all $(MANUALS)
	@B=$(B) PREFIX=$(PREFIX) SYSCONFDIR=$(SYSCONFDIR) DESTDIR=$(DESTDIR) deploy/systemd/install

audio: packages-audio ; robotsvc/audio/make

images: ; @deploy/image/build
# On a Docker engine, for which packages are not enough.
test-cluster: packages-test ; @tests/cluster/run

-include $(shell find $(B) -name '*.d' 2>/dev/null)
clean: ; rm -rf $(B)
