# The checks of the sources; part of the Makefile. Each check is one script here, or one compiler run per file that
# leaves a stamp in build/lint/, so that a second `make lint` looks only at what changed.

LINT_TEST_FILES := $(sort $(wildcard tests/unit/*.c tests/fuzz/*.c tests/sim/*.c tests/bench/*.c tests/helpers/*.c \
    tests/tools/*.c))
LINT_HEADERS := $(sort $(wildcard init/*.h init/*/*.h probes/*.h tests/*/*.h))
LINT_SRCS := $(wildcard $(SRCS))
LINT_FILES := $(LINT_SRCS) $(LINT_TEST_FILES)
LINT_OBJS := $(LINT_SRCS:%.c=build/lint/gcc/%.o) build/lint/gcc/gen/version_info.o
LINT_TEXTS = $(wildcard $(shell git ls-files --cached --others --exclude-standard 2>/dev/null || \
    find * -path build -prune -o -type f -print))
CHECKS := gcc clang format layers lists banned size symbols tidy cppcheck scripts

.PHONY: lint $(CHECKS:%=lint-%) lint-one format
lint: $(CHECKS:%=lint-%)
	@echo "lint: nothing to complain about"

# The checks of one file while it is being written.
lint-one: build/lint/gcc/$(F:.c=.o) build/lint/clang/$(F:.c=.ok) build/lint/tidy/$(F:.c=.ok)
	@tests/lint/format $(F)
	@tests/lint/layers init/layers.txt $(F)
	@tests/lint/banned $(F)
	@tests/lint/size $(F)

format:
	@tests/lint/format --fix $(or $(F),$(LINT_FILES) $(LINT_HEADERS))

# gcc, with the flags of the product; the objects serve lint-symbols.
lint-gcc: $(LINT_OBJS) $(LINT_TEST_FILES:%.c=build/lint/gcc/%.ok)
build/lint/gcc/%.o: %.c $(MUSL_STAMPS) | lint-tools
	@mkdir -p $(@D)
	@$(MUSL_CC) $(MUSL_CFLAGS) -Werror -MMD -MP -c -o $@ $<
build/lint/gcc/gen/%.o: build/gen/%.c $(MUSL_STAMPS)
	@mkdir -p $(@D)
	@$(MUSL_CC) $(MUSL_CFLAGS) -Werror -MMD -MP -c -o $@ $<
build/lint/gcc/tests/%.ok: tests/%.c $(DEBUG_STAMPS) | lint-tools
	@mkdir -p $(@D)
	@$(DEBUG_CC) $(DEBUG_CFLAGS) $(TEST_WARNINGS) -Werror -MMD -MP -MT $@ -MF $(@:.ok=.d) -fsyntax-only $<
	@touch $@
build/lint/gcc/init/plan/builtin.o: $(EMBEDDED)

# Tests build argument lists from literals and feed values that no enum has.
TEST_WARNINGS := -Wno-write-strings

# clang, which warns about other things.
CLANG_FLAGS = -isystem $(TP_DEBUG)/include $(COMMON_FLAGS) -Wthread-safety -Wcomma -Wunreachable-code \
    -Wconditional-uninitialized -Wassign-enum -Wbitfield-enum-conversion -Wno-unknown-warning-option
lint-clang: $(LINT_FILES:%.c=build/lint/clang/%.ok)
build/lint/clang/%.ok: %.c $(DEBUG_STAMPS) | lint-tools
	@mkdir -p $(@D)
	@clang $(CLANG_FLAGS) $(if $(filter tests/%,$<),$(TEST_WARNINGS) -Wno-assign-enum) -Werror -MMD -MP -MT $@ -MF $(@:.ok=.d) -fsyntax-only $<
	@touch $@

# Static analysis, after the compilers have nothing to say.
TIDY_CHECKS := bugprone-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,clang-analyzer-*
TIDY_CHECKS := $(TIDY_CHECKS),-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling
TIDY_CHECKS := $(TIDY_CHECKS),-clang-analyzer-optin.performance.Padding,-bugprone-not-null-terminated-result
TIDY_CHECKS := $(TIDY_CHECKS),-bugprone-implicit-widening-of-multiplication-result
TIDY_CHECKS := $(TIDY_CHECKS),-bugprone-narrowing-conversions,-bugprone-branch-clone,cert-err34-c,cert-flp30-c
TIDY_CHECKS := $(TIDY_CHECKS),misc-redundant-expression,readability-misleading-indentation
TIDY_CHECKS := $(TIDY_CHECKS),readability-duplicate-include,readability-inconsistent-declaration-parameter-name
lint-tidy: $(LINT_SRCS:%.c=build/lint/tidy/%.ok)
build/lint/tidy/%.ok: build/lint/clang/%.ok tests/lint/lint.mk
	@mkdir -p $(@D)
	@clang-tidy --quiet --warnings-as-errors='*' --checks='-*,$(TIDY_CHECKS)' --header-filter='^(init|probes)/' \
	    $(@:build/lint/tidy/%.ok=%.c) -- $(CLANG_FLAGS) >$(@:.ok=.log) 2>&1 || \
	    { grep -vE 'warnings? (generated|treated)|^Suppressed|^Use -' $(@:.ok=.log); exit 1; }
	@touch $@

# What cppcheck gets wrong or the compilers judge better.
CPPCHECK_QUIET := missingInclude missingIncludeSystem internalAstError arrayIndexThenCheck autoVariables uninitvar \
    invalidPrintfArgType_uint invalidPrintfArgType_sint
lint-cppcheck: | lint-tools
	@mkdir -p build/lint/cppcheck
	@cppcheck --quiet --enable=warning,performance,portability --std=c11 -j 2 -I. --inline-suppr \
	    --cppcheck-build-dir=build/lint/cppcheck \
	    $(CPPCHECK_QUIET:%=--suppress=%) \
	    --error-exitcode=1 $(LINT_SRCS)

lint-format: | lint-tools
	@tests/lint/format $(LINT_FILES) $(LINT_HEADERS)
lint-layers:
	@tests/lint/layers init/layers.txt $(LINT_SRCS) $(filter init/% probes/%,$(LINT_HEADERS))
lint-lists:
	@tests/lint/lists $(SRCS) $(UNIT_FILES)
lint-banned:
	@tests/lint/banned $(sort $(LINT_TEXTS) $(LINT_FILES) $(LINT_HEADERS))
lint-size: | lint-tools
	@tests/lint/size $(LINT_FILES)
lint-symbols: $(LINT_OBJS)
	@tests/lint/symbols $(TP_MUSL) build/lint/gcc
lint-scripts: | lint-tools
	@tests/lint/scripts $(LINT_TEXTS)

-include $(wildcard $(LINT_OBJS:.o=.d) $(LINT_TEST_FILES:%.c=build/lint/gcc/%.d) $(LINT_FILES:%.c=build/lint/clang/%.d))
