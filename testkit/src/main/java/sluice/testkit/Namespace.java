// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A network namespace of a {@link Lab}: the one the JVM is in ({@link Lab#here}), or a further one, which exists as long as
 * a process of the lab holds it and so vanishes even when the JVM is killed. Any thread.
 */
public final class Namespace {
    private final Lab lab;
    private final String name;
    private final long pid;
    private final boolean here;

    Namespace(Lab lab, String name, long pid, boolean here) {
        this.lab = lab;
        this.name = name;
        this.pid = pid;
        this.here = here;
    }

    /** The lab it belongs to. */
    public Lab lab() {
        return lab;
    }

    /** Its name within the lab. */
    public String name() {
        return name;
    }

    /** The file that stands for it, for setns(2) and nsenter(1), while the lab is open. */
    public String path() {
        return "/proc/" + pid + "/ns/net";
    }

    /** What to type to look around in it. */
    public String enterLine() {
        return "nsenter --net=" + path();
    }

    /** A program to run in it. */
    public Command command(String... words) {
        return new Command(this, List.of(words));
    }

    /** Runs a program that has to succeed: {@code command(words).run()}. */
    public Output run(String... words) throws IOException {
        return command(words).run();
    }

    /** Runs several commands in one shell that stops at the first failure. */
    public Output script(String text) throws IOException {
        return command("sh", "-euc", text).run();
    }

    /** Adds addresses with their prefix lengths ({@code 192.0.2.1/24}, {@code 2001:db8::1/64}), usable at once. */
    public Namespace address(String device, String... cidrs) throws IOException {
        for (var cidr : cidrs) {
            if (cidr.contains(":")) {
                run("ip", "-6", "address", "add", cidr, "dev", device, "nodad");
            } else {
                run("ip", "-4", "address", "add", cidr, "dev", device);
            }
        }
        return this;
    }

    /** Adds a route, as {@code ip route add} takes it; an address with a colon makes it an IPv6 one. */
    public Namespace route(String destination, String via) throws IOException {
        run("ip", via.contains(":") ? "-6" : "-4", "route", "add", destination, "via", via);
        return this;
    }

    /** Counts the packets that arrive here and match an nft expression, such as {@code udp dport 9}. */
    public PacketCounter count(String expression) throws IOException {
        return PacketCounter.install(this, expression);
    }

    /** Returns once something listens on the port, for each of the families. */
    public void awaitListener(Transport transport, int port, Duration limit) {
        Await.until(this + ": a " + transport.label() + " listener on port " + port, limit, () -> {
            var sockets = run("ss", "-H", "-l", "-n", transport.flag(), "sport = :" + port);
            return !sockets.out().isBlank();
        });
    }

    List<String> prefix() {
        return here ? List.of() : List.of("nsenter", "--net=" + path(), "--");
    }

    @Override
    public String toString() {
        return lab.name() + "/" + name + " (" + enterLine() + ")";
    }
}
