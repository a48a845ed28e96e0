// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads {@code tproxies}. */
final class TproxiesReader {
    private static final Section.Keys KEYS = new Section.Keys(
            List.of("mark", "port", "no-udp", "no-ipv6", "dns-hijack"),
            List.of("when-down", "other-protocols"),
            OtherNames.TPROXIES);
    private static final Section.Keys HIJACK_KEYS = new Section.Keys(List.of("ip", "port", "tcp"), List.of("ip6"));
    private static final int LONGEST_NAME = 64;

    private final Marks marks;
    private final Map<Integer, String> names = new HashMap<>();

    private TproxiesReader(Marks marks) {
        this.marks = marks;
    }

    static Map<String, Tproxy> read(Section top, Marks marks) {
        var reader = new TproxiesReader(marks);
        Map<String, Tproxy> tproxies = new LinkedHashMap<>();
        for (Value.Named entry : top.named("tproxies")) {
            checkName(entry);
            Tproxy tproxy = reader.tproxy(entry);
            if (tproxy != null) {
                tproxies.put(entry.name(), tproxy);
            }
        }
        return Collections.unmodifiableMap(tproxies);
    }

    /** Names stand in logs and in the comments of kernel objects. */
    static void checkName(Value.Named entry) {
        String name = entry.name();
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > LONGEST_NAME || !name.codePoints().allMatch(Words::isPrintable)) {
            entry.value()
                    .problems()
                    .error(
                            entry.at(),
                            entry.value().key(),
                            bytes > LONGEST_NAME
                                    ? "the name has " + bytes + " bytes"
                                    : "the name is empty or not printable",
                            "1 to " + LONGEST_NAME + " bytes of printable text are expected",
                            "rename it");
        }
    }

    private @Nullable Tproxy tproxy(Value.Named entry) {
        Section section = entry.value().section(KEYS);
        if (section == null) {
            return null;
        }
        Value mark = section.require("mark");
        Value port = section.require("port");
        Long markNumber = mark == null ? null : mark.number(1, SettingsReader.MOST_32_BITS);
        Long portNumber = port == null ? null : port.number(1, 65535);
        boolean noUdp = section.flag("no-udp", false);
        boolean noIpv6 = section.flag("no-ipv6", false);
        Tproxy.WhenDown whenDown = section.choice("when-down", Tproxy.WhenDown.DROP);
        OtherProtocols otherProtocols = section.choice("other-protocols", OtherProtocols.DIRECT);
        Section hijackSection = section.section("dns-hijack", HIJACK_KEYS);
        Optional<DnsHijack> hijack = Optional.ofNullable(hijackSection == null ? null : hijack(hijackSection));
        if (mark == null || markNumber == null || portNumber == null) {
            return null;
        }
        checkMark(mark, markNumber.intValue(), entry.name());
        return new Tproxy(
                entry.name(),
                markNumber.intValue(),
                portNumber.intValue(),
                noUdp,
                noIpv6,
                whenDown,
                hijack,
                otherProtocols);
    }

    private void checkMark(Value value, int mark, String name) {
        String found = "mark " + value.node().description();
        if ((mark & ~marks.mask()) != 0) {
            value.error(
                    found + " has bits outside of marks.mask",
                    String.format("the policy rules compare the bits 0x%08x", marks.mask()),
                    "choose a mark within them");
        }
        if ((mark & marks.guard()) != 0) {
            value.error(
                    found + " contains the loop guard",
                    String.format("the bit 0x%08x marks Sluice's own packets", marks.guard()),
                    "choose a mark without it, or another marks.guard");
        }
        String other = names.putIfAbsent(mark, name);
        if (other != null) {
            value.error(
                    found + " is also the mark of " + Words.quoted(other),
                    "each server needs a mark of its own",
                    "choose another number");
        }
    }

    private static @Nullable DnsHijack hijack(Section section) {
        Value ip = section.require("ip");
        InetAddress server = ip == null ? null : ip.parsed(TproxiesReader::server);
        Value ip6 = section.get("ip6");
        InetAddress server6 = ip6 == null ? null : ip6.parsed(TproxiesReader::server);
        int port = section.number("port", DnsHijack.DEFAULT_PORT, 1, 65535);
        boolean tcp = section.flag("tcp", false);
        if (ip6 != null && server6 instanceof Inet4Address) {
            ip6.error(
                    "found " + ip6.node().description(), "an IPv6 address is expected", "put the IPv4 address into ip");
            return null;
        }
        if (ip6 != null && server instanceof Inet6Address) {
            ip6.error("ip is an IPv6 address already", "", "remove one of them");
            return null;
        }
        Optional<Inet6Address> second =
                server6 instanceof Inet6Address address ? Optional.of(address) : Optional.empty();
        return server == null ? null : new DnsHijack(server, second, port, tcp);
    }

    private static InetAddress server(String text) {
        InetAddress address = IpLiteral.parse(text);
        if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
            throw new InvalidValueException(
                    Words.quoted(text) + " is no server's address",
                    "the address of a DNS server is expected",
                    "such as 127.0.0.1");
        }
        return address;
    }
}
