// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sluice.cgroup.Cgroup;
import sluice.rules.Marks;
import sluice.rules.Prefix;
import sluice.rules.PrefixSet;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Command;
import sluice.testkit.Internet;
import sluice.testkit.Lab;
import sluice.testkit.Namespace;
import sluice.testkit.Probe;

/** A machine with the internet behind it, whose cgroups have verdicts that a mechanism, without a daemon, puts in force. */
final class SteeredMachine implements AutoCloseable {
    static final int ENGINE_PORT = 15001;
    static final int TPROXY_PORT = 7893;

    private final Lab lab;
    private final CgroupSandbox cgroups;
    private final Map<String, Verdict> verdicts = new HashMap<>();
    private final PolicyTree tree = new PolicyTree(this::classify);
    private final NftablesMechanism mechanism;
    private @Nullable Blueprint blueprint;

    SteeredMachine(Lab lab) throws IOException {
        this(lab, new TableOwnership(TableOwnership.FLAGS));
    }

    SteeredMachine(Lab lab, TableOwnership ownership) throws IOException {
        this.lab = lab;
        lab.internet();
        cgroups = CgroupSandbox.create("steered");
        mechanism = NftablesMechanism.open(ownership);
    }

    static Redirection engine(boolean refusesUdp, boolean capturesDns) {
        return Redirection.toEngine("engine", 0x1301, ENGINE_PORT, refusesUdp, capturesDns);
    }

    static Redirection tproxy() {
        return new Redirection("tproxy", 3000, TPROXY_PORT, false, false, Redirection.WhenDown.DROP, null);
    }

    /** What the internet's other addresses and loopback are. */
    private static PrefixSet bypass() {
        return PrefixSet.merge(Stream.of("127.0.0.0/8", "::1", Internet.OTHER4, Internet.OTHER6)
                .map(Prefix::parse)
                .toList());
    }

    Blueprint blueprint(boolean hold, Blueprint.Names names, Redirection... redirections) throws IOException {
        var root = new Blueprint.Root(id(""), 1);
        return new Blueprint(root, bypass(), List.of(redirections), Marks.DEFAULT, 300, 2000, hold, names);
    }

    /** The same for a table that other programs cannot change. */
    static Blueprint owned(Blueprint other) {
        return new Blueprint(
                other.root(),
                other.bypass(),
                other.bypassLocal(),
                other.redirections(),
                other.marks(),
                other.routeTable(),
                other.rulePriority(),
                other.holdNewCgroups(),
                other.names(),
                true);
    }

    private long id(String path) throws IOException {
        return (long) Files.getAttribute(cgroups.cgroup(path.isEmpty() ? "" : path.substring(1)), "unix:ino");
    }

    private @Nullable Ruling classify(Cgroup cgroup) {
        var verdict = verdicts.get(cgroup.path());
        return verdict == null ? null : new Ruling(0, verdict);
    }

    /** Gives a cgroup, whose parent has been given one or none, a verdict. */
    SteeredMachine cgroup(String path, @Nullable Verdict verdict) throws IOException {
        if (verdict != null) {
            verdicts.put(path, verdict);
        }
        int depth = (int) path.chars().filter(c -> c == '/').count();
        tree.created(new Cgroup(id(path), path, 1 + depth));
        return this;
    }

    /** Puts everything in force, the first time or another. */
    void install(Blueprint wanted) throws IOException {
        mechanism.install(wanted, tree);
        blueprint = wanted;
        assertThat(mechanism.isIntact(tree)).isTrue();
    }

    /** Puts another blueprint and, for all cgroups that were redirected to one of its name, another redirection in force. */
    void reload(Blueprint wanted) throws IOException {
        for (var redirection : wanted.redirections()) {
            verdicts.replaceAll((path, verdict) ->
                    verdict instanceof Verdict.Redirect(var to) && to.name().equals(redirection.name())
                            ? new Verdict.Redirect(redirection)
                            : verdict);
        }
        mechanism.reload(wanted, tree.reclassify(this::classify), tree);
        blueprint = wanted;
        assertThat(mechanism.isIntact(tree)).isTrue();
    }

    /** Gives a cgroup another verdict or none, as a reload does. */
    void change(String path, @Nullable Verdict verdict) throws IOException {
        change(path, verdict, Objects.requireNonNull(blueprint));
    }

    /** As {@link #change(String, Verdict)}, together with another blueprint. */
    void change(String path, @Nullable Verdict verdict, Blueprint wanted) throws IOException {
        if (verdict == null) {
            verdicts.remove(path);
        } else {
            verdicts.put(path, verdict);
        }
        reload(wanted);
    }

    /** Installs again what is in force, as a repair does. */
    void repair() throws IOException {
        install(Objects.requireNonNull(blueprint));
    }

    NftablesMechanism mechanism() {
        return mechanism;
    }

    boolean isIntact() throws IOException {
        return mechanism.isIntact(tree);
    }

    Namespace internet() throws IOException {
        return lab.internet().namespace();
    }

    /** A program in a cgroup. */
    Command in(String path, String... words) throws IOException {
        return lab.here().command(words).bornIn(cgroups.cgroup(path.substring(1)));
    }

    /** A query from a cgroup, over UDP or TCP; dig takes no answer from another server than the one it asked. */
    Command dig(String path, String transport, String server) throws IOException {
        return in(path, "dig", "+short", "+noedns", "+tries=1", "+time=2", transport, "@" + server, "example.org");
    }

    /** Datagrams from one socket of a cgroup, every 10 ms for at most 30 s. */
    Command stream(String path, String address, int port) throws IOException {
        return datagrams(path, 10, 3_000, address, port);
    }

    /** Datagrams from one socket of a cgroup. */
    Command datagrams(String path, int everyMillis, int count, String address, int port) throws IOException {
        return Probe.udp(lab.here(), everyMillis, count, address, Integer.toString(port))
                .bornIn(cgroups.cgroup(path.substring(1)));
    }

    /** Datagrams from one socket of a cgroup to one port after another, as fast as they go. */
    Command flows(String path, String address) throws IOException {
        return Probe.flows(lab.here(), 0, 1_000_000_000, address, 1024).bornIn(cgroups.cgroup(path.substring(1)));
    }

    /** Has the kernel forget the flows it knows, so that the next packet of each is its first. */
    void forgetFlows() throws IOException {
        lab.here().command("conntrack", "-F").run();
    }

    /** A connection of a cgroup that lasts for this long at most. */
    Command connection(String path, int millis, String address, int port) throws IOException {
        return Probe.tcp(lab.here(), millis, address, port).bornIn(cgroups.cgroup(path.substring(1)));
    }

    /** Whether nothing at all answers a cgroup's attempt to connect to port 80. */
    boolean silent(String path, String address) throws IOException {
        int timedOut = 28;
        var url = "http://" + (address.contains(":") ? "[" + address + "]" : address) + "/";
        return in(path, "curl", "-gsS", "-m", "1", url).attempt().status() == timedOut;
    }

    @Override
    public void close() throws IOException {
        try (cgroups;
                mechanism) {
            mechanism.remove();
        }
    }
}
