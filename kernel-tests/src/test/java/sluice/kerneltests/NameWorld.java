// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sluice.testkit.Command;
import sluice.testkit.Dnsmasq;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.Lab;
import sluice.testkit.PacketCounter;
import sluice.testkit.Transport;
import sluice.testkit.Unbound;

/**
 * A machine as applications find it: 127.0.0.53 is their name server, where a resolver of the machine listens, and loopback is in bypass. Behind
 * it an internet with a web server, a name server that speaks everything, another one that knows other addresses, and a SOCKS5 proxy, which knows
 * a name that nobody else does.
 *
 * @param machine with the cgroups {@code proxied} and {@code other}
 * @param local the machine's resolver
 * @param unbound on {@link Internet#SERVER4} and 6
 */
record NameWorld(Lab lab, Machine machine, Dnsmasq local, Unbound unbound) implements AutoCloseable {
    /** A name whose true address, {@link Internet#SERVER4}, every server knows. */
    static final String WEB = "www.web.example";

    /** A name that only the proxy knows. */
    static final String HIDDEN = "hidden.office.example";

    /** What the machine's resolver says for {@link #LOCAL}. */
    static final String LOCAL_ADDRESS = "192.0.2.99";

    /** A name that the machine's resolver knows, and nobody else. */
    static final String LOCAL = "printer.lan.example";

    /** A name for which {@link #unbound} says {@link #SPLIT_ADDRESS}, and the server on {@link Internet#OTHER4} {@link #SPLIT_OTHER}. */
    static final String SPLIT = "split.example";

    static final String SPLIT_ADDRESS = "192.0.2.71";
    static final String SPLIT_OTHER = "192.0.2.72";

    static final int SOCKS = 1080;

    /** Applications ask here. */
    static final String STUB = "127.0.0.53";

    static NameWorld open(Lab lab) throws IOException {
        return open(lab, Machine.with(lab, "proxied", "other"));
    }

    static NameWorld open(Lab lab, Machine machine) throws IOException {
        var internet = machine.internet();
        Haproxy.web(internet, "web", 80);
        var known = new LinkedHashMap<>(
                Map.of(WEB, Internet.SERVER4, SPLIT, SPLIT_ADDRESS, "six.web.example", Internet.SERVER6));
        for (int i = 0; i < 20; i++) {
            known.put("host-" + i + ".web.example", Internet.SERVER4);
        }
        var unbound = Unbound.start(internet, List.of(Internet.SERVER4, Internet.SERVER6), known);
        Dnsmasq.start(
                internet,
                List.of(Internet.OTHER4, Internet.OTHER6),
                53,
                Map.of("web.example", Internet.SERVER4, SPLIT, SPLIT_OTHER),
                null);
        var local = Dnsmasq.start(
                lab.here(), List.of(STUB), 53, Map.of("web.example", Internet.SERVER4, LOCAL, LOCAL_ADDRESS), null);
        lab.file("proxy-hosts", Internet.SERVER4 + " " + WEB + " " + HIDDEN + " six.web.example\n");
        lab.file("resolv.conf", "nameserver " + STUB + "\noptions timeout:5 attempts:1\n");
        lab.file("nsswitch.conf", "hosts: files dns\n");
        var world = new NameWorld(lab, machine, local, unbound);
        world.startProxy(
                SOCKS, "microsocks", "-i", Internet.OTHER4, "-b", Internet.OTHER4, "-p", Integer.toString(SOCKS));
        return world;
    }

    /** Starts a proxy of the internet that knows the names, and returns when it listens. */
    void startProxy(int port, String... words) throws IOException {
        var hosts = lab.directory().resolve("proxy-hosts").toString();
        machine.internet().command(with(Map.of("/etc/hosts", hosts), words)).start();
        machine.internet().awaitListener(Transport.TCP, port, Machine.SOON);
    }

    /** Words that run a program where files of /etc are others. */
    private static String[] with(Map<String, String> files, String... words) {
        var script = new StringBuilder();
        files.forEach((name, file) -> script.append("mount --bind ")
                .append(file)
                .append(' ')
                .append(name)
                .append(" && "));
        var line = new ArrayList<>(List.of(
                "unshare", "--mount", "--propagation", "private", "--", "sh", "-c", script + "exec \"$@\"", "sh"));
        line.addAll(List.of(words));
        return line.toArray(String[]::new);
    }

    /** A program in a cgroup, which finds names by 127.0.0.53. */
    Command in(String cgroup, String... words) throws IOException {
        var files = Map.of(
                "/etc/resolv.conf", lab.directory().resolve("resolv.conf").toString(),
                "/etc/nsswitch.conf", lab.directory().resolve("nsswitch.conf").toString());
        return machine.in(cgroup, with(files, words));
    }

    /** What dig finds, a line each; fails when the answer comes from another address than the one asked. */
    String dig(String cgroup, String server, String... words) throws IOException {
        var line = new ArrayList<>(List.of("dig", "+short", "+tries=1", "+time=20", "@" + server));
        line.addAll(List.of(words));
        return machine.in(cgroup, line.toArray(String[]::new)).run().out().strip();
    }

    /** A page, as curl gets it from a name. */
    String page(String cgroup, String name) throws IOException {
        return in(cgroup, "curl", "-sS", "-m", "20", "http://" + name + "/")
                .run()
                .out();
    }

    /** A configuration: SOCKS5 for {@code proxied}, and these lines of {@code dns}. */
    String configuration(String dns) {
        return configuration(dns, "");
    }

    /** The same with more. */
    String configuration(String dns, String more) {
        return """
                bypass: [127.0.0.0/8, '::1', 192.0.2.0/24, 198.51.100.0/24]
                outbounds: {office: {type: socks5, server: '%s:%d'}}
                %srules:
                  - {match: '^/proxied', proxy: office}
                dns: {file: %s/fakes, %s}
                """.formatted(Internet.OTHER4, SOCKS, more, lab.directory(), dns);
    }

    /** Counts what leaves the machine for port 53. */
    PacketCounter escaped() throws IOException {
        return machine.internet().count("iifname machine meta l4proto {tcp, udp} th dport 53");
    }

    @Override
    public void close() throws IOException {
        machine.close();
    }
}
