// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Background;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Command;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.Lab;
import sluice.testkit.Namespace;
import sluice.testkit.Probe;
import sluice.testkit.Transport;

/** The machine under test: cgroups of its own, a daemon that manages them, and programs that run in them. */
final class Machine implements AutoCloseable {
    /** Destinations that the policies of these tests bypass, beside loopback: those of {@link Internet#OTHER4} and 6. */
    static final String BYPASS = "bypass: [127.0.0.0/8, '::1', 198.51.100.0/24, '2001:db8:3::/64']\n";
    /** A TPROXY server on port 7893; the cgroup {@code /relay} is for it. */
    static final String RELAY = "tproxies: {relay: {mark: 3000, port: 7893}}\n";
    /** Time for what has to happen. */
    static final Duration SOON = Await.SOON;

    private static final int RELAY_PORT = 7893;

    private final Lab lab;
    private final CgroupSandbox cgroups;
    private @Nullable SluiceDaemon daemon;

    private Machine(Lab lab, CgroupSandbox cgroups) {
        this.lab = lab;
        this.cgroups = cgroups;
    }

    /** A machine with the internet behind it, and these cgroups. */
    static Machine with(Lab lab, String... names) throws IOException {
        return with(lab, CgroupSandbox.create("machine"), names);
    }

    /** The same with these cgroups in a sandbox that is the machine's from now on. */
    static Machine with(Lab lab, CgroupSandbox cgroups, String... names) throws IOException {
        lab.internet();
        var machine = new Machine(lab, cgroups);
        for (var name : names) {
            machine.cgroup(name);
        }
        return machine;
    }

    CgroupSandbox cgroups() {
        return cgroups;
    }

    /** The directory of a cgroup, which is made if need be. */
    Path cgroup(String name) throws IOException {
        return cgroups.cgroup(name);
    }

    /** The far end. */
    Namespace internet() throws IOException {
        return lab.internet().namespace();
    }

    /** The daemon, which {@link #apply} has started. */
    SluiceDaemon daemon() {
        return Objects.requireNonNull(daemon);
    }

    /** Starts the daemon, or puts another configuration in force where it runs. */
    SluiceDaemon apply(String configuration) throws IOException {
        var running = daemon;
        if (running == null) {
            running = SluiceDaemon.start(lab, cgroups, configuration);
            daemon = running;
        } else {
            running.reload(cgroups, configuration);
        }
        return running;
    }

    /** A TPROXY server for TCP that relays, in the cgroup {@code relay}. */
    Haproxy relay() throws IOException {
        return Haproxy.tproxy(lab.here(), "relay", RELAY_PORT, cgroup("relay"));
    }

    /** A TPROXY server for UDP that answers in place of the destination, in the cgroup {@code relay}. */
    Answer datagramRelay() throws IOException {
        return Answer.transparent(lab.here(), "relay", Transport.UDP, RELAY_PORT, cgroup("relay"));
    }

    /** A program in a cgroup. */
    Command in(String name, String... words) throws IOException {
        return lab.here().command(words).bornIn(cgroup(name));
    }

    /** One HTTP request from a cgroup; an IPv6 address without brackets. */
    Command curl(String name, String address, String seconds) throws IOException {
        return in(name, "curl", "-gsS", "-m", seconds, url(address));
    }

    /** The page that a program in the cgroup gets. */
    String page(String name, String address) throws IOException {
        return curl(name, address, "20").run().out();
    }

    /** Datagrams from one socket of a cgroup. */
    Command datagrams(String name, int everyMillis, int count, String... destinations) throws IOException {
        return Probe.udp(lab.here(), everyMillis, count, destinations).bornIn(cgroup(name));
    }

    /** A download that lasts until it is closed. */
    Download download(String name, String address, int port) throws IOException {
        var probe = Probe.tcp(lab.here(), 100_000, address, port)
                .bornIn(cgroup(name))
                .start();
        return new Download(probe, "tick");
    }

    /** Datagrams to and fro, every 10 ms, until it is closed. */
    Download stream(String name, String address, int port) throws IOException {
        var probe = datagrams(name, 10, 10_000, address, Integer.toString(port)).start();
        return new Download(probe, "reply from " + address + " " + port);
    }

    private static String url(String address) {
        return address.contains(":") ? "http://[" + address + "]/" : "http://" + address + "/";
    }

    /**
     * Something that runs on while the world changes around it.
     *
     * @param sign what a line begins with that tells of progress
     */
    record Download(Background process, String sign) implements AutoCloseable {
        long progress() throws IOException {
            return process.lines().stream()
                    .filter(line -> line.startsWith(sign))
                    .count();
        }

        /** Returns once it has got on a good deal further. */
        Download awaitProgress() throws IOException {
            long before = progress();
            Await.until("20 more times \"" + sign + "\"", SOON, () -> progress() >= before + 20);
            assertThat(process.alive()).isTrue();
            return this;
        }

        /** The line that tells who answers and on what. */
        String greeting() throws IOException {
            return process.lines().stream()
                    .filter(line -> line.contains(" from ") && line.contains(" to "))
                    .reduce((first, second) -> second)
                    .orElse("");
        }

        @Override
        public void close() {
            process.close();
        }
    }

    @Override
    public void close() throws IOException {
        if (daemon != null) {
            daemon.close();
        }
        cgroups.close();
    }
}
