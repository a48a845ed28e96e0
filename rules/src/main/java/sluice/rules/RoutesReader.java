// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Reads {@code routes}. */
final class RoutesReader {
    private static final Section.Keys KEYS = Section.Keys.ofOwn("domain", "cidr", "port", "network", "app", "outbound");

    private RoutesReader() {}

    static List<Route> read(Section top, Set<String> outbounds) {
        List<Route> routes = new ArrayList<>();
        for (Value item : top.items("routes")) {
            Section section = item.section(KEYS);
            if (section == null) {
                continue;
            }
            List<DomainPattern> domains = parsed(section, "domain", RoutesReader::domain);
            List<Prefix> cidrs = parsed(section, "cidr", Prefix::parse);
            List<PortRange> ports = parsed(section, "port", RoutesReader::ports);
            List<String> apps = parsed(section, "app", Shorthands::checkApp);
            Route.Network network = section.choice("network", Route.Network.ANY);
            Value outbound = section.require("outbound");
            String name = outbound == null ? null : outbound.text();
            if (outbound == null || name == null) {
                continue;
            }
            if (!outbounds.contains(name)) {
                SettingsReader.unknown(outbound, "outbound", "outbounds", name, outbounds);
            }
            routes.add(new Route(routes.size(), domains, cidrs, ports, network, apps, name));
        }
        return routes;
    }

    private static <T> List<T> parsed(Section section, String key, Function<String, T> parser) {
        List<T> results = new ArrayList<>();
        for (Value item : section.oneOrMore(key)) {
            T result = item.parsed(parser);
            if (result != null) {
                results.add(result);
            }
        }
        Value list = section.get(key);
        if (list != null
                && list.node() instanceof YamlNode.Sequence sequence
                && sequence.items().isEmpty()) {
            list.error("the list is empty", "an empty condition would say nothing", "remove the key");
        }
        return results;
    }

    private static DomainPattern domain(String text) {
        boolean subdomains = text.startsWith("*.");
        String name = subdomains ? text.substring(2) : text;
        if (name.indexOf('*') >= 0) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text),
                    "a star may only stand for everything in front of the first dot",
                    "such as *.example.net");
        }
        if (IpLiteral.looksLikeAddress(name)) {
            throw new InvalidValueException(
                    "found the address " + Words.quoted(text), "a domain name is expected", "use cidr");
        }
        return new DomainPattern(Addresses.domain(name), subdomains);
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
