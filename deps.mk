# Third-party code: Debian source packages of the current stable release.
#
# One block per package: the exact source version, the SHA-256 of its .dsc (which in turn holds the SHA-256 of every
# other file), and the licence that the SBOM states. `build-aux/fetch-sources` takes exactly these as long as the
# archive has them, and otherwise the newest that the archive offers, and says so. `make update-pins` moves the pins.
#
# Read by make and by the shell scripts in build-aux/: keep to `name_KEY := value`, one a line.

DEPS := musl mbedtls c-ares curl hiredis libseccomp cjson nettle

musl_VERSION := 1.2.5-3.1~deb13u1
musl_DSC_SHA256 := 972970614ed9159b04343b7f85bdf16f565b4a903f05d97e57dc730c7b0b8066
musl_LICENSE := MIT

mbedtls_VERSION := 3.6.6-0.1~deb13u1
mbedtls_DSC_SHA256 := eb9ed1adbbddcb0d00276fac6fcee0056c64ce01481c2522a16dca75792eb5eb
mbedtls_LICENSE := Apache-2.0 OR GPL-2.0-or-later

c-ares_VERSION := 1.34.5-1+deb13u1
c-ares_DSC_SHA256 := 8848358552603070f98f37679a9361b4da8405b841bbf59d002556571670f7f1
c-ares_LICENSE := MIT

curl_VERSION := 8.14.1-2+deb13u5
curl_DSC_SHA256 := 9a9a2c95cdc8b5d76892c70858f25eaf2dc0b0a475a1e43e0b4ad428414752df
curl_LICENSE := curl

hiredis_VERSION := 1.2.0-6
hiredis_DSC_SHA256 := 9e14f474f15d92c7ad1c9cb7c9ad0f1f8cc202492503103973f1fc08361d1cc6
hiredis_LICENSE := BSD-3-Clause

libseccomp_VERSION := 2.6.0-2
libseccomp_DSC_SHA256 := d05f94536558d34fa339326c6f958a3357b51efac8234470b5d97b69472db765
libseccomp_LICENSE := LGPL-2.1-only

cjson_VERSION := 1.7.18-3.1+deb13u1
cjson_DSC_SHA256 := 57b560dc195f857987986588ba2eb05f5f30d409c8dc715decfb582d5e56ecbf
cjson_LICENSE := MIT

nettle_VERSION := 3.10.1-1
nettle_DSC_SHA256 := 7b440850ce04b341363f3f5e23dfb9f96ebf7d52e0ef7ba2d07120c90ca61b3c
nettle_LICENSE := LGPL-3.0-or-later OR GPL-2.0-or-later
