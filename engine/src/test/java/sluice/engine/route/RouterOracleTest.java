// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;
import sluice.rules.Protocol;
import sluice.testkit.Scale;

/** Random routes against a reading of the same lines that tries one after the other. */
class RouterOracleTest {
    private static final long SEED = 4711;
    private static final List<String> LABELS = List.of("a", "b", "www", "x-1");
    private static final List<String> TOPS = List.of("example", "org", "net");

    /** One route, as simple as it can be read. */
    private record Line(List<String> domains, List<String> cidrs, int port, String network, String protocol) {
        String yaml() {
            var keys = new ArrayList<String>();
            if (!domains.isEmpty()) {
                keys.add("domain: ['" + String.join("', '", domains) + "']");
            }
            if (!cidrs.isEmpty()) {
                keys.add("cidr: ['" + String.join("', '", cidrs) + "']");
            }
            if (port > 0) {
                keys.add("port: " + port);
            }
            keys.add("network: " + network);
            if (!protocol.isEmpty()) {
                keys.add("protocol: " + protocol);
            }
            return "{" + String.join(", ", keys) + ", outbound: o1}";
        }

        boolean fits(Transport transport, Destination to, @Nullable Protocol found) {
            var name = to.name();
            return (domains.isEmpty() || (name != null && domains.stream().anyMatch(d -> fits(d, name))))
                    && (cidrs.isEmpty()
                            || cidrs.stream()
                                    .anyMatch(c -> contains(c, to.endpoint().address())))
                    && (port == 0 || port == to.endpoint().port())
                    && (network.equals("any") || network.equalsIgnoreCase(transport.name()))
                    && (protocol.isEmpty() || (found != null && protocol.equalsIgnoreCase(found.name())));
        }

        private static boolean fits(String domain, String name) {
            if (domain.startsWith("keyword:")) {
                return name.contains(domain.substring(8));
            }
            return domain.startsWith("*") ? name.endsWith(domain.substring(1)) : name.equals(domain);
        }

        private static boolean contains(String cidr, InetAddress address) {
            byte[] network =
                    InetAddress.ofLiteral(cidr.substring(0, cidr.indexOf('/'))).getAddress();
            byte[] bytes = address.getAddress();
            if (network.length != bytes.length) {
                return false;
            }
            for (int bit = 0; bit < Integer.parseInt(cidr.substring(cidr.indexOf('/') + 1)); bit++) {
                if (((network[bit / 8] ^ bytes[bit / 8]) & 0x80 >> bit % 8) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    private final Random random = new Random(SEED);

    private String name() {
        var name = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            name.append(LABELS.get(random.nextInt(LABELS.size()))).append('.');
        }
        return name.append(TOPS.get(random.nextInt(TOPS.size()))).toString();
    }

    private String domain() {
        return switch (random.nextInt(5)) {
            case 0 -> "keyword:" + List.of("w.e", "x-", "b.o").get(random.nextInt(3));
            case 1, 2 -> "*." + name();
            default -> name();
        };
    }

    /** Few different bits, at both ends, so that blocks nest and touch. */
    private byte[] address() {
        byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
        bytes[0] = random.nextBoolean() ? (byte) (random.nextInt(4) << 6) : (byte) 0xff;
        bytes[1] = (byte) random.nextInt(3);
        for (int i = 2; i < bytes.length - 1; i++) {
            bytes[i] = (byte) (random.nextInt(8) == 0 ? 0x80 : bytes[0] == -1 ? 0xff : 0);
        }
        bytes[bytes.length - 1] = (byte) random.nextInt();
        return bytes;
    }

    private String cidr() throws UnknownHostException {
        byte[] bytes = address();
        int length = random.nextInt(bytes.length * 8 + 1);
        for (int bit = length; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
        }
        return InetAddress.getByAddress(bytes).getHostAddress() + "/" + length;
    }

    private Line line() throws UnknownHostException {
        List<String> domains = new ArrayList<>();
        List<String> cidrs = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0 && random.nextInt(3) > 0; i--) {
            domains.add(domain());
        }
        for (int i = random.nextInt(4); i > 0 && random.nextInt(3) > 0; i--) {
            cidrs.add(cidr());
        }
        // Long lists are looked up in another way than short ones.
        if (!domains.isEmpty() && random.nextInt(12) == 0) {
            for (int i = 0; i < 300; i++) {
                domains.add("filler-" + i + ".example");
            }
        }
        if (!cidrs.isEmpty() && random.nextInt(12) == 0) {
            for (int i = 0; i < 300; i++) {
                cidrs.add("203.0." + i % 256 + "." + i / 256 + "/32");
            }
        }
        return new Line(
                domains,
                cidrs,
                random.nextInt(4) > 0 ? 0 : 80 + random.nextInt(2),
                List.of("any", "any", "tcp", "udp").get(random.nextInt(4)),
                List.of("", "", "", "tls", "quic").get(random.nextInt(5)));
    }

    private static int first(List<Line> lines, Transport transport, Destination to, @Nullable Protocol protocol) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).fits(transport, to, protocol)) {
                return i;
            }
        }
        return -1;
    }

    @Test
    void decidesAsTryingOneAfterTheOtherDoes() throws Exception {
        int decided = 0;
        int spared = 0;
        for (int round = 0; round < Scale.of(200, 20_000); round++) {
            List<Line> lines = new ArrayList<>();
            for (int i = random.nextInt(1, 30); i > 0; i--) {
                lines.add(line());
            }
            var router = new Router(Routes.of(lines.stream().map(Line::yaml).toArray(String[]::new)));
            for (int flow = 0; flow < 100; flow++) {
                var transport = random.nextBoolean() ? Transport.TCP : Transport.UDP;
                var endpoint = new InetEndpoint(InetAddress.getByAddress(address()), 80 + random.nextInt(3));
                var protocol = random.nextBoolean() ? null : transport == Transport.TCP ? Protocol.TLS : Protocol.QUIC;
                var to = new Destination(endpoint, random.nextInt(4) == 0 ? null : name());
                int expected = first(lines, transport, to, protocol);
                assertThat(router.decide(transport, to, protocol, Owner.UNKNOWN).route())
                        .as("%s %s %s by %s", transport, to, protocol, lines)
                        .isEqualTo(expected);
                decided += expected < 0 ? 0 : 1;
                if (!router.wantsName(transport, new Destination(endpoint))) {
                    assertThat(first(lines, transport, new Destination(endpoint), null))
                            .as("%s %s says nothing new by %s", to, protocol, lines)
                            .isEqualTo(expected);
                    spared++;
                }
            }
        }
        assertThat(decided).isPositive();
        assertThat(spared).isPositive();
    }
}
