# The third-party libraries, and the packages that building them and muster takes. Part of the Makefile; by itself
# (`make -f build-aux/third-party.mk third-party`) it builds the libraries alone, as an image build does in a layer of
# its own that only a change of deps.mk or build-aux/ touches.

include deps.mk

# The date that generated files state, so that the same sources give the same bytes.
SOURCE_DATE_EPOCH ?= 1767225600
export SOURCE_DATE_EPOCH

BUILD_PACKAGES := bzip2 ca-certificates debian-archive-keyring dpkg-dev gcc gperf libc6-dev linux-libc-dev m4 make \
    patch xz-utils

.PHONY: tools
tools:
	@build-aux/need-packages $(BUILD_PACKAGES)

TP := build/third-party
TP_MUSL := $(TP)/musl
TP_DEBUG := $(TP)/debug
DEBUG_DEPS := $(filter-out musl,$(DEPS))
MUSL_STAMPS := $(DEPS:%=$(TP_MUSL)/stamp/%)
DEBUG_STAMPS := $(DEBUG_DEPS:%=$(TP_DEBUG)/stamp/%)

.PHONY: third-party third-party-debug update-pins
third-party: $(MUSL_STAMPS)
third-party-debug: $(DEBUG_STAMPS)

$(TP)/fetched: deps.mk build-aux/fetch-sources build-aux/apt-private | tools
	@build-aux/fetch-sources $(TP)/downloads $(TP)/sources
	@touch $@

# A record is newer than what was built from it only if its contents changed.
$(DEPS:%=$(TP)/sources/%): $(TP)/fetched ;

# Stamps hold a hash of their inputs: build-dep decides whether there is anything to do. The tree may have been moved or
# the compiler replaced since, so a file that names both is an input as well.
$(TP)/host: FORCE | tools
	@mkdir -p $(@D)
	@{ echo $(CURDIR); gcc -v; } >$@.$$$$ 2>&1; if cmp -s $@.$$$$ $@; then rm $@.$$$$; else mv $@.$$$$ $@; fi
.PHONY: FORCE
FORCE:

$(TP_MUSL)/stamp/%: $(TP)/sources/% build-aux/deps/% build-aux/build-dep $(TP)/host | tools
	@build-aux/build-dep musl $* $(filter-out $*,musl $(NEEDS_$*))

$(TP_DEBUG)/stamp/%: $(TP)/sources/% build-aux/deps/% build-aux/build-dep $(TP)/host | tools
	@build-aux/build-dep debug $* $(NEEDS_$*)

# build-dep writes a stamp only when all is done, so an interrupted make has no reason to remove one.
.PRECIOUS: $(MUSL_STAMPS) $(DEBUG_STAMPS)

NEEDS_curl := mbedtls c-ares
$(DEBUG_DEPS:%=$(TP_MUSL)/stamp/%): $(TP_MUSL)/stamp/musl
$(TP_MUSL)/stamp/curl: $(NEEDS_curl:%=$(TP_MUSL)/stamp/%)
$(TP_DEBUG)/stamp/curl: $(NEEDS_curl:%=$(TP_DEBUG)/stamp/%)
$(TP_MUSL)/stamp/mbedtls $(TP_DEBUG)/stamp/mbedtls: build-aux/deps/mbedtls.off

update-pins: | tools
	@build-aux/update-pins
