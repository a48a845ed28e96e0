// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.engine.route.Decision;
import sluice.engine.route.Router;
import sluice.linux.InetEndpoint;
import sluice.rules.ConfigurationReader;
import sluice.rules.InvalidConfigurationException;

/**
 * Which route a flow takes, with long lists: what the engine computes once per flow. The first route has a list of names, the second one a list
 * of blocks, half of each family. Each call asks for another destination, so that the processor's caches do not hold the answer.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgs = "-XX:+UseSerialGC")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RouterBenchmark {
    private static final int QUERIES = 1 << 16;

    /** How many names, and how many blocks. */
    @Param({"1000", "100000"})
    public int entries = 1000;

    private final Random random = new Random(7);
    private final Destination[] listedNames = new Destination[QUERIES];
    private final Destination[] otherNames = new Destination[QUERIES];
    private final Destination[] listedIpv4 = new Destination[QUERIES];
    private final Destination[] otherIpv4 = new Destination[QUERIES];
    private final Destination[] listedIpv6 = new Destination[QUERIES];
    private Router router = Router.EMPTY;
    private int next;

    /** Made by JMH. */
    public RouterBenchmark() {}

    /** Makes the lists and the destinations. */
    @Setup
    public void read() throws InvalidConfigurationException, UnknownHostException {
        var text = """
                version: 1
                routes:
                  - {domain-file: names, outbound: block}
                  - {cidr-file: blocks, outbound: direct}
                """.getBytes(StandardCharsets.UTF_8);
        var configuration = new ConfigurationReader(
                        _ -> OptionalInt.empty(),
                        file -> new ByteArrayInputStream(file.endsWith("names") ? names() : blocks()))
                .read("benchmark", text)
                .configuration();
        router = new Router(configuration.routes());
        for (int i = 0; i < QUERIES; i++) {
            int entry = random.nextInt(entries);
            int block = 2 * random.nextInt(entries / 2);
            listedNames[i] = to(new byte[] {127, 0, 0, 1}, name(entry, entry % 2 == 0 ? "www." : ""));
            otherNames[i] = to(new byte[] {127, 0, 0, 1}, name(entries + entry, "www.cdn."));
            listedIpv4[i] = to(ipv4(block, 1 + random.nextInt(255)), null);
            otherIpv4[i] = to(ipv4(block + 1, random.nextInt(256)), null);
            listedIpv6[i] = to(ipv6(block + 1, random.nextLong()), null);
        }
    }

    private static Destination to(byte[] address, @Nullable String name) throws UnknownHostException {
        return new Destination(new InetEndpoint(InetAddress.getByAddress(address), 443), name);
    }

    private static String name(int entry, String below) {
        return below + "host-" + Integer.toHexString(entry * 0x9e37_79b1)
                + (entry % 3 == 0 ? ".example.org" : ".example");
    }

    /** Every other block of 256 addresses, so that each is next to some that are not listed. */
    private static byte[] ipv4(int entry, int host) {
        return ByteBuffer.allocate(4).putInt(0x0b00_0000 + (entry << 8) + host).array();
    }

    private static byte[] ipv6(int entry, long host) {
        return ByteBuffer.allocate(16)
                .putLong(0x2001_0db8_0000_0000L + entry)
                .putLong(host)
                .array();
    }

    private byte[] names() {
        var lines = new StringBuilder();
        for (int i = 0; i < entries; i++) {
            lines.append(name(i, i % 2 == 0 ? "*." : "")).append('\n');
        }
        return lines.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private byte[] blocks() throws UnknownHostException {
        var lines = new StringBuilder();
        for (int i = 0; i < entries; i++) {
            byte[] network = i % 2 == 0 ? ipv4(i, 0) : ipv6(i, 0);
            lines.append(InetAddress.getByAddress(network).getHostAddress()).append(i % 2 == 0 ? "/24\n" : "/64\n");
        }
        return lines.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private Decision decide(Destination[] queries) {
        return router.decide(Transport.TCP, queries[next++ & (QUERIES - 1)], null, Owner.UNKNOWN);
    }

    /** A name in the list, or below one that is. */
    @Benchmark
    public Decision listedName() {
        return decide(listedNames);
    }

    /** A name of four or five labels that is not in the list, nor is its address. */
    @Benchmark
    public Decision otherName() {
        return decide(otherNames);
    }

    /** An IPv4 address in the list. */
    @Benchmark
    public Decision listedIpv4() {
        return decide(listedIpv4);
    }

    /** An IPv4 address next to one in the list. */
    @Benchmark
    public Decision otherIpv4() {
        return decide(otherIpv4);
    }

    /** An IPv6 address in the list. */
    @Benchmark
    public Decision listedIpv6() {
        return decide(listedIpv6);
    }
}
