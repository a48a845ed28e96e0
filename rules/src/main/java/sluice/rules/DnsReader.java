// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.rules.DnsSettings.Mode;

/** Reads {@code dns}, but for its rules and servers. */
final class DnsReader {
    private static final Section.Keys KEYS = Section.Keys.ofOwn(
                    "mode",
                    "ipv4",
                    "ipv6",
                    "fake-ttl",
                    "file",
                    "servers",
                    "strategy",
                    "rules",
                    "cache-size",
                    "stale",
                    "verify",
                    "log")
            .knowing(OtherNames.DNS);
    private static final int MOST_CACHED = 10_000_000;
    private static final Duration LONGEST_STALE = Duration.ofDays(30);

    /** Blocks that lie in no route, or in one that nobody may change. */
    private static final List<Prefix> UNUSABLE = List.of(
            Prefix.parse("0.0.0.0/8"),
            Prefix.parse("127.0.0.0/8"),
            Prefix.parse("224.0.0.0/4"),
            Prefix.parse("255.255.255.255"),
            Prefix.parse("::/96"),
            Prefix.parse("fe80::/10"),
            Prefix.parse("ff00::/8"));

    private final List<Prefix> bypass;
    private final Map<String, Outbound> outbounds;
    private final Set<String> outboundNames;
    private final ConditionsReader conditions;

    /**
     * Makes a reader.
     *
     * @param outbounds those without mistakes
     * @param outboundNames of all outbounds
     */
    DnsReader(
            List<Prefix> bypass,
            Map<String, Outbound> outbounds,
            Set<String> outboundNames,
            ConditionsReader conditions) {
        this.bypass = bypass;
        this.outbounds = outbounds;
        this.outboundNames = outboundNames;
        this.conditions = conditions;
    }

    DnsSettings read(Section top) {
        DnsSettings usual = DnsSettings.DEFAULT;
        Section section = top.section("dns", KEYS);
        if (section == null) {
            return usual;
        }
        Mode mode = section.choice("mode", usual.mode());
        Prefix ipv4 = section.or("ipv4", usual.ipv4(), value -> pool(value, true));
        Prefix ipv6 = section.or("ipv6", usual.ipv6(), value -> pool(value, false));
        if (mode == Mode.FAKE_IP) {
            checkPlace(section, "ipv4", ipv4);
            checkPlace(section, "ipv6", ipv6);
        }
        List<Prefix> pools = mode == Mode.FAKE_IP ? List.of(ipv4, ipv6) : List.of();
        var servers = new DnsServersReader(outbounds, outboundNames, pools);
        return new DnsSettings(
                mode,
                ipv4,
                ipv6,
                section.or(
                        "fake-ttl",
                        usual.fakeTtl(),
                        value -> value.parsed(text -> Times.between(Times.SECOND, Times.DAY, text))),
                servers.read(section.items("servers")),
                section.choice("strategy", usual.strategy()),
                new DnsRulesReader(mode, conditions, servers).read(section),
                section.number("cache-size", usual.cacheSize(), 0, MOST_CACHED),
                section.or(
                        "stale",
                        usual.stale(),
                        value -> value.parsed(text -> Times.neverOrBetween(Times.SECOND, LONGEST_STALE, text))),
                section.flag("verify", usual.verify()),
                section.flag("log", usual.log()),
                SettingsReader.autoOrPath(section, "file", "AUTO or an absolute path"));
    }

    private static @Nullable Prefix pool(Value value, boolean ipv4) {
        Prefix pool = value.parsed(Prefix::parse);
        int longest = ipv4 ? 24 : 120;
        if (pool != null && (pool.isIpv4() != ipv4 || pool.length() > longest || pool.length() < 8)) {
            value.error(
                    "found " + pool,
                    "an " + (ipv4 ? "IPv4" : "IPv6") + " block with a prefix length from 8 to " + longest
                            + " is expected",
                    "");
            return null;
        }
        return pool;
    }

    private void checkPlace(Section section, String key, Prefix pool) {
        Value value = Optional.ofNullable(section.get(key)).orElse(section.self());
        bypass.stream()
                .filter(pool::overlaps)
                .findFirst()
                .ifPresent(other -> value.error(
                        "the pool " + pool + (other.equals(pool) ? " is" : " overlaps " + other) + " in bypass",
                        "traffic to bypass is never caught, so these addresses would lead nowhere",
                        "choose other addresses or shorten bypass"));
        UNUSABLE.stream()
                .filter(pool::overlaps)
                .findFirst()
                .ifPresent(other -> value.error(
                        "the pool " + pool + (other.equals(pool) ? " has" : " overlaps " + other + ", which has")
                                + " a meaning of its own",
                        "addresses that nobody else uses are expected",
                        "such as " + (pool.isIpv4() ? DnsSettings.DEFAULT.ipv4() : DnsSettings.DEFAULT.ipv6())));
    }
}
