# SPDX-License-Identifier: Apache-2.0
#
#   make                the programs, in build/release/bin            make demo     a whole network on this machine, for one day
#   make check          every test, as continuous integration does    make unit | sanitize | system | gates | sim | crash | orders | replay | thin | bench [QUICK=1]
#   CONFIG=sanitize     AddressSanitizer and UBSan                    CC=clang      the other compiler, in its own folder      V=1  whole commands
#
# navette-hub is server/*.c, navette-node is node/*.c, navette is node/cli/*.c; all stand on libio.a (io/*.c) and libcore.a (core/*/*.c).

CONFIG ?= release
BUILD ?= build
PREFIX ?= /usr/local
SEEDS ?= 2000
SEED ?= 1
DATA ?= $(if $(wildcard ../shared/data/transits-librarieswest),../shared/data/transits-librarieswest,$(BUILD)/sample)
DAYS ?=
JOBS ?= $(shell nproc)
Q = $(if $(V),,@echo "  $(subst $(B)/,,$@)";)
ifeq ($(origin CC),default)
CC := gcc
endif
B := $(BUILD)/$(CONFIG)$(if $(findstring clang,$(CC)),-clang)

# Flags: one stamp holds what every object was compiled with, one how the programs are linked, another what there is to link; any of them changing rebuilds what it concerns.
PACKAGES := libprotobuf-c libsodium libzstd libzmq uuid jansson popt inih yaz
# gcc's objects can be linked as they are, as tests are, or optimised as a whole, as the programs are. PLAIN=1: the programs as they are too, for who links them often.
WHOLE := $(if $(findstring release,$(CONFIG)),$(if $(findstring gcc,$(notdir $(CC))),-flto=auto))
# gcc 12 warns of code that it has inlined, and whose lengths are checked before.
WHOLE_LINK := $(if $(WHOLE),$(if $(PLAIN),-fno-lto,-Wno-stringop-overread))
FLAGS/release := -O2 -g $(if $(WHOLE),$(WHOLE) -ffat-lto-objects)
FLAGS/fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FLAGS/sanitize := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
INCLUDES := -Iinclude -Icore -I. -I$(B)/gen
COMPILE := $(CC) -std=c11 -D_GNU_SOURCE $(FLAGS/$(CONFIG)) $(INCLUDES) $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null) $(CFLAGS) -MMD -MP
LIBRARIES := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -llmdb -lhpdf -lzint -lm -lpthread
LINK := $(CC) $(FLAGS/$(CONFIG)) $(LDFLAGS) -Wl,--as-needed

CORE := $(wildcard core/*/*.c)
IO := $(wildcard io/*.c)
SERVER := $(wildcard server/*.c)
NODE := $(wildcard node/*.c)
CLI := $(wildcard node/cli/*.c)
LIB := $(wildcard tests/lib/*.c)
UNIT := $(wildcard tests/unit/test_*.c)
FUZZ := $(wildcard tests/fuzz/fuzz_*.c)
SIM := $(wildcard tests/sim/*.c)
REPLAY := $(wildcard tests/replay/*.c)
ORDERS := $(wildcard tests/oracle/*.c)
RECORD := tests/crash/record.c
CRASH := $(filter-out $(RECORD),$(wildcard tests/crash/*.c))
BENCH := $(wildcard tests/bench/*.c)
SEARCH := $(wildcard tests/bench/search/*.c)
SOURCES := $(CORE) $(IO) $(SERVER) $(NODE) $(CLI) $(LIB) $(UNIT) $(FUZZ) $(SIM) $(REPLAY) $(ORDERS) $(BENCH) $(SEARCH) $(CRASH) $(RECORD)
PROGRAMS := $(if $(wildcard server/main.c),navette-hub) $(if $(wildcard node/main.c),navette-node) $(if $(wildcard node/cli/main.c),navette)
UNITS := $(UNIT:tests/unit/%.c=$(B)/bin/tests/%)
CAMPAIGNS := $(if $(SIM),sim) $(if $(CRASH),crash) $(if $(REPLAY),replay) $(if $(ORDERS),orders) $(if $(BENCH),bench) $(if $(SEARCH),search)

# Stamps: a change of flags recompiles everything, a source that comes or goes archives and links again; otherwise nothing runs.
stamp = $(if $(filter-out $(shell cat $(1) 2>/dev/null | cksum),$(shell echo '$(strip $(2))' | cksum)),$(shell mkdir -p $(B); echo '$(strip $(2))' >$(1)))
ifeq ($(filter clean install-packages format check demo,$(MAKECMDGOALS)),)
$(call stamp,$(B)/flags,$(COMPILE) $(WARNINGS) $(LINK) $(LIBRARIES))
$(call stamp,$(B)/link,$(WHOLE_LINK))
$(call stamp,$(B)/sources,$(sort $(SOURCES)))
endif

.PHONY: all tests demo check unit system gates gates-red sim sim-long thin crash planted fuzz fuzz-run replay orders bench bench-import bench-search sanitize format install-packages install clean
.SECONDARY:
.DELETE_ON_ERROR:
all: $(patsubst %,$(B)/obj/lib%.a,core io server node cli) $(PROGRAMS:%=$(B)/bin/%)
tests: all $(UNITS) $(CAMPAIGNS:%=$(B)/bin/tests/%)

# What is generated, then every object: ours with all warnings as errors, the generated one without.
GENERATED := $(B)/gen/navette.pb-c.h
$(B)/gen/navette.pb-c.c: proto/navette.proto
	@mkdir -p $(@D)
	$(Q)protoc-c --proto_path=proto --c_out=$(@D) $<
$(GENERATED): $(B)/gen/navette.pb-c.c
	@touch $@
$(B)/obj/gen/%.o: $(B)/gen/%.c $(GENERATED) $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<
$(B)/obj/%.o: %.c $(B)/flags | $(GENERATED)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(WARNINGS) -c -o $@ $<

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))
$(B)/obj/libcore.a: $(call objects,$(CORE)) $(B)/obj/gen/navette.pb-c.o
$(B)/obj/libio.a: $(call objects,$(IO))
$(B)/obj/libserver.a: $(call objects,$(filter-out server/main.c,$(SERVER)))
$(B)/obj/libnode.a: $(call objects,$(filter-out node/main.c,$(NODE)))
$(B)/obj/libcli.a: $(call objects,$(filter-out node/cli/main.c,$(CLI)))
$(B)/obj/libtest.a: $(call objects,$(LIB))
$(B)/obj/%.a: $(B)/sources
	@mkdir -p $(@D); rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)

$(PROGRAMS:%=$(B)/bin/%): LINK += $(WHOLE_LINK)
$(PROGRAMS:%=$(B)/bin/%): $(B)/link
$(B)/bin/tests/%: LINK += $(if $(WHOLE),-fno-lto)
archives = $(patsubst %,$(B)/obj/lib%.a,$(1))
$(B)/bin/navette-hub: $(call objects,$(filter server/main.c,$(SERVER))) $(call archives,server io core)
$(B)/bin/navette-node: $(call objects,$(filter node/main.c,$(NODE))) $(call archives,node io core)
$(B)/bin/navette: $(call objects,$(filter node/cli/main.c,$(CLI))) $(call archives,cli io core)
$(B)/bin/tests/test_%: $(B)/obj/tests/unit/test_%.o $(call archives,test cli node server io core)
	@mkdir -p $(@D)
	$(Q)$(LINK) -Wl,-u,__wrap_malloc,--wrap=malloc,--wrap=calloc,--wrap=realloc -o $@ $^ -lcmocka $(LIBRARIES)
$(B)/bin/tests/sim: $(call objects,$(SIM)) $(call archives,test io core)
$(B)/bin/tests/sim: LINK += -Wl,--wrap=crypto_sign_verify_detached
$(B)/bin/tests/crash: $(call objects,$(CRASH)) $(B)/obj/tests/sim/random.o $(call archives,test node server io core)
$(B)/bin/tests/record.so: $(RECORD) tests/crash/trace.h $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -O2 -g $(INCLUDES) $(WARNINGS) -shared -fPIC -o $@ $<
$(B)/bin/tests/replay: $(call objects,$(REPLAY)) $(call archives,test node io core)
$(B)/bin/tests/orders: $(call objects,$(ORDERS)) $(call archives,test io core)
$(B)/bin/tests/search: $(call objects,$(SEARCH)) $(call archives,io core)
$(B)/bin/tests/bench: $(call objects,$(BENCH)) $(call archives,server io core)
$(PROGRAMS:%=$(B)/bin/%) $(CAMPAIGNS:%=$(B)/bin/tests/%):
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $(filter %.o %.a,$^) $(LIBRARIES)

$(B)/bin/tests/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(call archives,test server io core)
	@mkdir -p $(@D)
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $^ -lcmocka $(LIBRARIES)

# Tests. tests/run shows each one's name and time, what failed in full, and adds up.
RUN := NAVETTE_BIN=$(abspath $(B)/bin) NAVETTE_BUILD=$(B) CC=$(CC) tests/run
unit: $(UNITS)
	@TEST_JOBS=$(JOBS) $(RUN) $(UNITS)
system: all $(B)/bin/tests/replay # most of the time they wait for one another's processes
	@TEST_JOBS=$$(($(JOBS) + 1)) $(RUN) $(wildcard tests/system/*.py tests/system/*.sh tests/wire/test_*.py)
gates: all
	@TEST_JOBS=$(JOBS) $(RUN) $(wildcard tests/house/gate_*)
gates-red: all
	@$(RUN) tests/house/red
sanitize:
	@$(MAKE) --no-print-directory CONFIG=sanitize unit
sim: $(B)/bin/tests/sim
	@$< $(SEEDS) $(SEED)
sim-long: $(B)/bin/tests/sim
	@STOP=$(or $(STOP),1) DAYS=$(or $(DAYS),1) MINUTES=$(or $(MINUTES),60) $< $(SEEDS) $(SEED)
crash: all $(B)/bin/tests/crash $(B)/bin/tests/record.so
	@TEST_TIMEOUT=$(or $(TEST_TIMEOUT),3600) $(RUN) tests/crash/run
planted: all $(B)/bin/tests/sim $(B)/bin/tests/orders $(B)/bin/tests/crash $(B)/bin/tests/record.so
	@TEST_TIMEOUT=3600 TEST_JOBS=$(JOBS) $(RUN) tests/sim/planted/run tests/oracle/mutate tests/crash/planted/run tests/stick/planted/run
fuzz: export SECONDS_EACH ?= 10
fuzz:
	@$(MAKE) --no-print-directory CC=clang CONFIG=fuzz fuzz-run
fuzz-run: $(FUZZ:tests/fuzz/%.c=$(B)/bin/tests/%)
	@$(RUN) tests/fuzz/run
orders: $(B)/bin/tests/orders
	@$(RUN) tests/oracle/run
thin: export EVENTS ?= 50000
thin: export MISHAP_BYTES ?= 200000
thin: all
	@NAVETTE_BIN=$(abspath $(B)/bin) tests/system/test_catch_up.py
replay: all $(B)/bin/tests/replay $(filter $(BUILD)/sample,$(DATA))
	@NAVETTE_BIN=$(abspath $(B)/bin) tests/replay/run.py $(DATA) $(if $(DAYS),--days $(DAYS))
bench-import: all
	@NAVETTE_BIN=$(abspath $(B)/bin) tests/bench/import.py --out $(BUILD)/bench-import.json $(if $(ITEMS),--items $(ITEMS))
bench-search: $(B)/bin/tests/search
	@cd $(BUILD) && $(abspath $<) $(or $(TITLES),500000) $(SEED) bench-search.json && cat bench-search.json
bench: all $(B)/bin/tests/bench
	@$(B)/bin/tests/bench --hub $(B)/bin/navette-hub --movements "$(wildcard $(DATA)/movements-*.csv.gz)" --out $(BUILD)/bench.json $(if $(QUICK),--quick)
	@tests/bench/plot.py $(BUILD)/bench.json $(if $(QUICK),$(BUILD)/bench.svg,docs/bench.svg)
$(BUILD)/sample: tests/replay/sample.py
	@rm -rf $@; $< $@
check: install-packages
	@MAKE="$(MAKE) -j$(JOBS) --no-print-directory" tests/check

demo: install-packages
	@$(MAKE) -j$(JOBS) --no-print-directory all
	@PATH="$(abspath $(B)/bin):$$PATH" deploy/demo/run
install-packages:
	@deploy/packages $(if $(filter demo,$(MAKECMDGOALS)),run,run test)
format:
	clang-format -i $(SOURCES) $(wildcard include/navette/*.h core/*/*.h io/*.h server/*.h node/*.h node/cli/*.h tests/*/*.h)
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 755 $(PROGRAMS:%=$(B)/bin/%) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(wildcard deploy/completion/*) $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 644 $(wildcard deploy/*.service deploy/*.timer) $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed -i 's|=/usr/bin/|=$(PREFIX)/bin/|' $(patsubst deploy/%,$(DESTDIR)$(PREFIX)/lib/systemd/system/%,$(wildcard deploy/*.service))
	install -D -m 644 deploy/navette.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/navette.conf
	install -D -m 644 deploy/navette-backup.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/navette-backup.conf
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/navette README.md LICENSE $(wildcard deploy/*.ini)
clean:
	rm -rf $(BUILD)

-include $(patsubst %.c,$(B)/obj/%.d,$(SOURCES)) $(B)/obj/gen/navette.pb-c.d
