// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import sluice.netlink.nftables.DataType;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Nftables;
import sluice.netlink.nftables.Table;
import sluice.netlink.nftables.Transaction;
import sluice.netlink.nftables.Value;

/** Writing a transaction that adds elements to a map, without sending it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgs = {"-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EncodingBenchmark {
    private static final NftSet MAP = Table.inet("sluice").map("marks", DataType.CGROUP, DataType.MARK);

    /** Elements in the transaction. */
    @Param({"1", "1000"})
    public int elements = 1;

    private final Nftables nftables;
    private List<Element> all = List.of();

    /** Made by JMH; a netlink socket needs no privilege until something is sent. */
    public EncodingBenchmark() {
        try {
            nftables = Nftables.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the elements. */
    @Setup
    public void make() {
        var made = new ArrayList<Element>();
        for (int i = 0; i < elements; i++) {
            made.add(Element.of(Value.cgroup(4711 + i), Value.mark(3000))
                    .withFittingComment("/user.slice/user-1000.slice/app-" + i + ".scope"));
        }
        all = made;
    }

    /** Closes the socket. */
    @TearDown
    public void close() {
        nftables.close();
    }

    /** Begins a transaction and adds the elements with their comments. */
    @Benchmark
    public Transaction addElements() {
        return nftables.transaction().addElements(MAP, all);
    }
}
