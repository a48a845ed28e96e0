// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import sluice.testkit.Background;
import sluice.testkit.Command;
import sluice.testkit.Dnsmasq;
import sluice.testkit.Internet;
import sluice.testkit.Lab;
import sluice.testkit.Namespace;

/**
 * A machine with a cgroup for each target of the coexistence matrix, a service for others, a place for a guest, and servers at the
 * far end. Decoys listen on this machine on the ports of those servers: what is redirected has to miss them.
 */
final class Neighbourhood implements AutoCloseable {
    /** Origin of conversations that come from outside. */
    static final String OUTSIDE = "the internet";
    /** Origin of conversations that the guest begins. */
    static final String GUEST = "the guest";
    /** Of the guest, as scripts of neighbours have it. */
    static final String GUEST4 = "203.0.113.194";

    static final String GUEST6 = "2001:db8:6::2";
    /** Address of a service that only kube-proxy's rules know. */
    static final String SERVICE4 = "203.0.113.225";

    static final String SERVICE6 = "2001:db8:8::1";
    /** Of a machine in Tailscale's network. */
    static final String PEER4 = "100.64.0.9";

    static final String PEER6 = "fd7a:115c:a1e0::9";
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String QUESTION = "name.example";

    private final Lab lab;
    private final Machine machine;
    private final Namespace guest;
    private final Background decoy;

    private Neighbourhood(Lab lab, Machine machine, Namespace guest, Background decoy) {
        this.lab = lab;
        this.machine = machine;
        this.guest = guest;
        this.decoy = decoy;
    }

    /** All of it, but for neighbours and the daemon. */
    static Neighbourhood open(Lab lab) throws IOException {
        var machine = Machine.with(lab, "relay", "unmatched");
        for (var target : Cell.Target.values()) {
            machine.cgroup(target.cgroup());
        }
        var internet = machine.internet();
        var far = new ArrayList<String>();
        var near = new ArrayList<String>();
        for (var target : List.of(Cell.Target.DIRECT, Cell.Target.TPROXY, Cell.Target.PROXY, Cell.Target.DROP)) {
            for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
                far.addAll(List.of(address, "" + target.port));
            }
            near.addAll(List.of("0.0.0.0", "" + target.port, "::", "" + target.port));
        }
        near.addAll(List.of("0.0.0.0", "53", "::", "53"));
        var names = List.of(Internet.SERVER4, Internet.OTHER4, Internet.SERVER6, Internet.OTHER6);
        Dnsmasq.start(internet, names, 53, Map.of(QUESTION, "203.0.113.76"), null);
        Dnsmasq.start(internet, List.of(Internet.SERVER4), 5300, Map.of(QUESTION, "203.0.113.77"), null);
        Dnsmasq.start(
                lab.here(),
                List.of("127.0.0.1", "::1", Internet.MACHINE6),
                5354,
                Map.of(QUESTION, "203.0.113.78"),
                null);
        var guest = lab.namespace("guest");
        var servers = List.of(
                serve(internet, "server", far).start(),
                serve(lab.here(), "relay", List.of("transparent", "0.0.0.0", "7893", "::", "7893"))
                        .in(machine.cgroup("relay"))
                        .start(),
                serve(lab.here(), "service", List.of(Internet.MACHINE4, "22", Internet.MACHINE6, "22"))
                        .in(machine.cgroup("unmatched"))
                        .start(),
                serve(lab.here(), "proxied", List.of(Internet.MACHINE4, "8022", Internet.MACHINE6, "8022"))
                        .in(machine.cgroup("proxy"))
                        .start(),
                serve(guest, "guest", List.of("0.0.0.0", "8022", "::", "8022")).start());
        var decoy = serve(lab.here(), "decoy", near).start();
        for (var server : servers) {
            server.awaitOutput("ready\n", Machine.SOON);
        }
        decoy.awaitOutput("ready\n", Machine.SOON);
        return new Neighbourhood(lab, machine, guest, decoy);
    }

    private static Command serve(Namespace namespace, String name, List<String> places) {
        var words = program("serve", name);
        words.addAll(places);
        return namespace.command(words.toArray(String[]::new));
    }

    private static List<String> program(String... arguments) {
        var script = Neighbour.resource("conversation.py");
        var words = new ArrayList<>(List.of("python3", script.toString()));
        words.addAll(List.of(arguments));
        return words;
    }

    Namespace internet() throws IOException {
        return machine.internet();
    }

    /** Starts a neighbour, and returns when its rules are in force. */
    void start(Neighbour neighbour) throws IOException {
        neighbour.start(lab, guest);
    }

    /**
     * Starts the daemon.
     *
     * @param nameServer6 on this machine, which answers hijacked queries over IPv6
     */
    SluiceDaemon start(String nameServer6) throws IOException {
        return machine.apply("""
                bypass: [127.0.0.0/8, '::1', 224.0.0.0/4, 'ff00::/8']
                tproxies:
                  relay: {mark: 3000, port: 7893}
                  hijack: {mark: 3001, port: 7893, dns-hijack: {ip: 127.0.0.1, ip6: '%s', port: 5354, tcp: true}}
                outbounds:
                  out: {type: direct}
                dns: {mode: real, servers: ['udp://%s:5300']}
                rules:
                  - {match: '^/(relay|direct)$', direct: true}
                  - {match: ^/tproxy$, tproxy: relay}
                  - {match: ^/dns_hijack$, tproxy: hijack}
                  - {match: ^/(proxy|dns_capture)$, proxy: out}
                  - {match: ^/drop$, drop: true}
                """.formatted(nameServer6, Internet.SERVER4));
    }

    /** Holds conversations side by side, and says of each that goes wrong what it was. */
    List<String> wrong(List<Conversation> conversations) throws IOException {
        var byOrigin = new LinkedHashMap<String, List<Conversation>>();
        for (var each : conversations) {
            byOrigin.computeIfAbsent(each.origin(), origin -> new ArrayList<>()).add(each);
        }
        var running = new HashMap<String, Background>();
        for (var origin : byOrigin.entrySet()) {
            var words = program("hold");
            origin.getValue().forEach(each -> words.addAll(each.words()));
            running.put(
                    origin.getKey(),
                    from(origin.getKey(), words.toArray(String[]::new)).start());
        }
        var wrong = new ArrayList<String>();
        for (var origin : byOrigin.entrySet()) {
            var said = Objects.requireNonNull(running.get(origin.getKey())).await(PATIENCE);
            for (var each : origin.getValue()) {
                var outcome = said.out()
                        .lines()
                        .filter(line -> line.startsWith(each.label() + ": "))
                        .map(line -> line.substring(each.label().length() + 2))
                        .findFirst()
                        .orElse("says nothing: " + said.err());
                if (!each.fits(outcome)) {
                    wrong.add(each + ": " + outcome + ", not " + each.heard());
                }
            }
        }
        return wrong;
    }

    private Command from(String origin, String... words) throws IOException {
        return switch (origin) {
            case OUTSIDE -> internet().command(words);
            case GUEST -> guest.command(words);
            default -> machine.in(origin, words);
        };
    }

    /** What a decoy has received. */
    List<String> decoyed() throws IOException {
        return decoy.lines().stream().filter(line -> !line.equals("ready")).toList();
    }

    @Override
    public void close() throws IOException {
        machine.close();
    }
}
