// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import sluice.testkit.CProgram;
import sluice.testkit.Lab;

/**
 * How long after mkdir(2) the kernel announced the new cgroup as an element, in microseconds. Measured by
 * src/main/c/mkdir-probe.c in the same way whoever adds the elements.
 *
 * @param count   directories made
 * @param missing how many of them never became elements
 * @param p50     the median
 * @param p99     the 99th percentile
 * @param max     the slowest
 */
public record Propagation(int count, int missing, double p50, double p99, double max) {
    private static final Pattern RESULT = Pattern.compile(
            "\\{\"count\": (\\d+), \"missing\": (\\d+), \"p50_us\": ([\\d.]+), \"p90_us\": [\\d.]+, \"p99_us\": ([\\d.]+), \"max_us\": ([\\d.]+)}");

    /**
     * Makes {@code count} cgroups in a directory at a steady rate and measures until they are elements of a set or map of an
     * {@code inet} table; removes them.
     */
    public static Propagation measure(Lab lab, Path directory, int count, int perSecond, String table, String set)
            throws IOException {
        var probe = CProgram.of(Propagation.class, "mkdir-probe").executable().toString();
        var output = lab.here()
                .command(probe, directory.toString(), Integer.toString(count), Integer.toString(perSecond), table, set)
                .within(Duration.ofSeconds(30 + count / perSecond))
                .attempt();
        var result = RESULT.matcher(output.out());
        if (!result.find()) {
            throw new IOException("measure mkdir to element: " + output.err() + output.out());
        }
        return new Propagation(
                Integer.parseInt(result.group(1)),
                Integer.parseInt(result.group(2)),
                Double.parseDouble(result.group(3)),
                Double.parseDouble(result.group(4)),
                Double.parseDouble(result.group(5)));
    }

    /** The same for the bare C loop (src/main/c/inotify-netlink.c), which fills a table of its own. */
    public static Propagation ofBareLoop(Lab lab, Path directory, int count, int perSecond) throws IOException {
        lab.here().run("nft", "add table inet yardstick; add map inet yardstick marks { type cgroupsv2 : mark; }");
        var loop =
                CProgram.of(Propagation.class, "inotify-netlink").executable().toString();
        try (var running = lab.here()
                .command(loop, directory.toString(), "yardstick", "marks", "1")
                .start()) {
            running.awaitOutput("ready\n", Duration.ofSeconds(5));
            return measure(lab, directory, count, perSecond, "yardstick", "marks");
        } finally {
            lab.here().run("nft", "delete table inet yardstick");
        }
    }
}
