// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code routes}. */
final class RoutesReader {
    private static final String NFT_SET = "nft-set";
    private static final Section.Keys KEYS = Section.Keys.ofOwn(
                    "domain",
                    "domain-file",
                    "cidr",
                    "cidr-file",
                    "port",
                    "network",
                    "protocol",
                    "app",
                    "unit",
                    "outbound",
                    NFT_SET)
            .knowing(OtherNames.ROUTES);

    /** Conditions that the addresses in a set cannot express. */
    private static final List<String> NOT_IN_THE_KERNEL =
            List.of("cidr", "cidr-file", "port", "network", "protocol", "app", "unit");

    private final Set<String> outbounds;
    private final ConditionsReader conditions;
    private final boolean answersNames;
    /** Where each set was named first. */
    private final Map<String, Value> nftSets = new HashMap<>();

    /**
     * Makes a reader.
     *
     * @param answersNames whether {@code dns.mode} is not off
     */
    RoutesReader(Set<String> outbounds, ConditionsReader conditions, boolean answersNames) {
        this.outbounds = outbounds;
        this.conditions = conditions;
        this.answersNames = answersNames;
    }

    List<Route> read(Section top) {
        List<Route> routes = new ArrayList<>();
        for (Value item : top.items("routes")) {
            Section section = item.section(KEYS);
            Route route = section == null ? null : route(section, routes.size());
            if (route != null) {
                routes.add(route);
            }
        }
        return routes;
    }

    private @Nullable Route route(Section section, int index) {
        Conditions shared = conditions.read(section);
        PrefixList cidrs = conditions.cidrs(section);
        List<PortRange> ports = ConditionsReader.parsed(section, "port", PortRange::parse);
        Route.Network network = section.choice("network", Route.Network.ANY);
        Set<Protocol> protocols = new LinkedHashSet<>();
        for (Value item : ConditionsReader.values(section, "protocol")) {
            if (item.node() instanceof YamlNode.Scalar scalar && scalar.text().matches("tcp|udp")) {
                item.error(
                        "found " + Words.quoted(scalar.text()),
                        "one of tls, http, quic is expected",
                        "write network: " + scalar.text());
                continue;
            }
            Protocol protocol = item.choice(Protocol.class);
            if (protocol != null) {
                protocols.add(protocol);
            }
        }
        Value outbound = section.require("outbound");
        String name = outbound == null ? null : outbound.text();
        Optional<String> nftSet = nftSet(section, name, shared.domains());
        if (outbound == null || name == null) {
            return null;
        }
        if (name.equals("drop") || name.equals("reject")) {
            outbound.error(
                    "unknown outbound " + Words.quoted(name), Words.known("outbounds", outbounds), "write block");
        } else if (!outbounds.contains(name)) {
            SettingsReader.unknown(outbound, "outbound", "outbounds", name, outbounds);
        }
        return new Route(
                index, shared.domains(), cidrs, ports, network, protocols, shared.apps(), shared.units(), name, nftSet);
    }

    private Optional<String> nftSet(Section section, @Nullable String outbound, @Nullable DomainList domains) {
        Value value = section.get(NFT_SET);
        String name = value == null ? null : value.parsed(RoutesReader::setName);
        if (value == null || name == null) {
            return Optional.empty();
        }
        Value first = nftSets.putIfAbsent(name, value);
        if (first != null) {
            value.error(
                    Words.quoted(name) + " for the second time",
                    "first in line " + first.node().at().line(),
                    "give each route a set of its own, or join the routes");
        }
        if (outbound != null && !outbound.equals("direct")) {
            value.error(
                    "it stands beside outbound: " + outbound,
                    "destinations in a set go straight out",
                    "write outbound: direct, or remove nft-set");
        }
        for (String key : NOT_IN_THE_KERNEL) {
            Value other = section.get(key);
            if (other != null) {
                other.error(
                        "it has no effect on a set",
                        "beside nft-set only domain and domain-file are possible: the set holds bare addresses",
                        "make two routes of it");
            }
        }
        if (domains != null && !domains.searched().isEmpty()) {
            value.error(
                    "its domains have "
                            + Words.quoted(domains.searched().getFirst().toString()),
                    "names that others register fit it too, and their addresses would go straight out",
                    "name the domains, or make another route of it, without nft-set");
        }
        if (!section.has("domain") && !section.has("domain-file")) {
            value.error("there is no domain beside it", "the set holds the addresses of names", "add domain");
        }
        if (!answersNames) {
            value.warn(
                    "dns.mode is off",
                    "the set stays empty, and such flows go through the engine",
                    "set dns.mode to real or fake-ip");
        }
        return Optional.of(name);
    }

    private static String setName(String text) {
        if (!text.matches("[a-z0-9_]{1,20}")) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text), "1 to 20 of the characters a-z, 0-9 and _ are expected", "");
        }
        return text;
    }
}
