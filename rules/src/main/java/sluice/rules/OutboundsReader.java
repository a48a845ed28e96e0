// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code outbounds}. */
final class OutboundsReader {
    /** Outbounds that are always there. */
    static final List<String> BUILT_IN = List.of("direct", "block");

    /** Names that mean something else wherever an outbound's name may stand. */
    private static final List<String> RESERVED = List.of("direct", "block", "drop", "reject", "GLOBAL");

    private static final int MOST = 1000;
    private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(100);
    private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(1);
    private static final int LONGEST_CREDENTIAL = 255;
    private static final String FOREIGN_PROTOCOL =
            "start a program that speaks it on this machine, and name its SOCKS5 port";

    /** Values of {@code type} that others have, with what to write or do. */
    private static final Map<String, String> OTHER_TYPES = Map.ofEntries(
            Map.entry("https", "write type: http, and tls: true beside it"),
            Map.entry("socks4", "write type: socks5 where the server speaks that too"),
            Map.entry("drop", "write type: block"),
            Map.entry("reject", "write type: block"),
            Map.entry("tproxy", "move it to tproxies"),
            Map.entry("selector", "write type: select"),
            Map.entry("ss", FOREIGN_PROTOCOL),
            Map.entry("shadowsocks", FOREIGN_PROTOCOL),
            Map.entry("vmess", FOREIGN_PROTOCOL),
            Map.entry("vless", FOREIGN_PROTOCOL),
            Map.entry("trojan", FOREIGN_PROTOCOL),
            Map.entry("hysteria2", FOREIGN_PROTOCOL),
            Map.entry("tuic", FOREIGN_PROTOCOL),
            Map.entry("ssh", FOREIGN_PROTOCOL),
            Map.entry("wireguard", "write type: direct, and interface: with the name of the tunnel's interface"));

    private static final Section.Keys TLS = Section.Keys.ofOwn("ca", "sni");

    /** The values of {@code type}. */
    private enum Type {
        SOCKS5,
        HTTP,
        DIRECT,
        BLOCK,
        URL_TEST,
        FALLBACK,
        SELECT,
        LOAD_BALANCE;

        Section.Keys keys() {
            return ownKeys().and("other-protocols");
        }

        private Section.Keys ownKeys() {
            return switch (this) {
                case SOCKS5 ->
                    Section.Keys.ofOwn(
                            "type",
                            "server",
                            "username",
                            "password",
                            "udp",
                            "names",
                            "via",
                            "interface",
                            "source",
                            "mark");
                case HTTP ->
                    Section.Keys.ofOwn(
                            "type",
                            "server",
                            "username",
                            "password",
                            "tls",
                            "names",
                            "via",
                            "interface",
                            "source",
                            "mark");
                case DIRECT -> Section.Keys.ofOwn("type", "interface", "source", "mark");
                case BLOCK -> Section.Keys.ofOwn("type");
                case URL_TEST -> Section.Keys.ofOwn("type", "outbounds", "url", "interval", "timeout", "tolerance");
                case FALLBACK -> Section.Keys.ofOwn("type", "outbounds", "url", "interval", "timeout");
                case LOAD_BALANCE -> Section.Keys.ofOwn("type", "outbounds", "url", "interval", "timeout", "strategy");
                case SELECT -> Section.Keys.ofOwn("type", "outbounds");
            };
        }
    }

    private final List<Value.Named> entries;
    private final Set<String> known = new LinkedHashSet<>();
    private final DialReader dials;
    private final Map<String, Tproxy> tproxies;
    /** Outbound to the places where it names others. */
    private final Map<String, Map<String, Value>> uses = new LinkedHashMap<>();

    private final Map<String, OtherProtocols> otherProtocols = new LinkedHashMap<>();

    OutboundsReader(Section top, Marks marks, Map<String, Tproxy> tproxies) {
        this.entries = top.named("outbounds");
        this.dials = new DialReader(marks, tproxies.values(), this::other);
        this.tproxies = tproxies;
        entries.forEach(entry -> known.add(entry.name()));
        known.addAll(BUILT_IN);
    }

    Map<String, Outbound> read() {
        Map<String, Outbound> outbounds = new LinkedHashMap<>();
        if (entries.size() > MOST) {
            Value.Named first = entries.get(MOST);
            first.value().problems().error(first.at(), "outbounds", "more than " + MOST + " outbounds", "", "");
            return outbounds;
        }
        for (Value.Named entry : entries) {
            checkName(entry);
            Outbound outbound = outbound(entry);
            if (outbound != null) {
                outbounds.put(entry.name(), outbound);
            }
        }
        uses.forEach((name, others) -> others.forEach((other, value) -> {
            if (leadsTo(other, name)) {
                value.error(
                        Words.quoted(other) + " leads back to " + Words.quoted(name),
                        "outbounds must not form a circle",
                        "");
            }
        }));
        return Collections.unmodifiableMap(outbounds);
    }

    /** What {@link #read} found about other protocols, by outbound. */
    Map<String, OtherProtocols> otherProtocols() {
        return otherProtocols;
    }

    private void checkName(Value.Named entry) {
        TproxiesReader.checkName(entry);
        String clash = RESERVED.contains(entry.name())
                ? "this name has a meaning of its own"
                : tproxies.containsKey(entry.name()) ? "a tproxy has the same name" : "";
        if (!clash.isEmpty()) {
            Value value = entry.value();
            value.problems().error(entry.at(), value.key(), clash, "", "rename the outbound");
        }
    }

    private @Nullable Outbound outbound(Value.Named entry) {
        if (!(entry.value().node() instanceof YamlNode.Mapping mapping)) {
            entry.value().section(Section.Keys.ofOwn("type"));
            return null;
        }
        Position at = mapping.at();
        Optional<YamlNode.Entry> typeEntry =
                mapping.entries().stream().filter(e -> e.key().equals("type")).findFirst();
        if (typeEntry.isEmpty()) {
            entry.value().problems().error(at, entry.value().path("type"), "is missing", "it has no default", "add it");
            return null;
        }
        Value typeValue = new Value(
                entry.value().problems(),
                entry.value().path("type"),
                typeEntry.get().value());
        Type type = type(typeValue);
        Section section =
                type == null ? null : entry.value().section(type.keys().knowing(OtherNames.OUTBOUNDS));
        return type == null || section == null ? null : outbound(entry.name(), type, section);
    }

    private static @Nullable Type type(Value value) {
        String name = value.node() instanceof YamlNode.Scalar scalar ? scalar.text() : "";
        String remedy = OTHER_TYPES.get(name);
        if (remedy == null) {
            return value.choice(Type.class);
        }
        value.error("found " + Words.quoted(name), "Sluice's engine speaks SOCKS5 and HTTP", remedy);
        return null;
    }

    private @Nullable Outbound outbound(String name, Type type, Section section) {
        otherProtocols.put(name, section.choice("other-protocols", OtherProtocols.REJECT));
        return switch (type) {
            case SOCKS5 -> {
                Endpoint server = server(section);
                Optional<Credentials> credentials = credentials(section);
                boolean udp = section.flag("udp", false);
                Outbound.Names names = section.choice("names", Outbound.Names.REMOTE);
                Outbound.Dial dial = dials.read(name, section);
                yield server == null ? null : new Outbound.Socks5(name, server, credentials, udp, names, dial);
            }
            case HTTP -> {
                Endpoint server = server(section);
                Optional<Credentials> credentials = httpCredentials(section);
                Optional<Outbound.Tls> tls = tls(section, server);
                Outbound.Names names = section.choice("names", Outbound.Names.REMOTE);
                Outbound.Dial dial = dials.read(name, section);
                yield server == null ? null : new Outbound.Http(name, server, credentials, tls, names, dial);
            }
            case DIRECT -> new Outbound.Direct(name, dials.read(name, section));
            case BLOCK -> new Outbound.Block(name);
            case URL_TEST -> {
                List<String> members = members(name, section);
                Outbound.Probe probe = probe(section);
                Duration tolerance = section.or(
                        "tolerance",
                        Outbound.UrlTest.DEFAULT_TOLERANCE,
                        v -> v.parsed(text -> Times.between(Duration.ZERO, LONGEST_TIMEOUT, text)));
                yield new Outbound.UrlTest(name, members, probe, tolerance);
            }
            case FALLBACK -> new Outbound.Fallback(name, members(name, section), probe(section));
            case SELECT -> new Outbound.Select(name, members(name, section));
            case LOAD_BALANCE ->
                new Outbound.LoadBalance(
                        name,
                        members(name, section),
                        probe(section),
                        section.choice("strategy", Outbound.LoadBalance.Strategy.CONSISTENT_HASH));
        };
    }

    private static @Nullable Endpoint server(Section section) {
        Value value = section.require("server");
        boolean explained = value != null
                && section.isMisnamed("port")
                && value.node() instanceof YamlNode.Scalar scalar
                && scalar.text().indexOf(':') < 0;
        return value == null || explained ? null : value.parsed(Addresses::endpoint);
    }

    private static Optional<Credentials> credentials(Section section) {
        Value username = section.get("username");
        Value password = section.get("password");
        if (username == null || password == null) {
            if (username != null) {
                username.error(
                        "there is no password beside it", "both or neither are expected", "add password, or remove it");
            }
            if (password != null) {
                password.error(
                        "there is no username beside it", "both or neither are expected", "add username, or remove it");
            }
            return Optional.empty();
        }
        String name = credential(username);
        String secret = credential(password);
        return name == null || secret == null
                ? Optional.empty()
                : Optional.of(new Credentials(name, new Secret(secret)));
    }

    private static Optional<Credentials> httpCredentials(Section section) {
        Optional<Credentials> credentials = credentials(section);
        Value username = section.get("username");
        if (username != null
                && credentials.isPresent()
                && credentials.get().username().indexOf(':') >= 0) {
            username.error(
                    "there is a colon in it",
                    "HTTP ends a username at the first one (RFC 7617)",
                    "use another username");
        }
        return credentials;
    }

    private static @Nullable String credential(Value value) {
        String text = value.secretText();
        if (text == null) {
            return null;
        }
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < 1 || bytes > LONGEST_CREDENTIAL) {
            value.error("it has " + bytes + " bytes", "1 to " + LONGEST_CREDENTIAL + " bytes are expected", "");
            return null;
        }
        return text;
    }

    /** {@code true}, {@code false}, or a mapping that says how. */
    private static Optional<Outbound.Tls> tls(Section section, @Nullable Endpoint server) {
        Value value = section.get("tls");
        if (value == null) {
            return Optional.empty();
        }
        if (!(value.node() instanceof YamlNode.Mapping)) {
            Boolean wanted = value.flag();
            if (wanted == null || !wanted) {
                return Optional.empty();
            }
            checkServerName(value, server);
            return Optional.of(Outbound.Tls.DEFAULT);
        }
        Section settings = value.section(TLS);
        if (settings == null) {
            return Optional.empty();
        }
        if (!settings.has("sni")) {
            checkServerName(value, server);
        }
        return Optional.of(new Outbound.Tls(ca(settings), sni(settings)));
    }

    private static void checkServerName(Value tls, @Nullable Endpoint server) {
        if (server != null && !Addresses.isServerName(server.host())) {
            tls.error(
                    "TLS cannot ask for " + Words.quoted(server.host()),
                    Addresses.SERVER_NAME,
                    "write {sni: NAME} with a name that the certificate is for");
        }
    }

    /** {@code ca}: whose signature a server's certificate needs. */
    static Optional<Path> ca(Section section) {
        return Optional.ofNullable(section.get("ca"))
                .map(ca -> ca.parsed(text -> SettingsReader.absolute(text, "the absolute path of a PEM file")));
    }

    /** {@code sni}: whom a server's certificate must be for. */
    static Optional<String> sni(Section section) {
        return Optional.ofNullable(section.get("sni")).map(sni -> sni.parsed(OutboundsReader::serverName));
    }

    private static String serverName(String text) {
        if (IpLiteral.looksLikeAddress(text)) {
            throw new InvalidValueException(
                    "found the address " + Words.quoted(text),
                    "SNI carries host names only (RFC 6066)",
                    "leave it out");
        }
        String name = Addresses.domain(text);
        if (!Addresses.isServerName(name)) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text), Addresses.SERVER_NAME, "write a name that the certificate is for");
        }
        return name;
    }

    private List<String> members(String name, Section section) {
        List<String> members = new ArrayList<>();
        Value list = section.require("outbounds");
        if (list == null) {
            return members;
        }
        for (Value item : list.items()) {
            String other = other(name, item);
            if (other != null && members.contains(other)) {
                item.error(Words.quoted(other) + " for the second time", "", "remove it");
            } else if (other != null) {
                members.add(other);
            }
        }
        if (list.node() instanceof YamlNode.Sequence sequence
                && sequence.items().isEmpty()) {
            list.error("the list is empty", "at least one outbound is expected", "");
        }
        return members;
    }

    private @Nullable String other(String user, Value value) {
        String name = value.text();
        if (name != null && !known.contains(name)) {
            SettingsReader.unknown(value, "outbound", "outbounds", name, known);
            return null;
        }
        if (name != null) {
            uses.computeIfAbsent(user, u -> new LinkedHashMap<>()).putIfAbsent(name, value);
        }
        return name;
    }

    private boolean leadsTo(String from, String to) {
        Set<String> seen = new LinkedHashSet<>();
        List<String> pending = new ArrayList<>(List.of(from));
        while (!pending.isEmpty()) {
            String at = pending.removeLast();
            if (at.equals(to)) {
                return true;
            }
            if (seen.add(at)) {
                pending.addAll(uses.getOrDefault(at, Map.of()).keySet());
            }
        }
        return false;
    }

    private static Outbound.Probe probe(Section section) {
        return new Outbound.Probe(
                section.or("url", Outbound.Probe.DEFAULT.url(), v -> v.parsed(Addresses::url)),
                section.or(
                        "interval",
                        Outbound.Probe.DEFAULT.interval(),
                        v -> v.parsed(text -> Times.between(Times.SECOND, Times.DAY, text))),
                section.or(
                        "timeout",
                        Outbound.Probe.DEFAULT.timeout(),
                        v -> v.parsed(text -> Times.between(SHORTEST_TIMEOUT, LONGEST_TIMEOUT, text))));
    }
}
