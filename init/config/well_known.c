#include "init/config/well_known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "init/base/text.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Sorted as strcasecmp() sorts: proxies, for one, come in both cases. */
static const char *const names[] = {
    "_",
    "ALL_PROXY",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "BASH_ENV",
    "BROWSER",
    "CACHE_DIRECTORY",
    "CI",
    "CLASSPATH",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "COLUMNS",
    "CONFIGURATION_DIRECTORY",
    "container",
    "CREDENTIALS_DIRECTORY",
    "CURL_CA_BUNDLE",
    "DBUS_SESSION_BUS_ADDRESS",
    "DEBIAN_FRONTEND",
    "DEBUGINFOD_URLS",
    "DISPLAY",
    "DYNO",
    "EDITOR",
    "EGID",
    "ENV",
    "EUID",
    "FORCE_COLOR",
    "FTP_PROXY",
    "GID",
    "GLIBC_TUNABLES",
    "GOARCH",
    "GOBIN",
    "GOCACHE",
    "GODEBUG",
    "GOFLAGS",
    "GOGC",
    "GOLANG_VERSION",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GOMODCACHE",
    "GOOS",
    "GOPATH",
    "GOPROXY",
    "GOROOT",
    "GOTOOLCHAIN",
    "GOTRACEBACK",
    "GPG_KEY",
    "GPG_TTY",
    "HISTCONTROL",
    "HISTFILE",
    "HISTSIZE",
    "HOME",
    "HOSTNAME",
    "HOSTTYPE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "IFS",
    "INFOPATH",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "K_CONFIGURATION",
    "K_REVISION",
    "K_SERVICE",
    "LANG",
    "LANGUAGE",
    "LD_AUDIT",
    "LD_BIND_NOW",
    "LD_DEBUG",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LESS",
    "LESSCLOSE",
    "LESSOPEN",
    "LINES",
    "LISTEN_FDNAMES",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LOGNAME",
    "LOGS_DIRECTORY",
    "LS_COLORS",
    "MACHTYPE",
    "MAIL",
    "MAILCHECK",
    "MAINPID",
    "MANPATH",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    "NO_COLOR",
    "NO_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_VERSION",
    "NOTIFY_SOCKET",
    "OLDPWD",
    "OSTYPE",
    "PAGER",
    "PATH",
    "PERL5LIB",
    "PHPIZE_DEPS",
    "PPID",
    "PS1",
    "PS2",
    "PS4",
    "PWD",
    "RANDOM",
    "REQUESTS_CA_BUNDLE",
    "RUBYLIB",
    "RUBYOPT",
    "RUNTIME_DIRECTORY",
    "RUSTFLAGS",
    "SHELL",
    "SHLVL",
    "SSH_AGENT_PID",
    "SSH_AUTH_SOCK",
    "SSH_CLIENT",
    "SSH_CONNECTION",
    "SSH_TTY",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "STATE_DIRECTORY",
    "SUDO_COMMAND",
    "SUDO_GID",
    "SUDO_UID",
    "SUDO_USER",
    "SYSTEMD_EXEC_PID",
    "TEMP",
    "TEMPDIR",
    "TERM",
    "TERMINFO",
    "TMP",
    "TMPDIR",
    "TZ",
    "TZDIR",
    "UID",
    "USER",
    "USERNAME",
    "VIRTUAL_ENV",
    "VISUAL",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "WAYLAND_DISPLAY",
    "WINDOWID",
    "XAUTHORITY",
    "YARN_VERSION",
};

static const char *const families[] = {
    "AWS_CONTAINER_", "AWS_LAMBDA_", "BUNDLE_", "BUNDLER_", "CARGO_",     "CATALINA_",   "CGO_",    "COMPOSER_",
    "CONDA_",         "COREPACK_",   "DENO_",   "DOTNET_",  "DUMB_INIT_", "ECS_",        "ERL_",    "FLY_",
    "GEM_",           "GRADLE_",     "JAVA_",   "JDK_",     "JRE_",       "KUBERNETES_", "LC_",     "MALLOC_",
    "MAVEN_",         "NOMAD_",      "NPM_",    "NUGET_",   "PHP_",       "PIP_",        "PIPENV_", "POETRY_",
    "PYTHON",         "RAILWAY_",    "RUBY_",   "RUST_",    "RUSTUP_",    "S6_",         "TINI_",   "UV_",
    "VTE_",           "WSL_",        "XDG_",
};

static int compare_names(const void *a, const void *b)
{
    return strcasecmp(a, *(const char *const *)b);
}

static bool is_of_family(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(families); i++) {
        if (strncasecmp(name, families[i], strlen(families[i])) == 0)
            return true;
    }
    return false;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);
    return len > end_len && strcmp(text + len - end_len, end) == 0;
}

/* What follows NAME_PORT_ for each port: "5432_TCP", "5432_TCP_ADDR". */
static bool names_a_port(const char *rest)
{
    static const char *const ends[] = {"", "_ADDR", "_PORT", "_PROTO", "_START", "_END"};
    static const char *const protocols[] = {"_TCP", "_UDP", "_SCTP"};
    size_t digits = strspn(rest, "0123456789");
    for (size_t i = 0; digits > 0 && i < COUNT_OF(protocols); i++) {
        size_t len = strlen(protocols[i]);
        if (strncmp(rest + digits, protocols[i], len) != 0)
            continue;
        for (size_t k = 0; k < COUNT_OF(ends); k++) {
            if (strcmp(rest + digits + len, ends[k]) == 0)
                return true;
        }
    }
    return false;
}

/* Kubernetes and Docker's links say where each service they know is. */
static bool says_where_a_service_is(const char *name)
{
    const char *port = strstr(name, "_SERVICE_PORT");
    if (ends_with(name, "_SERVICE_HOST"))
        return true;
    if (port && port > name && (port[strlen("_SERVICE_PORT")] == '\0' || port[strlen("_SERVICE_PORT")] == '_'))
        return true;
    for (const char *at = strstr(name, "_PORT_"); at; at = strstr(at + 1, "_PORT_")) {
        if (at > name && names_a_port(at + strlen("_PORT_")))
            return true;
    }
    return false;
}

static bool is_link(const char *value)
{
    return value &&
           (strncmp(value, "tcp://", 6) == 0 || strncmp(value, "udp://", 6) == 0 || strncmp(value, "sctp://", 7) == 0);
}

/* NAME_PORT=tcp://… itself, and what a link brings besides: NAME_NAME=/this/that, and NAME_ENV_* of the other container. */
static bool comes_by_a_link(const char *name, const struct environment *e)
{
    static const char *const parts[] = {"_NAME", "_ENV_"};
    if (ends_with(name, "_PORT"))
        return is_link(environment_value(e, name));
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        const char *at = strstr(name, parts[i]);
        char port[64];
        if (!at || at == name || (i == 0 && !ends_with(name, parts[0])) || at - name > 32)
            continue;
        snprintf(port, sizeof(port), "%.*s_PORT", (int)(at - name), name);
        if (is_link(environment_value(e, port)))
            return true;
    }
    return false;
}

bool name_is_well_known(const char *name, const struct environment *e)
{
    return bsearch(name, names, COUNT_OF(names), sizeof(names[0]), compare_names) || is_of_family(name) ||
           says_where_a_service_is(name) || comes_by_a_link(name, e);
}
