// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads {@code routes}. */
final class RoutesReader {
    private static final Section.Keys KEYS = Section.Keys.ofOwn(
            "domain", "domain-file", "cidr", "cidr-file", "port", "network", "protocol", "app", "unit", "outbound");

    private final Set<String> outbounds;
    private final ListFiles files;

    RoutesReader(Set<String> outbounds, ListFiles files) {
        this.outbounds = outbounds;
        this.files = files;
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
        var domains = new DomainList.Builder();
        each(section, "domain", text -> domains.add(DomainReader.parse(text)));
        file(section, "domain-file", text -> domains.add(DomainReader.parse(text)));
        var cidrs = new PrefixList.Builder();
        each(section, "cidr", text -> cidrs.add(Prefix.parse(text)));
        file(section, "cidr-file", text -> cidrs.add(Prefix.parse(text)));
        List<PortRange> ports = parsed(section, "port", RoutesReader::ports);
        Route.Network network = section.choice("network", Route.Network.ANY);
        Set<Protocol> protocols = new LinkedHashSet<>();
        for (Value item : values(section, "protocol")) {
            Protocol protocol = item.choice(Protocol.class);
            if (protocol != null) {
                protocols.add(protocol);
            }
        }
        List<OwnerPattern> apps = parsed(section, "app", OwnerPattern::app);
        List<OwnerPattern> units = parsed(section, "unit", OwnerPattern::unit);
        Value outbound = section.require("outbound");
        String name = outbound == null ? null : outbound.text();
        if (outbound == null || name == null) {
            return null;
        }
        if (!outbounds.contains(name)) {
            SettingsReader.unknown(outbound, "outbound", "outbounds", name, outbounds);
        }
        return new Route(
                index,
                has(section, "domain") ? domains.build() : null,
                has(section, "cidr") ? cidrs.build() : null,
                ports,
                network,
                protocols,
                apps,
                units,
                name);
    }

    private static boolean has(Section section, String key) {
        return section.has(key) || section.has(key + "-file");
    }

    private static List<Value> values(Section section, String key) {
        Value list = section.get(key);
        if (list != null
                && list.node() instanceof YamlNode.Sequence sequence
                && sequence.items().isEmpty()) {
            list.error("the list is empty", "an empty condition would say nothing", "remove the key");
        }
        return section.oneOrMore(key);
    }

    private static <T> List<T> parsed(Section section, String key, Function<String, T> parser) {
        List<T> results = new ArrayList<>();
        for (Value item : values(section, key)) {
            T result = item.parsed(parser);
            if (result != null) {
                results.add(result);
            }
        }
        return results;
    }

    private static void each(Section section, String key, Consumer<String> entry) {
        parsed(section, key, text -> {
            entry.accept(text);
            return text;
        });
    }

    private void file(Section section, String key, Consumer<String> entry) {
        for (Value item : values(section, key)) {
            if (files.read(item, entry) == ListFiles.Outcome.EMPTY) {
                item.warn("the file has no entry", "nothing fits it", "");
            }
        }
    }

    private static PortRange ports(String text) {
        int dash = text.indexOf('-');
        if (dash < 0) {
            int port = Addresses.port(text);
            return new PortRange(port, port);
        }
        int first = Addresses.port(text.substring(0, dash).strip());
        int last = Addresses.port(text.substring(dash + 1).strip());
        if (first > last) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text), "the lower port comes first", "write " + last + "-" + first);
        }
        return new PortRange(first, last);
    }
}
