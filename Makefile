# muster - build, test and check. `make help` lists what there is.
#
# Two flavours are built from the same sources:
#   build/muster        the product: static, musl, stripped
#   build/debug/muster  for tests: the machine's own libc, asserts, address and undefined-behaviour sanitizers
# Third-party libraries are Debian source packages (deps.mk), built once per flavour into build/third-party/.

VERSION := 0.1.0
SIZE_LIMIT := 1310720

PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 60

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-builtin-variables
ifndef MUSTER_SERIAL
MAKEFLAGS += --jobs=$(shell nproc 2>/dev/null || echo 2)
endif

.PHONY: all
all: build/muster build/sbom.spdx.json

include build-aux/third-party.mk

# ---- what is compiled: one list per folder, one name a line, sorted -------------------------------------------------

BASE_SRCS := \
    arena \
    buf \
    clock \
    digest \
    err \
    fdio \
    file_content \
    json \
    json_scan \
    json_token \
    jsonw \
    log \
    match \
    name_table \
    pattern \
    pattern_match \
    pending_file \
    place \
    problem \
    signame \
    text \
    url

CONFIG_SRCS := \
    by_name \
    check \
    check_encoding \
    check_list \
    check_number \
    check_path \
    check_text \
    check_url \
    check_word \
    child_environment \
    condition \
    crosscheck \
    env_file \
    environment \
    expand \
    near_name \
    placeholder \
    profile \
    redact \
    redact_forms \
    resolve \
    settings \
    settle \
    shown \
    similar \
    source \
    types \
    unescape \
    value_file \
    well_known

PLAN_SRCS := \
    artifact_paths \
    builtin \
    check \
    definition \
    dependencies \
    expand_node \
    expand_process \
    expand_request \
    expand_step \
    file_path \
    graph \
    manifest \
    merge \
    names \
    read_action \
    read_artifact \
    read_condition \
    read_manifest \
    read_pairs \
    read_probe \
    read_probe_http \
    read_probe_tls \
    read_process \
    read_ready \
    read_relations \
    read_retry \
    read_service \
    read_step \
    read_test \
    read_type_rules \
    read_variable \
    reader \
    reference \
    target \
    variable_cycles \
    variable_index \
    variable_uses \
    wait \
    wait_target

ENGINE_SRCS := \
    action \
    alarm \
    attempt \
    backoff \
    engine \
    group \
    hope \
    job \
    line \
    outcome \
    pace \
    process \
    question \
    restart \
    retry \
    rollback \
    service \
    states \
    step \
    stop

WIRE_SRCS := \
    channel \
    instructions \
    messages \
    recorder_answer

SETUP_SRCS := \
    action_instructions \
    artifact \
    attributes \
    before_image \
    chain \
    content \
    control \
    drift \
    entry \
    facts \
    file_action \
    file_change \
    file_copy \
    file_error \
    file_link \
    history \
    history_apply \
    history_store \
    image_list \
    image_sweep \
    journal \
    journal_compact \
    journal_lines \
    journal_open \
    logfile \
    measure \
    output \
    pool \
    recorder \
    replace \
    restore \
    safe_path \
    snapshot \
    statedir \
    template \
    tree \
    tree_copy \
    tree_remove \
    tree_scan \
    tree_verify

REPORT_SRCS := \
    artifact_facts \
    config_docs \
    config_ere \
    config_example \
    config_explain \
    config_known \
    config_lint \
    config_pattern \
    config_range \
    config_schema \
    config_sources \
    config_text \
    config_uses \
    entities \
    paint \
    problem_json \
    status \
    terminal \
    terminal_config \
    terminal_line \
    terminal_outcome \
    terminal_steps \
    view

CORE_SRCS := \
    accounts \
    actions \
    bringup \
    capability \
    children \
    ending \
    footprint \
    handover \
    helpers \
    load \
    local_probe \
    loop \
    main_options \
    main_process \
    notify \
    notify_text \
    own_process \
    privilege \
    privilege_apply \
    reaper \
    run_child \
    secrets \
    session \
    signals \
    spawn \
    step_journal \
    step_past \
    step_rollback \
    step_undo \
    steps \
    supervise

COMMAND_SRCS := \
    catatonit \
    check \
    config \
    config_check \
    config_explain \
    config_words \
    config_write \
    dumb_init \
    option_rows \
    options \
    personality \
    plan \
    print \
    processes \
    rollback \
    run \
    state_file \
    status \
    step \
    tini \
    verify \
    verify_list \
    version \
    wait

PROBES_SRCS := \
    attempt \
    attempt_talk \
    attempt_target \
    deadlines \
    dns \
    download \
    fetch \
    grpc_answer \
    grpc_talk \
    hpack \
    http \
    http_answer \
    http_request \
    knock \
    knocking \
    mysql_talk \
    postgres_talk \
    prober \
    redis \
    redis_error \
    redis_reply \
    sandbox \
    talk \
    talking \
    target \
    tcp \
    tls \
    tls_identity \
    verdict \
    watches \
    websocket

UNIT_SRCS := \
    main \
    action_rig \
    document \
    engine_rig \
    file_fixture \
    journal_rig \
    privilege_run \
    resolve_rig \
    run_fixture \
    test_accounts \
    test_arena \
    test_artifact \
    test_backoff \
    test_before_image \
    test_buf \
    test_builtin \
    test_capability \
    test_channel \
    test_check_list \
    test_check_number \
    test_check_path \
    test_check_text \
    test_clock \
    test_condition \
    test_config_docs \
    test_config_ere \
    test_config_example \
    test_config_range \
    test_content \
    test_control \
    test_crosscheck \
    test_deadlines \
    test_digest \
    test_drift \
    test_engine \
    test_entities \
    test_env_file \
    test_environment \
    test_err \
    test_expand \
    test_fdio \
    test_file_action \
    test_file_copy \
    test_graph \
    test_group \
    test_grpc_talk \
    test_history \
    test_hpack \
    test_image_list \
    test_image_sweep \
    test_instructions \
    test_journal \
    test_journal_lines \
    test_json \
    test_jsonw \
    test_knocking \
    test_line \
    test_local_probe \
    test_logfile \
    test_main_options \
    test_manifest \
    test_match \
    test_merge \
    test_messages \
    test_mistakes \
    test_mysql_talk \
    test_name_table \
    test_notified \
    test_notify_text \
    test_options \
    test_outcome \
    test_output \
    test_pace \
    test_pattern \
    test_personality \
    test_placeholder \
    test_pool \
    test_postgres_talk \
    test_privilege \
    test_privilege_apply \
    test_privilege_verify \
    test_probe_verdicts \
    test_problem \
    test_processes \
    test_profile \
    test_read_step \
    test_read_variable \
    test_recorder \
    test_redact \
    test_redis_reply \
    test_resolve \
    test_restart \
    test_resume \
    test_retry \
    test_rollback_engine \
    test_safe_path \
    test_service \
    test_service_ready \
    test_settle \
    test_shallow \
    test_signame \
    test_similar \
    test_skip \
    test_source \
    test_spawn \
    test_statedir \
    test_states \
    test_status \
    test_step \
    test_stop \
    test_template \
    test_terminal \
    test_text \
    test_told \
    test_tree \
    test_types \
    test_url \
    test_wait \
    value_case

# Everything of init/ but main.c: what unit tests and fuzzers link.
INIT_SRCS := \
    $(BASE_SRCS:%=init/base/%.c) \
    $(CONFIG_SRCS:%=init/config/%.c) \
    $(PLAN_SRCS:%=init/plan/%.c) \
    $(ENGINE_SRCS:%=init/engine/%.c) \
    $(WIRE_SRCS:%=init/wire/%.c) \
    $(SETUP_SRCS:%=init/setup/%.c) \
    $(REPORT_SRCS:%=init/report/%.c) \
    $(CORE_SRCS:%=init/core/%.c) \
    $(COMMAND_SRCS:%=init/command/%.c)
PROBE_SRCS := $(PROBES_SRCS:%=probes/%.c)
MODULE_SRCS := $(INIT_SRCS) $(PROBE_SRCS)
SRCS := init/main.c init/core/entry.c $(MODULE_SRCS)
UNIT_FILES := $(UNIT_SRCS:%=tests/unit/%.c)
SIM_FILES := tests/sim/check_steps.c tests/sim/scale.c tests/sim/sim.c tests/sim/world.c tests/sim/world_steps.c \
    init/wire/messages.c $(ENGINE_SRCS:%=init/engine/%.c) \
    $(patsubst %,init/base/%.c,arena buf clock err log text)
FUZZ_FILES := $(sort $(wildcard tests/fuzz/fuzz_*.c))

# ---- packages of the build machine, installed when they are missing -------------------------------------------------

UNIT_PACKAGES := check
TEST_PACKAGES := catatonit dnsmasq-base dumb-init mariadb-client-core mariadb-server-core nginx-light openssl postgresql procps \
    python3 python3-grpcio python3-jsonschema python3-websockets redis-server strace tini util-linux
DEMO_PACKAGES := redis-server nginx-light procps python3 python3-websockets util-linux
LINT_PACKAGES := clang clang-format clang-tidy cppcheck pmccabe shellcheck
FUZZ_PACKAGES := clang libclang-rt-dev

# What the build itself needs is listed in build-aux/third-party.mk.
.PHONY: unit-tools test-tools demo-tools lint-tools fuzz-tools
unit-tools: | tools
	@build-aux/need-packages $(UNIT_PACKAGES)
test-tools: | unit-tools
	@build-aux/need-packages $(TEST_PACKAGES)
demo-tools: | tools
	@build-aux/need-packages $(DEMO_PACKAGES)
lint-tools: | unit-tools
	@build-aux/need-packages $(LINT_PACKAGES)
fuzz-tools: | unit-tools
	@build-aux/need-packages $(FUZZ_PACKAGES)

# ---- flags ----------------------------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wformat=2 -Wvla \
    -Wimplicit-fallthrough -Wundef -Wcast-qual -Wcast-align -Wpointer-arith -Wwrite-strings -Wredundant-decls \
    -Wnested-externs -Wdate-time -Wno-missing-field-initializers
GCC_WARNINGS := -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wnull-dereference
COMMON_FLAGS := -std=gnu11 -D_GNU_SOURCE -I. -fstack-protector-strong -fno-common -ffunction-sections \
    -fdata-sections $(WARNINGS)

MUSL_CC := $(TP_MUSL)/bin/musl-gcc
MUSL_CFLAGS := -Os -DNDEBUG -fno-pie -isystem $(TP_MUSL)/include -fno-asynchronous-unwind-tables -fno-unwind-tables \
    -ffile-prefix-map=$(CURDIR)/= $(COMMON_FLAGS) $(GCC_WARNINGS)

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
DEBUG_CC := gcc
DEBUG_CFLAGS := -g -O1 -fPIE -DMUSTER_SANITIZED=1 -isystem $(TP_DEBUG)/include -fno-omit-frame-pointer $(SANITIZE) \
    $(COMMON_FLAGS) $(GCC_WARNINGS)

LIB_NAMES := curl mbedtls mbedx509 mbedcrypto cares hiredis seccomp cjson nettle
UNIT_LIBS := -lcheck -lsubunit -lm -lrt -lpthread

# ---- the product ----------------------------------------------------------------------------------------------------

MUSL_OBJS := $(SRCS:%.c=build/musl/%.o) build/musl/gen/version_info.o
# What a waiting init runs through. Linked last, beside the C library: the kernel maps 64 KiB around every touched page.
WAITING_OBJS := $(patsubst %,build/musl/init/%.o,base/clock core/ending core/footprint core/main_process core/signals \
    core/spawn core/supervise)
DEBUG_OBJS := $(MODULE_SRCS:%.c=build/debug/%.o) build/debug/gen/version_info.o

# At a fixed address, like Debian's tini-static and catatonit: tables of pointers are then constants in read-only memory,
# not two thousand relocations to carry out before the first signal is blocked (docs/decisions/0001-fixed-address.md).
STATIC := -static -no-pie -Wl,-e,entry_start,-z,noexecstack,--gc-sections,--build-id=none

build/muster: build/musl/muster.unstripped build-aux/check-binary
	@strip -s -R .comment -o $@.tmp $<
	@build-aux/check-binary $@.tmp $(SIZE_LIMIT)
	@mv $@.tmp $@

build/musl/muster.unstripped: $(MUSL_OBJS)
	@echo "  link         $@"
	@$(MUSL_CC) $(STATIC) -o $@ $(filter-out $(WAITING_OBJS),$(MUSL_OBJS)) -L$(TP_MUSL)/lib $(LIB_NAMES:%=-l%) $(WAITING_OBJS)

build/musl/%.o: %.c $(MUSL_STAMPS)
	@mkdir -p $(@D)
	@echo "  cc           $<"
	@$(MUSL_CC) $(MUSL_CFLAGS) -MMD -MP -c -o $@ $<

build/musl/gen/%.o: build/gen/%.c $(MUSL_STAMPS)
	@mkdir -p $(@D)
	@$(MUSL_CC) $(MUSL_CFLAGS) -MMD -MP -c -o $@ $<

# The prober's system calls, for each kind of build.
build/gen/gen-filter: build-aux/gen-filter.c $(MUSL_STAMPS)
	@mkdir -p $(@D)
	@$(MUSL_CC) $(MUSL_CFLAGS) -static -no-pie -o $@ $< -L$(TP_MUSL)/lib -lseccomp

build/gen/prober_filter.h: build/gen/gen-filter
	@build/gen/gen-filter > $@

$(foreach kind,musl debug fuzz lint/gcc,build/$(kind)/probes/sandbox.o): build/gen/prober_filter.h

build/gen/version_info.c: build-aux/gen-version Makefile $(DEPS:%=$(TP)/sources/%)
	@mkdir -p $(@D)
	@build-aux/gen-version $(VERSION) $(DEPS:%=$(TP)/sources/%) >$@

build/sbom.spdx.json: build-aux/gen-sbom Makefile deps.mk $(DEPS:%=$(TP)/sources/%)
	@mkdir -p $(@D)
	@build-aux/gen-sbom $(VERSION) $(DEPS:%=$(TP)/sources/%) >$@

# The embedded manifests come in by .incbin, which -MMD does not see.
EMBEDDED := $(wildcard init/plan/*.json)
build/musl/init/plan/builtin.o build/debug/init/plan/builtin.o build/fuzz/init/plan/builtin.o: $(EMBEDDED)

# ---- the debug flavour and what runs on it --------------------------------------------------------------------------

.PHONY: debug unit objects
debug: build/debug/muster
unit: build/debug/unit
	build/debug/unit

objects: $(patsubst %.c,build/musl/%.o,$(wildcard $(SRCS)))

build/debug/muster: build/debug/init/main.o $(DEBUG_OBJS)
	@echo "  link         $@"
	@$(DEBUG_CC) $(SANITIZE) -o $@ $^ -L$(TP_DEBUG)/lib $(LIB_NAMES:%=-l%)

build/debug/unit: $(UNIT_FILES:%.c=build/debug/%.o) $(DEBUG_OBJS) | unit-tools
	@echo "  link         $@"
	@$(DEBUG_CC) $(SANITIZE) -o $@ $^ -L$(TP_DEBUG)/lib $(LIB_NAMES:%=-l%) $(UNIT_LIBS)

# Linked with nothing but what it may need: the engine is pure.
build/debug/sim: $(SIM_FILES:%.c=build/debug/%.o)
	@echo "  link         $@"
	@$(DEBUG_CC) $(SANITIZE) -o $@ $^

build/debug/tests/%.o: tests/%.c $(DEBUG_STAMPS) | unit-tools
	@mkdir -p $(@D)
	@echo "  cc (debug)   $<"
	@$(DEBUG_CC) $(DEBUG_CFLAGS) $(TEST_WARNINGS) -MMD -MP -c -o $@ $<

build/debug/%.o: %.c $(DEBUG_STAMPS) | unit-tools
	@mkdir -p $(@D)
	@echo "  cc (debug)   $<"
	@$(DEBUG_CC) $(DEBUG_CFLAGS) -MMD -MP -c -o $@ $<

build/debug/gen/%.o: build/gen/%.c $(DEBUG_STAMPS)
	@mkdir -p $(@D)
	@$(DEBUG_CC) $(DEBUG_CFLAGS) -MMD -MP -c -o $@ $<

# ---- fuzzing --------------------------------------------------------------------------------------------------------

FUZZ_FLAGS = -g -O1 -fPIE -DMUSTER_SANITIZED=1 -isystem $(TP_DEBUG)/include -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=all $(COMMON_FLAGS)
FUZZ_OBJS := $(MODULE_SRCS:%.c=build/fuzz/%.o) build/fuzz/gen/version_info.o
FUZZERS := $(FUZZ_FILES:tests/fuzz/%.c=build/fuzz/%)

# Not intermediate files that make would remove.
.SECONDARY: $(FUZZ_OBJS) $(FUZZ_FILES:%.c=build/fuzz/%.o)

.PHONY: fuzz
fuzz: $(FUZZERS)
	@build-aux/run-fuzzers $(FUZZ_SECONDS) $(FUZZERS)

build/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o $(FUZZ_OBJS)
	@clang -fsanitize=fuzzer,address,undefined -o $@ $^ -L$(TP_DEBUG)/lib $(LIB_NAMES:%=-l%)

build/fuzz/gen/%.o: build/gen/%.c $(DEBUG_STAMPS) | fuzz-tools
	@mkdir -p $(@D)
	@clang $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<

build/fuzz/%.o: %.c $(DEBUG_STAMPS) | fuzz-tools
	@mkdir -p $(@D)
	@echo "  cc (fuzz)    $<"
	@clang $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<

# ---- tests, demo, measurements --------------------------------------------------------------------------------------

.PHONY: test demo sim bench bench-init bench-config bench-hash bench-wait
test: build/muster build/sbom.spdx.json build/debug/muster build/debug/unit build/debug/sim | test-tools
	@tests/run

demo: build/muster | demo-tools
	@compose/demo

sim: build/debug/sim
	build/debug/sim

bench: build/muster | demo-tools
	@tests/bench/run

bench-init: build/muster | test-tools
	@tests/bench/init

bench-wait: build/muster build/bench-wait | demo-tools
	@build-aux/fetch-peers build/peers
	@tests/bench/wait

build/bench-wait: tests/bench/wait.c
	@echo "  cc           $@"
	@$(DEBUG_CC) -O2 -D_GNU_SOURCE -o $@ $<

bench-config: build/muster build/musl/bench-config | tools
	@tests/bench/config

bench-hash: build/musl/bench-hash | test-tools
	@tests/bench/hash

build/musl/bench-%: tests/bench/%.c $(filter-out %/init/main.o %/core/entry.o,$(MUSL_OBJS))
	@echo "  link         $@"
	@$(MUSL_CC) $(MUSL_CFLAGS) -static -no-pie -Wl,--gc-sections -o $@ $^ -L$(TP_MUSL)/lib $(LIB_NAMES:%=-l%)

# ---- checks ---------------------------------------------------------------------------------------------------------

include tests/lint/lint.mk

.PHONY: repro
repro: $(TP)/fetched
	@build-aux/repro

# ---- the rest -------------------------------------------------------------------------------------------------------

.PHONY: install clean distclean help
install: build/muster
	install -D -m 755 build/muster $(DESTDIR)$(PREFIX)/bin/muster

clean:
	rm -rf build/muster build/musl build/debug build/fuzz build/lint build/gen build/repro build/sbom.spdx.json

distclean:
	rm -rf build

help:
	@build-aux/help

-include $(wildcard $(MUSL_OBJS:.o=.d) $(DEBUG_OBJS:.o=.d) build/debug/init/main.d \
    $(UNIT_FILES:%.c=build/debug/%.d) $(SIM_FILES:%.c=build/debug/%.d) $(FUZZ_OBJS:.o=.d) $(FUZZ_FILES:%.c=build/fuzz/%.d))
