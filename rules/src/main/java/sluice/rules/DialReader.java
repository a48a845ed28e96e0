// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads how an outbound's connections are opened.
 *
 * @param others turns the name of another outbound into itself, and notes that the first one uses it
 */
record DialReader(Marks marks, Collection<Tproxy> tproxies, BiFunction<String, Value, @Nullable String> others) {
    Outbound.Dial read(String name, Section section) {
        Value via = section.get("via");
        String carrier = via == null ? null : others.apply(name, via);
        if (via != null) {
            for (String key : List.of("interface", "source", "mark")) {
                Value value = section.get(key);
                if (value != null) {
                    value.error(
                            "it has no effect beside via",
                            "the outbound that via names opens the connection",
                            "set it there");
                }
            }
        }
        Value iface = section.get("interface");
        String interfaceName = iface == null ? null : iface.parsed(DialReader::interfaceName);
        return new Outbound.Dial(
                Optional.ofNullable(carrier), Optional.ofNullable(interfaceName), sources(section), mark(section));
    }

    private int mark(Section section) {
        int mark = section.number("mark", 0, 0, SettingsReader.MOST_32_BITS);
        Value markValue = section.get("mark");
        if (markValue != null && (mark & marks.guard()) != 0) {
            markValue.error(
                    "mark " + markValue.node().description() + " contains the loop guard",
                    String.format("the bit 0x%08x is added anyway", marks.guard()),
                    "choose a mark without it");
        }
        for (Tproxy tproxy : tproxies) {
            if (markValue != null && mark != 0 && (mark & marks.mask()) == tproxy.mark()) {
                markValue.error(
                        "mark " + markValue.node().description() + " is the mark of tproxy "
                                + Words.quoted(tproxy.name()),
                        "the connection would come back",
                        "choose another number");
            }
        }
        return mark;
    }

    private static List<InetAddress> sources(Section section) {
        List<InetAddress> sources = new ArrayList<>();
        for (Value item : section.oneOrMore("source")) {
            InetAddress source = item.parsed(DialReader::source);
            boolean ipv4 = source instanceof Inet4Address;
            if (source != null && sources.stream().anyMatch(other -> other instanceof Inet4Address == ipv4)) {
                item.error(
                        "a second " + (ipv4 ? "IPv4" : "IPv6") + " address",
                        "one IPv4 and one IPv6 address are expected at most",
                        "remove one");
            } else if (source != null) {
                sources.add(source);
            }
        }
        return sources;
    }

    private static InetAddress source(String text) {
        InetAddress source = IpLiteral.parse(text);
        if (source.isAnyLocalAddress() || source.isMulticastAddress() || source.isLinkLocalAddress()) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text),
                    "an address of this machine is expected",
                    source.isLinkLocalAddress() ? "use interface" : "");
        }
        return source;
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
}
