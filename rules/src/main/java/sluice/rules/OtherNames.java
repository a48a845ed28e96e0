// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/** Keys of other programs, and keys that one could expect, for each section: what to write in their place. */
final class OtherNames {
    static final Misnomers TOP = new Misnomers.Builder()
            .are("outbounds", "proxies", "proxy", "proxy-groups", "outbound", "upstreams")
            .are("tproxies", "tproxy", "tproxys")
            .are("routes", "route", "routing")
            .are("bypass", "exclude", "ignore", "no-proxy", "whitelist", "skip")
            .are("cgroup-root", "cgroup", "root")
            .are("route-table", "table")
            .mean("dns", "name servers belong to dns", "write dns: {servers: […]}", "nameserver", "nameservers")
            .mean(
                    "",
                    "programs need no settings and no port of Sluice's: it takes their traffic as it is",
                    "leave it out",
                    "port",
                    "socks-port",
                    "mixed-port",
                    "redir-port",
                    "tproxy-port",
                    "listen",
                    "inbounds",
                    "tun")
            .build();

    static final Misnomers RULES = new Misnomers.Builder()
            .are("match", "path", "cgroup", "regex", "regexp", "pattern")
            .are("app", "application", "desktop")
            .are("unit", "service")
            .are("user", "uid", "username", "owner")
            .are("container", "docker", "podman")
            .are("proxy", "outbound", "via")
            .means("drop: true", "block", "deny")
            .means("drop: reject", "reject")
            .mean("match", "rules know users, not groups", "write a rule with user: NAME for each", "group", "gid")
            .mean(
                    "match",
                    "rules know cgroups, not executables",
                    "write app: ID or unit: NAME, or start the program with 'sluice run'",
                    "process",
                    "process-name",
                    "process-path",
                    "program",
                    "executable",
                    "exe",
                    "binary",
                    "comm",
                    "command")
            .mean(
                    "match",
                    "rules look at who sends, routes at where to",
                    "move it to routes",
                    "domain",
                    "domains",
                    "domain-file",
                    "host",
                    "cidr",
                    "cidr-file",
                    "ip",
                    "destination",
                    "port",
                    "network",
                    "protocol")
            .mean(
                    "direct",
                    "each target has a key of its own",
                    "write direct: true, drop: true, tproxy: NAME or proxy: NAME",
                    "target",
                    "action",
                    "policy",
                    "to")
            .build();

    static final Misnomers ROUTES = new Misnomers.Builder()
            .are("outbound", "proxy", "via", "target", "action", "policy", "to", "out")
            .means("outbound: direct", "direct")
            .means("outbound: block", "drop", "block", "reject", "deny")
            .are("domain", "domains", "host", "hostname", "name")
            .are("cidr", "ip", "address", "destination", "subnet")
            .are("port", "ports", "dport")
            .are("app", "application")
            .are("unit", "service")
            .mean("outbound", "routes choose among the outbounds of the engine", "name the tproxy in a rule", "tproxy")
            .mean(
                    "",
                    "routes know the flow's application by app and unit",
                    "write one of these, or decide in rules",
                    "match",
                    "cgroup",
                    "process",
                    "program",
                    "user",
                    "slice",
                    "container")
            .build();

    static final Misnomers OUTBOUNDS = new Misnomers.Builder()
            .are("username", "user", "login")
            .are("password", "pass", "secret")
            .are("server", "host", "address", "ip", "url", "endpoint")
            .are("outbounds", "members", "proxies", "outbound")
            .are("interface", "iface", "dev", "device", "interface-name")
            .are("mark", "fwmark", "routing-mark")
            .are("sni", "servername", "server-name")
            .mean("", "it is a part of server", "write server: HOST:PORT", "port")
            .mean("", "only a socks5 proxy carries UDP", "leave it out", "udp")
            .build();

    static final Misnomers TPROXIES = new Misnomers.Builder()
            .are("mark", "fwmark")
            .are("port", "listen", "tproxy-port")
            .are("dns-hijack", "dns", "hijack")
            .mean("", "a tproxy runs on this machine", "write its port alone", "server", "host", "address", "ip")
            .mean(
                    "",
                    "a tproxy is given UDP unless it is told otherwise",
                    "write no-udp: true where it takes none",
                    "udp")
            .mean(
                    "",
                    "a tproxy is given IPv6 unless it is told otherwise",
                    "write no-ipv6: true where it takes none",
                    "ipv6")
            .build();

    static final Misnomers DNS = new Misnomers.Builder()
            .are("servers", "server", "nameserver", "nameservers", "upstream", "upstreams")
            .are("mode", "enhanced-mode")
            .are("ipv4", "fake-ip-range", "inet4-range")
            .are("ipv6", "inet6-range")
            .are("cache-size", "cache")
            .are("fake-ttl", "ttl")
            .mean("", "dns.mode says so", "write mode: real or mode: fake-ip", "enable", "enabled")
            .mean("", "queries are caught on their way, whatever server they ask", "leave it out", "listen", "port")
            .mean(
                    "",
                    "dns.rules say which names get a true address",
                    "write rules: [{domain: […], answer: real}]",
                    "fake-ip-filter")
            .build();

    static final Misnomers API = new Misnomers.Builder()
            .are("listen", "external-controller", "address")
            .are("secret", "token", "password")
            .mean("", "it is a part of listen", "write listen: ADDRESS:PORT", "port")
            .build();

    static final Misnomers RUN = new Misnomers.Builder()
            .are("user", "uid", "username", "users")
            .are("targets", "target", "allow")
            .build();

    private OtherNames() {}
}
