// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One entry of {@code dns.rules}: queries that fit every condition are answered so. A condition that is null or empty is absent; at least one
 * is there, and so is an answer or a server.
 *
 * @param index place in the list, from 0
 * @param domains names that are asked for, those of files included; or null
 * @param apps desktop applications that ask
 * @param units systemd units that ask
 * @param answer what with. Default empty: as {@code dns.mode} says
 * @param servers whom to ask. Default none: {@code dns.servers}
 */
public record DnsRule(
        int index,
        @Nullable DomainList domains,
        List<OwnerPattern> apps,
        List<OwnerPattern> units,
        Optional<Answer> answer,
        List<DnsServer> servers) {
    /** Keeps unmodifiable lists. */
    public DnsRule {
        apps = List.copyOf(apps);
        units = List.copyOf(units);
        servers = List.copyOf(servers);
    }

    /** What a query is answered with. */
    public enum Answer {
        /** The true addresses. */
        REAL,
        /** A fake IP that stands for the name. */
        FAKE_IP,
        /** REFUSED. */
        REFUSE
    }
}
