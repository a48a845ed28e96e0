// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import sluice.testkit.Internet;
import sluice.testkit.Transport;

/** One combination of what the coexistence matrix is made of. */
record Cell(Neighbour neighbour, Order order, Target target, Version version, Transport transport) {
    /** Which rules are in the kernel first. */
    enum Order {
        /** The neighbour's. */
        NEIGHBOUR_FIRST,
        /** Sluice's. */
        SLUICE_FIRST
    }

    /** The cgroup of this name is for it. */
    enum Target {
        DIRECT(9004, "server"),
        TPROXY(9001, "relay"),
        PROXY(9002, "server"),
        DROP(9003, Conversation.NOTHING),
        /** The engine answers. */
        DNS_CAPTURE(53, "203.0.113.77"),
        /** Another server answers: {@code dns-hijack}. */
        DNS_HIJACK(53, "203.0.113.78");

        final int port;
        private final String heard;

        Target(int port, String heard) {
            this.port = port;
            this.heard = heard;
        }

        String cgroup() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Of the internet protocol. */
    enum Version {
        IPV4(Internet.SERVER4, Internet.OTHER4),
        IPV6(Internet.SERVER6, Internet.OTHER6);

        private final String server;
        private final String other;

        Version(String server, String other) {
            this.server = server;
            this.other = other;
        }

        String nft() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** All there are. */
    static List<Cell> all() {
        var all = new ArrayList<Cell>();
        for (var neighbour : Neighbour.values()) {
            for (var order : Order.values()) {
                for (var target : Target.values()) {
                    for (var version : Version.values()) {
                        for (var transport : Transport.values()) {
                            all.add(new Cell(neighbour, order, target, version, transport));
                        }
                    }
                }
            }
        }
        return List.copyOf(all);
    }

    /** Its factors, in the order of the components. */
    List<Object> factors() {
        return List.of(neighbour, order, target, version, transport);
    }

    /** Where it leads; the two of DNS have a server each, so that what gets away can be told apart. */
    String address() {
        return target == Target.DNS_HIJACK ? version.other : version.server;
    }

    /** What its application says and hears. */
    Conversation conversation() {
        var kind = target.port == 53 ? "dns-" + transport.label() : transport.label();
        return new Conversation(target.cgroup(), kind, address(), target.port, target.heard);
    }

    @Override
    public String toString() {
        return target + " " + version + " " + transport;
    }
}
