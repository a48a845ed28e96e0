// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

/** Who carries the bytes between the application and the far end in {@link EngineBenchmark}. */
public enum Peer {
    /** Nobody: the application's own connection, behind the same rules. */
    DIRECT("direct", 0),
    /** HAProxy as a TPROXY server, two threads. */
    HAPROXY("HAProxy", 7001),
    /** The same with {@code option splice-auto}, by which it decides itself when to splice. */
    HAPROXY_AUTO("HAProxy splice-auto", 7004),
    /** The same with {@code option splice-request} and {@code splice-response}: always. */
    HAPROXY_SPLICE("HAProxy splice", 7002),
    /** src/main/c/splice-relay.c. */
    YARDSTICK("C relay", 7003),
    /** Sluice's engine, outbound {@code direct}. */
    SLUICE("Sluice", 0),
    /** Sluice's engine, through a SOCKS5 server. */
    SLUICE_SOCKS("Sluice, SOCKS5", 0);

    private final String label;
    private final int port;

    Peer(String label, int port) {
        this.label = label;
        this.port = port;
    }

    /** For the table. */
    public String label() {
        return label;
    }

    /** The port of a TPROXY server, 0 for whoever needs none. */
    int port() {
        return port;
    }

    /** The cgroup whose applications it serves, relative to the sandbox. */
    String cgroup() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
