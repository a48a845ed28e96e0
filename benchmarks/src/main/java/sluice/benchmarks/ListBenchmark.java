// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Lab;

/** What a long list of names costs: time until the daemon is ready, memory afterwards, and the same after a reload. {@code build/bench lists}. */
public final class ListBenchmark {
    private static final int ROUNDS = 2;
    private static final List<String> DOMAINS = List.of(".com", ".net", ".org", ".co.example");

    private final Lab lab;
    private final CgroupSandbox cgroups;
    private final int names;
    private final Duration rest;

    /**
     * Measures in a lab.
     *
     * @param names number of names in the list
     * @param rest how long the daemon is left alone before its memory is looked at
     */
    ListBenchmark(Lab lab, CgroupSandbox cgroups, int names, Duration rest) {
        this.lab = lab;
        this.cgroups = cgroups;
        this.names = names;
        this.rest = rest;
    }

    /**
     * What a daemon with a list needs.
     *
     * @param readyMillis from before fork(2) until READY=1
     * @param mebibytes {@code VmRSS} when idle after the start
     * @param reloadMillis until {@code sluice reload} returns
     * @param mebibytesReloaded {@code VmRSS} when idle after the reload
     */
    record Cost(double readyMillis, double mebibytes, double reloadMillis, double mebibytesReloaded) {}

    /**
     * Measures the programs in turns.
     *
     * @param arguments the program, the number of names, and other programs to compare with
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length < 1) {
            System.err.println("usage: ListBenchmark PROGRAM [NAMES [PROGRAM...]]");
            System.exit(2);
        }
        int names = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000_000;
        var programs = Stream.concat(
                        Stream.of(arguments).limit(1), Stream.of(arguments).skip(2))
                .toList();
        try (var lab = Lab.open("lists");
                var cgroups = CgroupSandbox.create("lists")) {
            new ListBenchmark(lab, cgroups, names, Duration.ofSeconds(10)).compare(programs);
        }
    }

    private void compare(List<String> programs) throws IOException, InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            for (var program : programs) {
                var path = Path.of(program).toAbsolutePath();
                System.out.println(program);
                print("one name", measure(path, 1));
                print("%,d names".formatted(names), measure(path, names));
            }
        }
    }

    private static void print(String list, Cost cost) {
        System.out.printf(
                "  %-16s ready %6.0f ms, %4.0f MiB; reloaded %6.0f ms, %4.0f MiB%n",
                list, cost.readyMillis, cost.mebibytes, cost.reloadMillis, cost.mebibytesReloaded);
    }

    /** Starts a program with a list of so many names, and reloads it. */
    Cost measure(Path program, int count) throws IOException, InterruptedException {
        cgroups.cgroup("proxied");
        var socket = lab.directory().resolve("control.sock");
        var configuration = lab.file("config.yaml", """
                version: 1
                cgroup-root: %s
                bypass: [127.0.0.0/8, "::1", 224.0.0.0/4, "ff00::/8"]
                api: {socket: "%s"}
                outbounds: {office: {type: socks5, server: "127.0.0.1:1080"}}
                routes: [{domain-file: "%s", outbound: block}]
                rules: [{match: '^/proxied$', proxy: office}]
                """.formatted(cgroups.root(), socket, list(count)));
        try (var daemon = StartedDaemon.start(lab, program, configuration)) {
            TimeUnit.MILLISECONDS.sleep(rest.toMillis());
            double resident = daemon.memoryMebibytes("VmRSS");
            long start = System.nanoTime();
            lab.here()
                    .command(program.toString(), "reload", "--socket", socket.toString())
                    .run();
            double millis = (System.nanoTime() - start) / 1e6;
            TimeUnit.MILLISECONDS.sleep(rest.toMillis());
            return new Cost(daemon.readyMillis(), resident, millis, daemon.memoryMebibytes("VmRSS"));
        }
    }

    /** Names as in lists of advertisers: 5 to 16 letters and digits below a domain, a third of them for everything below them. */
    private Path list(int count) throws IOException {
        var random = new Random(4711);
        var file = lab.directory().resolve("names.txt");
        try (var out = Files.newBufferedWriter(file)) {
            for (int i = 0; i < count; i++) {
                out.write(i % 3 == 0 ? "*." : "");
                for (int letter = 5 + random.nextInt(12); letter > 0; letter--) {
                    out.write(Character.forDigit(random.nextInt(Character.MAX_RADIX), Character.MAX_RADIX));
                }
                out.write(DOMAINS.get(random.nextInt(DOMAINS.size())));
                out.write('\n');
            }
        }
        return file;
    }
}
