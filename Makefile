# marshal - `make help` lists what can be made. Every mode builds in its own folder.
MODE ?= release
B    := build/$(MODE)
PKGS := libssh2 libcurl sqlite3 libuv jansson yaml-0.1 libssl libcrypto smartcols libical expat krb5-gssapi krb5
DIRS := lib/base lib/calendar lib/transport lib/transport/ssh lib/transport/winrm lib/store lib/store/engine inventory scanner scanner/checks scanner/doctor scanner/explain scanner/facts scanner/keys scanner/policy \
	upgrader upgrader/job upgrader/wsb reports
SRC  := $(sort $(wildcard $(addsuffix /*.c,$(DIRS))))
PS1  := $(sort $(wildcard $(addsuffix /*.ps1,$(DIRS))))
SQL  := $(sort $(wildcard lib/store/schema/*.sql))
PAGE := reports/page.css reports/page.js
OBJ  := $(SRC:%.c=$(B)/%.o) $(B)/lib/store/schema.o $(B)/lib/transport/scripts.o $(B)/reports/page.o
LIB  := $(B)/libmarshal.a
TST  := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/unit/*.c tests/unit/*/*.c)))
SIM  := $(patsubst %.c,$(B)/%.o,$(sort $(filter-out %/backlog.c %/turnclock.c %/crash.c,$(wildcard tests/fleet/*.c))))
WSM  := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/fleet/wsman/*.c)))
FUZZ := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
DOCDIR ?= $(PREFIX)/share/doc/marshal
MANDIR ?= $(PREFIX)/share/man

# what this compiler has of hardening, asked once; lint reads the program and says what is missing
ifeq ($(MODE),release)
has = $(shell $(CC) -Werror $(1) -O2 -c -include stdio.h -x c /dev/null -o /dev/null 2>/dev/null && echo '$(1)')
HARD := $(call has,-fcf-protection=full) $(call has,-fstack-clash-protection) \
	$(or $(call has,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3),-D_FORTIFY_SOURCE=2)
endif
OPT_release := -O2 -g -fstack-protector-strong $(HARD)
OPT_debug := -O0 -g3
OPT_asan  := -O1 -g3 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT_cov   := -O0 -g --coverage
OPT_fuzz  := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link
ifeq ($(MODE),fuzz)
CC := clang
endif
override CPPFLAGS += -I. -Ilib -D_GNU_SOURCE $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
override CFLAGS   += -std=c11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
                     -Wvla $(WERROR) $(OPT_$(MODE)) -fPIE -MMD -MP
override LDFLAGS  += -pie -Wl,-z,relro,-z,now,-z,noexecstack
LIBS  = $(shell pkg-config --libs $(PKGS)) -lpthread

all: $(B)/marshal                       ## build the program; build/marshal points to the newest
	@ln -sfn $(MODE)/marshal build/marshal
$(B)/marshal: $(B)/main.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@
$(LIB): $(OBJ)
	@rm -f $@
	$(AR) rcs $@ $^
$(B)/check: $(TST) $(LIB)                # its tests turn the clock (tests/unit/unit.h), and look at secrets (base/test_secret.c)
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--wrap=clock_now_ms,--wrap=clock_boot_ms,--wrap=munmap $^ $(shell pkg-config --libs check) $(LIBS) -o $@
# for the scenarios of the transport
$(B)/callhost: $(B)/tests/tools/callhost.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--wrap=connect $^ $(LIBS) -o $@
# a year of history for the bench
$(B)/year: $(B)/tests/bench/year.o $(B)/tests/unit/scanner/answers.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@
# simhost is started once a call: it links what it uses and nothing else
$(B)/simhost: $(SIM) $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ $(shell pkg-config --libs jansson libcrypto) -o $@
# the same servers as WinRM shows them, tests/fleet/wsman
$(B)/winrmhost: $(WSM) $(B)/tests/fleet/state.o $(B)/tests/fleet/settle.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ $(shell pkg-config --libs libmicrohttpd krb5-gssapi expat libuv jansson libcrypto) -o $@
$(B)/%.so: tests/fleet/%.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -O2 -fPIC -shared $< -ldl -o $@
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@
$(B)/%.o: $(B)/%.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@
$(B)/lib/store/schema.c: scripts/literal.awk scripts/sql2c.awk $(SQL)
$(B)/lib/transport/scripts.c: scripts/literal.awk scripts/sent.awk scripts/ps2c.awk lib/transport/scripts.txt $(PS1)
$(B)/reports/page.c: scripts/literal.awk scripts/embed.awk $(PAGE)
$(B)/reports/page.c: DECLARED := reports/html.h
$(B)/lib/store/schema.c $(B)/lib/transport/scripts.c $(B)/reports/page.c:
	@mkdir -p $(@D)
	LC_ALL=C awk -v header=$(or $(DECLARED),$(@:$(B)/%.c=%.h)) $(addprefix -f ,$(filter %.awk,$^)) \
		$(filter-out %.awk,$^) >$@.tmp && mv $@.tmp $@

simhost: $(B)/simhost $(B)/backlog.so $(B)/turnclock.so $(B)/crash.so ## the simulated server, tests/fleet
	@ln -sfn $(MODE)/simhost build/simhost
winrmhost: $(B)/winrmhost $(B)/simhost   ## the simulated server behind WinRM, tests/fleet/wsman
	@ln -sfn $(MODE)/winrmhost build/winrmhost
year: $(B)/year                         ## fills a database with a year of scans, tests/bench/history
	@ln -sfn $(MODE)/year build/year
check: $(B)/check                       ## unit tests only (one suite: CK_RUN_SUITE=session)
	$<
test:                                   ## install what testing needs, build, run every test
	scripts/install-deps test
	@echo "building build/$(MODE) ..."
	@$(MAKE) -s all simhost year $(B)/check
	tests/run
quick:                                  ## in a minute: lint of what changed, unit tests, the command line
	@$(MAKE) -s all simhost year $(B)/check $(FUZZ:%=$(B)/tests/fuzz/%.o)
	scripts/lint
	tests/run units commandline lint probe_print
# Straight only: keys (keys_bastion is those of a bastion, keys_winrm certificates), scan_credentials (a bastion of the fleet
# has the user and key of its servers, and rejects them in their place: bastion_faults, scan_passwords), scan_demo (its servers are
# ways in themselves; winrm_demo) and upgrade_killed (no way at all: it is about the database). Not over WinRM: scan_hostkeys, for who
# answers there shows a certificate (winrm_trust, transport_winrm).
soak:                                   ## what takes too long for every day: all pairs of two controllers, all options, every kill (SEED=, HOSTS= of the storm), all behind a bastion and over WinRM
	@$(MAKE) -s all simhost winrmhost
	@SOAK=1 SCENARIO_LIMIT=3600 tests/run two_controllers options bastion_codes transport_bastion transport_bad_bastion \
		upgrade_database upgrade_faults upgrade_killed upgrade_storm conformance_cultures
	@SOAK=1 SCENARIO_LIMIT=3600 FLEET_WAY=bastion tests/run scan_as_system scan_deep scan_facts scan_fleet \
		scan_hostile scan_hostkeys scan_import scan_keys scan_stop scan_wrong test_wsb upgrade upgrade_clean upgrade_download \
		upgrade_database upgrade_faults upgrade_plan upgrade_restore upgrade_resume upgrade_stage upgrade_storm upgrade_windows two_controllers
	@SOAK=1 SCENARIO_LIMIT=3600 FLEET_WAY=winrm tests/run scan_as_system scan_deep scan_facts scan_fleet \
		scan_hostile scan_import scan_keys scan_stop scan_wrong test_wsb upgrade upgrade_clean upgrade_database upgrade_download upgrade_plan \
		upgrade_faults upgrade_restore upgrade_resume upgrade_stage upgrade_storm upgrade_windows two_controllers

demo:                                   ## play the main job on a simulated fleet of 50 servers
	scripts/install-deps
	@echo "building build/$(MODE) ..."
	@$(MAKE) -s all simhost winrmhost
	scripts/demo
bench:                                  ## the figures of the documentation, beside pdsh, clush and parallel-ssh
	scripts/install-deps bench
	@echo "building build/$(MODE) ..."
	@$(MAKE) -s all simhost winrmhost year
	tests/bench/bench
lint:                                   ## format, lengths, layers, banned calls, SQL, cppcheck, shellcheck: of what changed
	scripts/lint
fuzz:                                   ## every fuzz target for FUZZ_SECONDS (20) each
	scripts/install-deps fuzz
	$(MAKE) MODE=fuzz fuzz-targets
	scripts/fuzz build/fuzz $(FUZZ)
fuzz-targets: $(FUZZ:%=$(B)/%)
$(B)/fuzz_facts: $(B)/tests/unit/scanner/answers.o
$(B)/fuzz_db: $(B)/tests/unit/reports/hostile.o $(B)/tests/unit/store/rows.o
$(B)/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(LIB)
	$(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) $(filter %.o,$^) $(LIB) $(LIBS) -o $@
coverage:                               ## lines covered by the unit tests, a file each
	scripts/install-deps test
	$(MAKE) MODE=cov build/cov/check
	scripts/coverage build/cov
man: $(B)/marshal.1                      ## the manual page, build/MODE/marshal.1
$(B)/marshal.1: docs/marshal.1.scd $(B)/marshal
	{ cat docs/marshal.1.scd; echo; $(B)/marshal manual; } | scdoc >$@.tmp && mv $@.tmp $@
install: all man                        ## install below $(DESTDIR)$(PREFIX)
	install -D -m 755 $(B)/marshal $(DESTDIR)$(BINDIR)/marshal
	install -D -m 644 $(B)/marshal.1 $(DESTDIR)$(MANDIR)/man1/marshal.1
	install -d $(DESTDIR)$(DOCDIR)
	install -m 644 README.md $(wildcard docs/*.md) $(DESTDIR)$(DOCDIR)
clean:                                  ## remove build/
	rm -rf build
help:                                   ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: all simhost winrmhost year check test quick soak demo bench lint fuzz fuzz-targets coverage man install clean help
.DELETE_ON_ERROR:
.SECONDARY:
-include $(B)/tests/tools/callhost.d $(B)/tests/bench/year.d $(OBJ:.o=.d) $(TST:.o=.d) $(SIM:.o=.d) $(WSM:.o=.d) $(FUZZ:%=$(B)/tests/fuzz/%.d) $(B)/main.d
