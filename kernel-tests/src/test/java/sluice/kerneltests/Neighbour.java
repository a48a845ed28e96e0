// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import sluice.testkit.Internet;
import sluice.testkit.Lab;
import sluice.testkit.Namespace;
import sluice.testkit.Transport;

/**
 * Other software with rules of its own in the kernel of the machine under test, as a script in {@code neighbours}: the real
 * firewalld and ufw, and rule sets like those of the others.
 */
@SuppressWarnings("ImmutableEnumChecker") // Made by List.of and Set.of.
enum Neighbour {
    FIREWALLD("firewalld.sh nftables strict", Trait.STAYS, Trait.FILTERS),
    FIREWALLD_LOOSE("firewalld.sh nftables loose", Trait.STAYS, Trait.FILTERS),
    FIREWALLD_IPTABLES("firewalld.sh iptables strict", Trait.STAYS, Trait.FILTERS),
    UFW("ufw.sh", Trait.FILTERS),
    NIXOS("nixos-nftables.sh", Trait.FILTERS),
    NIXOS_IPTABLES("nixos-iptables.sh", Trait.FILTERS),
    TAILSCALE("tailscale-nftables.sh", Trait.HAS_PEERS),
    TAILSCALE_IPTABLES("tailscale-iptables.sh", Trait.HAS_PEERS),
    WG_QUICK("wg-quick-nftables.sh", Trait.TUNNELS),
    WG_QUICK_IPTABLES("wg-quick-iptables.sh", Trait.TUNNELS),
    DOCKER("docker-iptables.sh", Trait.HAS_GUEST, Trait.PUBLISHES),
    DOCKER_NFTABLES("docker-nftables.sh", Trait.HAS_GUEST, Trait.PUBLISHES),
    LIBVIRT("libvirt-nftables.sh", Trait.HAS_GUEST),
    LIBVIRT_IPTABLES("libvirt-iptables.sh", Trait.HAS_GUEST),
    KUBE_PROXY("kube-proxy-iptables.sh", Trait.HAS_GUEST, Trait.PUBLISHES, Trait.HAS_SERVICE),
    KUBE_PROXY_NFTABLES("kube-proxy-nftables.sh", Trait.HAS_GUEST, Trait.PUBLISHES, Trait.HAS_SERVICE),
    MULTI_WAN("multi-wan.sh"),
    VPN_CLIENT("vpn-client.sh", Trait.TUNNELS);

    /** What else there is to know of some. */
    enum Trait {
        /** A process that runs on. */
        STAYS,
        /** Lets in only what goes to ports 22 and 8022. */
        FILTERS,
        /** Policy rules of its own lead whatever has no mark of its own into a tunnel. */
        TUNNELS,
        /** A guest on a bridge, that talks to the internet by this machine's addresses. */
        HAS_GUEST,
        /** The guest's port 8022 is port 8080 of this machine. */
        PUBLISHES,
        /** The guest's port 8022 is port 80 of an address that only its rules know. */
        HAS_SERVICE,
        /** A network of other machines, behind a device of its own. */
        HAS_PEERS
    }

    private static final Duration START = Duration.ofSeconds(60);
    private static final List<String> DEVICES =
            List.of("docker0", "virbr0", "cni0", "port-guest", "tailscale0", "wg0", "wan2", "vpn0");
    /** What one or another of them sets. */
    private static final String SYSCTLS = "^net\\.(ipv4\\.(ip_forward|icmp_)"
            + "|ipv[46]\\.conf\\.(all|default)\\.(forwarding|accept_redirects|log_martians|src_valid_mark))";

    private final List<String> words;
    private final Set<Trait> traits;

    Neighbour(String words, Trait... traits) {
        this.words = List.of(words.split(" "));
        this.traits = Set.of(traits);
    }

    /** The device of the far end by which ordinary traffic to the servers of the matrix arrives. */
    String way(Transport transport) {
        return switch (this) {
            case WG_QUICK, WG_QUICK_IPTABLES -> "far-wg0";
            case MULTI_WAN -> transport == Transport.UDP ? "far-wan2" : Internet.FAR_DEVICE;
            default -> Internet.FAR_DEVICE;
        };
    }

    boolean is(Trait trait) {
        return traits.contains(trait);
    }

    /** Starts it, and returns when its rules are in force; what it changes is undone when the lab closes. */
    void start(Lab lab, Namespace guest) throws IOException {
        var here = lab.here();
        var before = here.run("sysctl", "-a", "-r", SYSCTLS).out();
        lab.onClose(() -> here.command("sysctl", "-q", "-p", "-").input(before).attempt());
        lab.onClose(() -> {
            for (var device : DEVICES) {
                here.command("ip", "link", "delete", device).attempt();
            }
        });
        var line = new ArrayList<>(List.of("unshare", "--mount", "--propagation", "private", "--", "sh"));
        line.add(resource("neighbours/" + words.getFirst()).toString());
        line.add(guest.path());
        line.add(lab.internet().namespace().path());
        line.addAll(words.subList(1, words.size()));
        var command = here.command(line.toArray(String[]::new)).within(START);
        if (is(Trait.STAYS)) {
            command.start().awaitOutput("neighbour runs\n", START);
        } else {
            command.run();
        }
    }

    /** A file beside this class, as a path. */
    static Path resource(String name) {
        return Path.of(URI.create(
                Objects.requireNonNull(Neighbour.class.getResource(name), name).toString()));
    }
}
