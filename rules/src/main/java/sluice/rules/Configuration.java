// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A valid configuration: every name in it resolves, every number is in range. Made by {@link ConfigurationReader}.
 *
 * @param cgroupRoot directory of a cgroup2 tree, absolute; only what is below it is managed. Empty ({@code AUTO},
 *     default): the machine's cgroup2 mount
 * @param routeTable number of the policy routing table, unsigned 32 bits, none of 0, 253, 254, 255. Default 300
 * @param rulePriority priority of the policy rules, 1 to 32765 (they must come before the kernel's lookup of {@code main}
 *     at 32766). Default 2000
 * @param marks which bits of packet and conntrack marks are ours
 * @param bypass destinations that are never touched. Default none
 * @param intercept mechanism that catches flows. Default {@code auto}
 * @param newCgroups what a cgroup's traffic does until it has been classified. Default {@code inherit}
 * @param onExit what happens to the kernel's tables when the daemon stops. Default {@code remove}
 * @param reload whether the file is watched. Default {@code manual}
 * @param ownTable whether the kernel keeps other programs from changing the table. Default {@code off}
 * @param run who may start programs with {@code sluice run} without being root. Default nobody
 * @param tproxies TPROXY servers that someone else runs, by name, in the order of the file. Default none
 * @param outbounds ways out of the built-in engine, by name, in the order of the file, without the built-in
 *     {@code direct} and {@code block}. Default none
 * @param otherProtocols what becomes of what is neither TCP nor UDP, by outbound; for outbounds that are not there {@code reject}
 * @param routes choice of the outbound inside the engine, first match wins. Default none
 * @param engine how the built-in engine carries flows
 * @param rules which target a cgroup gets, first match wins. Default none: everything goes direct
 */
public record Configuration(
        Optional<Path> cgroupRoot,
        int routeTable,
        int rulePriority,
        Marks marks,
        Bypass bypass,
        InterceptMode intercept,
        NewCgroups newCgroups,
        OnExit onExit,
        Reload reload,
        OwnTable ownTable,
        List<RunGrant> run,
        Map<String, Tproxy> tproxies,
        Map<String, Outbound> outbounds,
        Map<String, OtherProtocols> otherProtocols,
        List<Route> routes,
        EngineSettings engine,
        DnsSettings dns,
        ApiSettings api,
        List<Rule> rules) {

    /** The only version of the file's format. */
    public static final int VERSION = 1;

    static final int DEFAULT_ROUTE_TABLE = 300;
    static final int DEFAULT_RULE_PRIORITY = 2000;

    /** The configuration of a machine without a configuration file: every default, no rule, so all traffic is direct. */
    public static final Configuration EVERYTHING_DIRECT = new Configuration(
            Optional.empty(),
            DEFAULT_ROUTE_TABLE,
            DEFAULT_RULE_PRIORITY,
            Marks.DEFAULT,
            Bypass.NONE,
            InterceptMode.AUTO,
            NewCgroups.INHERIT,
            OnExit.REMOVE,
            Reload.MANUAL,
            OwnTable.OFF,
            List.of(),
            Map.of(),
            Map.of(),
            Map.of(),
            List.of(),
            EngineSettings.DEFAULT,
            DnsSettings.DEFAULT,
            ApiSettings.DEFAULT,
            List.of());

    /** Keeps unmodifiable lists; the maps must come unmodifiable and in the order of the file. */
    public Configuration {
        run = List.copyOf(run);
        otherProtocols = Map.copyOf(otherProtocols);
        routes = List.copyOf(routes);
        rules = List.copyOf(rules);
    }

    /** Whether the file has passwords in it, or the API's secret. */
    public boolean hasSecrets() {
        boolean passwords = outbounds.values().stream().anyMatch(outbound -> switch (outbound) {
            case Outbound.Socks5 socks5 -> socks5.credentials().isPresent();
            case Outbound.Http http -> http.credentials().isPresent();
            default -> false;
        });
        return passwords || api.secret().isPresent();
    }

    /** Which mechanism catches flows. */
    public enum InterceptMode {
        /** The first of the others that works on this kernel with the permissions at hand. */
        AUTO,
        /** nftables, fwmark and a policy route. */
        NFTABLES,
        /** eBPF programs on cgroup hooks. */
        CGROUP_BPF,
        /** eBPF programs on interfaces (TC). */
        TC
    }

    /** What the traffic of a cgroup does until the daemon has seen the cgroup. */
    public enum NewCgroups {
        /** It follows the nearest classified ancestor. */
        INHERIT,
        /** Its new flows are held back. */
        HOLD
    }

    /** What happens to the kernel's tables when the daemon stops. */
    public enum OnExit {
        /** They are removed: everything goes direct. */
        REMOVE,
        /** They stay (fail closed), until the next start or {@code sluice cleanup}. */
        KEEP
    }

    /** Whether the nftables table belongs to the daemon alone. */
    public enum OwnTable {
        /** Where the kernel can do it, so that other programs can neither flush nor change it while the daemon runs. */
        AUTO,
        /** Whoever may change the ruleset may change the table; the daemon repairs it. */
        OFF
    }

    /** When the configuration file is read again. */
    public enum Reload {
        /** On request only. */
        MANUAL,
        /** Whenever the file changes. */
        AUTO
    }
}
