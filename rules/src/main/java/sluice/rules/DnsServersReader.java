// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.linux.IpText;

/**
 * Reads lists of upstream resolvers. Each is a URL, or a mapping with more about it.
 *
 * @param outbounds those without mistakes
 * @param outboundNames of all outbounds
 * @param pools fake IPs, behind which there is no server
 */
record DnsServersReader(Map<String, Outbound> outbounds, Set<String> outboundNames, List<Prefix> pools) {
    private static final Section.Keys KEYS = Section.Keys.ofOwn("url", "outbound", "address", "ca", "sni");
    private static final String DIRECT = "direct";

    List<DnsServer> read(List<Value> items) {
        List<DnsServer> servers = new ArrayList<>();
        for (Value item : items) {
            DnsServer server = item.node() instanceof YamlNode.Mapping ? detailed(item) : plain(item);
            if (server != null && servers.contains(server)) {
                item.error(Words.quoted(server.uri().toString()) + " for the second time", "", "remove it");
            } else if (server != null) {
                servers.add(server);
            }
        }
        return servers;
    }

    private @Nullable DnsServer plain(Value value) {
        URI uri = url(value);
        return uri == null ? null : new DnsServer(uri);
    }

    private @Nullable DnsServer detailed(Value item) {
        Section section = item.section(KEYS);
        Value url = section == null ? null : section.require("url");
        if (section == null || url == null) {
            return null;
        }
        URI uri = url(url);
        String outbound = outbound(section, uri);
        List<InetAddress> addresses = addresses(section, uri);
        var ca = OutboundsReader.ca(section);
        var sni = OutboundsReader.sni(section);
        if (uri != null && !isEncrypted(uri)) {
            for (String key : List.of("ca", "sni")) {
                Optional.ofNullable(section.get(key))
                        .ifPresent(value -> value.error(
                                "a " + uri.getScheme() + " server has no certificate",
                                "it goes with tls and https",
                                "remove it, or change the URL"));
            }
        }
        return uri == null ? null : new DnsServer(uri, outbound, addresses, ca, sni);
    }

    private @Nullable URI url(Value value) {
        URI uri = value.parsed(Addresses::dnsServer);
        String host = uri == null ? "" : Addresses.unbracketed(uri);
        if (IpLiteral.looksLikeAddress(host)) {
            checkPlace(value, IpLiteral.parse(host));
        }
        return uri;
    }

    private void checkPlace(Value value, InetAddress address) {
        pools.stream()
                .filter(pool -> pool.contains(address))
                .findFirst()
                .ifPresent(pool -> value.error(
                        IpText.of(address) + " lies in the pool " + pool,
                        "addresses in it are fake IPs",
                        "choose another pool"));
    }

    private String outbound(Section section, @Nullable URI uri) {
        Value value = section.get("outbound");
        String name = value == null ? null : value.text();
        if (value == null || name == null) {
            return DIRECT;
        }
        if (!outboundNames.contains(name)) {
            SettingsReader.unknown(value, "outbound", "outbounds", name, outboundNames);
        } else if (name.equals("block") || outbounds.get(name) instanceof Outbound.Block) {
            value.error(Words.quoted(name) + " refuses everything", "nobody would ever answer", "name another one");
        } else if (uri != null
                && uri.getScheme().equals("udp")
                && outbounds.containsKey(name)
                && !new UdpCarriers(outbounds).contains(name)) {
            value.error(
                    Words.quoted(name) + " carries no UDP",
                    "a udp server needs an outbound that does",
                    "write tcp:// or tls:// where the server answers over TCP");
        }
        return name;
    }

    private List<InetAddress> addresses(Section section, @Nullable URI uri) {
        List<InetAddress> addresses = new ArrayList<>();
        if (!section.has("address")) {
            return addresses;
        }
        for (Value item : ConditionsReader.values(section, "address")) {
            InetAddress address = item.parsed(DnsServersReader::address);
            if (address == null) {
                continue;
            }
            checkPlace(item, address);
            if (addresses.contains(address)) {
                item.error(Words.quoted(IpText.of(address)) + " for the second time", "", "remove it");
            }
            addresses.add(address);
        }
        Value list = section.get("address");
        if (list != null && uri != null && IpLiteral.looksLikeAddress(Addresses.unbracketed(uri))) {
            list.error("the URL has an address already", "it is for the name of a host", "remove it");
        }
        return addresses;
    }

    private static InetAddress address(String text) {
        InetAddress address = IpLiteral.parse(text);
        if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text), "the address of one machine is expected", "");
        }
        return address;
    }

    private static boolean isEncrypted(URI uri) {
        return uri.getScheme().equals("tls") || uri.getScheme().equals("https");
    }
}
