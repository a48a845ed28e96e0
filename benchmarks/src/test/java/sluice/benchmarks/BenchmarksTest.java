// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import sluice.rules.Target;

/** That the benchmarks measure what they say. */
class BenchmarksTest {
    @Test
    void matchingEndsAtTheLastRule() throws Exception {
        var benchmark = new MatchingBenchmark();
        benchmark.rules = 7;
        benchmark.read();
        assertThat(benchmark.expressions().orElseThrow().target()).isInstanceOf(Target.Drop.class);
        assertThat(benchmark.applications().orElseThrow().target()).isInstanceOf(Target.Drop.class);
    }

    @Test
    void routingFindsWhatItIsAskedFor() throws Exception {
        var benchmark = new RouterBenchmark();
        benchmark.entries = 1000;
        benchmark.read();
        for (int i = 0; i < 5000; i++) {
            assertThat(benchmark.listedName().route()).isZero();
            assertThat(benchmark.otherName().route()).isEqualTo(-1);
            assertThat(benchmark.listedIpv4().route()).isEqualTo(1);
            assertThat(benchmark.otherIpv4().route()).isEqualTo(-1);
            assertThat(benchmark.listedIpv6().route()).isEqualTo(1);
        }
    }

    @Test
    void encodingWritesTheElements() {
        var benchmark = new EncodingBenchmark();
        benchmark.make();
        assertThat(benchmark.addElements().isEmpty()).isFalse();
        benchmark.close();
    }

    @Test
    void namesAreAnsweredAtOnce() throws Exception {
        var benchmark = new DnsBenchmark();
        benchmark.fill();
        for (int i = 0; i < 10_000; i++) {
            assertThat(benchmark.cached()).isNotNull();
            assertThat(benchmark.madeUp()).isNotNull();
        }
        assertThat(benchmark.read().rcode()).isZero();
        benchmark.close();
    }
}
