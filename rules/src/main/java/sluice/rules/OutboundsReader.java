// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code outbounds}. */
final class OutboundsReader {
    /** Outbounds that are always there. */
    static final List<String> BUILT_IN = List.of("direct", "block");

    /** Names that mean something else wherever an outbound's name may stand. */
    private static final List<String> RESERVED = List.of("direct", "block", "drop", "reject", "GLOBAL");

    private static final int MOST = 1000;
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h)?");
    private static final Duration SHORTEST_INTERVAL = Duration.ofSeconds(1);
    private static final Duration LONGEST_INTERVAL = Duration.ofDays(1);
    private static final int LONGEST_CREDENTIAL = 255;

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
            return switch (this) {
                case SOCKS5 ->
                    Section.Keys.ofOwn("type", "server", "username", "password", "udp", "via", "interface", "mark");
                case HTTP ->
                    Section.Keys.ofOwn("type", "server", "username", "password", "tls", "via", "interface", "mark");
                case DIRECT -> Section.Keys.ofOwn("type", "interface", "mark");
                case BLOCK -> Section.Keys.ofOwn("type");
                case URL_TEST -> Section.Keys.ofOwn("type", "outbounds", "url", "interval", "tolerance");
                case FALLBACK, LOAD_BALANCE -> Section.Keys.ofOwn("type", "outbounds", "url", "interval");
                case SELECT -> Section.Keys.ofOwn("type", "outbounds");
            };
        }
    }

    private final List<Value.Named> entries;
    private final Set<String> known = new LinkedHashSet<>();
    private final Marks marks;
    private final Map<String, Tproxy> tproxies;
    /** Outbound to the places where it names others. */
    private final Map<String, Map<String, Value>> uses = new LinkedHashMap<>();

    OutboundsReader(Section top, Marks marks, Map<String, Tproxy> tproxies) {
        this.entries = top.named("outbounds");
        this.marks = marks;
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
            entry.value().section(Section.Keys.ofOwn());
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
        Type type = typeValue.choice(Type.class);
        Section section = type == null ? null : entry.value().section(type.keys());
        return type == null || section == null ? null : outbound(entry.name(), type, section);
    }

    private @Nullable Outbound outbound(String name, Type type, Section section) {
        return switch (type) {
            case SOCKS5 -> {
                Endpoint server = server(section);
                Optional<Credentials> credentials = credentials(section);
                boolean udp = section.flag("udp", false);
                Outbound.Dial dial = dial(name, section);
                yield server == null ? null : new Outbound.Socks5(name, server, credentials, udp, dial);
            }
            case HTTP -> {
                Endpoint server = server(section);
                Optional<Credentials> credentials = credentials(section);
                boolean tls = section.flag("tls", false);
                Outbound.Dial dial = dial(name, section);
                yield server == null ? null : new Outbound.Http(name, server, credentials, tls, dial);
            }
            case DIRECT -> new Outbound.Direct(name, dial(name, section));
            case BLOCK -> new Outbound.Block(name);
            case URL_TEST -> {
                List<String> members = members(name, section);
                Outbound.Probe probe = probe(section);
                Duration tolerance = section.or(
                        "tolerance", Outbound.UrlTest.DEFAULT_TOLERANCE, v -> v.parsed(OutboundsReader::duration));
                yield new Outbound.UrlTest(name, members, probe, tolerance);
            }
            case FALLBACK -> new Outbound.Fallback(name, members(name, section), probe(section));
            case SELECT -> new Outbound.Select(name, members(name, section));
            case LOAD_BALANCE -> new Outbound.LoadBalance(name, members(name, section), probe(section));
        };
    }

    private static @Nullable Endpoint server(Section section) {
        Value value = section.require("server");
        return value == null ? null : value.parsed(Addresses::endpoint);
    }

    private static Optional<Credentials> credentials(Section section) {
        Value username = section.get("username");
        Value password = section.get("password");
        if (username == null || password == null) {
            if (username != null) {
                username.error("there is no password beside it", "both or neither are expected", "");
            }
            if (password != null) {
                password.error("there is no username beside it", "both or neither are expected", "");
            }
            return Optional.empty();
        }
        String name = credential(username);
        String secret = credential(password);
        return name == null || secret == null
                ? Optional.empty()
                : Optional.of(new Credentials(name, new Secret(secret)));
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

    private Outbound.Dial dial(String name, Section section) {
        Value via = section.get("via");
        String carrier = via == null ? null : other(name, via);
        Value iface = section.get("interface");
        String interfaceName = iface == null ? null : iface.parsed(OutboundsReader::interfaceName);
        int mark = section.number("mark", 0, 0, SettingsReader.MOST_32_BITS);
        Value markValue = section.get("mark");
        if (markValue != null && (mark & marks.guard()) != 0) {
            markValue.error(
                    "mark " + markValue.node().description() + " contains the loop guard",
                    String.format("the bit 0x%08x is added anyway", marks.guard()),
                    "choose a mark without it");
        }
        for (Tproxy tproxy : tproxies.values()) {
            if (markValue != null && mark != 0 && (mark & marks.mask()) == tproxy.mark()) {
                markValue.error(
                        "mark " + markValue.node().description() + " is the mark of tproxy "
                                + Words.quoted(tproxy.name()),
                        "the connection would come back",
                        "choose another number");
            }
        }
        return new Outbound.Dial(Optional.ofNullable(carrier), Optional.ofNullable(interfaceName), mark);
    }

    private static String interfaceName(String text) {
        if (text.getBytes(StandardCharsets.UTF_8).length > 15
                || !text.matches("[^\\s/:]+")
                || text.matches("\\.\\.?")) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text),
                    "the name of an interface is expected, at most 15 bytes",
                    "such as wg0");
        }
        return text;
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
                section.or("interval", Outbound.Probe.DEFAULT.interval(), v -> v.parsed(OutboundsReader::interval)));
    }

    private static Duration interval(String text) {
        Duration interval = duration(text);
        if (interval.compareTo(SHORTEST_INTERVAL) < 0 || interval.compareTo(LONGEST_INTERVAL) > 0) {
            throw new InvalidValueException("found " + Words.quoted(text), "1s to 24h are expected", "");
        }
        return interval;
    }

    static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches() || matcher.group(2) == null) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text), "a time with its unit (ms, s, m, h) is expected", "such as 60s");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            default -> Duration.ofHours(count);
        };
    }
}
